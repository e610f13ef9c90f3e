"""The address that a page asks how far its run is: who is answered, and what is said in every state of the run."""

from typing import Any

import pytest

from dashboard.server.addresses import sign
from dashboard.server.caches import clear_caches
from dashboard.server.live import live_url, pace_for, watchers
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.store import Runs
from tests.dashboard.runs.test_states import ATLAS
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit
from tests.fixtures.synthetic_runs import begin, finished_atlas, report_workers, write_tiles

KEY = ATLAS.key()


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    watchers.cache_clear()


def told(part: str = "tile") -> dict[str, Any]:
    """What is told now, not what was told a moment ago."""
    clear_caches()
    response = ask_route(live_url(KEY, part))
    assert response.status_code == 200 and response.headers["cache-control"] == "no-store"
    return response.json()


def running(client: Client, made: int = 3) -> int:
    """A run with some of its eight tiles; its fencing token."""
    fence = begin(client.store, ATLAS, 8)
    write_tiles(client.store, ATLAS, fence, 8, 0, made)
    return fence


def test_whoever_has_no_address_from_a_page_is_refused(client: Client) -> None:
    running(client)
    good, token = live_url(KEY, "tile"), sign(KEY)
    for bad in ("x", token[:-2] + "AA", sign("filter_atlas-v2-" + "1" * 32)):
        response = ask_route(good.replace(token, bad))
        assert response.status_code == 403 and "tiles" not in response.text


def test_it_tells_how_far_a_run_is(client: Client) -> None:
    running(client)
    state = told()
    assert state["text"].startswith("3 of 8 tiles done · optimizing · about ") and state["text"].endswith(" left")
    assert (state["done"], state["share"]) == (3, 0.375)


def test_a_part_may_be_called_anything(client: Client) -> None:
    running(client)
    assert told("half a tile?")["text"].startswith("3 of 8 tiles done · ")


def test_a_new_tile_is_no_new_state_and_every_turn_of_a_run_is(client: Client) -> None:
    """What a page must show at once is told from what may wait. Mutation: `stopping` left out of the state."""
    client.submit(ATLAS)
    states = [told()["state"]]
    fence = client.store.runs.begin(KEY, client.record(KEY).job)
    client.store.runs.write(KEY, fence, None, {"stage": "optimizing", "total": 8})
    write_tiles(client.store, ATLAS, fence, 8, 0, 3)
    states.append(told()["state"])
    write_tiles(client.store, ATLAS, fence, 8, 3, 5)
    assert told()["state"] == states[-1] and told()["done"] == 5
    client.store.runs.request_cancel(KEY)
    states.append(told()["state"])
    client.store.runs.end_cancelled(KEY, fence)
    states.append(told()["state"])
    client.store.client.flushall()
    states.append(told()["state"])
    assert len(set(states)) == len(states)


def test_over_is_said_as_the_page_must_hear_it(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 8)
    assert told()["state"].startswith("complete") and told()["share"] == 1.0
    client.store.client.flushall()
    fence = running(client)
    client.store.runs.fail(KEY, fence, "UnknownLayer", "Expected a layer.")
    assert told()["state"].startswith("failed")


def test_a_run_that_nobody_knows_is_absent() -> None:
    assert told()["state"].startswith("absent")


def test_a_store_that_is_away_is_said(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
                                      client: Client) -> None:  # fmt: skip
    data = tmp_path_factory.mktemp("down")
    server = EmbeddedServer(data / "redis")
    server.start()
    point_dashboard_at(Client(client.settings.model_copy(update={"redis_url": server.url, "data": data})), monkeypatch)
    assert told()["state"].startswith("absent")
    server.stop()
    clear_caches()
    response = ask_route(live_url(KEY, "tile"))
    assert response.status_code == 503 and "unreachable" in response.text


def test_all_who_watch_share_one_look_into_the_store(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation that was tried: the kept answer not looked at, which gives thirty looks."""
    running(client)
    looks: list[str] = []
    look = Runs.get
    monkeypatch.setattr(Runs, "get", lambda self, key: looks.append(key) or look(self, key))
    monkeypatch.setattr("dashboard.server.live.SAME_SECONDS", 60.0)
    told()
    assert {ask_route(live_url(KEY, "tile")).json()["text"][:12] for _ in range(30)} == {"3 of 8 tiles"}
    assert len(looks) == 1


def test_a_crowd_is_told_to_ask_seldom(client: Client) -> None:
    running(client)
    paces = [ask_route(f"{live_url(KEY, 'tile')}?page=p{i}").json() for i in range(60)]
    assert (paces[0]["ask"], paces[0]["draw"]) == (pace_for(1).ask, pace_for(1).draw)
    assert (paces[-1]["ask"], paces[-1]["draw"]) == (pace_for(60).ask, pace_for(60).draw)
    assert ask_route(f"{live_url(KEY, 'tile')}?page=p7").json()["ask"] == pace_for(60).ask, "known already"


def test_the_page_begins_with_what_the_address_tells(client: Client) -> None:
    report_workers(client.store)
    client.submit(ATLAS)
    shown = element(visit(run=KEY), "live-")
    assert (
        shown is not None
        and shown["text"] == told()["text"] == "Waiting for a worker. A worker is idle: it begins at once."
    )
    assert shown["state"] == ask_route(shown["url"]).json()["state"]


def test_a_run_that_is_over_has_no_bar(client: Client) -> None:
    assert element(visit(run=finished_atlas(client.store, ATLAS, 8)), "live-") is None
