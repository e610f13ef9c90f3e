"""The means of a portrait and its company as figures."""

import numpy as np

from shared.analyses.channel_portrait.figures import figures
from shared.results import Part


def part(index: int, name: str, **facts: object) -> Part:
    return Part(index, name, {}, {"objective": np.array([5.0, 9.0 + index])}, {"before": False, **facts})


def test_every_picture_that_was_optimized_has_its_curve_by_name() -> None:
    parts = [part(0, "portrait"), part(1, "facet_0"), part(2, "opposite", answer=1.0, objective=2.0, of="its input"),
             Part(3, "map", {}, {"map": np.zeros((2, 2))}, {})]  # fmt: skip
    found = figures({}, {one.index: one for one in parts})
    assert {name: figure.data[0].y for name, figure in found.items()} == {
        "portrait": (5, 9), "facet_0": (5, 10), "opposite": (5, 11)}  # fmt: skip
    titles = [figure.layout.title.text for figure in found.values()]
    assert titles == ["Mean at each step", "Mean at each step, facet 1", "Mean at its input"]
    assert found["portrait"].layout.yaxis.title.text == "mean activation"


def test_the_opposite_says_where_it_is_read() -> None:
    before = part(0, "opposite", answer=1.0, objective=1.0, of="x")
    before = Part(0, "opposite", {}, before.arrays, {**before.facts, "before": True})
    own = part(1, "opposite", answer=1.0, objective=1.0, of="x")
    titles = [figures({}, {0: one})["opposite"].layout.title.text for one in (before, own)]
    assert titles == ["Mean before its activation", "Mean"]
