"""A parent that waits for its engine: it beats meanwhile, and what the engine says is never lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from rq.timeouts import HorseMonitorTimeoutException

from shared.store import Store
from worker.service import warm_worker
from worker.service.engine_process import EngineProcess
from worker.service.warm_worker import WarmWorker

# Says that its job is done when it is told to, and lives on.
ENGINE = "import sys; sys.stdin.read(1); sys.stdout.write('.'); sys.stdout.flush(); sys.stdin.read()"


@pytest.fixture
def waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmWorker]:
    """A parent whose engine works on a job."""
    monkeypatch.setattr(warm_worker, "MONITOR_SECONDS", 0.2)
    worker = WarmWorker.listening("batch", store, "parent", {})
    engine = subprocess.Popen([sys.executable, "-c", ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    worker._engine = EngineProcess(engine)
    yield worker
    engine.kill()
    engine.communicate()


def test_a_parent_that_waits_for_its_engine_beats_again_and_again(waiting: WarmWorker) -> None:
    for _ in range(2):
        with pytest.raises(HorseMonitorTimeoutException):
            waiting.wait_for_horse()


def test_what_an_engine_says_while_the_parent_beats_is_read_afterwards(waiting: WarmWorker) -> None:
    with pytest.raises(HorseMonitorTimeoutException):
        waiting.wait_for_horse()
    assert waiting._engine is not None
    waiting._engine.hand({})
    end, status = time.monotonic() + 20, None
    while status is None and time.monotonic() < end:
        try:
            status = waiting.wait_for_horse()
        except HorseMonitorTimeoutException:
            continue
    assert status == (waiting.engine_pid, os.EX_OK, None)


def test_no_alarm_interrupts_the_parent_where_it_must_not_be(waiting: WarmWorker) -> None:
    """RQ's would raise after the engine's byte was read, and the parent would wait for it for ever."""
    before = signal.getsignal(signal.SIGALRM)
    with waiting.death_penalty_class(1, HorseMonitorTimeoutException):
        assert signal.getsignal(signal.SIGALRM) is before
