"""Zeros by depth: the bars are the layers' numbers, in order, and say what they are of."""

import pytest

from shared.analyses.activations.figures import depth_words, figures, sparsity_figure
from tests.analyses.activations.parts import first_part, layer_part

SPARSE = [layer_part(1, index).facts for index in range(4)]


def test_zeros_and_blank_maps_of_every_layer_in_order() -> None:
    figure = sparsity_figure(SPARSE, "block/pool")
    zeros, blank = figure.data
    paths = ("stem/conv", "stem/relu", "block/pool", "block/relu")
    assert zeros.x == blank.x == zeros.customdata == figure.layout.xaxis.categoryarray == paths
    assert zeros.y == pytest.approx([row["zeros"] for row in SPARSE], abs=1e-4)
    assert blank.y == pytest.approx([0, 1 / 12, 1 / 12, 1 / 30], abs=1e-4)
    assert zeros.marker.line.width == (0, 0, 2, 0)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.tickformat) == ("layer, from input to output", ".0%")


def test_runs_of_an_earlier_release_have_no_blank_maps() -> None:
    old = [{name: value for name, value in row.items() if name != "blank"} for row in SPARSE]
    assert [trace.name for trace in sparsity_figure(old).data] == ["zeros"] and "0 % and 0 %" in depth_words(old)


def test_the_first_third_is_set_beside_the_last() -> None:
    rows = [{"path": str(i), "zeros": z, "blank": b} for i, (z, b) in enumerate([(0, 0), (0.5, 0), (0.9, 0.3)])]
    assert depth_words(rows) == (
        "0 % zeros in the first third of the layers, 90 % in the last; blank maps: 0 % and 30 %")  # fmt: skip


def test_names_of_very_many_layers_are_left_out() -> None:
    rows = [{"path": f"layer{i}", "zeros": 0.1} for i in range(60)]
    assert (
        not sparsity_figure(rows).layout.xaxis.showticklabels and sparsity_figure(rows[:9]).layout.xaxis.showticklabels
    )


def test_a_notebook_gets_it_once_the_list_of_layers_is_there() -> None:
    assert list(figures({}, {0: first_part(1, SPARSE)})) == ["sparsity"] and figures({}, {}) == {}
