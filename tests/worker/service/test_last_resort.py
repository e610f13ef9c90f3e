"""What looks after an installation outlives errors that nobody foresaw, and says so."""

import time

import pytest

from shared.client import Client
from shared.settings import Settings
from shared.store import Store
from tests.fixtures.small_runs import atlas
from worker.service.last_resort import LastResort
from worker.service.recovery import requeue_vanished
from worker.service.supervisor import Supervisor


def test_a_step_that_fails_is_tried_later_and_later_and_told_until_it_works() -> None:
    resort, taken, broken = LastResort(), [], [True]

    def step() -> None:
        taken.append(time.monotonic())
        if broken:
            raise KeyError("nobody foresaw this")

    for _ in range(3):
        assert isinstance(resort.attempt("caring", step), KeyError)
    assert len(taken) == 1 and resort.troubles == {"caring": "KeyError: 'nobody foresaw this'"}
    time.sleep(0.55)
    resort.attempt("caring", step)
    time.sleep(0.55)
    resort.attempt("caring", step)
    assert len(taken) == 2, "the second pause is longer"
    broken.clear()
    time.sleep(0.5)
    assert resort.attempt("caring", step) is None and not resort.troubles


def test_the_supervisor_goes_on_whatever_its_care_meets_and_says_so(
    settings: Settings, store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.service.supervisor.SILENT_SECONDS", 0.0)  # this server has just started
    supervisor = Supervisor(settings, [])
    store.client.set("rq:workers", "not a set")
    for _ in range(2):
        supervisor._cared = -100.0
        supervisor.turn()
    (trouble,) = [t for t in store.troubles.all() if "recovering dead workers" in t.text]
    assert "WRONGTYPE" in trouble.text and trouble.where
    store.runs.submit(atlas(), "a-job-that-was-never-enqueued")
    time.sleep(1.2)
    assert requeue_vanished(store, client.queue, older_than=-1) == 1
    store.client.delete("rq:workers")
    supervisor._cared = -100.0
    time.sleep(1.0)
    store.client.delete("convscope:carer")
    supervisor.turn()
    assert store.troubles.all() == []


def test_of_many_supervisors_one_looks_after_what_is_everybodys(
    settings: Settings, store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr("worker.service.supervisor.requeue_vanished", lambda *_: taken.append(1))
    for _ in range(5):
        Supervisor(settings, []).turn()
    assert taken == [1]
    store.client.delete("convscope:carer")  # as after a moment, when whoever held it is gone
    Supervisor(settings, []).turn()
    assert taken == [1, 1]
