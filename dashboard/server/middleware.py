"""What a browser meets before Streamlit does: links to runs, the page's shell, and Streamlit's own files.

A first visit needs a hundred files and two round trips before a page's script begins. Here a link to a run goes to the
page of its kind at once (inside Streamlit that takes a script run of its own), the shell names the files that our
pages will need, so that they come along with the others, and they travel
packed where the way is long.
"""

import gzip
import json
import mimetypes
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

import streamlit
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.page_table import PAGES, page_of_run
from dashboard.widgets.address import UNKNOWN
from dashboard.widgets.browser_elements import assets, module_address, served_modules, with_imports
from dashboard.widgets.charts import PLOTLY, PLOTLY_NAME
from shared.settings import get_settings

STATIC = Path(streamlit.__file__).parent / "static"
# The parts of Streamlit that nearly every page of ours is made of. It loads them only when a script asks for them.
PARTS = ("BidiComponent", "Selectbox", "ImageList")
# And the elements of ours that most pages are made of. Their modules are small, and serve every page from then on.
ELEMENTS = ("header_line", "live_bar", "tile_sheet", "panel")
FOR_EVER = "public, immutable, max-age=31536000"
SMALLEST_GZIP = 1024
# Set by place_keeper.js; and Streamlit's, which is there once somebody has signed in.
PLACE_COOKIE, USER_COOKIE, LONGEST_QUERY = "convscope_place", "_streamlit_user", 4000
# What paths begin with that Streamlit answers itself.
STREAMLITS = frozenset({"", "_stcore", "static", "media", "component", "oauth2callback", "auth", "web"})
SHELLS = frozenset(f"/{page.path}" for page in PAGES)
# On a narrow window Streamlit lists the pages as list items inside plain boxes, which no screen reader takes for lists.
LISTS = """<script>
new MutationObserver(() => {
  for (const list of document.querySelectorAll("[data-testid=stSidebarNavItems]:not([role])")) list.role = "none";
  for (const one of document.querySelectorAll("[data-testid=stSidebarNavItems] li:not([role])")) one.role = "none";
}).observe(document, { childList: true, subtree: true });
</script>"""
_IMPORT = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')
_TITLE = re.compile("<title>.*?</title>")
_TEXT = (".js", ".css")


