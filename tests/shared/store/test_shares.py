"""Runs that several workers share: who leads, who helps, and that a death costs no more than the part under way."""

import pytest

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import LeaseLost, RunCancelled
from shared.part_sources import Series
from shared.queue import HELPER_RETRIES, RUN_JOB, SafeJob
from shared.store import Claim, Store, WorkerRecord
from shared.store.runs import names
from tests.fixtures.small_runs import PART, atlas, begun, completed, lapse, status, submitted

LEAD, HELPER, OTHER = "job-1", "job-1-h1", "job-1-h2"


@pytest.fixture
def shared(store: Store) -> tuple[Store, str, int]:
    """A run of three parts that LEAD leads and HELPER helps; with the lead's token."""
    key, fence = begun(store, atlas(), LEAD)
    assert store.runs.begin(key, HELPER) == 0
    return store, key, fence


def _report(store: Store, batch: int, interactive: int = 1) -> None:
    for queue, count in (("batch", batch), ("interactive", interactive)):
        for number in range(count):
            store.workers.report(WorkerRecord(f"{queue}-{number}", queue=queue))


def _jobs(store: Store) -> list[SafeJob]:
    ids = [raw.decode() for raw in store.client.lrange("rq:queue:batch", 0, -1)]  # type: ignore[union-attr]
    from rq.serializers import JSONSerializer

    return [SafeJob.fetch(one, connection=store.client, serializer=JSONSerializer) for one in ids]


@pytest.mark.parametrize(("workers", "at_most", "jobs"), [(0, 4, 1), (1, 4, 1), (3, 4, 3), (9, 4, 4), (3, 1, 1)])
def test_a_shared_run_has_a_job_for_each_worker_that_may_help(
    client: Client, monkeypatch: pytest.MonkeyPatch, workers: int, at_most: int, jobs: int
) -> None:
    monkeypatch.setattr(FilterAtlas, "shared_by", at_most)
    _report(client.store, workers, interactive=5)
    key, _ = client.submit(atlas())
    found = _jobs(client.store)
    assert len({job.id for job in found}) == len(found) == jobs
    assert all((job.func_name, list(job.args), job.description) == (RUN_JOB, [key], key) for job in found)
    assert found[0].id == client.record(key).job, "the first in the queue is the run's own"
    assert all(job.retries_left == HELPER_RETRIES for job in found[1:])


def test_of_two_jobs_the_first_to_begin_leads_whichever_it_is(store: Store) -> None:
    key = submitted(store, atlas(), LEAD)
    assert store.runs.begin(key, HELPER) > 0
    assert store.runs.begin(key, LEAD) == 0
    assert (store.runs.get(key).job, store.runs.get(key).attempts) == (HELPER, 1)


