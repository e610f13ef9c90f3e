"""run_job on two threads, each a worker of its own, with a toy whose parts they share; a real server."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from shared.analyses import InspectModel, JobSpec
from shared.client import Client
from shared.errors import NotFinite
from shared.part_sources import Series
from shared.results import Part, Progress
from shared.store import WorkerRecord
from worker.analyses.context import RunContext
from worker.service import attempt as attempt_module
from worker.service import run_job as module
from worker.service.run_job import FinalFailure, Resources, set_engine_resources

TOTAL = 8


class Killed(BaseException):
    """What SIGKILL does to an engine: nothing more is done or said."""


class Workers:
    """Two workers that share one run, and what each of them made.

    Attributes:
        before: called with a worker's name and a part's number before it is made; may raise.
        made: (worker, part) in the order of making.
        closing: whether the last part is made of all others.
        summary: whether something is said of all parts in the end.
        asked: whose turn at the analysis began.
        killed: set once the death of a worker is known.
    """

    def __init__(self, client: Client, patch: pytest.MonkeyPatch) -> None:
        self.client, self.made = client, list[tuple[str, int]]()
        self.closing = self.summary = False
        self.asked: list[str] = []
        self.before: Callable[[str, int], None] = lambda worker, index: None
        self._local, self._led, self.killed = threading.local(), threading.Event(), threading.Event()
        patch.setattr(InspectModel, "shared_by", 2)
        patch.setitem(module.GENERATORS, "inspect_model", self._toy)
        patch.setattr(module, "get_current_job", self._asked)
        patch.setattr(attempt_module, "POLL_SECONDS", 0.01)
        context = lambda finished: RunContext(None, client.library, finished)  # type: ignore[arg-type]  # noqa: E731
        set_engine_resources(Resources(client.store, client.library, context, lambda _: {"device": "toy"}))
        for name in ("lead", "helper"):
            client.store.workers.report(WorkerRecord(name, queue="interactive"))
        self.key, _ = client.submit(InspectModel(model="keras/vgg16/random"))
        self.job = client.record(self.key).job
        client.store.client.delete("rq:queue:interactive")  # both jobs are taken

    def _asked(self) -> SimpleNamespace:
        return SimpleNamespace(id=self._local.job, origin="interactive")

    def _toy(self, spec: JobSpec, context: RunContext) -> Iterator[Part | Progress]:
        self._led.set()
        self.asked.append(self._local.name)
        yield Progress("counting", total=TOTAL, facts={"metrics": {"by": self._local.name}})
        for index in context.parts(Series(TOTAL, closing=self.closing, summary=self.summary)):
            self.before(self._local.name, index)
            self.made.append((self._local.name, index))
            yield Part(index, arrays={"value": np.array([index], np.float32)})

    def work(self, name: str) -> None:
        """One worker's turn; what a parent does when its engine dies is done too. The lead begins first."""
        assert name == "lead" or self._led.wait(20)
        self._local.name, self._local.job = name, self.job if name == "lead" else f"{self.job}-h1"
        try:
            module.run_job(self.key)
        except Killed:
            self.client.store.runs.wait_again(self.key, self._local.job)
            self.killed.set()

    def work_beside(self, name: str) -> None:
        """A worker's whole turn while another is at a part."""
        thread = threading.Thread(target=self.work, args=(name,))
        thread.start()
        thread.join(20)
        assert not thread.is_alive()

    def work_together(self) -> None:
        """Both at the same time, until both are done."""
        with ThreadPoolExecutor(2) as pool:
            for turn in [pool.submit(self.work, name) for name in ("lead", "helper")]:
                turn.result(30)


@pytest.fixture
def workers(client: Client, monkeypatch: pytest.MonkeyPatch) -> Workers:
    return Workers(client, monkeypatch)


def _meet(workers: Workers) -> Callable[[str, int], None]:
    """Both wait at their first part until the other has one too, so that each takes part."""
    barrier, met = threading.Barrier(2, timeout=20), set[str]()

    def wait(worker: str, index: int) -> None:
        if worker not in met:
            met.add(worker)
            barrier.wait()

    return wait


