"""Cancel: waiting, running, in a long native call. Finished tiles stay and the next job is served."""

import threading
import time
from pathlib import Path

import pytest

from shared.analyses import FilterAtlas
from shared.client import Client
from tests.fixtures.installations import QUICK, SLOW, Installation

pytestmark = pytest.mark.faults


def add_slow_model(client: Client, folder: Path) -> str:
    """A model whose one step takes a minute on a processor: 95×95 filters over 64 channels."""
    import keras

    layers = keras.layers
    first, slow = layers.Conv2D(64, 1), layers.Conv2D(64, 95, padding="same", name="slow")
    keras.Sequential([keras.Input((192, 192, 3)), first, slow]).save(folder / "slow.keras")
    return client.models.add_file(folder / "slow.keras", "slow")


def seconds_to_cancel(client: Client, key: str) -> float:
    """Cancel and measure until a page would show it."""
    begun = time.monotonic()
    assert client.cancel(key)
    run = client.wait(key, timeout=30)
    assert run.status == "cancelled"
    return time.monotonic() - begun


def test_a_running_atlas_stops_and_keeps_its_tiles_and_its_engine(installation: Installation, live: Client) -> None:
    key, _ = live.submit(SLOW.model_copy(update={"seed": 11}))
    run = installation.wait_for_parts(live, key, 16)
    engines = {p.pid for p in installation.processes("worker.service.engine")}
    assert seconds_to_cancel(live, key) < 5
    assert len(live.result(key).parts) >= run.done
    assert live.run(QUICK.model_copy(update={"seed": 11}), timeout=30).run.status == "complete"
    assert {p.pid for p in installation.processes("worker.service.engine")} == engines, "the engine stays warm"


def test_retry_after_a_cancel_makes_the_missing_tiles_only(installation: Installation, live: Client) -> None:
    key, _ = live.submit(SLOW.model_copy(update={"seed": 12}))
    installation.wait_for_parts(live, key, 16)
    seconds_to_cancel(live, key)
    before = live.results.parts(key)
    assert live.retry(key)[1] == "submitted"
    run = live.wait(key, timeout=90)
    assert run.status == "complete"
    assert run.attempt_done >= len(before)
    assert live.results.parts(key, before) == before


def test_a_waiting_run_is_cancelled_at_once(installation: Installation, live: Client) -> None:
    first, _ = live.submit(SLOW.model_copy(update={"seed": 13}))
    installation.wait_for_parts(live, first, 1)
    second, _ = live.submit(SLOW.model_copy(update={"seed": 14}))
    assert live.record(second).status == "queued"
    assert seconds_to_cancel(live, second) < 2
    assert live.queue.waiting("batch") == 0
    seconds_to_cancel(live, first)
    assert live.record(second).attempts == 0


def test_a_long_native_call_is_ended_with_its_engine(installation: Installation, live: Client, tmp_path: Path) -> None:
    model = add_slow_model(live, tmp_path)
    key, _ = live.submit(FilterAtlas(model=model, layer="slow", size=192, steps=3, precision="float32"))
    installation.wait_until(lambda: live.record(key).stage.startswith("compiling"), 60, "compiling")
    time.sleep(2)
    assert live.record(key).fraction is None, "no step has ended yet"
    assert seconds_to_cancel(live, key) < 5
    assert live.run(QUICK.model_copy(update={"seed": 15}), timeout=90).run.status == "complete"


def test_twenty_who_ask_at_once_share_one_computation(live: Client) -> None:
    spec = SLOW.model_copy(update={"seed": 16, "steps": 5})
    barrier, answers = threading.Barrier(20), []

    def ask() -> None:
        barrier.wait()
        answers.append(live.run(spec, timeout=90))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert {len(a.parts) for a in answers} == {96}
    assert {a.run.attempts for a in answers} == {1}
