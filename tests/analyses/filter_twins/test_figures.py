"""How many filters are really different, as a figure."""

from shared.analyses.filter_twins.figures import figures
from shared.analyses.filter_twins.numbers import THRESHOLDS
from shared.client import Client
from tests.fixtures.synthetic_ascents import twins


def test_copies_and_the_dead_are_left_out_until_twins_must_be_the_same(client: Client) -> None:
    """3 and 5 are twins of likeness 7/8 or so, 9 is alone, 12 is dead."""
    figure = figures({}, client.result(twins(client)).parts)["different"]
    [counts] = figure.data
    assert counts.x == THRESHOLDS and counts.y[0] == 2 and counts.y[-1] == 3
    assert [shape.x0 for shape in figure.layout.shapes] == [0.8]