class StaticAndLinks:
    """Middleware in front of Streamlit's application."""

    def __init__(self, app: ASGIApp, answered: Iterable[str] = ()) -> None:
        """Stand in front of an application.

        Args:
            app: Streamlit's, with our routes.
            answered: paths of those routes.
        """
        self._app = app
        self._answered = frozenset(path.strip("/").partition("/")[0] for path in answered)
        self._host = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve static files, links and pages; pass on all else."""
        asked = scope["type"] == "http" and scope["method"] == "GET"
        response = await self._respond(scope) if asked else None
        await (response or self._app)(scope, receive, send)

    async def _respond(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        if path == "/" and (back := place_before_sign_in(Headers(scope=scope).get("cookie", ""))):
            response = RedirectResponse(back, 307, headers={"Cache-Control": "no-cache"})
            response.delete_cookie(PLACE_COOKIE)
            return response
        if path in SHELLS and (place := page_of_link(path, scope["query_string"].decode("latin-1"))):
            return RedirectResponse(place, 307, headers={"Cache-Control": "no-cache"})
        if path in SHELLS:
            self._host = self._host or await _body(self._app, scope, "/_stcore/host-config")
            return Response(shell(self._host), media_type="text/html", headers={"Cache-Control": "no-cache"})
        if place := home_instead(path, Headers(scope=scope).get("accept", ""), self._answered):
            return RedirectResponse(place, 307, headers={"Cache-Control": "no-cache"})
        # Wherever a proxy puts us, an address of a module ends alike.
        if "/web/" in path:
            return _module("web/" + path.rpartition("/web/")[2], scope)
        return _file(path.removeprefix("/static/"), scope) if path.startswith("/static/") else None


def page_of_link(path: str, query: str) -> str:
    """Where a link to a run leads, as seen from a page beside it: page and query; "" where that is this page, or where
    it names no kind of run.
    """
    keys = parse_qs(query).get("run", [""])
    page = page_of_run(keys[0])
    return f"./{page.path}?{query}" if page and page.path and f"/{page.path}" != path else ""


def home_instead(path: str, accepted: str, answered: Collection[str] = ()) -> str:
    """Where an address that a person typed and that is none of ours leads: Home, which says so; "" for all others.

    Args:
        path: of the address.
        accepted: what the browser wants; it asks for a page only in the address bar.
        answered: what paths begin with that something of ours answers beside the pages.
    """
    steps = path.strip("/").split("/")
    if (
        "text/html" not in accepted
        or steps[0] in STREAMLITS
        or steps[0] in answered
        or "." in steps[-1]
        or f"/{steps[0]}" in SHELLS
    ):
        return ""
    return f"{'../' * (len(steps) - 1) or './'}?{UNKNOWN}={quote(path.strip('/'), safe='')}"


def place_before_sign_in(cookies: str) -> str:
    """Where somebody was when they had to sign in, as a path of ours with its query; "" where that is not known.

    The cookie is whatever a browser sends: only the pages of the table are led to, so never to another host.
    """
    if not get_settings().sign_in or PLACE_COOKIE not in cookies or USER_COOKIE not in cookies:
        return ""
    path, _, query = unquote(cookie_parser(cookies).get(PLACE_COOKIE, "")).partition("?")
    return f".{path}?{quote(query, safe='=&%+/:,.-_~')}" if path in SHELLS and len(query) < LONGEST_QUERY else ""


async def _body(app: ASGIApp, scope: Scope, path: str) -> str:
    """What an application answers to another path."""
    parts: list[bytes] = []

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Message) -> None:
        parts.append(message.get("body", b""))

    plain = [(name, value) for name, value in scope["headers"] if name == b"host"]
    asked = {**scope, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": plain}
    await app(asked, nothing, keep)
    return b"".join(parts).decode()


@lru_cache(maxsize=2)
def shell(host: str = "") -> bytes:
    """Streamlit's page with our title and styles; it names the files behind PARTS and says where the server is.

    Args:
        host: what /_stcore/host-config answers, JSON. Told on the page, the browser connects at once instead of asking
            for the server's health and for this first, which on a page such as /atlas takes four requests.
    """
    text = (STATIC / "index.html").read_text()
    known = set(re.findall(r'\./static/js/([\w.-]+\.js)"', text))
    modules = dict.fromkeys(name for element in ELEMENTS for name in with_imports(element))
    needed = [f"static/js/{name}" for name in _needed(known)] + [module_address(name) for name in modules]
    lines = [f'<link rel="modulepreload" crossorigin href="./{address}">' for address in needed]
    # Behind a proxy with a path of its own none of these paths is met, and Streamlit finds the server in its own way.
    pages = json.dumps(sorted(SHELLS))
    start = f"{pages}.includes(location.pathname)"
    there = f'{{BACKEND_BASE_URL: location.origin + "/", HOST_CONFIG: {host}}}'
    script = [f"<script>if ({start}) window.__streamlit = {there}</script>"] if _is_object(host) else []
    steps = f'import {{ watchSteps }} from "./{module_address("steps")}"; watchSteps(window, {pages});'
    script.append(f'<script type="module">{steps}</script>')
    head = ["<title>Convscope</title>", *script, LISTS, *lines, f"<style>{assets()['page.css'].read_text()}</style>"]
    return _TITLE.sub(lambda _: "\n".join(head), text, count=1).encode()


def _is_object(text: str) -> bool:
    try:
        return "<" not in text and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _needed(known: Iterable[str]) -> list[str]:
    """Files behind PARTS and all that they import, less those that the page names already."""
    folder = STATIC / "static" / "js"
    waiting = [file.name for part in PARTS for file in folder.glob(f"{part}.*.js")]
    seen, found = set(known), []
    while waiting:
        name = waiting.pop()
        if name not in seen and (folder / name).exists():
            seen.add(name)
            found.append(name)
            waiting += _IMPORT.findall((folder / name).read_text())
    return found


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Path]:
    """All files that may be asked for, so that no path from outside ever reaches the disk."""
    root = STATIC / "static"
    return {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()} | {
        PLOTLY_NAME: PLOTLY
    }


def _file(name: str, scope: Scope) -> Response | None:
    path = _names().get(name)
    return _kept_for_ever(path.read_bytes(), name, scope) if path else None


def _module(address: str, scope: Scope) -> Response | None:
    data = served_modules().get(address)
    return _kept_for_ever(data, address, scope) if data else None


def _kept_for_ever(data: bytes, name: str, scope: Scope) -> Response | None:
    """What an address with a digest in it answers; None leaves a request for a piece of it to the application."""
    headers = Headers(scope=scope)
    if "range" in headers:
        return None
    told = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    kind = mimetypes.guess_type(name)[0]
    text = name.endswith(_TEXT) and len(data) >= SMALLEST_GZIP
    if not text or _is_near(headers, scope) or "gzip" not in headers.get("accept-encoding", ""):
        return Response(data, media_type=kind, headers=told)
    return Response(_packed(data), media_type=kind, headers=told | {"Content-Encoding": "gzip"})


def _is_near(headers: Headers, scope: Scope) -> bool:
    """Whether the browser is on this machine, where unpacking takes longer than the way."""
    host = (scope.get("client") or ("", 0))[0]
    return host in ("127.0.0.1", "::1") and "x-forwarded-for" not in headers


@lru_cache(maxsize=512)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 6)
