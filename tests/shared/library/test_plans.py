"""Plans: many runs as one, what they cost, and who is told when they are over."""

import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest

from shared.analyses import FilterAtlas
from shared.client import Client, cancel_plan, plan_estimate, resume_plan, start_plan
from shared.errors import InvalidSpec, UnknownRun
from shared.library.notices import check_webhook, tell_the_end
from shared.library.plans.estimate import plan_state, work_of
from shared.library.plans.store import combinations, read_values
from tests.fixtures.small_runs import PART, atlas, begun, completed, earlier_release

FIELDS = {"model": "keras/vgg16/random", "layer": "block1_conv1", "size": 8, "steps": 1, "precision": "float32"}


def test_a_plan_has_a_run_for_every_combination() -> None:
    specs = combinations("filter_atlas", FIELDS, {"layer": ["a", "b"], "seed": [0, 1, 2]})
    assert [(s.layer, s.seed) for s in specs] == [(lay, n) for lay in "ab" for n in range(3)]  # type: ignore[attr-defined]
    assert len({s.key() for s in specs}) == 6


def test_equal_requests_stand_in_a_plan_once() -> None:
    assert len(combinations("filter_atlas", FIELDS, {"channels": ["1,2", "2,1", "1-2"]})) == 1


@pytest.mark.parametrize(
    ("over", "text"),
    [
        ({"colour": ["red"]}, "fields of filter_atlas"),
        ({"seed": []}, "seed with 0 values"),
        ({"seed": list(range(501))}, "at most 500 runs"),
        ({"size": ["big"]}, "`size` to be right"),
    ],
)
def test_what_cannot_be_planned_is_explained(over: dict[str, list[object]], text: str) -> None:
    with pytest.raises(InvalidSpec, match=text):
        combinations("filter_atlas", FIELDS, over)


def test_values_are_typed_with_commas_or_semicolons() -> None:
    assert read_values(" lucid, classic ,") == ["lucid", "classic"]
    assert read_values("0-3,7; 8,9") == ["0-3,7", "8,9"]


def test_a_plan_is_submitted_cancelled_and_resumed_as_a_whole(client: Client) -> None:
    completed(client.store, atlas(0))
    plan = start_plan(client, "three", [atlas(n) for n in range(3)], ["seed"])
    state = plan_state(client.records.of_plan(plan))
    assert (state.counts["complete"], state.counts["queued"], state.over, state.share) == (1, 2, False, 1 / 3)
    assert cancel_plan(client, plan) == 2
    state = plan_state(client.records.of_plan(plan))
    assert state.over and state.counts["cancelled"] == 2
    assert resume_plan(client, client.library.plans.get(plan.id)) == 2
    assert client.queue.waiting("batch") == 2
    assert resume_plan(client, plan) == 0, "what waits already is not submitted again"


def test_a_plan_of_an_earlier_version_goes_on_under_todays_keys(
    client: Client, hook: tuple[str, list[dict[str, object]]]
) -> None:
    url, told = hook
    client = _allowing(client, url)
    with earlier_release(FilterAtlas):
        completed(client.store, atlas(0))
        plan = start_plan(client, "three", [atlas(n) for n in range(3)], ["seed"], url)
        cancel_plan(client, plan)
    _all_told()
    told.clear()
    old = [planned.key for planned in plan.runs]
    assert [run.key for run in client.records.of_plan(plan)] == old, "until somebody asks, the old ones stand for it"
    assert resume_plan(client, plan) == 2
    now = [old[0], atlas(1).key(), atlas(2).key()]
    assert [run.key for run in client.records.of_plan(plan)] == now
    assert plan_state(client.records.of_plan(plan)).counts["queued"] == 2
    assert resume_plan(client, plan) == 0
    for key in now[1:]:
        fence = client.store.runs.begin(key, client.record(key).job)
        client.store.runs.write(key, fence, (0, PART), {"total": 1})
        client.store.runs.finish(key, fence, {})
        _tell(client, key)
    assert plan_state(client.records.of_plan(plan)).complete == 3
    assert [one["runs"] for one in told] == [{"complete": 3}]


def test_a_plan_outlives_an_emptied_store(client: Client) -> None:
    plan = start_plan(client, "two", [atlas(n) for n in range(2)])
    client.store.client.flushall()
    found = client.library.plans.get(plan.id)
    assert found == plan and plan_state(client.records.of_plan(found)).counts["absent"] == 2
    assert resume_plan(client, found) == 2
    with pytest.raises(UnknownRun, match="the id of a plan"):
        client.library.plans.get("0" * 16)


