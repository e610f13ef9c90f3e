"""How far a run is, by address: what a page asks again and again while somebody watches."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.live_state import recent_state
from dashboard.server.polling import pace_for, watchers
from dashboard.server.responses import PLAIN_HEADERS

# Where the browser asks how far a run is, and what one part of it is called.
live_url = SignedAddress("/live/{key}/{part}.json")


def live(request: Request) -> Response:
    """The run's state, and how many seconds the page may let pass before it asks and draws again."""
    at = request.path_params
    pace = pace_for(watchers().note(request.query_params.get("page", "")))
    state = recent_state(get_client(), at["key"], at["part"])
    return JSONResponse({**state, "ask": pace.ask, "draw": pace.draw}, headers=PLAIN_HEADERS)


LIVE_ROUTES = [live_url.route(live)]
