"""Every address of the interface, asked with every sort of token by everybody: what the table of rights says, and no
more.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dashboard.server.api import ACTION
from dashboard.server.interface import INTERFACE_ROUTES
from shared.client import Client, start_plan
from shared.library.collections import Collection
from shared.library.films import new_film
from shared.library.rights import RIGHTS, SCOPES
from shared.settings import get_settings
from tests.dashboard.server.test_door import SIGN_IN
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas

OWNER, STRANGER, ADMIN, GONE = "grace@example.org", "eve@example.org", "ada@example.org", "old@elsewhere.net"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point_dashboard_at(client, monkeypatch)
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(f"CONVSCOPE_{name}", value)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def requests(client: Client) -> Iterator[tuple[Any, str, str, bytes]]:
    """Route, method, path and body of a request to every address, about what OWNER made."""
    done, live = finished_atlas(client.store, atlas(), 3), client.submit(atlas(9), OWNER)[0]
    client.store.client.hset(f"convscope:run:{done}", "by", OWNER)
    for table in ("models", "images", "datasets"):
        client.library.files.write_record(table, "mine", {"reference": "sha256:" + "a" * 64, "by": OWNER})
    client.library.collections.write(Collection("mine", "Mine", "", OWNER, 0.0))
    bodies = {"/api/runs": atlas(8).canonical_json().encode(), "/rename": b'{"name": "mine"}'}
    bodies |= {"/api/collections": b'{"title": "Mine"}', "/api/collections/mine": b'{"title": "Mine"}'}
    bodies |= {"/api/films": b'{"title": "Mine", "layers": ["conv"]}',
               "/frames": b'{"epoch": 1, "model": "keras/vgg16/random"}'}  # fmt: skip
    client.library.films.write(replace(new_film("Mine", OWNER, layers=["conv"]), id="mine"))
    bodies["/api/runs"] = b'{"kind": "filter_atlas", ' + bodies["/api/runs"][1:]
    made = {"shares": client.acting_as(OWNER).library.shares.make(done, OWNER, 1).id,
            "plans": start_plan(client.acting_as(OWNER), "plan", [client.resolve(atlas(10))]).id}  # fmt: skip
    for route in INTERFACE_ROUTES:
        path = route.path.replace("{key}", live if "cancel" in route.path else done).replace("{name}", "mine")
        path = path.replace("{id}", made.get(path.split("/")[2], ""))
        body = next((body for ending, body in bodies.items() if path.endswith(ending)), b"")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield route, method, path, body


def status(method: str, path: str, body: bytes, token: str) -> tuple[int, str]:
    answer = ask_route(path, method, content=body, headers={"Authorization": f"Bearer {token}"} if token else {})
    return answer.status_code, answer.text


def test_no_token_and_none_that_is_good_any_more_opens_an_address(client: Client) -> None:
    tokens = client.library.tokens
    revoked, taken_back = tokens.make(OWNER)
    tokens.revoke(revoked.id)
    ended, over = tokens.make(OWNER, days=1)
    row = client.library.files.read_record("tokens", ended.id)
    client.library.files.write_record("tokens", ended.id, {**(row or {}), "expires_at": ended.made_at - 1})
    _, gone = tokens.make(GONE)
    for _, method, path, body in requests(client):
        for token in ("", "cvs_0_0", taken_back, over, gone):
            assert status(method, path, body, token)[0] == 401, f"{method} {path}"


def test_a_token_is_good_for_its_scopes_alone(client: Client) -> None:
    made = {scope: client.library.tokens.make(ADMIN, scopes=[scope])[1] for scope in SCOPES}
    for route, method, path, body in requests(client):
        needed = RIGHTS[getattr(route.endpoint, ACTION)].scope
        for scope in SCOPES:
            code, text = status(method, path, body, made[scope])
            assert (code == 403 and "a token for" in text) == (scope != needed), f"{scope}: {method} {path}: {text}"


@pytest.mark.parametrize("who", [OWNER, STRANGER, ADMIN])
def test_a_token_does_what_its_person_may(client: Client, who: str) -> None:
    _, token = client.library.tokens.make(who)
    for route, method, path, body in requests(client):
        rule = RIGHTS[getattr(route.endpoint, ACTION)].rule
        code, text = status(method, path, body, token)
        assert (code == 403) == (rule == "owner" and who == STRANGER), f"{method} {path}: {code} {text}"
        assert code != 401
