"""What is answered before Streamlit: links to runs, the page's shell, Streamlit's own files. No server is started.

Mutations that were tried, each caught: every link sent to one page, files packed for a browser on this machine, a path
from outside joined to the folder, the host's answer written into the page unread.
"""

import asyncio
import gzip
import json
import re

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from dashboard.page_table import PAGES
from dashboard.server.middleware import ELEMENTS, PARTS, STATIC, StaticAndLinks, shell
from dashboard.server.routes import ROUTES
from dashboard.widgets.browser_elements import module_address, served_modules

ACTIVATIONS = "activations-v1-" + 32 * "a"
HOST = '{"allowedOrigins": ["https://example.org"], "useExternalAuthToken": false}'
SCRIPTS = STATIC / "static" / "js"


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands for Streamlit: it tells which path reached it."""
    known = scope["path"] == "/_stcore/host-config"
    response: Response = PlainTextResponse(HOST if known else f"behind {scope['path']}")
    await response(scope, receive, send)


def get(path: str, near: bool = True, **headers: str) -> httpx.Response:
    """One request through the door, from this machine or from another."""

    async def ask() -> httpx.Response:
        app = StaticAndLinks(behind, answered=[route.path for route in ROUTES])
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1" if near else "10.0.0.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get(path, headers=headers)

    return asyncio.run(ask())


def test_a_link_to_a_run_leads_to_the_page_of_its_kind_with_all_else_kept() -> None:
    for page in PAGES:
        for kind in page.kinds:
            key = f"{kind}-v1-{32 * 'a'}"
            response = get(f"/?run={key}&layer=block1%2Fconv&channel=3")
            assert response.status_code == 307
            assert response.headers["location"] == f"./{page.path}?run={key}&layer=block1%2Fconv&channel=3"


def test_a_run_of_another_kind_leads_from_any_page_to_its_own() -> None:
    assert get(f"/atlas?run={ACTIVATIONS}&tile=3").headers["location"] == f"./activations?run={ACTIVATIONS}&tile=3"
    assert get(f"/activations?run={ACTIVATIONS}").status_code == 200


def test_an_address_that_is_no_page_leads_home_which_says_so() -> None:
    """A browser's address bar alone is led: what scripts and pages ask for reaches whoever answers it."""
    asked = {"accept": "text/html,application/xhtml+xml"}
    assert get("/heatmaps", **asked).headers["location"] == "./?unknown=heatmaps"
    assert get("/a/b", **asked).headers["location"] == "../?unknown=a%2Fb"
    for path in ("/models", "/healthz", "/share/abc", "/_stcore/health", "/static/x.html", "/robots.txt"):
        assert "location" not in get(path, **asked).headers
    assert get("/heatmaps").text == "behind /heatmaps"


@pytest.mark.parametrize("query", ["", "?run=", "?run=magic-v1-abc", "?model=keras/vgg16/imagenet"])
def test_other_visits_get_the_page_itself(query: str) -> None:
    response = get(f"/{query}")
    assert response.status_code == 200 and "<title>" in response.text
    assert response.headers["cache-control"] == "no-cache"


def test_the_page_names_every_file_that_a_visit_will_need() -> None:
    named = re.findall(r'(?:href|src)="\./static/js/([^"]+)"', get("/activations").text)
    assert len(named) == len(set(named)) and all((SCRIPTS / name).exists() for name in named)
    for part in PARTS:
        assert any(name.startswith(f"{part}.") for name in named), part
    for name in named:
        imported = re.findall(r'from"\./([^"]+\.js)"', (SCRIPTS / name).read_text())
        assert set(imported) <= set(named), f"{name} imports what is not named"


def test_the_page_names_the_modules_of_nearly_every_page() -> None:
    named = re.findall(r'<link rel="modulepreload" crossorigin href="\./(web/[^"]+)"', get("/activations").text)
    assert {module_address(name) for name in ELEMENTS} < set(named) <= set(served_modules())
    for address in named:
        folder = address.rpartition("/")[0]
        for name in re.findall(rb'from "\./(\w+\.js)"', served_modules()[address]):
            assert f"{folder}/{name.decode()}" in named, f"{address} imports what is not named"


@pytest.mark.parametrize("before", ["", "/team", "/activations"])
def test_a_module_is_served_for_ever_wherever_a_proxy_puts_it(before: str) -> None:
    address = module_address("tiles")
    near = get(f"{before}/{address}", **{"accept-encoding": "gzip"})
    assert near.content == served_modules()[address] and "content-encoding" not in near.headers
    assert "immutable" in near.headers["cache-control"] and "javascript" in near.headers["content-type"]
    far = get(f"{before}/{address}", near=False, **{"accept-encoding": "gzip"})
    assert far.headers["content-encoding"] == "gzip" and far.content == near.content


def test_the_page_says_where_the_server_is_and_what_the_server_would_answer() -> None:
    pattern = r"<script>if \((.+?)\.includes\(location.pathname\)\) window.__streamlit = \{.*HOST_CONFIG: (.*)\}<"
    script = re.search(pattern, get("/atlas").text)
    assert script is not None and json.loads(script[2]) == json.loads(HOST)
    assert set(json.loads(script[1])) == {f"/{page.path}" for page in PAGES}


@pytest.mark.parametrize("host", ["", "Not Found", "[]", '{"a": "</script><script>alert(1)"}'])
def test_an_answer_that_is_no_configuration_never_reaches_the_page(host: str) -> None:
    assert b"__streamlit" not in shell(host)


def test_files_are_as_they_are_on_the_disk_and_kept_for_ever() -> None:
    name = next(SCRIPTS.glob("BidiComponent.*.js")).name
    near = get(f"/static/js/{name}", **{"accept-encoding": "gzip"})
    assert near.content == (SCRIPTS / name).read_bytes() and "content-encoding" not in near.headers
    assert "immutable" in near.headers["cache-control"] and "javascript" in near.headers["content-type"]


def test_files_travel_packed_where_the_way_is_long() -> None:
    name = next(SCRIPTS.glob("BidiComponent.*.js")).name
    whole = (SCRIPTS / name).read_bytes()
    far = get(f"/static/js/{name}", near=False, **{"accept-encoding": "gzip"})
    proxied = get(f"/static/js/{name}", **{"accept-encoding": "gzip", "x-forwarded-for": "10.0.0.7"})
    for response in (far, proxied):
        assert response.headers["content-encoding"] == "gzip" and response.headers["vary"] == "Accept-Encoding"
        assert response.content == whole and int(response.headers["content-length"]) == len(gzip.compress(whole, 6))
    plain = get(f"/static/js/{name}", near=False, **{"accept-encoding": "identity"})
    assert plain.content == whole and "content-encoding" not in plain.headers


@pytest.mark.parametrize("path", [
    "/static/../index.html", "/static/js/%2e%2e/%2e%2e/index.html", "/static//etc/passwd", "/static/js/none.js",
    "/web/dom.js", "/web/0123456789abcdef/dom.js", "/web/../app.py", "/healthz", "/activations/", "/img/sheet",
])  # fmt: skip
def test_whatever_else_is_asked_for_reaches_the_application(path: str) -> None:
    assert get(path).text.startswith("behind ")
