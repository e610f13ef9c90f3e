"""Idle workers are asked to help with a run under way, however late they came, and only where they are of use."""

import pytest
from rq.serializers import JSONSerializer

from shared.analyses import Attribution, FilterAtlas
from shared.client import Client
from shared.part_sources import Series
from shared.queue import HELPER_RETRIES, SafeJob
from shared.store import Claim, WorkerRecord
from tests.fixtures.small_runs import PART, atlas
from worker.service.invitations import invite_helpers


@pytest.fixture
def under_way(client: Client) -> str:
    """A run of five parts whose worker is at the first two; nobody else was there when it was asked for."""
    key, _ = client.submit(atlas())
    job = client.record(key).job
    client.store.client.lrem("rq:queue:batch", 0, job)
    client.store.runs.write(key, client.store.runs.begin(key, job), None, {"total": 5})
    client.store.shares.take(key, job, Claim(Series(5), 2))
    _report(client, "first", key)
    return key


def _report(client: Client, name: str, run: str = "", queue: str = "batch") -> None:
    client.store.workers.report(WorkerRecord(name, queue=queue, state="busy" if run else "idle", run=run))


def _invite(client: Client) -> int:
    return invite_helpers(client.store, client.queue)


def _waiting(client: Client) -> list[str]:
    return [job.decode() for job in client.store.client.lrange("rq:queue:batch", 0, -1)]


def test_each_worker_that_came_later_gets_a_job_and_may_begin(client: Client, under_way: str) -> None:
    _report(client, "late")
    assert _invite(client) == 1
    (job,) = _waiting(client)
    found = SafeJob.fetch(job, connection=client.store.client, serializer=JSONSerializer)
    assert found.retries_left == HELPER_RETRIES and list(found.args) == [under_way]
    assert client.store.runs.begin(under_way, job) == 0
    assert client.store.shares.take(under_way, job, Claim(Series(5), 2)).indices == (2, 3)
    assert client.queue.ahead("batch") == [under_way]


def test_two_invitations_are_two_jobs(client: Client, under_way: str) -> None:
    _report(client, "late")
    assert _invite(client) == 1
    client.store.client.delete("rq:queue:batch")
    assert _invite(client) == 1
    (second,) = _waiting(client)
    assert second.endswith("-h102")


def test_no_more_than_the_kind_may_use(client: Client, under_way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _report(client, "late")
    monkeypatch.setattr(FilterAtlas, "shared_by", 1)
    assert _invite(client) == 0


@pytest.mark.parametrize("why", ["somebody's run waits", "all parts are being made",
                                 "it serves the other queue", "the run is over", "it is warming"])  # fmt: skip
def test_nobody_is_asked_where_that_is_of_no_use(client: Client, under_way: str, why: str) -> None:
    store, job = client.store, client.record(under_way).job
    _report(client, "late", queue="interactive" if why == "it serves the other queue" else "batch")
    if why == "somebody's run waits":
        client.submit(atlas(1))
    elif why == "all parts are being made":
        store.shares.take(under_way, job, Claim(Series(5), 5))
    elif why == "the run is over":
        client.store.runs.fail(under_way, None, "X", "x")
    elif why == "it is warming":
        store.workers.report(WorkerRecord("late", queue="batch", state="warming"))
    before = _waiting(client)
    assert _invite(client) == 0 and _waiting(client) == before


def test_an_explanation_of_one_picture_is_no_work_for_two(client: Client) -> None:
    one = Attribution(model="keras/vgg16/random", image="sample/cat")
    many = Attribution(model="keras/vgg16/random", images=("sample/cat", "sample/beach", "sample/flower"))
    assert (one.most_workers, many.most_workers) == (1, 3)


def test_a_helper_that_nobody_needs_is_not_asked_twice_for_finished_work(client: Client, under_way: str) -> None:
    _report(client, "late")
    fence = client.store.runs.begin(under_way, client.record(under_way).job)
    for index in range(5):
        client.store.runs.write(under_way, fence, (index, PART), {})
    client.store.shares.take(under_way, client.record(under_way).job, Claim(Series(5)))
    assert _invite(client) == 0
