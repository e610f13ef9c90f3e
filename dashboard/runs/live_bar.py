"""A bar that moves by itself: the browser asks a cheap address, and the page's script only when the picture changes."""

from urllib.parse import quote

from dashboard.server.connection import get_client
from dashboard.server.live_state import live_state
from dashboard.server.polling import crowd, pace_for
from dashboard.server.signing import sign
from dashboard.widgets.browser_elements import browser_element
from shared.store import RunRecord

_element = browser_element("live_bar")


def live_bar(run: RunRecord, part: str) -> None:
    """Draw it. When the run changes state, and when there are new parts to draw, it has the fragment it stands in run.

    Args:
        run: one that waits or runs.
        part: what one part is ("tile").
    """
    pace = pace_for(crowd().count())
    data = {**live_state(get_client(), run, part), "url": live_url(run.key, part), "ask": pace.ask, "draw": pace.draw}
    _element(key=f"live-{run.key}", data=data, on_changed_change=_nothing)


def live_url(key: str, part: str) -> str:
    """Where the browser asks how far a run is; the route is in live_routes.py."""
    return f"/live/{sign(key)}/{key}/{quote(part, safe='')}.json"


def _nothing() -> None:
    """The fragment's run is all that is wanted."""
