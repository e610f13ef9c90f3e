"""A picture of other bands than the network's is refused before anything is queued, and the page says so at once."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.analyses import Activations, Attribution, CompareModels, DeepDream, FilterAtlas
from shared.analyses.base import JobSpec
from shared.client import Client, misfit, unknown_fit
from shared.errors import InvalidSpec
from shared.images.bands import bare_picture, open_picture
from shared.library.announced_inputs import TABLE as ANNOUNCED
from tests.fixtures.dashboard_visits import labels, point_dashboard_at, visit, words
from tests.fixtures.model_files import keras_file, layer, sequential


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@pytest.fixture
def six(client: Client, tmp_path: Path) -> str:
    """A network of six bands that was opened, and a picture for it."""
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 6)))
    reference = client.models.add_file(path, "six")
    found: dict[str, Any] = {"input": "8 × 8 × 6", "layers": [], "parameters": 1, "preprocess": "0..1"}
    client.models.proofs.note(reference, found)
    client.images.add(npy(np.arange(8 * 8 * 6, dtype=np.uint16).reshape(8, 8, 6)), "bands")
    return reference


def test_a_request_whose_bands_do_not_fit_is_refused_at_once(client: Client, six: str) -> None:
    for spec in (
        Activations(model="six", image="sample/cat"),
        Attribution(model="six", images=("bands", "sample/cat")),
        DeepDream(model="six", image="sample/cat", layers=("a",)),
        Activations(model="keras/vgg16/random", image="bands"),
    ):
        with pytest.raises(InvalidSpec, match="as the network takes"):
            client.submit(spec)
        assert client.record(client.resolve(spec).key()).status == "absent"
    for spec in (Activations(model="six", image="bands"), FilterAtlas(model="six", layer="a")):
        assert misfit(client.library, client.resolve(spec)) == ""


def refused(client: Client, spec: JobSpec) -> bool:
    spec = client.resolve(spec)
    assert not unknown_fit(client.library, spec), "where it can be told, nothing is left open"
    return "as the network takes" in misfit(client.library, spec)


def test_a_file_that_nobody_has_opened_says_its_bands_itself(client: Client, tmp_path: Path) -> None:
    client.images.add(npy(np.ones((8, 8, 6), np.uint16)), "bands")
    for bands in (6, 4):
        path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, bands)))
        client.models.add_file(path, f"net{bands}", preprocess="0..1")  # a card, and a file behind it
        assert refused(client, Activations(model=f"net{bands}", image="sample/cat"))
        assert refused(client, Activations(model=f"net{bands}", image="bands")) == (bands == 4)
    assert refused(client, Attribution(model="bundled/cats_and_dogs", images=("bands",)))
    assert not refused(client, Attribution(model="bundled/cats_and_dogs", images=("sample/cat",)))


def test_a_file_of_an_earlier_release_is_read_when_it_is_asked_for(client: Client, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 6)))
    digest = client.models.add_file(path, "six").removeprefix("sha256:")
    client.library.files.delete_record(ANNOUNCED, digest)
    assert refused(client, Activations(model="six", image="sample/cat"))
    assert client.library.files.read_record(ANNOUNCED, digest) == {"bands": 6}


def test_both_networks_of_a_comparison_are_asked(client: Client, six: str) -> None:
    assert refused(client, CompareModels(model="keras/vgg16/random", other=six, image="sample/cat"))


def test_photographs_of_a_spectrum_are_not_shown_to_the_network(client: Client, six: str) -> None:
    assert not refused(client, FilterAtlas(model=six, layer="a", mode="maco", spectrum=("sample/cat",)))


def test_a_file_that_leaves_its_bands_open_says_that_they_will_be_checked(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, None)))
    client.models.add_file(path, "open")
    spec = client.resolve(Attribution(model="open", images=("sample/cat",)))
    assert misfit(client.library, spec) == ""
    assert "checked once a worker has opened it" in unknown_fit(client.library, spec)
    assert not unknown_fit(client.library, client.resolve(FilterAtlas(model="open", layer="a"))), "no picture goes in"
    point_dashboard_at(client, monkeypatch)
    page = visit("heat-maps", model="open", image="sample/cat")
    assert "checked once a worker has opened it" in words(page) and "Make the heat maps" in labels(page)


def test_a_page_says_it_in_place_of_the_button(client: Client, six: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    page = visit("heat-maps", model=six, image="sample/cat")
    assert not page.exception
    assert "These do not fit together" in words(page) and "6 bands, as the network takes" in words(page)
    assert "Make the heat maps" not in labels(page)


def test_what_a_picture_is_is_read_without_its_pixels(client: Client, six: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(out, "PNG")
    for data in (npy(np.ones((9, 9, 5), np.float32)), npy(np.ones((9, 9), np.uint16)), out.getvalue()):
        path = client.images.path(client.images.add(data))
        bare, whole = bare_picture(path), open_picture(path)
        assert (bare.bands, bare.colours, bare.words) == (whole.bands, whole.colours, whole.words)
