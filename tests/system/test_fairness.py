"""Long interactive work and quick work beside it: the quick is answered, the long goes on in the batch queue."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.analyses import Activations, Playground, SanityCheck
from shared.client import Client
from shared.store import WorkerRecord
from tests.fixtures.installations import Installation
from tests.system.test_cancel import add_slow_model

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One whose interactive worker keeps a spare engine, which the others do without."""
    made = Installation(tmp_path_factory.mktemp("installation"), environment={"CONVSCOPE_SPARE_ENGINE": "1"})
    made.start()
    yield made
    made.stop()


def interactive_worker(live: Client) -> WorkerRecord:
    """The one that whoever looks at a page waits for."""
    return next(one for one in live.store.workers.all() if one.queue == "interactive")


def spare_engine(live: Client, installation: Installation) -> int:
    """Process number of the engine that stands by, as soon as there is one."""
    found: list[int] = []

    def there() -> bool:
        worker = interactive_worker(live)
        engines = [p for p in installation.processes("worker.service.engine") if p.ppid() == worker.pid]
        found[:] = [p.pid for p in engines if p.pid != worker.engine_pid]
        return bool(found)

    installation.wait_until(there, 120, "a spare engine there")
    return found[0]


def seconds_beside(live: Client, installation: Installation, long: str, size: int) -> float:
    """Ask for something quick while a run is under way in the interactive queue; seconds until it is there."""
    installation.wait_until(lambda: live.record(long).status == "running", 60, "running")
    began = time.monotonic()
    run = live.run(Playground(size=(size, size)), timeout=120).run
    seconds = time.monotonic() - began
    assert run.status == "complete"
    print(f"answered in {seconds:.1f} s")
    return seconds


def test_a_long_check_makes_room_and_goes_on_in_the_batch_queue(installation: Installation, live: Client) -> None:
    spec = SanityCheck(model="keras/mobilenetv2/random", image="sample/cat", points=128, draws=16)
    key, _ = live.submit(spec)
    seconds_beside(live, installation, key, 32)
    run = live.record(key)
    assert run.queue == "batch" and run.status in ("queued", "running"), "it is not over, and it is not in the way"
    live.cancel(key)
    assert live.wait(key, timeout=60).status == "cancelled"


def test_a_model_that_holds_the_engine_is_left_to_the_batch_queue(
    installation: Installation, live: Client, tmp_path: Path
) -> None:
    """One native call of a minute: nothing can stop it but the end of its engine, and the spare one goes on."""
    spare = spare_engine(live, installation)
    key, _ = live.submit(Activations(model=add_slow_model(live, tmp_path), image="sample/cat"))
    seconds_beside(live, installation, key, 36)
    run = live.record(key)
    assert run.queue == "batch" and run.attempts >= 1 and not run.over
    # A worker reports every now and then.
    installation.wait_until(lambda: interactive_worker(live).engine_pid == spare, 30, "the spare engine at work")
    live.cancel(key)
    assert live.wait(key, timeout=60).status == "cancelled"


def test_an_engine_that_cannot_even_say_that_it_is_held_is_ended(installation: Installation, live: Client) -> None:
    """A native call that keeps the interpreter: here the engine is stopped in the middle of its work."""
    spare = spare_engine(live, installation)
    spec = SanityCheck(model="keras/mobilenetv2/random", image="sample/cat", points=128, draws=15)
    key, _ = live.submit(spec)
    installation.wait_until(lambda: interactive_worker(live).run == key, 60, "begun")
    held = interactive_worker(live).engine_pid
    os.kill(held, signal.SIGSTOP)
    seconds_beside(live, installation, key, 40)
    installation.wait_until(lambda: interactive_worker(live).engine_pid == spare, 30, "the spare engine at work")
    assert held not in {p.pid for p in installation.processes("worker.service.engine")}
    installation.wait_until(lambda: live.record(key).status == "running", 120, "running again")
    assert live.record(key).queue == "batch", "the batch queue goes on with it"
    live.cancel(key)
    assert live.wait(key, timeout=60).status == "cancelled"


def test_a_spare_engine_that_dies_is_replaced_when_it_is_needed(installation: Installation, live: Client) -> None:
    os.kill(spare_engine(live, installation), signal.SIGKILL)
    os.kill(interactive_worker(live).engine_pid, signal.SIGKILL)
    assert live.run(Playground(size=(44, 44)), timeout=180).run.status == "complete"
