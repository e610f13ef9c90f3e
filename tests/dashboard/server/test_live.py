"""Many watchers ask and draw together no more than a few do."""

import pytest

from dashboard.server.live import (
    ASK_OFTEN,
    ASK_SELDOM,
    ASKED_A_SECOND,
    DRAW_OFTEN,
    DRAW_SELDOM,
    DRAWN_A_SECOND,
    FORGOTTEN_SECONDS,
    MOST_PAGES,
    Watchers,
    pace_for,
)


@pytest.mark.parametrize("watchers", [0, 1, 3, 7, 30, 500])
def test_one_asks_often_and_many_ask_seldom(watchers: int) -> None:
    pace = pace_for(watchers)
    assert ASK_OFTEN <= pace.ask <= ASK_SELDOM and DRAW_OFTEN <= pace.draw <= DRAW_SELDOM
    assert pace.ask <= pace.draw, "a page hears of what it has to draw"


def test_one_alone_sees_every_tile_within_a_second() -> None:
    assert (pace_for(1).draw, pace_for(1).reuse_for) == (1.0, 0.0)


@pytest.mark.parametrize("watchers", [8, 15, 30, 80])
def test_together_they_do_no_more_than_was_set(watchers: int) -> None:
    pace = pace_for(watchers)
    assert watchers / pace.ask <= ASKED_A_SECOND + 1e-9
    assert watchers / pace.draw <= DRAWN_A_SECOND + 1e-9
    assert 0 < pace.reuse_for < pace.draw, "those who draw in between share a picture"


def test_a_closed_page_is_forgotten() -> None:
    watchers = Watchers()
    assert [watchers.note("a", 0.0), watchers.note("b", 1.0), watchers.note("a", 2.0), watchers.count(3.0)] == [
        1,
        2,
        2,
        2,
    ]
    assert watchers.count(1.0 + FORGOTTEN_SECONDS) == 1


def test_made_up_names_fill_no_memory() -> None:
    watchers = Watchers()
    for number in range(MOST_PAGES + 10):
        watchers.note(f"{number}" + "x" * 1000, 0.0)
    assert watchers.count(0.0) == MOST_PAGES and max(map(len, watchers._seen)) < 100
