"""Long interactive work and quick work beside it: the quick is answered, the long goes on in the batch queue."""

import time
from pathlib import Path

import pytest

from shared.analyses import Activations, Playground, SanityCheck
from shared.client import Client
from tests.fixtures.installations import Installation
from tests.system.test_cancel import add_slow_model

pytestmark = pytest.mark.faults


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
    """One native call of a minute: nothing can stop it but the end of its engine."""
    key, _ = live.submit(Activations(model=add_slow_model(live, tmp_path), image="sample/cat"))
    seconds_beside(live, installation, key, 36)
    run = live.record(key)
    assert run.queue == "batch" and run.attempts >= 1
    live.cancel(key)
    assert live.wait(key, timeout=60).status == "cancelled"
