"""Who is known before anything is served: every route, every request that sends something, every host name."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.server.api import LONGEST_REQUEST
from dashboard.server.door import KNOWN_BY, POLICY, Door, is_ours
from dashboard.server.routes import ROUTES
from shared.client import Client
from shared.library.people import confirmed_address
from shared.settings import Settings, get_settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas, submitted

SIGN_IN = {
    "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "s", "OIDC_METADATA_URL": "https://id.example.org",
    "PEOPLE": "example.org", "ADMINS": "ada@example.org",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point_dashboard_at(client, monkeypatch)
    yield
    get_settings.cache_clear()


@pytest.fixture
def with_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(f"CONVSCOPE_{name}", value)
    get_settings.cache_clear()


def test_every_route_says_how_whoever_asks_is_known_and_refuses_who_is_not() -> None:
    status = {"nobody": 0, "the link's signature": 410, "a token": 401, "the address's signature": 403}
    for route in ROUTES:
        (known,) = [how for prefix, how in KNOWN_BY.items() if route.path.startswith(prefix)]  # type: ignore[attr-defined]
        if known == "nobody":
            continue
        path = route.url_path_for(  # type: ignore[attr-defined]
            route.name,
            **{
                name: 8 if type(of).__name__ == "IntegerConvertor" else "x"
                for name, of in route.param_convertors.items()
            },  # type: ignore[attr-defined]
        )
        for method in route.methods:  # type: ignore[attr-defined]
            assert ask_route(str(path), method).status_code == status[known], f"{method} {path}"


def ask(app: Any, scope: dict[str, Any], chunks: int = 0) -> tuple[int, dict[str, str], int]:
    """Status, headers and how many pieces of the body were read."""
    sent: list[Any] = []
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 65536, "more_body": read < chunks}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start.get("headers", [])}
    return start.get("status", start.get("code")), found, read


def scope_of(path: str, method: str = "GET", host: str = "127.0.0.1:8501", **headers: str) -> dict[str, Any]:
    pairs = {"host": host, **headers}
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()], "client": ("10.0.0.9", 1),
        "scheme": "http", "server": ("127.0.0.1", 8501), "http_version": "1.1",
    }  # fmt: skip


def application(routes: Any = ROUTES) -> Any:
    from starlette.applications import Starlette

    return Door(Starlette(routes=routes))


def test_nothing_of_a_body_is_read_before_the_token_is_known(client: Client) -> None:
    for token in ("", "cvs_0_0", "Bearer"):
        asked = scope_of("/api/runs", "POST", authorization=f"Bearer {token}", **{"transfer-encoding": "chunked"})
        status, _, read = ask(application(), asked, chunks=10_000)
        assert status == 401 and read <= 1, "Starlette's server asks once whether the other end is still there"
    _, token = client.library.tokens.make("mira")
    asked = scope_of("/api/runs", "POST", authorization=f"Bearer {token}", **{"transfer-encoding": "chunked"})
    status, _, read = ask(application(), asked, chunks=10_000)
    assert status == 413 and read <= LONGEST_REQUEST // 65536 + 2


@pytest.mark.usefixtures("with_sign_in")
def test_whoever_has_not_signed_in_sends_nothing_to_streamlit() -> None:
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        asked = scope_of("/_stcore/upload_file/session/file", method, cookie="_streamlit_user=forged")
        status, _, read = ask(application(), asked, chunks=100)
        assert (status, read) == (401, 0), method
    assert ask(application(), scope_of("/healthz"))[0] == 200


@pytest.mark.usefixtures("with_sign_in")
def test_a_token_is_worth_nothing_once_its_person_may_not_enter(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = submitted(client.store, atlas())
    _, token = client.library.tokens.make("grace@example.org")
    headers = {"Authorization": f"Bearer {token}"}
    assert ask_route(f"/api/runs/{key}", headers=headers).status_code == 200
    monkeypatch.setenv("CONVSCOPE_PEOPLE", "ada@example.org")
    get_settings.cache_clear()
    assert ask_route(f"/api/runs/{key}", headers=headers).status_code == 401


@pytest.mark.usefixtures("with_sign_in")
def test_a_token_cancels_its_own_persons_runs_only(client: Client) -> None:
    key = submitted(client.store, atlas())  # mira asked for it
    for who, status in (("grace@example.org", 403), ("ada@example.org", 200)):
        _, token = client.library.tokens.make(who)
        answer = ask_route(f"/api/runs/{key}/cancel", "POST", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST:1", "[::1]:8501", "10.1.2.3", "a.example",
                                  "b.example:443", "c.example"])  # fmt: skip
def test_its_own_names_and_numbers_are_the_dashboards(host: str) -> None:
    assert is_ours(host, Settings(dashboard_url="https://a.example/x", hosts="b.example, C.example"))


@pytest.mark.parametrize("host", ["evil.example", "a.example.evil.example", "", "127.0.0.1.evil.example", "[::1",
                                  "localhost.evil.example:8501", "a.example@evil.example"])  # fmt: skip
def test_no_other_name_leads_to_it(host: str) -> None:
    assert not is_ours(host, Settings(dashboard_url="https://a.example"))
    assert ask(application(), scope_of("/readyz", host=host))[0] in (200, 503), "health is asked by any name"
    assert ask(application(), scope_of("/", host=host))[0] == 421
    assert ask(application(), scope_of("/_stcore/stream", host=host) | {"type": "websocket"})[0] == 1008


def test_pages_fetch_nothing_from_elsewhere() -> None:
    from starlette.responses import HTMLResponse, PlainTextResponse
    from starlette.routing import Route

    app = application([Route("/", lambda _: HTMLResponse("<p>")), Route("/text", lambda _: PlainTextResponse("x"))])
    assert ask(app, scope_of("/"))[1]["content-security-policy"] == POLICY
    assert "content-security-policy" not in ask(app, scope_of("/text"))[1]
    assert "img-src 'self' data: blob:" in POLICY and "*" not in POLICY


@pytest.mark.parametrize("said", [True, "true", "True"])
def test_an_address_that_its_provider_confirms_is_somebodys(said: object) -> None:
    assert confirmed_address({"email": " Ada@Example.org", "email_verified": said}, Settings()) == "ada@example.org"


@pytest.mark.parametrize("said", [False, "false", "0", 0, 1, None, "", [], {"yes": True}])
def test_any_other_address_is_nobodys(said: object) -> None:
    assert confirmed_address({"email": "ada@example.org", "email_verified": said}, Settings()) == ""
    trusting = Settings(oidc_confirmed=True)
    assert confirmed_address({"email": "ada@example.org"}, trusting) == "ada@example.org"
    if said is not None:
        assert confirmed_address({"email": "ada@example.org", "email_verified": said}, trusting) == ""


@pytest.mark.usefixtures("with_sign_in")
def test_only_so_many_strangers_stand_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.server.door.MOST_STRANGERS", 2)

    async def visits() -> list[int]:
        leave, closed = asyncio.Event(), []

        async def page(_scope: Any, _receive: Any, _send: Any) -> None:
            await leave.wait()

        async def send(message: Any) -> None:
            closed.append(message["code"])

        door, asked = Door(page), scope_of("/_stcore/stream") | {"type": "websocket"}
        begun = [asyncio.ensure_future(door(asked, None, send)) for _ in range(2)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await door(asked, None, send)  # type: ignore[arg-type]
        leave.set()
        await asyncio.gather(*begun)
        await door(asked, None, send)  # type: ignore[arg-type]
        return closed

    assert asyncio.run(visits()) == [1013], "the third waits until one leaves"
