"""How far a run is, drawn by the browser, which asks by itself and has the page drawn when there is something new."""

from dashboard.server.connection import get_client
from dashboard.server.live import live_state, live_url, pace_for, watchers
from dashboard.widgets.browser_elements import browser_element
from shared.store import RunRecord

_element = browser_element("live_bar")


def live_bar(run: RunRecord, part: str) -> None:
    """Draw the bar; it has the fragment it stands in run when the run changes state, and when there are new parts."""
    pace = pace_for(watchers().count())
    data = {**live_state(get_client(), run, part), "url": live_url(run.key, part), "ask": pace.ask, "draw": pace.draw}
    _element(key=f"live-{run.key}", data=data, on_changed_change=_redraw)


def _redraw() -> None:
    """The fragment's run is all that is wanted."""