def _check_complete(workers: Workers) -> None:
    run = workers.client.record(workers.key)
    assert (run.status, run.done, run.total) == ("complete", TOTAL, TOTAL), run.error
    values = [int(p.arrays["value"][0]) for p in workers.client.result(workers.key).parts.values()]
    assert values == list(range(TOTAL))


def test_two_workers_make_every_part_once_between_them(workers: Workers) -> None:
    workers.before = _meet(workers)
    workers.work_together()
    _check_complete(workers)
    assert sorted(index for _, index in workers.made) == list(range(TOTAL))
    assert {name for name, _ in workers.made} == {"lead", "helper"}
    assert workers.client.record(workers.key).attempts == 1


def test_one_worker_alone_makes_all_and_the_helpers_job_ends_at_once(workers: Workers) -> None:
    workers.work("lead")
    _check_complete(workers)
    workers.work("helper")
    assert workers.made == [("lead", index) for index in range(TOTAL)]
    assert workers.client.record(workers.key).attempts == 1


def test_a_helper_with_nothing_to_claim_ends_quietly(workers: Workers) -> None:
    def second(worker: str, index: int) -> None:
        if index == TOTAL - 1:
            workers.before = lambda worker, index: None
            workers.work_beside("helper")

    workers.before = second
    workers.work("lead")
    _check_complete(workers)
    assert {name for name, _ in workers.made} == {"lead"}


