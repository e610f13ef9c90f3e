"""Home starts with ImageNet weights where they are to be had, else with the bundled network."""

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from dashboard.team.home.bundled_starts import BUNDLED_STARTS, Start
from dashboard.team.home.examples import (
    PICTURES,
    STARTS,
    imagenet_references,
    start_label,
    start_picture,
    starts_with,
)
from shared.client import Client
from shared.library.bundled import STAND_IN, bundled_network
from shared.settings import Settings
from shared.store import WorkerRecord
from tests.fixtures.dashboard_visits import point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_atlas
from worker.service.imagenet_files import FILES, imagenet_at_hand

BOTH = {"mobilenetv2": "keras/mobilenetv2/imagenet", "vgg16": "keras/vgg16/imagenet"}


@pytest.fixture
def keras_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Keras keeps its files, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path / "keras" / "models"


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """A server that has MobileNetV2's file alone, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(200 if "mobilenet" in self.path else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the test's standard error."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()


def report(client: Client, *imagenet: str) -> None:
    client.store.workers.report(WorkerRecord("batch-1", "batch", "idle", imagenet=imagenet, seen_at=time.time()))


def test_with_imagenet_weights_the_starts_are_as_they_are_written() -> None:
    assert list(starts_with(BOTH)) == STARTS


def test_without_them_each_start_asks_the_same_of_the_network_that_comes_along() -> None:
    shown = starts_with({})
    assert [(one.name, one.spec.kind) for one in shown] == [(one.name, one.spec.kind) for one in STARTS]
    assert {getattr(one.spec, "model", None) for one in shown} == {STAND_IN, None}


def test_its_starts_name_layers_and_channels_that_it_has() -> None:
    with zipfile.ZipFile(bundled_network(STAND_IN).file) as archive:
        layers = {one["config"]["name"]: one for one in json.loads(archive.read("config.json"))["config"]["layers"]}
    for start in BUNDLED_STARTS.values():
        spec = start.spec
        wanted = [*getattr(spec, "layers", ()), *([spec.layer] if hasattr(spec, "layer") else [])]
        assert set(wanted) <= set(layers)


def test_what_workers_report_decides_start_by_start(client: Client) -> None:
    assert imagenet_references(client) == {}
    report(client, "vgg16")
    shown = starts_with(imagenet_references(client))
    assert {getattr(one.spec, "model", None) for one in shown} == {"keras/vgg16/imagenet", STAND_IN, None}


@pytest.mark.parametrize(("numbers", "whole"), [(3_600_000, True), (2_300_000, False)])
def test_named_weights_count_where_the_head_is_among_them(
    client: Client, tmp_path: Path, numbers: int, whole: bool
) -> None:
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.zeros(numbers, "float32")
    reference = client.models.add_weights("mobilenetv2", tmp_path / "w.weights.h5", "mobilenetv2")
    assert imagenet_references(client) == ({"mobilenetv2": reference} if whole else {})


def test_home_says_which_network_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    assert "tells cats from dogs" in words(visit())
    report(client, *BOTH)
    assert "tells cats from dogs" not in words(visit())


def test_home_says_so_where_an_address_is_no_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    assert "There is no page" not in words(visit())
    assert "There is no page at /heatmaps" in words(visit(unknown="heatmaps"))


def test_a_worker_finds_files_that_keras_kept(keras_folder: Path) -> None:
    offline = Settings(offline=True)
    assert imagenet_at_hand(offline) == ()
    (keras_folder / FILES["vgg16"].rpartition("/")[2]).touch()
    assert imagenet_at_hand(offline) == ("vgg16",)
    for name in ("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", "mobilenet_1_0_224_tf.h5",
                 "weights_mobilenet_v3_large_224_1.0_float.h5", "efficientnetv2-b0.h5"):  # fmt: skip
        (keras_folder / name).touch()
    assert imagenet_at_hand(offline) == ("efficientnetv2b0", "mobilenet", "mobilenetv3large", "vgg16")


def test_a_worker_asks_for_headers_alone_and_not_at_all_offline(
    keras_folder: Path, host: tuple[str, list[str]]
) -> None:
    url, asked = host
    assert imagenet_at_hand(Settings(offline=True), url) == () and asked == []
    found = imagenet_at_hand(Settings(offline=False), url)
    assert {"mobilenetv2", "resnet50"} <= set(found) and "vgg16" not in found
    assert [path.lstrip("/") for path in asked] == list(FILES.values())
    assert imagenet_at_hand(Settings(offline=False), "http://127.0.0.1:1/") == ()


def test_a_start_shows_what_it_makes_and_then_its_own_result(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    start = next(one for one in starts_with({}) if one.name == "atlas")
    spec = client.resolve(start.spec)
    before, words_before = start_picture(start, client.record(spec.key()))
    assert words_before == f"{start.title}: what it makes"
    finished_atlas(client.store, spec, 64)
    made, words_after = start_picture(start, client.record(spec.key()))
    assert (words_after, made != before) == (f"{start.title}: what it made", True)
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (360, 240)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_every_start_has_a_small_picture_of_what_it_makes(start: Start) -> None:
    path = PICTURES / f"{start.name}.jpg"
    with Image.open(path) as image:
        assert image.size == (360, 240) and len(image.getcolors(1_000_000) or ()) > 20, "no plain grey"
    assert path.stat().st_size < 50_000


def test_no_two_buttons_of_starts_are_called_alike(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    found = [start_label(one, client.record(client.resolve(one.spec).key())) for one in starts_with({})]
    assert len(set(found)) == len(STARTS) and all(label.startswith("Show the ") for label in found)
