"""Attempts: the newest fencing token alone may write, parts are kept once, hopeless runs are given up."""

import pytest

from shared.errors import ConvscopeError, LeaseLost, PermanentError, RunCancelled, UnknownRun
from shared.store import STUCK_LIMIT, Store
from tests.fixtures.small_runs import PART, atlas, begun, completed, lapse, status, submitted


def _die(store: Store, key: str, job: str = "job-1") -> None:
    """One attempt that ends with its engine."""
    store.runs.begin(key, job)
    assert store.runs.wait_again(key, job)


def test_every_attempt_has_a_newer_token(store: Store) -> None:
    key, first = begun(store, atlas())
    assert store.runs.begin(key, "job-1") > first
    assert store.runs.get(key).attempts == 2


def test_an_older_attempt_cannot_write(store: Store) -> None:
    key, old = begun(store, atlas())
    new = store.runs.begin(key, "job-1")
    with pytest.raises(LeaseLost, match="another attempt"):
        store.runs.write(key, old, (0, b"late"), {"stage": "late"})
    assert (store.parts.indices(key), store.runs.get(key).stage) == (set(), "starting")
    store.runs.write(key, new, (0, PART), {})
    assert store.parts.read(key, 0) == PART


def test_an_older_attempt_cannot_finish(store: Store) -> None:
    key, old = begun(store, atlas(), total=1)
    store.runs.write(key, old, (0, PART), {})
    store.runs.begin(key, "job-1")
    with pytest.raises(LeaseLost):
        store.runs.finish(key, old, {})
    assert status(store, key) == "running"


def test_an_older_attempt_can_neither_fail_nor_cancel_the_run(store: Store) -> None:
    key, old = begun(store, atlas())
    store.runs.begin(key, "job-1")
    assert not store.runs.fail(key, old, "NotFinite", "NaN")
    assert not store.runs.end_cancelled(key, old)
    assert (status(store, key), store.runs.get(key).error) == ("running", "")


