"""An atlas's figures hold the objectives of its channels."""

import numpy as np

from shared.analyses.filter_atlas.figures import figures, objective_figure, ranks_figure
from shared.results import Part


def test_objectives_by_rank_without_the_dead() -> None:
    facts = [{"objective": 3.0, "dead": False}, {"objective": 0.0, "dead": True}, {"objective": 7.0, "dead": False}]
    figure = figures({}, {i: Part(i, f"channel {i}", {}, {}, one) for i, one in enumerate(facts)})["objectives"]
    assert (figure.data[0].x, figure.data[0].y) == ((1, 2), (7, 3))
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("rank, the highest first", "objective")


def test_the_way_of_a_channel_begins_before_its_first_step_where_that_is_known() -> None:
    curve = np.array([2.0, 3.5, 3.25])
    [known], [old] = objective_figure(curve.tolist(), 1.0).data, objective_figure(curve.tolist()).data
    assert (known.x, known.y) == ((0, 1, 2, 3), (1, 2, 3.5, 3.25)) and old.x == (1, 2, 3)


def test_one_channel_is_a_point() -> None:
    assert ranks_figure([4.0]).data[0].mode == "markers"
