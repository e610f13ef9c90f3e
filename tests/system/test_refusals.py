"""Payloads pushed straight into Redis, and requests that cannot be met: refused, nothing run, nothing lost."""

from pathlib import Path

import pytest
from rq import Queue
from rq.job import Callback
from rq.serializers import JSONSerializer

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import RunFailed
from tests.fixtures.installations import QUICK, Installation

pytestmark = pytest.mark.faults


def push(client: Client, *args: object, **options: object) -> str:
    """Enqueue as an intruder would, with plain RQ."""
    queue = Queue("batch", connection=client.store.client, serializer=JSONSerializer)
    return queue.enqueue(*args, **options).id  # type: ignore[arg-type]


def test_a_job_that_names_os_system_is_refused(installation: Installation, live: Client, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    job = push(live, "os.system", f"touch {trace}")
    assert live.run(QUICK.model_copy(update={"seed": 21}), timeout=60).run.status == "complete"
    installation.wait_until(lambda: job in installation.log(), 10, "refusal logged")
    assert "Expected a job that calls worker.run_job.run_job" in installation.log()
    assert not trace.exists()


def test_a_callback_is_not_called(installation: Installation, live: Client) -> None:
    push(live, "worker.run_job.run_job", "nothing", on_failure=Callback("tests.system.test_refusals.never"))
    assert live.run(QUICK.model_copy(update={"seed": 22}), timeout=60).run.status == "complete"
    assert "a callback or webhook" in installation.log()


def test_a_run_that_does_not_exist_is_no_crash(live: Client) -> None:
    push(live, "worker.run_job.run_job", "filter_atlas-v1-00000000000000000000000000000000")
    assert live.run(QUICK.model_copy(update={"seed": 23}), timeout=60).run.status == "complete"


def test_an_unknown_layer_fails_once_and_lists_those_there_are(live: Client) -> None:
    spec = FilterAtlas(model="keras/mobilenetv2/random", layer="block_1_expandd", size=32, steps=2)
    with pytest.raises(
        RunFailed, match=r"block_1_expandd.*Did you mean block_1_expand.*Choose one of: Conv1, bn_Conv1"
    ):
        live.run(spec, timeout=60)
    run = live.record(live.resolve(spec).key())
    assert (run.status, run.error_kind, run.attempts) == ("failed", "UnknownLayer", 1)


def test_a_request_of_another_release_is_refused_politely(installation: Installation, live: Client) -> None:
    spec = live.resolve(QUICK.model_copy(update={"seed": 24}))
    key = spec.key()
    live.store.runs.submit(spec, "job-of-another-release")
    live.store.client.hset(f"convscope:run:{key}", "version", 99)
    live.queue.ensure_queued(key)
    run = live.wait(key, timeout=60)
    assert run.status == "failed"
    assert "different releases" in run.error


def test_workers_tell_what_they_keep_warm(installation: Installation, live: Client) -> None:
    live.run(QUICK.model_copy(update={"seed": 25}), timeout=60)
    installation.wait_until(
        lambda: ("MobileNetV2",) in {w.models for w in live.store.workers.all()}, 10, "warm model reported"
    )