def test_a_helper_begins_without_disturbing_the_lead(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    assert (store.runs.get(key).attempts, store.runs.get(key).stuck) == (1, 1)
    store.runs.write(key, fence, (0, PART), {})


def test_a_part_is_claimed_once_and_in_order(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    assert [store.shares.claim(key, job, 3) for job in (LEAD, HELPER)] == [0, 1]
    assert store.shares.claim(key, LEAD, 3) == 0, "its own claim until it has written"
    store.runs.write(key, fence, (0, PART), {})
    assert store.shares.claim(key, LEAD, 3) == 2
    store.runs.write(key, fence, (2, PART), {})
    assert store.shares.claim(key, LEAD, 3) == "held"
    store.shares.write(key, HELPER, (1, PART), {})
    assert store.shares.claim(key, LEAD, 3) == store.shares.claim(key, HELPER, 3) == "made"
    store.runs.finish(key, fence, {})


def _take(store: Store, key: str, job: str, total: int, most: int, **more: object) -> tuple[int, ...]:
    rest = {name: more.pop(name) for name in ("held", "looks") if name in more}
    return store.shares.take(key, job, Claim(Series(total, **more), most, **rest)).indices  # type: ignore[arg-type]


def test_several_parts_are_claimed_at_once_each_by_one(shared: tuple[Store, str, int]) -> None:
    store, key, _ = shared
    assert _take(store, key, LEAD, 7, 3) == (0, 1, 2)
    assert _take(store, key, HELPER, 7, 3) == (3, 4, 5)
    assert store.runs.get(key).free == 1
    assert _take(store, key, LEAD, 7, 2, held=(0, 2)) == (1, 6), "its own that is not in its hands, then a free one"
    assert _take(store, key, LEAD, 7, 9, held=(0, 1, 2, 6)) == ()
    assert store.shares.take(key, HELPER, Claim(Series(7), 9, held=(3, 4, 5))).state == "held"
    assert store.runs.get(key).free == 0


def test_a_series_is_every_so_many_parts(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    assert _take(store, key, LEAD, 6, 2, first=1, step=2) == (1, 3)
    assert _take(store, key, HELPER, 6, 5, first=1, step=2) == (5,)
    assert _take(store, key, HELPER, 6, 2, first=0, step=2) == (0, 2)
    for index in (1, 3):
        store.runs.write(key, fence, (index, PART), {})
    store.shares.write(key, HELPER, (5, PART), {})
    taken = store.shares.take(key, LEAD, Claim(Series(6, 1, 2)))
    assert (taken.state, taken.made) == ("made", 3)


def test_each_part_is_looked_at_once_and_not_while_it_is_made(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    assert _take(store, key, HELPER, 5, 1) == (0,)
    assert _take(store, key, LEAD, 5, 2, looks=True) == (1, 2)
    store.previews.write(key, fence, 1, PART)
    assert _take(store, key, LEAD, 5, 1, looks=True) == (3,), "2 stayed silent: nothing to show"
    assert _take(store, key, HELPER, 5, 5, looks=True) == (4,)
    store.client.hset(names(key)[9], HELPER, 1)
    assert _take(store, key, OTHER, 5, 5, looks=True) == (0, 4), "a dead helper's, of which nothing is shown"
    assert _take(store, key, LEAD, 5, 9) == (0, 1, 2, 3, 4), "a look keeps nobody from making a part"


def test_a_helper_shows_how_its_parts_look_so_far(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    store.previews.write_beside(key, HELPER, 1, b"so far")
    assert store.previews.read(key, 1) == b"so far"
    store.runs.write(key, fence, (1, PART), {})
    store.previews.write_beside(key, HELPER, 1, b"late")
    assert store.previews.indices(key) == set()
    store.runs.request_cancel(key)
    with pytest.raises(RunCancelled):
        store.previews.write_beside(key, HELPER, 2, b"so far")
    store.runs.end_cancelled(key, fence)
    with pytest.raises(LeaseLost):
        store.previews.write_beside(key, HELPER, 0, b"so far")


def test_finished_parts_of_an_earlier_attempt_are_nobodys_to_make(store: Store) -> None:
    key, fence = begun(store, atlas(), LEAD)
    store.runs.write(key, fence, (1, PART), {})
    store.runs.wait_again(key, LEAD)
    store.runs.begin(key, LEAD)
    store.runs.begin(key, HELPER)
    assert [store.shares.claim(key, job, 3) for job in (HELPER, LEAD)] == [0, 2]


def test_a_helpers_part_is_kept_once(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    store.runs.write(key, fence, (0, b"first"), {})
    assert store.shares.write(key, HELPER, (0, b"second"), {}) == 0
    assert store.parts.read(key, 0) == b"first"
    assert (store.runs.get(key).done, store.parts.total_bytes()) == (1, len(b"first"))


def test_a_helper_says_how_many_parts_there_are_and_leaves_the_stage_to_the_lead(store: Store) -> None:
    key = submitted(store, atlas(), LEAD)
    store.runs.begin(key, LEAD)
    store.runs.begin(key, HELPER)
    store.shares.write(key, HELPER, None, {"total": 3})
    assert (store.runs.get(key).total, store.runs.get(key).stage) == (3, "starting")


@pytest.mark.parametrize("how", ["its parent saw it die", "its lease ran out"])
def test_a_dead_helpers_claim_is_free_again(shared: tuple[Store, str, int], how: str) -> None:
    store, key, fence = shared
    assert store.shares.claim(key, HELPER, 3) == 0
    for index in (1, 2):
        assert store.shares.claim(key, LEAD, 3) == index
        store.runs.write(key, fence, (index, PART), {})
    assert store.shares.claim(key, LEAD, 3) == "held"
    if how == "its lease ran out":
        store.client.hset(names(key)[9], HELPER, 1)
    else:
        assert not store.runs.wait_again(key, HELPER), "the run itself goes on"
    assert store.shares.claim(key, LEAD, 3) == 0
    assert status(store, key) == "running"
    store.runs.write(key, fence, (0, PART), {})


def test_a_helper_that_was_thought_dead_may_still_bring_its_part(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    store.shares.claim(key, HELPER, 3)
    store.runs.wait_again(key, HELPER)
    assert store.shares.claim(key, LEAD, 3) == 0
    store.shares.write(key, HELPER, (0, b"the helper's"), {})
    store.runs.write(key, fence, (0, b"the lead's"), {})
    assert store.parts.read(key, 0) == b"the helper's"


@pytest.mark.parametrize("how", ["its parent saw it die", "its lease ran out"])
def test_when_the_lead_dies_a_helper_leads_at_its_next_write_and_loses_nothing(
    shared: tuple[Store, str, int], how: str
) -> None:
    store, key, old = shared
    assert [store.shares.claim(key, job, 3) for job in (LEAD, HELPER)] == [0, 1]
    if how == "its lease ran out":
        lapse(store, key)
    else:
        store.runs.wait_again(key, LEAD)
    new = store.shares.write(key, HELPER, (1, PART), {})
    assert new > old
    assert (status(store, key), store.runs.get(key).job, store.runs.get(key).attempts) == ("running", HELPER, 2)
    with pytest.raises(LeaseLost):
        store.runs.write(key, old, (0, b"late"), {})
    assert store.shares.claim(key, HELPER, 3) == 0, "what the dead lead had claimed is free"
    assert store.runs.begin(key, LEAD) == 0, "its job, queued again, helps"


def test_a_new_lead_is_not_dethroned_by_the_old_ones_recovery(shared: tuple[Store, str, int]) -> None:
    store, key, _ = shared
    lapse(store, key)
    new = store.shares.write(key, HELPER, None, {})
    assert not store.runs.wait_again(key, LEAD)
    store.runs.write(key, new, (0, PART), {})


def test_a_helper_keeps_its_own_lease_and_not_the_leads(shared: tuple[Store, str, int]) -> None:
    store, key, _ = shared
    store.client.pexpire(names(key)[2], 5000)
    assert store.runs.renew(key, HELPER)
    assert 0 < int(store.client.pttl(names(key)[2])) <= 5000  # type: ignore[arg-type]
    assert not store.runs.renew(key, OTHER), "it never began"
    assert store.runs.renew(key, LEAD)
    assert int(store.client.pttl(names(key)[2])) > 5000  # type: ignore[arg-type]


def test_a_cancel_reaches_the_helper(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    store.runs.request_cancel(key)
    with pytest.raises(RunCancelled):
        store.shares.write(key, HELPER, (1, PART), {})
    assert store.parts.indices(key) == {1}
    store.runs.end_cancelled(key, fence)
    for refused in (lambda: store.shares.write(key, HELPER, (2, PART), {}), lambda: store.shares.claim(key, HELPER, 3)):
        with pytest.raises(LeaseLost, match="over"):
            refused()
    assert (status(store, key), store.parts.indices(key)) == ("cancelled", {1})


def test_a_helper_of_an_earlier_request_has_nothing_to_say(shared: tuple[Store, str, int]) -> None:
    store, key, fence = shared
    store.runs.fail(key, fence, "X", "x")
    submitted(store, atlas(), "job-2")
    with pytest.raises(LeaseLost, match="superseded"):
        store.runs.begin(key, HELPER)
    with pytest.raises(LeaseLost):
        store.shares.write(key, HELPER, (0, PART), {})
    assert store.runs.begin(key, "job-2-h1") > 0


def test_a_helper_that_comes_too_late_finds_the_run_over(store: Store) -> None:
    key = completed(store, atlas())
    with pytest.raises(LeaseLost, match="over"):
        store.runs.begin(key, HELPER)
    store.client.hdel(names(key)[0], "outcome")
    store.client.hset(names(key)[0], "evicted", "1")
    with pytest.raises(LeaseLost, match="over"):
        store.runs.begin(key, HELPER)


@pytest.mark.parametrize("end", ["finish", "fail", "ask anew", "forget"])
def test_claims_and_helpers_are_gone_with_the_run(shared: tuple[Store, str, int], end: str) -> None:
    store, key, fence = shared
    store.shares.claim(key, HELPER, 3)
    for index in range(3):
        store.runs.write(key, fence, (index, PART), {})
    store.shares.claim(key, HELPER, 4)
    if end == "finish":
        store.runs.finish(key, fence, {})
    elif end == "forget":
        store.runs.forget(key)
    else:
        store.runs.fail(key, fence, "X", "x")
    if end == "ask anew":
        submitted(store, atlas(), "job-2")
    assert not store.client.exists(*names(key)[8:])