def test_a_killed_helper_costs_its_part_alone_and_the_lead_makes_it(workers: Workers) -> None:
    meet, died = _meet(workers), []

    def die(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper":
            died.append(index)
            raise Killed

    workers.before = die
    workers.work_together()
    _check_complete(workers)
    assert len(died) == 1
    assert sorted(workers.made) == [("lead", index) for index in range(TOTAL)]
    assert workers.client.record(workers.key).attempts == 1


def test_the_lead_waits_for_a_helpers_part_and_makes_it_when_the_helper_dies_at_last(workers: Workers) -> None:
    meet, waits = _meet(workers), threading.Event()

    def die_late(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper":
            assert waits.wait(20)
            raise Killed

    workers.before = die_late
    with ThreadPoolExecutor(2) as pool:
        turns = [pool.submit(workers.work, name) for name in ("lead", "helper")]
        while workers.client.record(workers.key).stage != "waiting for the other workers":
            assert not turns[0].done()
        assert workers.client.record(workers.key).done == TOTAL - 1
        waits.set()
        for turn in turns:
            turn.result(30)
    _check_complete(workers)


def test_a_part_that_is_made_of_all_others_comes_last_and_once(workers: Workers) -> None:
    meet, waits = _meet(workers), threading.Event()

    def hold_one_back(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper" and index < TOTAL - 1:
            assert waits.wait(20)

    workers.closing, workers.before = True, hold_one_back
    with ThreadPoolExecutor(2) as pool:
        turns = [pool.submit(workers.work, name) for name in ("lead", "helper")]
        while workers.client.record(workers.key).stage != "waiting for the other workers":
            assert not turns[0].done()
        assert TOTAL - 1 not in {index for _, index in workers.made}
        waits.set()
        for turn in turns:
            turn.result(30)
    _check_complete(workers)
    assert [index for _, index in workers.made][-1] == TOTAL - 1
    assert sorted(index for _, index in workers.made) == list(range(TOTAL))


def test_when_the_lead_is_killed_the_helper_leads_and_finishes(workers: Workers) -> None:
    meet = _meet(workers)

    def die(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "lead":
            raise Killed
        assert workers.killed.wait(20)  # else it may have made all others and gone home before

    workers.before = die
    workers.work_together()
    _check_complete(workers)
    assert sorted(workers.made) == [("helper", index) for index in range(TOTAL)]
    run = workers.client.record(workers.key)
    assert (run.attempts, run.facts["metrics"]) == (2, {"by": "helper"})
    workers.work("lead")  # its job, queued again by RQ
    assert len(workers.made) == TOTAL


def test_a_cancel_stops_both_and_keeps_what_is_made(workers: Workers) -> None:
    meet, stored, cancelled = _meet(workers), set[int](), threading.Event()

    def cancel(worker: str, index: int) -> None:
        meet(worker, index)
        if index == 3:  # the other may still be at one of the three before
            stored.update(workers.client.results.parts(workers.key))
            workers.client.cancel(workers.key)
            cancelled.set()
        elif index > 3:  # it would make all the others while the cancel is on its way
            assert cancelled.wait(20)

    workers.before = cancel
    workers.work_together()
    assert workers.client.record(workers.key).status == "cancelled"
    kept = workers.client.results.parts(workers.key)
    assert stored
    assert stored <= set(kept) <= {index for _, index in workers.made}
    assert len(workers.made) < TOTAL


def test_what_is_wrong_with_a_part_is_said_by_the_lead(workers: Workers) -> None:
    meet = _meet(workers)

    def raise_on_last(worker: str, index: int) -> None:
        meet(worker, index)
        if index == TOTAL - 1:
            raise NotFinite("Expected finite activations. Received NaN.")

    workers.before = raise_on_last
    with pytest.raises(FinalFailure, match="finite"):
        workers.work_together()
    run = workers.client.record(workers.key)
    assert (run.status, run.error_kind) == ("failed", "NotFinite")
    assert TOTAL - 1 not in workers.client.results.parts(workers.key)


def test_a_helpers_passing_failure_leaves_the_run_alone(workers: Workers) -> None:
    meet = _meet(workers)

    def full_disk(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper":
            raise OSError("disk is busy")

    workers.before = full_disk
    with pytest.raises(OSError, match="disk is busy"):
        workers.work_together()
    _check_complete(workers)


def test_a_helper_leaves_after_its_part_for_a_run_that_nobody_has_begun(workers: Workers) -> None:
    meet = _meet(workers)

    def somebody_asks(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper":
            workers.client.submit(InspectModel(model="keras/vgg19/random"))
            asked.set()
        else:
            assert asked.wait(20)

    asked = threading.Event()
    workers.before = somebody_asks
    workers.work_together()
    _check_complete(workers)
    assert [name for name, _ in workers.made].count("helper") == 1


def test_a_helper_does_not_begin_while_a_run_waits(workers: Workers) -> None:
    def second(worker: str, index: int) -> None:
        if index == 0:
            workers.client.submit(InspectModel(model="keras/vgg19/random"))
            workers.work_beside("helper")

    workers.before = second
    workers.work("lead")
    _check_complete(workers)
    assert {name for name, _ in workers.made} == {"lead"} and workers.asked == ["lead"]


def test_a_jobs_worth_of_helping_is_not_begun_where_nothing_is_free(workers: Workers) -> None:
    def last(worker: str, index: int) -> None:
        if index == TOTAL - 1:
            workers.work_beside("helper")

    workers.before = last
    workers.work("lead")
    _check_complete(workers)
    assert workers.asked == ["lead"], "no network is loaded for nothing"


def test_the_lead_says_what_is_to_be_said_of_all_parts_once_others_made_the_last(workers: Workers) -> None:
    meet, waits = _meet(workers), threading.Event()

    def hold_one_back(worker: str, index: int) -> None:
        meet(worker, index)
        if worker == "helper":
            assert waits.wait(20)

    workers.summary, workers.before = True, hold_one_back
    with ThreadPoolExecutor(2) as pool:
        turns = [pool.submit(workers.work, name) for name in ("lead", "helper")]
        while workers.client.record(workers.key).stage != "waiting for the other workers":
            assert not turns[0].done()
        waits.set()
        for turn in turns:
            turn.result(30)
    _check_complete(workers)
    assert workers.asked.count("lead") == 2
