"""An atlas on two batch workers: shared tile by tile, the same to the bit as one worker's; a kill costs a batch."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.analyses import ClassMaximization, EvaluateModel, FilterAtlas, FilterTwins, JobSpec
from shared.client import Client
from shared.results import decode_part
from shared.store import WorkerRecord
from tests.fixtures.installations import Installation

pytestmark = pytest.mark.faults
ATLAS = FilterAtlas(
    model="keras/mobilenetv2/random", layer="block_2_expand_relu", size=64, steps=32, precision="float32",
    channels="0-47",
)  # fmt: skip
OTHERS: dict[str, JobSpec] = {
    "filter_twins": FilterTwins(
        model="keras/mobilenetv2/random", layer="block_2_expand_relu", size=64, steps=24, channels="0-31",
        precision="float32",
    ),
    "class_maximization": ClassMaximization(
        model="keras/mobilenetv2/random", classes="1,2,3,4,5,6,7,8", size=64, steps=48, precision="float32"
    ),
    "evaluate_model": EvaluateModel(model="tens", dataset="builtin/digits", split="train", precision="float32"),
}  # fmt: skip
BATCH = 6


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with two batch workers of one thread each."""
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    made = Installation(tmp_path_factory.mktemp("pair"), workers="batch=2", environment=one_thread)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def live(pair: Installation) -> Client:
    """A client of the installation, whose workers are idle."""
    client = pair.client()
    pair.wait_until(lambda: [w.state for w in client.store.workers.all()] == ["idle"] * 2, 120, "two workers idle")
    return client


def at_work(client: Client, key: str) -> list[WorkerRecord]:
    return [w for w in client.store.workers.all() if w.run == key]


def claims(client: Client, key: str) -> dict[str, list[int]]:
    """Parts that are being made, by the job that makes them."""
    found: dict[str, list[int]] = {}
    for index, job in client.store.client.hgetall(f"convscope:claims:{key}").items():  # type: ignore[union-attr]
        if not index.startswith(b"p"):
            found.setdefault(job.decode(), []).append(int(index))
    return found


def arrays_of(client: Client, key: str) -> dict[tuple[int, str], np.ndarray]:
    parts = {index: decode_part(data) for index, data in client.results.parts(key).items()}
    return {(index, name): array for index, part in parts.items() for name, array in part.arrays.items()}


@contextmanager
def frozen(client: Client, worker: WorkerRecord) -> Iterator[None]:
    """A worker that does nothing, and that nobody counts on: the server waits for nobody to take a job either."""
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        server: Any = client.store.client
        for one in server.client_list():
            if one["cmd"] == "blmove":  # the others connect again
                server.client_kill_filter(_id=one["id"])
        client.store.workers.withdraw(worker.name)
        yield
    finally:
        os.kill(worker.pid, signal.SIGCONT)


def test_both_make_the_same_tiles_as_one_alone(pair: Installation, live: Client) -> None:
    key, _ = live.submit(ATLAS)
    pair.wait_until(lambda: len(claims(live, key)) == 2 or live.record(key).over, 120, "two workers at one atlas")
    assert live.record(key).previews, "seen at a first look"
    run = live.wait(key, timeout=180)
    assert (run.status, run.done, run.attempts) == ("complete", 48, 1), run.error
    together = arrays_of(live, key)
    live.store.runs.forget(key)
    with frozen(live, live.store.workers.all()[1]):
        live.submit(ATLAS)
        assert live.wait(key, timeout=180).status == "complete"
        alone = arrays_of(live, key)
    assert alone.keys() == together.keys()
    assert [at for at, array in alone.items() if not np.array_equal(array, together[at])] == []


@pytest.mark.parametrize("who", ["lead", "helper"])
def test_a_killed_worker_costs_its_own_batch_alone(pair: Installation, live: Client, who: str) -> None:
    key, _ = live.submit(ATLAS.model_copy(update={"seed": 1 if who == "lead" else 2}))
    pair.wait_until(lambda: len(claims(live, key)) == 2, 120, "two workers at one atlas")
    lead = live.record(key).job
    before, held = live.results.parts(key), claims(live, key)
    engines = {_works_for(live, w.name): w.engine_pid for w in at_work(live, key)}
    os.kill(engines[lead] if who == "lead" else next(p for job, p in engines.items() if job != lead), signal.SIGKILL)
    assert all(len(parts) <= BATCH for parts in held.values())
    run = live.wait(key, timeout=240)
    assert (run.status, run.done, run.attempts) == ("complete", 48, 2 if who == "lead" else 1), run.error
    assert live.results.parts(key, before) == before, "what was stored stays byte for byte"


def _works_for(client: Client, worker: str) -> str:
    members = client.store.client.smembers(f"rq:worker:{worker}:executions")
    return next((m.decode().rsplit(":", 1)[0] for m in members), "")  # type: ignore[union-attr]


def test_a_worker_that_comes_late_joins_in(pair: Installation, live: Client) -> None:
    first, second = live.store.workers.all()
    with frozen(live, second):
        key, _ = live.submit(ATLAS.model_copy(update={"seed": 3, "steps": 96}))
        pair.wait_for_parts(live, key, 1, 120)
        assert [w.name for w in at_work(live, key)] == [first.name]
    pair.wait_until(lambda: len(claims(live, key)) == 2, 120, "the second worker at the same atlas")
    run = live.wait(key, timeout=240)
    assert (run.status, run.done, run.attempts) == ("complete", 48, 1), run.error


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_are_shared_too(pair: Installation, live: Client, kind: str, tmp_path: Path) -> None:
    if kind == "evaluate_model":
        add_network_of_digits(live, tmp_path)
    key, _ = live.submit(OTHERS[kind])
    pair.wait_until(lambda: len(claims(live, key)) == 2 or live.record(key).over, 120, f"two workers at one {kind}")
    run = live.wait(key, timeout=240)
    assert (run.status, run.done, run.attempts) == ("complete", run.total, 1), run.error
    if kind == "evaluate_model":
        assert run.facts["metrics"]["pictures"] > 256 * (run.total - 1)


def add_network_of_digits(client: Client, folder: Path) -> None:
    import keras

    layers = keras.layers
    inputs = [keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Conv2D(8, 3), layers.Flatten()]
    keras.Sequential([*inputs, layers.Dense(10, "softmax")]).save(folder / "tens.keras")
    client.models.add_file(folder / "tens.keras", "tens")
