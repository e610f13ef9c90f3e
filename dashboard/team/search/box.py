"""The search field of every page: a button at the top, or the keys "/" and Ctrl-K; what is found comes as one types."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.responses import PLAIN_HEADERS
from dashboard.team.search.find import find
from dashboard.widgets.browser_elements import browser_element

# Handed out by pages alone, so only to whoever may enter, who may look at all of it.
_search_url = SignedAddress("/search/{key}.json")
NAMES = "names"
_box = browser_element("search_box", isolated=False)


def search_box() -> None:
    """Draw it."""
    _box(key="search-box", data={"url": _search_url(NAMES)})


def search(request: Request) -> Response:
    """What is found, by groups."""
    return JSONResponse({"groups": find(get_client(), request.query_params.get("text", ""))}, headers=PLAIN_HEADERS)


SEARCH_ROUTES = [_search_url.route(search)]
