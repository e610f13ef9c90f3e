"""Distances by depth: the bars are the table's numbers, each in the colour of its state."""

from shared.analyses.compare_models.figures import distance_figure, figures
from tests.analyses.compare_models.parts import LAYERS, table_part, table_row


def test_distances_by_state_with_frozen_and_drawn_layers_marked() -> None:
    rows = [table_row(*layer) for layer in LAYERS]
    figure = distance_figure(rows, "gate")
    traces = {trace.name: trace for trace in figure.data}
    moved = traces["moved"]
    assert dict(zip(moved.x, moved.y, strict=True)) == {
        "block/low": 0.4, "block/high": 0.8, "gate": 0.8, "top": 0.2}, "from zero: as high as the highest"  # fmt: skip
    assert moved.text[2] == "∞, from zero, moved" and moved.marker.line.width == (0, 0, 2, 0)
    assert traces["only running statistics moved"].y == (0.05,)
    assert traces["frozen: not one bit changed"].x == ("stem", "late")
    assert traces["drawn below"].x == ("block/low", "block/high")
    assert figure.layout.xaxis.categoryarray == tuple(row[0] for row in LAYERS), "in order of depth, whatever the state"
    assert figure.layout.yaxis.title.text == "distance, share of the weights"


def test_of_two_equal_networks_all_layers_are_frozen() -> None:
    figure = distance_figure([table_row(*layer[:3], 0.0, "frozen", 0) for layer in LAYERS])
    assert [trace.name for trace in figure.data] == ["frozen: not one bit changed"] and len(figure.data[0].x) == 7


def test_a_notebook_gets_it_once_the_table_is_there() -> None:
    assert list(figures({}, {0: table_part()})) == ["distances"] and figures({}, {}) == {}
