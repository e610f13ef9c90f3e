"""An engine at its limits, told by its parent: the run fails once, with a sentence, and is not tried again.

The engines here are small processes that take memory or time; what real ones do with models is in tests/system.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rq.timeouts import HorseMonitorTimeoutException

from shared.settings import Settings, get_settings
from shared.store import Store
from tests.fixtures.small_runs import atlas, begun
from worker.networks.load_limits import within_time
from worker.service.engine_limits import memory_there, most_memory, over_memory, over_time
from worker.service.engine_process import EngineProcess
from worker.service.warm_worker import WarmWorker

LARGE = "import sys; kept = bytearray(300_000_000); kept[::4096] = b'x' * len(kept[::4096]); sys.stdin.read()"
BUSY = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))\nwhile True: pass"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def ended(store: Store, code: str, job: str = "job-1") -> tuple[WarmWorker, str]:
    """Let a parent wait for such an engine until that has ended; the parent, and the key of its run."""
    key, _ = begun(store, atlas())
    worker = WarmWorker.listening("batch", store, "parent", {})
    worker.most_memory = 200_000_000
    worker.current_key, worker.current_job = key, job
    engine = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    worker._engine, end = EngineProcess(engine), time.monotonic() + 60
    try:
        while time.monotonic() < end:
            try:
                worker.wait_for_horse()
                return worker, key
            except HorseMonitorTimeoutException:
                continue
        raise AssertionError("the engine lives on")
    finally:
        engine.kill()
        engine.wait()


@pytest.mark.parametrize(
    ("code", "words"),
    [(LARGE, "0.2 GB of memory are enough"), (BUSY, "600 s of a processor")],
    ids=["memory", "time"],
)
def test_a_run_whose_engine_takes_too_much_fails_with_a_sentence(store: Store, code: str, words: str) -> None:
    _, key = ended(store, code)
    run = store.runs.get(key)
    assert (run.status, run.error_kind) == ("failed", "TakesTooMuch")
    assert words in run.error and "Choose a smaller" in run.error and "CONVSCOPE_" in run.error


def test_an_engine_that_was_killed_otherwise_is_another_matter(store: Store) -> None:
    _, key = ended(store, KILLED)
    assert store.runs.get(key).status == "running", "RQ tries it again"


def test_a_helper_gives_its_part_back_and_ends_nobodys_run(store: Store) -> None:
    _, key = ended(store, LARGE, job="job-2")
    assert store.runs.get(key).status == "running"


def test_memory_is_bounded_by_what_is_there_or_as_set(tmp_path: Path) -> None:
    assert 2**28 < memory_there() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert most_memory(Settings()) == int(0.75 * memory_there())
    assert most_memory(Settings(engine_memory=5)) == 5
    assert over_memory(os.getpid(), 2**50) == "" and over_memory(os.getpid(), 0) == "" and over_memory(-1, 1) == ""
    assert over_memory(os.getpid(), 1)


def test_only_the_end_of_its_time_is_called_so() -> None:
    assert over_time(signal.SIGXCPU, Settings(open_seconds=7)).startswith("Expected a model that is opened")
    assert not over_time(signal.SIGKILL, Settings()) and not over_time(0, Settings()) and not over_time(256, Settings())


def test_time_is_bounded_within_and_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    with within_time():
        outer, _ = resource.getrlimit(resource.RLIMIT_CPU)
        assert 600 <= outer - time.process_time() <= 602
        monkeypatch.setenv("CONVSCOPE_OPEN_SECONDS", "5000")
        get_settings.cache_clear()
        with within_time():
            assert resource.getrlimit(resource.RLIMIT_CPU)[0] == outer, "one within another makes it no longer"
        monkeypatch.setenv("CONVSCOPE_OPEN_SECONDS", "0")
        get_settings.cache_clear()
    with within_time():
        assert resource.getrlimit(resource.RLIMIT_CPU) == before
    get_settings.cache_clear()
    assert resource.getrlimit(resource.RLIMIT_CPU) == before
