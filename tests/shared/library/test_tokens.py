"""Tokens for scripts, and the HTTP requests that they open."""

import json

import httpx
import pytest

from dashboard.server.api import API_ROUTES
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import InvalidSpec
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import finished_atlas

ATLAS = FilterAtlas(
    model="keras/vgg16/random", layer="block1_conv1", channels=(0, 1, 2), size=16, steps=4, precision="float32"
)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def ask(method: str, path: str, token: str = "", body: object = None, raw: bytes | None = None) -> httpx.Response:
    """One request to the routes."""
    content = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return ask_route(path, method, content=content, headers=headers, routes=API_ROUTES)


def test_a_token_asks_in_its_makers_name(client: Client) -> None:
    _, token = client.library.tokens.make("ada@example.org", "nightly")
    response = ask("POST", "/api/runs", token, {"kind": "filter_atlas", **ATLAS.changes()})
    assert response.status_code == 202 and response.json()["key"] == ATLAS.key()
    assert client.record(ATLAS.key()).by == "ada@example.org"
    assert ask("GET", f"/api/runs/{ATLAS.key()}", token).json()["status"] == "queued"
    assert ask("POST", f"/api/runs/{ATLAS.key()}/cancel", token).json() == {"stopping": True}
    assert ask("GET", f"/api/runs/{ATLAS.key()}", token).json()["status"] == "cancelled"


def test_a_result_comes_as_a_zip_that_can_be_imported(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 3)
    _, token = client.library.tokens.make("ada@example.org")
    response = ask("GET", f"/api/runs/{ATLAS.key()}/result.zip", token)
    assert response.status_code == 200
    path = client.settings.data / "came.zip"
    path.write_bytes(response.content)
    client.store.client.flushall()
    key = client.results.import_zip(path)
    assert client.record(key).status == "complete" and len(client.results.parts(key)) == 3


def test_a_revoked_token_is_refused_at_once(client: Client) -> None:
    made, token = client.library.tokens.make("ada@example.org")
    assert client.library.tokens.open(token).by == "ada@example.org"
    client.library.tokens.revoke(made.id)
    assert client.library.tokens.open(token) is None
    assert ask("GET", "/api/runs/x", token).status_code == 401


def test_only_the_digest_is_kept(client: Client) -> None:
    made, token = client.library.tokens.make("ada@example.org", "nightly")
    kept = json.dumps(client.library.files.read_record("tokens", made.id))
    assert token not in kept and token.split("_")[-1] not in kept


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t[4:], lambda t: "", str.upper])
def test_a_guessed_token_is_refused(client: Client, change: object) -> None:
    _, token = client.library.tokens.make("ada@example.org")
    assert client.library.tokens.open(change(token)) is None  # type: ignore[operator]
    assert ask("POST", "/api/runs", change(token), {"kind": "inspect_model"}).status_code == 401  # type: ignore[operator]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"no json", "a JSON object"),
        (b"\xff\xfe", "JSON"),
        (b'{"kind": "nothing"}', "the name of an analysis"),
        (b'{"kind": "filter_atlas"}', "a value for `model`"),
        (b'{"kind": "filter_atlas", "model": "nobodys", "layer": "a"}', "a model's reference or name"),
    ],
)
def test_a_wrong_request_is_explained(client: Client, body: bytes, text: str) -> None:
    _, token = client.library.tokens.make("ada@example.org")
    response = ask("POST", "/api/runs", token, raw=body)
    assert response.status_code == 400 and text in response.json()["error"]


def test_a_run_that_nobody_asked_for_is_not_found(client: Client) -> None:
    _, token = client.library.tokens.make("ada@example.org")
    for method, path in (("GET", "/api/runs/x"), ("POST", "/api/runs/x/cancel"), ("GET", "/api/runs/x/result.zip")):
        assert ask(method, path, token).status_code == 404


def test_a_long_note_is_refused(client: Client) -> None:
    with pytest.raises(InvalidSpec, match="80 letters"):
        client.library.tokens.make("ada@example.org", "n" * 81)
    assert client.library.tokens.all() == []
