"""The queue: cancel, jobs that vanished, and payloads that must never be called."""

import json

import pytest
from rq import Callback, Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, Webhook
from rq.serializers import JSONSerializer

from shared.analyses import FilterAtlas, InspectModel
from shared.client import Client
from shared.errors import InvalidSpec, RefusedJob, RunCancelled, UnknownRun
from shared.queue import ALLOWED, QUEUES, RUN_JOB, SafeJob
from shared.store import Store
from tests.fixtures.small_runs import PART, atlas, begun, completed, earlier_release, evict, lapse, status


def _fetch(store: Store, job: str) -> SafeJob:
    """The job as a worker reads it."""
    return SafeJob.fetch(job, connection=store.client, serializer=JSONSerializer)


def _queued(client: Client) -> tuple[str, str]:
    """A run in the queue; returns its key and its job's id."""
    client.queue.submit(atlas())
    return atlas().key(), client.record(atlas().key()).job


@pytest.fixture
def raw(store: Store) -> Queue:
    """The queue as an intruder who can write to Redis sees it: plain RQ, any function."""
    return Queue("batch", connection=store.client, serializer=JSONSerializer)


def test_a_submitted_job_holds_a_name_and_a_key_and_nothing_else(client: Client) -> None:
    key, job_id = _queued(client)
    assert job_id.startswith(f"{key}-")
    job = _fetch(client.store, job_id)
    assert (job.func_name, list(job.args), job.kwargs, job.instance) == (RUN_JOB, [key], {}, None)
    assert json.loads(job.data) == [RUN_JOB, None, [key], {}]


def test_a_submitted_job_is_allowed_as_long_as_a_run_may_take(client: Client) -> None:
    _, job_id = _queued(client)
    assert _fetch(client.store, job_id).timeout == client.settings.job_timeout == 24 * 3600


@pytest.mark.parametrize(
    ("spec", "queue"), [(atlas(), "batch"), (InspectModel(model="keras/vgg16/random"), "interactive")]
)
def test_each_kind_goes_to_its_queue(client: Client, spec: FilterAtlas | InspectModel, queue: str) -> None:
    client.queue.submit(spec)
    assert {name: client.queue.waiting(name) for name in QUEUES} == {**dict.fromkeys(QUEUES, 0), queue: 1}


def test_waiting_counts_the_jobs_of_a_queue(client: Client) -> None:
    for seed in range(3):
        client.queue.submit(atlas(seed))
    assert client.queue.waiting("batch") == 3


def test_a_spec_that_was_not_resolved_is_refused(client: Client) -> None:
    with pytest.raises(InvalidSpec, match=r"precision is still 'auto': resolve the spec with shared.client.Client"):
        client.queue.submit(FilterAtlas(model="keras/vgg16/random", layer="block1_conv1"))
    assert client.store.runs.recent() == []


def test_a_complete_run_is_not_queued_again(client: Client) -> None:
    completed(client.store, atlas())
    assert client.queue.submit(atlas()) == "complete"
    assert client.queue.waiting("batch") == 0


def test_a_retry_has_a_job_of_its_own(client: Client) -> None:
    key, first = _queued(client)
    client.store.runs.fail(key, None, "X", "x")
    client.queue.submit(atlas())
    assert client.record(key).job != first


def test_cancelling_a_waiting_run_ends_it_and_takes_its_job_out(client: Client) -> None:
    key, job = _queued(client)
    assert client.cancel(key)
    assert (status(client.store, key), client.queue.waiting("batch")) == ("cancelled", 0)
    with pytest.raises(NoSuchJobError):
        _fetch(client.store, job)


def test_cancelling_a_running_run_raises_its_flag(client: Client) -> None:
    key, fence = begun(client.store, atlas())
    assert client.cancel(key)
    assert (client.record(key).status, client.record(key).cancelling) == ("running", True)
    with pytest.raises(RunCancelled):
        client.store.runs.write(key, fence, (0, PART), {})


def test_cancelling_a_lost_run_ends_it(client: Client) -> None:
    key, _ = begun(client.store, atlas())
    lapse(client.store, key)
    assert client.cancel(key)
    assert status(client.store, key) == "cancelled"


def test_there_is_nothing_to_cancel_in_a_run_that_is_over(client: Client) -> None:
    key = completed(client.store, atlas())
    assert not client.cancel(key)
    assert status(client.store, key) == "complete"


def test_cancelling_an_unknown_run_says_so(client: Client) -> None:
    with pytest.raises(
        UnknownRun, match=r"the key of a run\. Received: 'nonsense'\. See Jobs .in a terminal: `convscope jobs`"
    ):
        client.cancel("nonsense")


def test_a_cancelled_run_can_be_asked_for_again(client: Client) -> None:
    key, _ = _queued(client)
    client.cancel(key)
    assert client.retry(key)[1] == "submitted"
    assert not client.record(key).cancelling
    assert client.store.runs.begin(key, client.record(key).job)