def test_an_attempt_that_was_queued_again_cannot_write(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.wait_again(key, "job-1")
    with pytest.raises(LeaseLost):
        store.runs.write(key, fence, (0, PART), {})
    assert status(store, key) == "queued"


def test_an_attempt_whose_run_was_asked_for_anew_cannot_write(store: Store) -> None:
    key, fence = begun(store, atlas())
    lapse(store, key)
    submitted(store, atlas(), "job-2")
    with pytest.raises(LeaseLost):
        store.runs.write(key, fence, (0, PART), {})


def test_a_slow_attempt_that_nobody_replaced_goes_on(store: Store) -> None:
    key, fence = begun(store, atlas())
    lapse(store, key)
    store.runs.write(key, fence, (0, PART), {})
    assert status(store, key) == "running"


@pytest.mark.parametrize("end", ["complete", "failed", "cancelled"])
def test_nothing_is_written_after_the_end(store: Store, end: str) -> None:
    key, fence = begun(store, atlas(), total=1)
    store.runs.write(key, fence, (0, PART), {})
    _end(store, key, fence, end)
    with pytest.raises(LeaseLost):
        store.runs.write(key, fence, (1, PART), {})
    assert not store.runs.fail(key, None, "X", "x")
    assert (status(store, key), store.parts.indices(key)) == (end, {0})


def _end(store: Store, key: str, fence: int, how: str) -> None:
    if how == "complete":
        store.runs.finish(key, fence, {})
    elif how == "failed":
        store.runs.fail(key, fence, "X", "x")
    else:
        store.runs.end_cancelled(key, fence)


def test_a_part_written_twice_keeps_the_first(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.write(key, fence, (0, b"first"), {})
    store.runs.write(key, fence, (0, b"second"), {})
    assert store.parts.read(key, 0) == b"first"
    assert (store.runs.get(key).done, store.parts.total_bytes()) == (1, len(b"first"))


def test_finishing_with_missing_parts_is_refused(store: Store) -> None:
    key, fence = begun(store, atlas(), total=3)
    for index in (0, 2):
        store.runs.write(key, fence, (index, PART), {})
    with pytest.raises(ConvscopeError, match="ended before all its parts were made"):
        store.runs.finish(key, fence, {})
    assert status(store, key) == "running"


def test_finishing_without_ever_saying_how_many_parts_is_refused(store: Store) -> None:
    key = submitted(store, atlas())
    with pytest.raises(ConvscopeError, match="Retry makes the missing ones"):
        store.runs.finish(key, store.runs.begin(key, "job-1"), {})


def test_nan_in_the_facts_is_refused(store: Store) -> None:
    key, fence = begun(store, atlas(), total=0)
    with pytest.raises(ValueError, match="JSON"):
        store.runs.finish(key, fence, {"accuracy": float("nan")})


def test_progress_is_written_with_every_step(store: Store) -> None:
    key, fence = begun(store, atlas(), total=3)
    store.runs.write(key, fence, None, {"stage": "optimizing", "fraction": 0.5})
    run = store.runs.get(key)
    assert (run.stage, run.fraction, run.total, run.done, run.share) == ("optimizing", 0.5, 3, 0, 0.5)


def test_a_new_attempt_starts_its_progress_from_the_parts(store: Store) -> None:
    key, fence = begun(store, atlas(), total=3)
    store.runs.write(key, fence, (0, PART), {"fraction": 0.9})
    store.runs.wait_again(key, "job-1")
    store.runs.begin(key, "job-1")
    run = store.runs.get(key)
    assert (run.fraction, run.done, run.attempt_done, run.share) == (None, 1, 1, pytest.approx(1 / 3))


def test_a_run_cancelled_while_it_waited_does_not_begin(store: Store) -> None:
    key = submitted(store, atlas())
    store.runs.request_cancel(key)
    with pytest.raises(RunCancelled):
        store.runs.begin(key, "job-1")
    assert status(store, key) == "queued"


def test_a_job_of_an_earlier_request_does_not_begin(store: Store) -> None:
    key = submitted(store, atlas(), "job-1")
    store.runs.fail(key, None, "X", "x")
    submitted(store, atlas(), "job-2")
    with pytest.raises(LeaseLost, match="superseded"):
        store.runs.begin(key, "job-1")
    store.runs.begin(key, "job-2")


def test_a_job_of_a_run_that_is_over_does_not_begin(store: Store) -> None:
    with pytest.raises(LeaseLost, match="over"):
        store.runs.begin(completed(store, atlas()), "job-1")


def test_a_job_without_a_run_is_unknown(store: Store) -> None:
    with pytest.raises(UnknownRun):
        store.runs.begin(atlas().key(), "job-1")


def test_a_run_that_kills_its_worker_again_and_again_is_given_up(store: Store) -> None:
    key = submitted(store, atlas())
    for _ in range(STUCK_LIMIT):
        _die(store, key)
    with pytest.raises(PermanentError, match=rf"died {STUCK_LIMIT} times.*choose a smaller size or fewer channels"):
        store.runs.begin(key, "job-1")


def test_a_new_part_resets_the_count(store: Store) -> None:
    key = submitted(store, atlas())
    for index in range(2 * STUCK_LIMIT):
        fence = store.runs.begin(key, "job-1")
        store.runs.write(key, fence, (index, PART), {})
        store.runs.wait_again(key, "job-1")
    assert store.runs.get(key).stuck == 0


def test_a_part_that_was_there_already_does_not_reset_the_count(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.write(key, fence, (0, PART), {})
    for _ in range(STUCK_LIMIT):
        fence = store.runs.begin(key, "job-1")
        store.runs.write(key, fence, (0, PART), {})
    with pytest.raises(PermanentError):
        store.runs.begin(key, "job-1")


def test_an_orderly_shutdown_does_not_count(store: Store) -> None:
    key = submitted(store, atlas())
    for _ in range(2 * STUCK_LIMIT):
        store.runs.begin(key, "job-1")
        assert store.runs.wait_again(key, "job-1", forgive=True)
    store.runs.begin(key, "job-1")


def test_a_retry_by_hand_starts_the_count_anew(store: Store) -> None:
    key = submitted(store, atlas())
    for _ in range(STUCK_LIMIT):
        _die(store, key)
    store.runs.fail(key, None, "PermanentError", "stuck")
    submitted(store, atlas(), "job-2")
    store.runs.begin(key, "job-2")


def test_waiting_again_is_for_the_runs_own_job_and_before_its_end(store: Store) -> None:
    key, fence = begun(store, atlas())
    assert not store.runs.wait_again(key, "job-of-someone-else")
    assert status(store, key) == "running"
    store.runs.end_cancelled(key, fence)
    assert not store.runs.wait_again(key, "job-1")
    assert not store.runs.wait_again(atlas(7).key(), "job-1")
