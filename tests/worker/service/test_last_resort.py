"""What looks after an installation outlives errors that nobody foresaw, and says so."""

import time
from functools import partial

import pytest

from shared.client import Client
from shared.settings import Settings
from shared.store import Store
from tests.fixtures.small_runs import atlas
from worker.service import last_resort
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


def test_errors_of_an_outage_that_take_turns_are_each_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is away refuses, times out and has no name, by turns; a port's number is no news."""
    monkeypatch.setattr(last_resort, "SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(last_resort, "LONGEST_PAUSE", 0.0)
    resort, texts = LastResort(), ["refused", "timed out after 2 s", "no such host", "timed out after 7 s"]

    def failing(text: str) -> None:
        raise OSError(text)

    for turn in range(40):
        resort.attempt("looking", partial(failing, texts[turn % 4]))
    assert len(caplog.records) == 3
    assert resort.attempt("looking", lambda: None) is None
    assert [r.message for r in caplog.records][3:] == ["works again"]
    resort.attempt("looking", partial(failing, "refused"))
    assert len(caplog.records) == 5, "another outage is told anew"
