"""run_job with toy analyses, a real server and real RQ, in this process: resume, cancel, fail, fence."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from dashboard.server.live import live_state
from shared.analyses import InspectModel, JobSpec, Playground
from shared.client import Client
from shared.errors import FilesUnavailable, NotFinite, RunFailed, StoreUnavailable
from shared.queue import SafeJob
from shared.results import Part, Progress
from shared.settings import Settings
from shared.store import Store, WorkerRecord
from worker.analyses.context import RunContext
from worker.service import run_job as module
from worker.service.run_job import Resources, set_engine_resources
from worker.service.warm_worker import no_retry_of_final_failures

Toy = Callable[[Any, RunContext], Iterator[Part | Progress]]


@pytest.fixture
def play(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[Toy], str]:
    """Run a toy analysis from submit to the end of its RQ job; answers the key."""

    def context(finished: frozenset[int]) -> RunContext:
        return RunContext(None, client.library, finished)  # type: ignore[arg-type]

    def run(toy: Toy) -> str:
        monkeypatch.setitem(module.GENERATORS, "inspect_model", toy)
        set_engine_resources(Resources(client.store, client.library, context, lambda spec: {"device": "toy"}))
        key, _ = client.submit(InspectModel(model="keras/vgg16/random"))
        work(client)
        return key

    return run


def work(client: Client, queue: str = "interactive") -> None:
    """Empty the queue with RQ's simplest worker."""
    worker = SimpleWorker([queue], connection=client.store.client, serializer=JSONSerializer, job_class=SafeJob)
    worker.push_exc_handler(no_retry_of_final_failures)
    worker.work(burst=True, logging_level=logging.CRITICAL)


def part(index: int) -> Part:
    return Part(index, arrays={"value": np.array([index], np.float32)})


