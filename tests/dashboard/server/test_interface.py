"""The interface for scripts: that it says of itself what is so, takes forms in pieces, and tells of changes."""

import io
from typing import Any

import pytest
from PIL import Image
from starlette.routing import Route

from dashboard.server.interface import INTERFACE_ROUTES
from shared.analyses import KINDS
from shared.client import Client
from shared.store import RunRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas, begun
from tests.fixtures.synthetic_runs import finished_atlas


@pytest.fixture(autouse=True)
def token(client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    point_dashboard_at(client, monkeypatch)
    return client.library.tokens.make("ada")[1]


def ask(token: str, path: str, method: str = "GET", content: bytes | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask_route(path, method, content=content, headers={"Authorization": f"Bearer {token}", **named})


def form(token: str, path: str, file: bytes, **fields: str) -> Any:
    pieces = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../etc/a picture.png"\r\n\r\n'
    body = b"".join([*pieces, head, file, b"\r\n--b--\r\n"])
    return ask(token, path, "POST", body, Content_Type="multipart/form-data; boundary=b")


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 30, 60)).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_description_is_that_of_the_routes_the_specs_and_the_parts(token: str) -> None:
    found = ask(token, "/api/openapi.json").json()
    operations = {(path, method.upper()) for path, methods in found["paths"].items() for method in methods}
    assert operations == {(r.path, m) for r in INTERFACE_ROUTES for m in (r.methods or set()) - {"HEAD"}}
    names = [one["operationId"] for methods in found["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names) and all(
        one["summary"] for methods in found["paths"].values() for one in methods.values()
    )
    assert {one["name"] for one in found["x-kinds"]} == set(KINDS) == set(found["components"]["schemas"])
    for one in found["x-kinds"]:
        schema, spec = found["components"]["schemas"][one["name"]], KINDS[one["name"]].spec
        assert set(schema["properties"]) - {"kind"} == set(spec.model_fields)
        assert set(schema["required"]) - {"kind"} == {n for n, f in spec.model_fields.items() if f.is_required()}
        assert one["version"] == spec.version and one["parts"], one["name"]
    tiles = next(one for one in found["x-kinds"] if one["name"] == "filter_atlas")["parts"]["tile"]
    assert tiles["pictures"]["tile"].startswith("uint8 (height, width")
    assert "objective" in tiles["facts"]["properties"]


def test_every_route_that_says_something_else_than_json_is_named_by_its_ending() -> None:
    assert [r.path for r in INTERFACE_ROUTES if isinstance(r, Route) and r.path.endswith(".zip")] == [
        "/api/runs/{key}/result.zip"
    ]


def test_a_picture_in_a_form_is_kept_under_its_digest_and_no_name_of_the_sender(token: str, client: Client) -> None:
    made = form(token, "/api/images", png(), name="red").json()
    assert client.images.resolve("red") == made["reference"]
    assert client.library.entries.record("picture", "red")["by"] == "ada"
    assert not [path for path in client.settings.data.rglob("*") if "a picture" in path.name]


@pytest.mark.parametrize(
    ("path", "file", "fields", "said"),
    [
        ("/api/images", b"no picture", {}, "picture"),
        ("/api/images", png(), {"name": "../up"}, "name"),
        ("/api/models", b"no model", {"name": "net"}, "model"),
        ("/api/models", b"no model", {}, "a name"),
        ("/api/datasets", b"no zip", {"name": "set"}, "zip"),
        ("/api/datasets", b"no zip", {"name": "set", "test": "half"}, "a number as test"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence_and_leaves_nothing(
    token: str, client: Client, path: str, file: bytes, fields: dict[str, str], said: str
) -> None:
    before = sorted(client.settings.data.rglob("*"))
    answer = form(token, path, file, **fields)
    assert answer.status_code == 400 and said in answer.json()["error"], answer.text
    assert sorted(client.settings.data.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"--b\r\nnonsense", b"{}"])
def test_what_is_no_form_is_refused(token: str, content: bytes) -> None:
    for headers in ({"Content_Type": "multipart/form-data; boundary=b"}, {"Content_Type": "application/json"}):
        answer = ask(token, "/api/images", "POST", content, **headers)
        assert answer.status_code == 400 and "Expected a form" in answer.json()["error"], answer.text


def test_a_form_of_too_many_parts_or_too_long_a_field_is_refused(token: str) -> None:
    assert form(token, "/api/images", b"x", **{f"f{n}": "x" for n in range(100)}).status_code == 400
    assert form(token, "/api/images", b"x", name="x" * 200_000).status_code == 400


def test_a_change_ends_the_waiting_and_nothing_new_does_not(token: str, client: Client) -> None:
    key, fence = begun(client.store, atlas())
    first = ask(token, f"/api/runs/{key}/wait").json()
    assert first["status"] == "running" and first["done"] == 0
    same = ask(token, f"/api/runs/{key}/wait?seconds=1&state={first['state']}").json()
    assert same["state"] == first["state"]
    client.store.runs.write(key, fence, (0, b"part"), {})
    moved = ask(token, f"/api/runs/{key}/wait?seconds=30&state={first['state']}").json()
    assert moved["state"] != first["state"] and moved["done"] == 1
    assert ask(token, "/api/runs/none/wait?seconds=30").status_code == 404


def test_results_are_pinned_shared_and_noted_as_whoever_made_the_token(token: str, client: Client) -> None:
    key = finished_atlas(client.store, atlas(), 3)
    runs = ask(token, "/api/runs?limit=5").json()["runs"]
    assert [run["key"] for run in runs] == [key] and "Layer atlas" in runs[0]["title"]
    assert ask(token, f"/api/runs/{key}/pin", "POST", b'{"title": "Tiles"}').status_code == 200
    piece = client.results.gallery.get(key)
    assert piece and (piece.title, piece.by) == ("Tiles", "ada")
    link = ask(token, f"/api/runs/{key}/share", "POST", b'{"days": 2}').json()
    assert client.library.shares.get(link["id"]).by == "ada"
    assert ask(token, f"/api/shares/{link['id']}", "DELETE").status_code == 200
    ask(token, "/api/notes", "POST", f'{{"run": "{key}", "text": "look"}}'.encode())
    assert [one["text"] for one in ask(token, f"/api/notes?run={key}").json()["notes"]] == ["look"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/runs/{key}/share", b'{"days": true}'), ("/api/runs/{key}/share", b"[" * 100_000),
        ("/api/notes", b"{}"), ("/api/notes", b'{"run": "x", "channel": "a"}'), ("/api/plans", b'{"title": 3}'),
        ("/api/plans", b'{"title": "x", "specs": [1, 2]}'), ("/api/runs?limit=x", b""),
    ],
)  # fmt: skip
def test_bodies_of_other_shapes_are_refused_in_a_sentence(token: str, client: Client, path: str, body: bytes) -> None:
    key = finished_atlas(client.store, atlas(), 1)
    answer = ask(token, path.replace("{key}", key), "POST" if body else "GET", body or None)
    assert answer.status_code == 400 and answer.json()["error"].startswith("Expected"), answer.text
    assert isinstance(client.record(key), RunRecord)
