"""A model that is added is opened by a worker once, in this process: kept with what was found, or taken back."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.cli.installation import open_in_place
from shared.client import AddedModel, Client, add_model
from shared.errors import ConvscopeError, RefusedUpload
from shared.library import Library
from shared.settings import Settings
from tests.fixtures.synthetic_runs import report_workers
from tests.worker.networks.test_input_range import network
from tests.worker.service.test_run_job import work
from worker.analyses.context import RunContext
from worker.networks import proof
from worker.networks.models import WarmModels
from worker.service.run_job import Resources, set_engine_resources

Add = Callable[[Path, str], AddedModel | ConvscopeError]


@pytest.fixture
def add(client: Client) -> Iterator[Add]:
    """Add a file while an engine works here; answers what came of it."""
    warm = WarmModels(client.library)
    context = lambda finished: RunContext(warm, client.library, finished)  # noqa: E731
    set_engine_resources(Resources(client.store, client.library, context, lambda spec: {}))
    report_workers(client.store)

    def call(path: Path, name: str) -> AddedModel | ConvscopeError:
        answers: list[AddedModel | ConvscopeError] = []

        def ask() -> None:
            try:
                answers.append(add_model(client, name, lambda: client.models.add_file(path, name), 60, size=0))
            except ConvscopeError as error:
                answers.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            work(client)
            time.sleep(0.05)
        return answers[0]

    return call


def test_what_was_found_comes_back_and_is_kept(client: Client, add: Add, tmp_path: Path) -> None:
    network(keras.applications.mobilenet_v2.preprocess_input).save(tmp_path / "net.keras")
    added = add(tmp_path / "net.keras", "net")
    assert isinstance(added, AddedModel)
    assert (added.proof["preprocess"], added.proof["assumed"], added.proof["layers"]) == ("0..255", False, 3)
    assert added.proof["proof"]["difference"] < 1e-5
    assert client.models.proofs.of("net" and added.reference) == added.proof


def test_a_file_that_does_not_open_loses_its_name(client: Client, add: Add, tmp_path: Path) -> None:
    model = network(lambda x: x)
    model.layers[-1].set_weights([np.full((4, 3), np.nan), np.zeros(3)])
    model.save(tmp_path / "nan.keras")
    refused = add(tmp_path / "nan.keras", "net")
    assert isinstance(refused, RefusedUpload) and "finite weights" in str(refused)
    assert "net" not in client.models.names()


def test_a_name_that_stood_for_another_network_stands_for_it_again(
    client: Client, add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network(lambda x: x).save(tmp_path / "first.keras")
    first = add(tmp_path / "first.keras", "net")
    assert isinstance(first, AddedModel)
    monkeypatch.setattr(proof, "_difference", lambda ours, expected: 0.25)
    network(lambda x: x / 255.0).save(tmp_path / "second.keras")
    refused = add(tmp_path / "second.keras", "net")
    assert isinstance(refused, RefusedUpload) and "differ by 0.25" in str(refused)
    assert client.models.resolve("net") == first.reference


def test_without_a_worker_a_model_is_added_and_said_to_be_unopened(client: Client, tmp_path: Path) -> None:
    network(lambda x: x).save(tmp_path / "net.keras")
    added = add_model(client, "net", lambda: client.models.add_file(tmp_path / "net.keras", "net"), size=0)
    assert (client.models.resolve("net"), added.proof) == (added.reference, {})
    assert client.queue.waiting("interactive") == 1, "a worker that comes later opens it"


def test_without_a_server_a_process_of_its_own_opens_the_model(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    models = Library(settings).models
    network(lambda x: x / 255.0).save(tmp_path / "net.keras")
    reference = models.add_file(tmp_path / "net.keras", "net")
    open_in_place(settings, reference)
    assert (models.proofs.of(reference)["preprocess"], models.proofs.of(reference)["layers"]) == ("0..255", 3)
    with pytest.raises(RefusedUpload, match="Expected a model file that was added"):
        open_in_place(settings, "sha256:" + "0" * 64)