def three_parts(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
    """Yields parts 0, 1, 2, but none that is there."""
    yield Progress("counting", total=3, facts={"metrics": {"toy": True}})
    for index in set(range(3)) - context.finished:
        yield part(index)


def test_a_run_goes_from_submit_to_complete(client: Client, play: Callable[[Toy], str]) -> None:
    result = client.result(play(three_parts))
    assert result.run.status == "complete"
    assert [int(p.arrays["value"][0]) for p in result.parts.values()] == [0, 1, 2]
    assert result.run.facts["device"] == "toy"
    assert result.run.facts["metrics"] == {"toy": True}
    assert result.run.facts["timings"]["attempt_seconds"] >= 0


def test_a_permanent_error_is_tried_once_and_its_message_kept(client: Client, play: Callable[[Toy], str]) -> None:
    def raises(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("starting", total=1)
        raise NotFinite("Expected finite activations. Received NaN.")

    run = client.record(play(raises))
    assert (run.status, run.error_kind, run.attempts) == ("failed", "NotFinite", 1)
    assert run.error == "Expected finite activations. Received NaN."


def test_an_error_nobody_foresaw_shows_no_trace(client: Client, play: Callable[[Toy], str]) -> None:
    def raises(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("starting", total=1)
        raise RuntimeError("weights\nTraceback (most recent call last): ...")

    run = client.record(play(raises))
    assert (run.status, run.attempts) == ("failed", 1)
    assert "Traceback" not in run.error
    assert "RuntimeError: weights" in run.error and "log" in run.error


def test_a_passing_error_is_retried_from_the_finished_parts(client: Client, play: Callable[[Toy], str]) -> None:
    made: list[int] = []

    def stumbles(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=3)
        for index in sorted(set(range(3)) - context.finished):
            if index == 2 and made.count(2) == 0:
                made.append(2)
                raise OSError("disk is busy")
            made.append(index)
            yield part(index)

    run = client.record(play(stumbles))
    assert (run.status, run.attempts) == ("complete", 2)
    assert made == [0, 1, 2, 2]


def test_an_attempt_can_read_what_the_ones_before_stored(client: Client, play: Callable[[Toy], str]) -> None:
    """What is said of all parts together (an accuracy, the best epoch) needs those of a killed attempt too."""

    def sums(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=3)
        for index in sorted(set(range(3)) - context.finished):
            if index == 2 and 1 not in context.finished:
                raise OSError("disk is busy")
            yield part(index)
        found = [context.stored(index) for index in range(4)]
        values = [None if one is None else int(one.arrays["value"][0]) for one in found]
        yield Progress("summing", facts={"metrics": {"values": values}})

    assert client.record(play(sums)).facts["metrics"] == {"values": [0, 1, 2, None]}


def test_between_two_attempts_a_run_waits_and_holds_no_lease(
    client: Client, play: Callable[[Toy], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=1)
        raise OSError("disk is busy")

    monkeypatch.setitem(module.GENERATORS, "inspect_model", busy)
    context = lambda _: RunContext(None, client.library)  # type: ignore[arg-type]  # noqa: E731
    set_engine_resources(Resources(client.store, client.library, context, lambda _: {}))
    key, _ = client.submit(InspectModel(model="keras/vgg16/random"))
    job = SimpleNamespace(id=client.record(key).job)
    monkeypatch.setattr(module, "get_current_job", lambda: job)
    with pytest.raises(OSError, match="disk is busy"):
        module.run_job(key)
    assert client.record(key).status == "queued"


def test_an_error_that_never_passes_is_given_up(client: Client, play: Callable[[Toy], str]) -> None:
    def never(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=1)
        raise StoreUnavailable("The file store is unreachable.")

    run = client.record(play(never))
    assert (run.status, run.attempts) == ("failed", 3)
    assert "unreachable" in run.error


def test_files_that_are_away_are_waited_for_and_no_reason_to_give_a_run_up(
    client: Client, play: Callable[[Toy], str]
) -> None:
    """They go away five times, which is more than a run may die without a new part."""
    away = [True] * 5

    def without_files(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=1)
        if away:
            away.pop()
            raise FilesUnavailable("The file store cannot be used.")
        yield part(0)

    run = client.record(play(without_files))
    assert (run.status, run.attempts, run.error) == ("complete", 6, "")


def test_cancel_stops_within_one_part_and_keeps_it(client: Client, play: Callable[[Toy], str]) -> None:
    def cancelled_in_between(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=3)
        yield part(0)
        client.cancel(spec.key())
        yield part(1)
        yield part(2)

    key = play(cancelled_in_between)
    assert client.record(key).status == "cancelled"
    assert sorted(client.results.parts(key)) == [0, 1]


def test_an_attempt_that_lost_its_lease_writes_no_more(client: Client, play: Callable[[Toy], str]) -> None:
    def overtaken(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=2)
        yield part(0)
        run = client.record(spec.key())
        client.store.runs.begin(spec.key(), run.job)  # a second worker takes over
        yield part(1)

    key = play(overtaken)
    assert sorted(client.results.parts(key)) == [0]
    assert client.record(key).status == "running", "the other attempt's business now"


def test_missing_parts_are_no_success(client: Client, play: Callable[[Toy], str]) -> None:
    def stops_early(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=2)
        yield part(0)

    run = client.record(play(stops_early))
    assert run.status == "failed"
    assert "before all its parts" in run.error


def test_a_failed_run_can_be_retried_and_keeps_its_parts(client: Client, play: Callable[[Toy], str]) -> None:
    def half(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("counting", total=3)
        yield part(0)
        raise NotFinite("bad luck")

    key = play(half)
    assert play(three_parts) == key
    run = client.record(key)
    assert (run.status, run.attempt_done, run.done) == ("complete", 1, 3)


def test_a_waiting_client_raises_the_stored_message(
    client: Client, play: Callable[[Toy], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def raises(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        yield Progress("starting", total=1)
        raise NotFinite("the message")

    key = play(raises)
    monkeypatch.setattr(client, "submit", lambda spec: (key, "joined"))
    with pytest.raises(RunFailed, match="the message"):
        client.run(InspectModel(model="keras/vgg16/random"))


def report_worker(client: Client, queue: str) -> None:
    client.store.workers.report(WorkerRecord(name=queue, queue=queue, state="idle"))


def slow_parts(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
    """Like three_parts, but longer than an interactive run may take while others wait."""
    for step in three_parts(spec, context):
        time.sleep(0.7)
        yield step


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    return settings.model_copy(update={"interactive_seconds": 1})


@pytest.mark.parametrize(("waits", "batch"), [(True, True), (True, False), (False, True)])
def test_long_interactive_work_goes_on_in_the_batch_queue_where_others_wait_and_it_can(
    impatient: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, waits: bool, batch: bool
) -> None:
    client = Client(impatient, store)
    if batch:
        report_worker(client, "batch")

    def toy(spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        if waits and not context.finished:
            client.submit(Playground())
        yield from slow_parts(spec, context)

    monkeypatch.setitem(module.GENERATORS, "inspect_model", toy)
    monkeypatch.setitem(module.GENERATORS, "playground", three_parts)
    context = lambda finished: RunContext(None, client.library, finished)  # noqa: E731
    set_engine_resources(Resources(store, client.library, context, lambda spec: {"device": "toy"}))
    key, _ = client.submit(InspectModel(model="keras/vgg16/random"))
    work(client)
    run = client.record(key)
    if not (waits and batch):
        assert (run.status, run.queue) == ("complete", "interactive")
        return
    assert (run.status, run.queue, run.stuck) == ("queued", "batch", 0) and 0 < run.done < 3
    assert client.record(Playground().key()).status == "complete"
    assert "the batch queue goes on with it" in live_state(client, run, "part")["text"]
    before = client.results.parts(key)
    work(client, "batch")
    run = client.record(key)
    assert (run.status, run.done, run.attempt_done) == ("complete", 3, len(before))
    assert client.results.parts(key, before) == before
    assert client.queue.waiting("batch") == 0
