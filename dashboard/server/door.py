"""What every request meets first: is it meant for this host, and may whoever sends it send anything at all.

Streamlit takes uploads from any session, and a session begins at the door, before anybody has signed in. And a browser
sends what a foreign page tells it to: a name that suddenly means 127.0.0.1 leads such a page to an open dashboard.
"""

import ipaddress
import json
import socket
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.library.people import confirmed_address, may_enter
from shared.settings import Settings, get_settings

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Asked by whoever starts and watches containers, by any name; neither tells a stranger anything.
HEALTH = frozenset({"/healthz", "/readyz"})
# Streamlit's own addresses that show something of pages or of this process: files that pages hold, and its counters.
SHOWING = ("/media/", "/_stcore/metrics")
# Visits that may stand at the door at a time; each may hold a message of MOST_MESSAGE bytes.
MOST_STRANGERS, MOST_MESSAGE = 200, 1024 * 1024
# How whoever asks a route is known. A test walks over all routes there are.
KNOWN_BY = {
    "/healthz": "nobody",
    "/readyz": "nobody",
    "/share/": "the link's signature",
    "/api/": "a token",
    "/img/": "the address's signature",
    "/live/": "the address's signature",
    "/search/": "the address's signature",
    "/stage/": "the address's signature",
    "/download/": "the address's signature",
}
# Pages show what people wrote. Whatever slips through as Markdown or HTML fetches nothing from elsewhere.
POLICY = (
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Door:
    """Middleware in front of all else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._strangers = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, before anything is read, what must not pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif (refusal := refused(scope)) is None and scope["type"] == "websocket":
            await self._visit(scope, receive, send)
        elif refusal is None:
            await self._app(scope, receive, _with_policy(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(*refusal, headers={"Cache-Control": "no-store"})(scope, receive, send)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A visit to a page. Whoever has not signed in needs one to sign in; so many of those are let stand there."""
        settings = get_settings()
        stranger = settings.sign_in and not sender_may_enter(scope, settings)
        if stranger and self._strangers >= MOST_STRANGERS:
            await send({"type": "websocket.close", "code": 1013})
            return
        self._strangers += stranger
        try:
            await self._app(scope, receive, send)
        finally:
            self._strangers -= stranger


def refused(scope: Scope) -> tuple[str, int] | None:
    """Why a request is refused, and the status that says so; None where it may pass."""
    settings, path = get_settings(), str(scope["path"])
    host = Headers(scope=scope).get("host", "")
    if path not in HEALTH and not is_ours(host, settings):
        return (
            f"Expected a request for this dashboard's own address. Received one for {host[:100]!r}. If that is its "
            "name, set CONVSCOPE_DASHBOARD_URL to its address, or CONVSCOPE_HOSTS to all its names.", 421
        )  # fmt: skip
    if settings.sign_in and scope["type"] == "http" and not path.startswith("/api/"):
        # A path that is spelled in another way is another path: none of these is normalised anywhere behind here.
        private = scope["method"] not in READING or path.startswith(SHOWING)
        if private and not sender_may_enter(scope, settings):
            return "Sign in first.", 401
    return None


def is_ours(host: str, settings: Settings) -> bool:
    """Whether a Host header names this dashboard: an address in numbers, which no foreign name can stand for, or a
    name that it is known by.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.rstrip(".") in _names(settings)
    return True


@lru_cache(maxsize=4)
def _names(settings: Settings) -> frozenset[str]:
    own = socket.gethostname().lower()
    told = [word.strip().lower() for word in settings.hosts.split(",")]
    names = {"localhost", own, own.partition(".")[0], urlsplit(settings.dashboard_url).hostname or "", *told}
    return frozenset(names - {""})


def sender_may_enter(scope: Scope, settings: Settings) -> bool:
    """Whether Streamlit's signed cookie is of somebody who may enter."""
    from streamlit.web.server.starlette.starlette_auth_routes import _get_cookie_value_from_request

    try:
        asked = Request({**scope, "type": "http", "method": "GET"})
        claims = json.loads(_get_cookie_value_from_request(asked, "_streamlit_user") or b"{}")
    except ValueError:
        return False
    known = isinstance(claims, dict) and claims.get("is_logged_in") is True
    return known and may_enter(confirmed_address(claims, settings), settings)


def _with_policy(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                for name, value in PAGE_HEADERS.items():
                    headers.setdefault(name, value)
        await send(message)

    return sending
