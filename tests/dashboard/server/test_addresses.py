"""A signed address: what a page links to is what the route answers, and nothing else is."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.server.addresses import SignedAddress
from shared.client import Client
from shared.store import RunRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at

ADDRESS = SignedAddress("/img/thing/{key}/{stamp}/{index:int}/{name}.png", name="usual")
FILE = SignedAddress("/file/{key}/{name:path}")
RUN = RunRecord("atlas-v1-1", submitted_at=2.5)


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def _named(request: Request) -> Response:
    return JSONResponse({name: value for name, value in request.path_params.items() if name != "token"})


ROUTES = [ADDRESS.route(_named), FILE.route(_named)]


def test_the_route_reads_what_the_address_was_made_of() -> None:
    expected = {"key": RUN.key, "stamp": "9c4", "index": 3, "name": "usual"}
    assert ask_route(ADDRESS(RUN, 3), routes=ROUTES).json() == expected
    assert ask_route(ADDRESS(RUN, 3, "a b?"), routes=ROUTES).json() == expected | {"name": "a b?"}
    assert ask_route(FILE(RUN.key, "tiles/3.png"), routes=ROUTES).json() == {"key": RUN.key, "name": "tiles/3.png"}


def test_a_signature_is_good_for_its_own_key_alone() -> None:
    assert ask_route(FILE("another", "x").replace("another", RUN.key), routes=ROUTES).status_code == 403


@pytest.mark.parametrize("values", [(), ("a", "b")])
def test_an_address_with_too_few_or_too_many_values_is_a_mistake_of_the_caller(values: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        FILE(RUN.key, *values)


def test_an_address_of_what_may_change_needs_the_run() -> None:
    with pytest.raises(KeyError, match="stamp"):
        ADDRESS(RUN.key, 3)
