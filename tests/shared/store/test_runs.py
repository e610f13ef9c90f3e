"""The life of a run: its status follows from facts, and one key is computed once."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from shared.analyses import InspectModel, Playground
from shared.client import Client
from shared.errors import LeaseLost, RunCancelled, UnknownRun
from shared.store import LIVE, OVER, RunRecord, Store
from shared.store.runs import LEASE_SECONDS, PAGE, names
from tests.fixtures.small_runs import PART, atlas, begun, completed, lapse, status, submitted


def _at_once(count: int, call: Callable[[], str]) -> Counter[str]:
    """Answers of many threads that are let go at the same moment."""
    barrier, answers = threading.Barrier(count), []

    def go() -> None:
        barrier.wait()
        answers.append(call())

    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def test_a_key_nobody_asked_for_is_absent(store: Store) -> None:
    run = store.runs.get(atlas().key())
    assert (run.status, run.kind, run.over) == ("absent", "", True)


def test_a_submitted_run_is_queued(store: Store) -> None:
    key = submitted(store, atlas())
    run = store.runs.get(key)
    found = run.status, run.kind, run.version, run.by, run.queue
    assert found == ("queued", "filter_atlas", atlas().version, "mira", "batch")
    assert run.spec() == atlas()
    assert abs(run.submitted_at - time.time()) < 5


def test_a_run_with_a_lease_is_running(store: Store) -> None:
    key, _ = begun(store, atlas())
    assert status(store, key) == "running"


def test_a_run_with_all_parts_and_the_mark_is_complete(store: Store) -> None:
    run = store.runs.get(completed(store, atlas(), parts=2))
    assert (run.status, run.done, run.total, run.share, run.facts) == ("complete", 2, 2, 1.0, {"device": "CPU"})


def test_all_parts_without_the_mark_are_not_complete(store: Store) -> None:
    key, fence = begun(store, atlas(), total=1)
    store.runs.write(key, fence, (0, PART), {})
    assert status(store, key) == "running"


def test_a_failed_run_keeps_its_message_and_kind(store: Store) -> None:
    key, fence = begun(store, atlas())
    assert store.runs.fail(key, fence, "UnknownLayer", "No such layer.")
    run = store.runs.get(key)
    assert (run.status, run.error, run.error_kind) == ("failed", "No such layer.", "UnknownLayer")


def test_a_cancelled_run_keeps_its_parts(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.write(key, fence, (1, PART), {})
    assert store.runs.end_cancelled(key, fence)
    assert status(store, key) == "cancelled"
    assert store.parts.read(key, 1) == PART


def test_a_run_whose_lease_is_gone_is_lost(store: Store) -> None:
    key, _ = begun(store, atlas())
    lapse(store, key)
    assert status(store, key) == "lost"


def test_a_lease_runs_out_by_itself(store: Store) -> None:
    key, _ = begun(store, atlas())
    lease = names(key)[2]
    assert 0 < store.client.pttl(lease) <= LEASE_SECONDS * 1000
    store.client.pexpire(lease, 20)
    time.sleep(0.05)
    assert status(store, key) == "lost"


def test_renewing_and_writing_both_keep_a_run_alive(store: Store) -> None:
    key, fence = begun(store, atlas())
    lease = names(key)[2]
    for keep in (lambda: store.runs.renew(key), lambda: store.runs.write(key, fence, None, {})):
        store.client.pexpire(lease, 1000)
        keep()
        assert store.client.pttl(lease) > 10_000


def test_a_run_that_waits_or_is_over_cannot_be_renewed(store: Store) -> None:
    assert not store.runs.renew(submitted(store, atlas(1)))
    assert not store.runs.renew(completed(store, atlas(2)))
    assert not store.runs.renew(atlas(3).key())


def test_every_status_is_either_live_or_over() -> None:
    assert set(LIVE) | set(OVER) == {"complete", "failed", "cancelled", "running", "queued", "lost", "absent"}
    assert set(LIVE) & set(OVER) == set()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_asking_for_a_live_run_joins_it(store: Store, state: str) -> None:
    key = submitted(store, atlas(), "job-1")
    if state == "running":
        store.runs.begin(key, "job-1")
    assert store.runs.submit(atlas(), "job-2", "noah") == "joined"
    run = store.runs.get(key)
    assert (run.status, run.job, run.by) == (state, "job-1", "mira")


def test_asking_for_a_complete_run_changes_nothing(store: Store) -> None:
    key = completed(store, atlas())
    before = store.runs.get(key)
    assert store.runs.submit(atlas(), "job-2", "noah") == "complete"
    assert store.runs.get(key).by == before.by == "mira"


@pytest.mark.parametrize("end", ["failed", "cancelled", "lost"])
def test_a_run_that_ended_badly_is_claimed_anew_and_keeps_its_parts(store: Store, end: str) -> None:
    key, fence = begun(store, atlas())
    store.runs.write(key, fence, (0, PART), {})
    _end(store, key, fence, end)
    assert status(store, key) == end
    assert store.runs.submit(atlas(), "job-2", "noah") == "claimed"
    run = store.runs.get(key)
    assert (run.status, run.job, run.error, run.finished_at, run.done) == ("queued", "job-2", "", 0.0, 1)


def _end(store: Store, key: str, fence: int, how: str) -> None:
    if how == "failed":
        store.runs.fail(key, fence, "NotFinite", "NaN")
    elif how == "cancelled":
        store.runs.request_cancel(key)
        store.runs.end_cancelled(key, fence)
    else:
        lapse(store, key)


def test_twenty_who_ask_at_once_make_one_claim(store: Store) -> None:
    answers = _at_once(20, lambda: store.runs.submit(atlas(), f"job-{threading.get_ident()}"))
    assert answers == {"claimed": 1, "joined": 19}


def test_twenty_who_ask_at_once_make_one_job(client: Client) -> None:
    answers = _at_once(20, lambda: client.queue.submit(atlas()))
    assert answers == {"submitted": 1, "joined": 19}
    assert client.queue.waiting("batch") == 1
    assert len(list(client.store.client.scan_iter("rq:job:*"))) == 1


def test_twenty_who_retry_a_lost_run_make_one_job(client: Client) -> None:
    key, _ = begun(client.store, atlas())
    lapse(client.store, key)
    assert _at_once(20, lambda: client.retry(key)[1]) == {"submitted": 1, "joined": 19}
    assert client.queue.waiting("batch") == 1


def test_recent_runs_come_newest_first(store: Store) -> None:
    keys = [submitted(store, atlas(seed)) for seed in range(4)]
    assert [run.key for run in store.runs.recent()] == keys[::-1]
    assert [run.key for run in store.runs.recent(2)] == [keys[3], keys[2]]


def test_runs_of_one_kind_are_found_however_many_others_are_newer(store: Store) -> None:
    store.runs.submit(InspectModel(model="keras/vgg16/random"), "job-1")
    for seed in range(12):
        submitted(store, atlas(seed))
    assert [run.kind for run in store.runs.recent(1, include=("inspect_model",))] == ["inspect_model"]
    assert [run.kind for run in store.runs.recent(3, exclude=("filter_atlas",))] == ["inspect_model"]


def test_a_kind_whose_every_change_is_a_run_is_listed_as_a_trial(store: Store) -> None:
    trial = Playground(image="sample/cat")
    store.runs.submit(trial, "job-1")
    kept = submitted(store, atlas())
    assert [run.key for run in store.runs.newest({"trial": "yes"})] == [trial.key()]
    assert [run.key for run in store.runs.newest({"trial": "no"})] == [kept]


def test_runs_with_some_fields_are_found_however_many_of_their_kind_are_newer(store: Store) -> None:
    wanted = [submitted(store, atlas(seed, layer="block1_conv2")) for seed in range(2)]
    like = submitted(store, atlas(layer="block1_conv20"))  # its words begin with those of the wanted
    for seed in range(PAGE + 5):
        submitted(store, atlas(seed))
    fields = {"model": atlas().model, "layer": "block1_conv2", "image": None}
    assert [run.key for run in store.runs.newest({"kind": "filter_atlas"}, fields)] == wanted[::-1]
    assert [run.key for run in store.runs.newest(fields={"layer": "block1_conv20"})] == [like]
    assert len(list(store.runs.newest({"state": "live"}))) == PAGE + 8
    assert list(store.runs.newest(fields={"layer": "block1_conv2", "seed": 7})) == []


def test_joining_does_not_move_a_run_and_asking_again_does(store: Store) -> None:
    first, fence = begun(store, atlas(0))
    second = submitted(store, atlas(1))
    store.runs.submit(atlas(0), "job-2")
    assert [run.key for run in store.runs.recent()] == [second, first]
    store.runs.fail(first, fence, "X", "x")
    store.runs.submit(atlas(0), "job-3")
    assert [run.key for run in store.runs.recent()] == [first, second]


def test_a_forgotten_run_is_gone_with_everything_it_had(store: Store) -> None:
    key = completed(store, atlas())
    store.parts.pin(key)
    store.runs.request_cancel(key)
    store.runs.forget(key)
    assert status(store, key) == "absent"
    assert (store.parts.indices(key), store.parts.total_bytes(), store.runs.recent()) == (set(), 0, [])
    assert [k for k in store.client.scan_iter("*") if key.encode() in k] == []
    assert not store.parts.is_pinned(key)


def test_an_attempt_of_a_forgotten_run_stops(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.forget(key)
    with pytest.raises(LeaseLost):
        store.runs.write(key, fence, (0, PART), {})
    with pytest.raises(UnknownRun):
        store.runs.begin(key, "job-1")
    assert store.parts.total_bytes() == 0


def test_the_cancel_flag_is_read_by_the_write_that_still_stores_its_part(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.request_cancel(key)
    assert (store.runs.cancel_requested(key), store.runs.get(key).cancelling) == (True, True)
    with pytest.raises(RunCancelled):
        store.runs.write(key, fence, (0, PART), {})
    assert store.parts.read(key, 0) == PART


def test_a_run_that_ended_takes_its_cancel_flag_along(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.request_cancel(key)
    store.runs.end_cancelled(key, fence)
    submitted(store, atlas(), "job-2")
    assert store.runs.begin(key, "job-2") > fence


def _record(**changes: object) -> RunRecord:
    return RunRecord("key", **{"status": "running", "total": 10, "attempt_started_at": 100.0, "now": 120.0, **changes})


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        (_record(done=4), 30.0),  # 20 s for 4 of 10: 5 s each, 6 left
        (_record(done=6, attempt_done=2), 20.0),  # 20 s for the 4 of this attempt: 5 s each, 4 left
        (_record(done=0, fraction=0.25), 60.0),  # 20 s for a quarter
        (_record(done=2, fraction=0.5), 20.0),  # a half, two whole parts among it
        (_record(done=10), 0.0),
        (_record(done=0), None),
        (_record(done=2, attempt_done=2), None),
        (_record(done=0, total=None), None),
        (_record(done=4, status="queued"), None),
    ],
)
def test_the_estimate_goes_by_the_pace_of_this_attempt(run: RunRecord, seconds: float | None) -> None:
    assert run.estimate == (None if seconds is None else pytest.approx(seconds))


def test_a_runs_seconds_stop_at_its_end() -> None:
    assert _record(finished_at=107.5).seconds == 7.5
    assert _record().seconds == 20.0
    assert _record(attempt_started_at=0.0).seconds == 0.0


def test_a_record_of_a_kind_that_is_no_more_has_no_spec(store: Store) -> None:
    key = submitted(store, atlas())
    store.client.hset(names(key)[0], "kind", "old_kind")
    assert store.runs.get(key).spec() is None


@pytest.mark.parametrize(
    ("fields", "facts", "expected"),
    [
        ({"precision": "auto"}, {"precision": "bfloat16"}, "bfloat16"),
        ({"precision": "float32"}, {}, "float32"),
        ({"model": "m"}, {"precision": "float32"}, ""),  # a table of layers is no matter of number formats
    ],
)
def test_a_run_has_a_number_format_where_its_kind_has_a_choice_of_it(
    fields: dict[str, str], facts: dict[str, str], expected: str
) -> None:
    assert RunRecord("key", fields=fields, facts=facts).precision == expected