def test_work_counts_channels_steps_and_pixels() -> None:
    spec = FilterAtlas(**{**FIELDS, "channels": "0-3", "size": 16, "steps": 5})
    assert work_of(spec, parts=99) == 4 * 16 * 16 * 5
    assert work_of(spec.model_copy(update={"channels": ()}), parts=10) == 10 * 16 * 16 * 5


def test_an_estimate_goes_by_the_pace_of_such_runs(client: Client) -> None:
    assert plan_estimate(client, [atlas(7)]).seconds is None, "nothing of the kind was made yet"
    for seed in range(3):
        key, fence = begun(client.store, atlas(seed))
        time.sleep(0.01)  # the server's clock counts milliseconds
        for index in range(3):
            client.store.runs.write(key, fence, (index, PART), {})
        client.store.runs.finish(key, fence, {})
    paces = sorted(run.seconds for run in client.store.runs.get_many([atlas(s).key() for s in range(3)]))
    found = plan_estimate(client, [atlas(0), atlas(8), atlas(9).model_copy(update={"steps": 10})])
    assert (found.runs, found.done, found.measured) == (2, 1, 3)
    assert found.seconds == pytest.approx(paces[1] * (1 + 10), rel=0.01)


# Notices


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A program on the loopback interface that keeps what it is told."""
    told: list[dict[str, object]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("Location", "/hook/run")
            else:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", told
    server.shutdown()
    server.server_close()


def _allowing(client: Client, url: str) -> Client:
    client.settings = client.settings.model_copy(update={"webhooks": url})
    return client


def _tell(client: Client, key: str) -> None:
    for thread in tell_the_end(client.store, client.library, key):
        thread.join(10)


def _all_told() -> None:
    for thread in [one for one in threading.enumerate() if one.name == "webhook"]:
        thread.join(10)


def test_a_plan_tells_once_when_all_of_it_is_over(client: Client, hook: tuple[str, list[dict[str, object]]]) -> None:
    url, told = hook
    _allowing(client, url)
    plan = start_plan(client, "two", [atlas(0), atlas(1)], ["seed"], f"{url}/plan")
    for seed in range(2):
        assert told == []
        key, job = atlas(seed).key(), client.record(atlas(seed).key()).job
        fence = client.store.runs.begin(key, job)
        client.store.runs.write(key, fence, (0, PART), {"total": 1})
        client.store.runs.finish(key, fence, {})
        _tell(client, key)
    assert told == [{"event": "plan", "plan": plan.id, "title": "two", "by": client.person, "runs": {"complete": 2}}]
    _tell(client, atlas(1).key())
    assert len(told) == 1


def test_a_plan_that_is_cancelled_while_it_waits_is_told_too(
    client: Client, hook: tuple[str, list[dict[str, object]]]
) -> None:
    url, told = hook
    plan = start_plan(_allowing(client, url), "two", [atlas(0), atlas(1)], ["seed"], f"{url}/plan")
    cancel_plan(client, plan)
    _all_told()
    assert [row["runs"] for row in told] == [{"cancelled": 2}]


def test_a_redirect_is_not_followed(client: Client, hook: tuple[str, list[dict[str, object]]]) -> None:
    url, told = hook
    base = url.removesuffix("/hook")
    plan = start_plan(_allowing(client, base), "one", [atlas(6)], ["seed"], f"{base}/elsewhere")
    cancel_plan(client, plan)
    _all_told()
    assert told == []


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org.evil.net/team/x",
        "https://hooks.example.org@evil.net/team/x",
        "http://hooks.example.org/team/x",
        "https://hooks.example.org:8443/team/x",
        "https://hooks.example.org/team/../admin",
        "https://hooks.example.org/teams",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_allowed_addresses_are_told(client: Client, url: str) -> None:
    settings = _allowing(client, "https://hooks.example.org/team").settings
    with pytest.raises(InvalidSpec, match="an address below"):
        check_webhook(url, settings)
    assert check_webhook("https://hooks.example.org/team/x", settings)
    with pytest.raises(InvalidSpec, match="an address below"):
        start_plan(client, "", [atlas(0)], webhook=url or " ")
    assert client.library.plans.all() == []