@pytest.mark.parametrize("how", ["failed", "lost", "evicted"])
def test_a_run_of_an_earlier_version_is_computed_under_todays_key(client: Client, how: str) -> None:
    with earlier_release(FilterAtlas):
        key, fence = begun(client.store, atlas(), total=1)
        client.store.runs.write(key, fence, (0, PART), {})
    if how == "failed":
        client.store.runs.fail(key, fence, "VersionMismatch", "Expected filter_atlas version 2.")
    elif how == "lost":
        lapse(client.store, key)
    else:
        client.store.runs.finish(key, fence, {})
        evict(client.store, key)
    before = client.record(key)
    assert before.outdated and before.status == {"evicted": "absent"}.get(how, how)
    made, outcome = client.retry(key)
    assert (made, outcome) == (atlas().key(), "submitted") and made != key
    now = client.record(made)
    assert (now.status, now.version, now.outdated) == ("queued", FilterAtlas.version, False)
    assert client.record(key).status == before.status
    assert client.retry(key) == (made, "joined")


def test_a_vanished_job_is_queued_again_under_its_id(client: Client) -> None:
    key, job = _queued(client)
    client.store.client.delete(f"rq:job:{job}", "rq:queue:batch")
    assert client.queue.ensure_queued(key)
    assert (client.queue.waiting("batch"), client.record(key).job) == (1, job)
    assert _fetch(client.store, job).func_name == RUN_JOB


def test_a_job_that_lives_is_left_alone(client: Client) -> None:
    key, _ = _queued(client)
    assert not client.queue.ensure_queued(key)
    assert client.queue.waiting("batch") == 1


def test_a_lost_run_whose_job_ended_is_queued_again(client: Client) -> None:
    key, _ = begun(client.store, atlas())
    lapse(client.store, key)
    assert client.queue.ensure_queued(key)
    assert (status(client.store, key), client.queue.waiting("batch")) == ("queued", 1)


@pytest.mark.parametrize("end", ["complete", "running", "absent"])
def test_only_runs_that_wait_are_queued_again(client: Client, end: str) -> None:
    key = atlas().key()
    if end != "absent":
        completed(client.store, atlas()) if end == "complete" else begun(client.store, atlas())
    assert not client.queue.ensure_queued(key)
    assert client.queue.waiting("batch") == 0


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "subprocess.check_output", "worker.service.run_job._attempt"]
)
def test_any_other_function_is_refused(raw: Queue, store: Store, name: str) -> None:
    job = raw.enqueue_call(name, args=["true"])
    with pytest.raises(RefusedJob, match=rf"Expected a job that calls {RUN_JOB}\. Received: '{name}'.*nothing was run"):
        _ = _fetch(store, job.id).func


def test_a_method_of_a_smuggled_object_is_refused(raw: Queue, store: Store) -> None:
    job = raw.enqueue_call(RUN_JOB, args=["key"])
    store.client.hset(f"rq:job:{job.id}", "data", json.dumps(["format", "{0.__class__}", ["key"], {}]))
    with pytest.raises(RefusedJob, match="'format'"):
        _ = _fetch(store, job.id).func


@pytest.mark.parametrize("moment", ["success", "failure", "stopped"])
def test_a_callback_is_refused_and_disarmed(raw: Queue, store: Store, moment: str) -> None:
    job = Job.create(RUN_JOB, args=["key"], connection=store.client, serializer=JSONSerializer,
                     **{f"on_{moment}": Callback("os.system")})  # fmt: skip
    raw.enqueue_job(job)
    fetched = _fetch(store, job.id)
    assert getattr(fetched, f"{moment}_callback") is None
    with pytest.raises(RefusedJob, match="a callback or webhook"):
        _ = fetched.func


def test_a_webhook_is_refused_and_disarmed(raw: Queue, store: Store) -> None:
    job = Job.create(RUN_JOB, args=["key"], connection=store.client, serializer=JSONSerializer,
                     webhooks=[Webhook("http://169.254.169.254/", "finished")])  # fmt: skip
    raw.enqueue_job(job)
    assert job.webhooks
    fetched = _fetch(store, job.id)
    assert fetched.webhooks == []
    with pytest.raises(RefusedJob, match="a callback or webhook"):
        _ = fetched.func


def test_refreshing_a_job_does_not_arm_it_again(raw: Queue, store: Store) -> None:
    job = raw.enqueue_call(RUN_JOB, args=["key"], on_failure=Callback("os.system"))
    fetched = _fetch(store, job.id)
    fetched.refresh()
    assert fetched.failure_callback is None


def test_one_function_is_allowed() -> None:
    assert {RUN_JOB} == ALLOWED
