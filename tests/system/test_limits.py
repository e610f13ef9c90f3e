"""Models made to hold an engine, or to take the machine's memory: their runs end with a sentence, within bounds of time
and memory, and their engine is replaced."""

import time
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from shared.analyses import Activations, InspectModel, Playground
from shared.client import Client
from shared.library.additions import adding
from shared.store import RunRecord
from tests.fixtures.installations import Installation
from tests.fixtures.model_files import keras_file, layer, sequential

# On a busy machine seconds of a processor take long.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
OPEN_SECONDS, ENGINE_MEMORY = 8, 1_600_000_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One with narrow limits, of an interactive worker alone."""
    limits = {"CONVSCOPE_OPEN_SECONDS": str(OPEN_SECONDS), "CONVSCOPE_ENGINE_MEMORY": str(ENGINE_MEMORY)}
    made = Installation(tmp_path_factory.mktemp("installation"), workers="interactive=1", environment=limits)
    made.start(600)
    yield made
    made.stop()


def added(live: Client, path: Path) -> str:
    """A model's reference, without the look that a page asks for after an upload."""
    with adding(live.library, live.me, "model", path.stem, size=1):
        return live.library.models.add_file(path, path.stem, trusted_by="")


def watched(live: Client, installation: Installation, spec: InspectModel | Activations) -> tuple[RunRecord, int]:
    """Have something computed; how it ended, and the most memory that an engine had meanwhile."""
    key, _ = live.submit(spec)
    most, end = 0, time.monotonic() + 500
    while not live.record(key).over and time.monotonic() < end:
        for process in installation.processes("worker.service.engine"):
            most = max(most, process.memory_info().rss)
        time.sleep(0.05)
    return live.record(key), most


def goes_on(live: Client, installation: Installation, before: set[int], size: int) -> None:
    """The next request is answered, by another engine."""
    assert live.run(Playground(size=(size, size)), timeout=500).run.status == "complete"
    assert not before & engines(installation)


def engines(installation: Installation) -> set[int]:
    return {process.pid for process in installation.processes("worker.service.engine")}


def test_a_model_of_as_many_layers_as_may_be_is_given_up(
    installation: Installation, live: Client, tmp_path: Path
) -> None:
    convolution = [layer("Conv2D", name=f"c{n}", filters=4, kernel_size=[3, 3], padding="same") for n in range(1400)]
    with h5py.File(tmp_path / "weights.h5", "w") as file:  # as many as are announced, and of none of its layers
        file.create_dataset("layers/c0/vars/0", data=np.zeros(250_000, np.float32))
    config = sequential(*convolution, shape=(None, 32, 32, 3))
    path = keras_file(tmp_path / "deep.keras", config, tmp_path / "weights.h5")
    before = engines(installation)
    run, _ = watched(live, installation, InspectModel(model=added(live, path)))
    assert (run.status, run.error_kind, run.attempts) == ("failed", "TakesTooMuch", 1), run.error
    assert f"{OPEN_SECONDS} s of a processor" in run.error and "CONVSCOPE_OPEN_SECONDS" in run.error
    goes_on(live, installation, before, 32)


def test_a_model_of_huge_shapes_does_not_take_the_machine(
    installation: Installation, live: Client, tmp_path: Path
) -> None:
    """Few weights, and maps of 8 GB each for one picture."""
    import keras

    path = tmp_path / "wide.keras"
    keras.Sequential([keras.Input((4096, 4096, 3)), *(keras.layers.Conv2D(128, 1) for _ in range(3))]).save(path)
    before = engines(installation)
    spec = Activations(model=added(live, path), image="sample/cat")
    run, most = watched(live, installation, spec)
    assert (run.status, run.error_kind, run.attempts) == ("failed", "TakesTooMuch", 1), run.error
    assert "1.6 GB of memory" in run.error and "CONVSCOPE_ENGINE_MEMORY" in run.error
    assert most < 2.5 * ENGINE_MEMORY, f"{most / 1e9:.1f} GB"
    goes_on(live, installation, before, 36)
