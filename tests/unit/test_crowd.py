"""Many watchers ask together no more than a few do."""

import pytest

from dashboard.crowd import FORGOTTEN_SECONDS, OFTEN, SELDOM, TOGETHER_A_SECOND, Crowd, interval_for


@pytest.mark.parametrize(("watchers", "seconds"), [(1, 1.0), (7, 1.0), (10, 1.0), (14, 2.0), (30, 4.0), (500, 6.0)])
def test_one_asks_every_second_and_many_ask_seldom(watchers: int, seconds: float) -> None:
    assert interval_for(watchers) == seconds
    assert OFTEN <= seconds <= SELDOM


@pytest.mark.parametrize("watchers", [15, 20, 30, 40])
def test_together_they_ask_about_as_often_as_seven(watchers: int) -> None:
    assert watchers / interval_for(watchers) <= 1.5 * TOGETHER_A_SECOND


def test_a_closed_page_is_forgotten() -> None:
    crowd = Crowd()
    assert [crowd.count("a", 0.0), crowd.count("b", 1.0), crowd.count("a", 2.0)] == [1, 2, 2]
    assert crowd.count("a", 1.0 + FORGOTTEN_SECONDS) == 1
