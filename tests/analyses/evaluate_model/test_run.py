"""`convscope run evaluate_model` through the queue, a real model file and a real data set, against plain NumPy."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from typer.testing import CliRunner

from shared.cli import app
from shared.client import Client
from shared.queue import SafeJob
from shared.settings import get_settings
from worker.analyses.context import RunContext
from worker.analyses.evaluate_model import analysis, sharded_predictions
from worker.networks.models import WarmModels
from worker.service import run_job as module
from worker.service.run_job import Resources, set_engine_resources
from worker.service.warm_worker import no_retry_of_final_failures

SHARD = 100


@pytest.fixture(autouse=True)
def _engine(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as an engine of the tests' installation, and as its command line."""
    models = WarmModels(client.library)
    set_engine_resources(
        Resources(
            client.store,
            client.library,
            lambda done: RunContext(models, client.library, done),
            lambda _: {},
        )
    )
    monkeypatch.setattr(sharded_predictions, "SHARD", SHARD)
    monkeypatch.setenv("REDIS_URL", client.settings.redis_url or "")
    monkeypatch.setenv("CONVSCOPE_DATA", str(client.settings.data))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def network(tmp_path: Path) -> keras.Model:
    """A linear classifier of the digits: its rows of weights are the mean pictures of the classes, about."""
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")], name="linear"
    )


def work(client: Client) -> None:
    worker = SimpleWorker(["batch"], connection=client.store.client, serializer=JSONSerializer, job_class=SafeJob)
    worker.push_exc_handler(no_retry_of_final_failures)
    worker.work(burst=True, logging_level=logging.CRITICAL)


def call(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def by_numpy(client: Client, network: keras.Model) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions of the test split without anything of ours but its pixels."""
    dataset = client.datasets.open("builtin/digits")
    rows = dataset.card.rows("test")
    pixels = np.stack([np.asarray(dataset.image(i), np.float32).ravel() / 255 for i in rows])
    kernel, bias = network.layers[-1].get_weights()
    return np.array([dataset.card.pictures[i].label for i in rows]), (pixels @ kernel + bias).argmax(1)


def test_the_command_writes_what_plain_numpy_finds(client: Client, network: keras.Model, tmp_path: Path) -> None:
    network.save(tmp_path / "linear.keras")
    call("models", "add", tmp_path / "linear.keras", "--name", "linear")
    words = ("run", "evaluate_model", "--model", "linear", "--dataset", "builtin/digits")
    key = call(*words, "--no-wait").strip()
    work(client)
    assert client.record(key).status == "complete"
    call(*words, "--output", tmp_path / "out")
    labels, predicted = by_numpy(client, network)
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert said["metrics"]["accuracy"] == pytest.approx((labels == predicted).mean(), abs=1e-6)
    assert said["metrics"]["pictures"] == 359 and said["spec"]["split"] == "test"
    with np.load(tmp_path / "out" / "arrays.npz") as arrays:
        assert np.array_equal(arrays["labels"], labels) and np.array_equal(arrays["predicted"], predicted)
        assert arrays["probabilities"].shape == (359, 10)
    assert (tmp_path / "out" / "confusion.png").exists()


def test_an_attempt_that_ends_in_the_middle_costs_its_last_shard_alone(
    client: Client, network: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second attempt shows what the first has not stored, and its figures are of all pictures."""
    network.save(tmp_path / "linear.keras")
    call("models", "add", tmp_path / "linear.keras", "--name", "linear")
    made: list[int] = []

    def stumbles(spec, context):
        for item in analysis.evaluate_model(spec, context):
            if hasattr(item, "index"):
                if item.index == 2 and 2 not in made:
                    made.append(2)
                    raise OSError("disk is busy")
                made.append(item.index)
            yield item

    monkeypatch.setitem(module.GENERATORS, "evaluate_model", stumbles)
    key = call("run", "evaluate_model", "--model", "linear", "--dataset", "builtin/digits", "--no-wait").strip()
    work(client)
    run = client.record(key)
    assert (run.status, run.attempts, made) == ("complete", 2, [0, 1, 2, 2, 3])
    labels, predicted = by_numpy(client, network)
    assert run.facts["metrics"]["right"] == (labels == predicted).sum() and run.facts["metrics"]["pictures"] == 359


def test_a_head_of_other_classes_fails_with_the_message_and_is_not_retried(client: Client, tmp_path: Path) -> None:
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]).save(tmp_path / "m.keras")
    call("models", "add", tmp_path / "m.keras", "--name", "three")
    words = ("run", "evaluate_model", "--model", "three", "--dataset", "builtin/digits")
    key = call(*words, "--no-wait").strip()
    work(client)
    run = client.record(key)
    assert (run.status, run.error_kind, run.attempts) == ("failed", "InvalidSpec", 1)
    assert "the data set's 10 classes (0, 1, 2, 3, …)" in run.error and "3 outputs" in run.error
