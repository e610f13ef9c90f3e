"""A bar that moves by itself: the browser asks a cheap address, and the page's script only when the picture changes."""

from dashboard.server.connection import get_client
from dashboard.server.live import live_state, live_url, pace_for, watchers
from dashboard.widgets.browser_elements import browser_element
from shared.store import RunRecord

_element = browser_element("live_bar")


def live_bar(run: RunRecord, part: str) -> None:
    """Draw it. When the run changes state, and when there are new parts to draw, it has the fragment it stands in run.

    Args:
        run: one that waits or runs.
        part: what one part is ("tile").
    """
    pace = pace_for(watchers().count())
    data = {**live_state(get_client(), run, part), "url": live_url(run.key, part), "ask": pace.ask, "draw": pace.draw}
    _element(key=f"live-{run.key}", data=data, on_changed_change=_nothing)


def _nothing() -> None:
    """The fragment's run is all that is wanted."""
