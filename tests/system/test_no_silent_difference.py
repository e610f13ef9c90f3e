"""The product shows the network that it was given: what it says of a picture against what plain Keras says of it.

Every file is added as people add one, opened by the engine's code, and asked by the analyses: predictions, the maps of
one layer, Grad-CAM. A file may be refused; it may not be opened as something else. The table that this prints is where
docs/model_files.md has its figures of agreement from.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import Activations, Attribution
from shared.errors import ConvscopeError
from shared.results import Part
from tests.fixtures.plain_keras import PlainAnswer, plain_answer
from tests.fixtures.saved_networks import HALF, SAVED, SINGLE, table
from tests.fixtures.worker_context import context
from worker.analyses.activations import activations
from worker.analyses.attribution import attribution
from worker.networks.capture import walk
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import preprocess

DOCUMENT = Path(__file__).parents[2] / "docs" / "model_files.md"
# Keras says so of every layer that it cannot quantize, and of old ways of writing things.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass
class Compared:
    """How far a file's network is from itself in plain Keras; None where there is nothing to compare."""

    name: str
    predictions: float | None = None
    layer: float | None = None
    grad_cam: float | None = None
    words: str = ""

    def row(self) -> str:
        """A line of the table."""
        figures = (f"{one:9.1e}" if one is not None else "        -" for one in
                   (self.predictions, self.layer, self.grad_cam))  # fmt: skip
        return f"{self.name[:52]:54}{' '.join(figures)}  {self.words}"


def compare(folder: Path, path: Path, plain: keras.Model | None) -> Compared:
    """Open a file in both ways and ask both."""
    found = Compared(path.name)
    here = context(folder / "product")
    try:
        model = here.models.load(here.library.models.add_file(path, "mine"))
    except ConvscopeError as error:
        found.words = f"refused: {str(error)[:90]}"
        return found
    if plain is None:
        found.words = "plain Keras cannot open it"
        return found
    if model.input_channels not in (1, 3):
        found.words = f"{model.input_channels} channels"
        return found
    picture = _added_picture(here, model)
    theirs = plain_answer(plain, np.asarray(preprocess(picture[None], model.preprocess)))
    found.predictions = _prediction_difference(here, model, picture, theirs)
    _compare_maps(here, model, theirs, found)
    return found


def _added_picture(here: Any, model: LoadedModel) -> np.ndarray:
    """A photograph of noise of the model's own size, known as "noise"; float32 in [0, 1] as it goes in."""
    channels, shape = model.input_channels, model.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    if channels == 1:
        pixels = np.repeat(pixels[..., :1], 3, axis=-1)
    place = here.library.settings.data / "noise.png"
    Image.fromarray(pixels).save(place)
    here.library.images.add(place.read_bytes(), "noise")
    return pixels[..., :channels].astype(np.float32) / 255


def _prediction_difference(here: Any, model: LoadedModel, picture: np.ndarray, theirs: PlainAnswer) -> float:
    """Of what the activations page says; of the network itself where it ends in no classes."""
    parts = [one for one in activations(Activations(model="mine", image="noise"), here) if isinstance(one, Part)]
    said = [parts[0].arrays[name] for name in ("probabilities", "logits") if name in parts[0].arrays]
    if theirs.outputs.ndim == 1 and abs(float(np.exp(theirs.outputs).sum()) - 1) < SINGLE:  # a log-softmax
        said += [np.log(parts[0].arrays["probabilities"])] if "probabilities" in parts[0].arrays else []
    alike = [one for one in said if one.shape == theirs.outputs.shape]
    if not alike:
        outputs = model.network(np.asarray(preprocess(picture[None], model.preprocess)), training=False)
        alike = [np.asarray(keras.tree.flatten(outputs)[0], np.float32)[0]]
    return min(float(np.abs(one - theirs.outputs).max()) for one in alike)


def _compare_maps(here: Any, model: LoadedModel, theirs: PlainAnswer, found: Compared) -> None:
    path = next((path for path, layer in walk(model.network) if layer.name == theirs.layer), "")
    if not path or theirs.maps is None:
        return
    spec = Activations(model="mine", image="noise", layers=(path,))
    shown = [one for one in activations(spec, here) if isinstance(one, Part) and "maps" in one.arrays]
    found.layer = _relative(shown[0].arrays["maps"], theirs.maps)
    if theirs.grad_cam is None or len(theirs.outputs) < 2:
        return
    heat = Attribution(model="mine", image="noise", classes=(theirs.number,), methods=("grad_cam",), layers=(path,))
    try:
        maps = next(one for one in attribution(heat, here) if isinstance(one, Part) and one.name == "grad_cam")
    except ConvscopeError as error:
        found.words = f"no heat map: {str(error)[:60]}"
        return
    found.grad_cam = _relative(maps.arrays["maps"][0], theirs.grad_cam)


def _relative(mine: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference as a share of the largest value."""
    if mine.shape != theirs.shape:
        return float("inf")
    return float(np.abs(mine.astype(np.float32) - theirs).max() / max(float(np.abs(theirs).max()), 1e-12))


def differs(found: Compared, close: float) -> bool:
    """Whether anything is further apart than rounding explains."""
    coarse = close > SINGLE
    limits = (close, max(HALF, 10 * close if coarse else 0), 10 * close if coarse else HALF)
    pairs = zip((found.predictions, found.layer, found.grad_cam), limits, strict=True)
    return any(value is not None and not value <= limit for value, limit in pairs)


@pytest.mark.parametrize("title", SAVED)
def test_a_file_shows_the_network_that_was_saved(tmp_path: Path, title: str) -> None:
    path, made = SAVED[title].saved(tmp_path)
    found = compare(tmp_path, path, made)
    found.name = title
    print(found.row())
    assert not found.words
    assert found.predictions is not None and found.layer is not None
    assert not differs(found, SAVED[title].close), found.row()


def test_the_document_has_these_rows() -> None:
    section = DOCUMENT.read_text().split("\n## Files of Keras 3\n")[1].split("\n## ")[0]
    assert table() in section, f"docs/model_files.md is to have:\n{table()}"


# Kinds whose make.py writes files of Keras.
CASES = ["01-*", "03-*", "07-*", "08-*", "10-*", "11-*", "13-*", "16-*", "24-*", "26-*"]


def _made_cases(data: Path, folder: Path) -> list[Path]:
    """Files that the cases beside the data write, where there are any."""
    files = []
    for pattern in CASES:
        for source in sorted((data.parent / "cases").glob(pattern)):
            place = shutil.copytree(source, folder / source.name, copy_function=shutil.copyfile)
            subprocess.run([sys.executable, "make.py"], cwd=place, check=True, capture_output=True,
                           env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})  # fmt: skip
            files += sorted(place.rglob("*.keras"))
    return files


def _plain(path: Path) -> keras.Model | None:
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception:  # Keras raises nearly every type where it refuses a file
        return None


@pytest.mark.weights
@pytest.mark.timeout(1800)
def test_no_file_of_the_data_and_cases_differs_silently(test_data: Path, tmp_path: Path) -> None:
    files = [one for one in sorted(test_data.rglob("*")) if one.suffix in (".keras", ".h5", ".hdf5")]
    rows = []
    for number, path in enumerate([*files, *_made_cases(test_data, tmp_path)]):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        rows.append(compare(folder, path, _plain(path)))
        print(rows[-1].row())
    assert not [one.row() for one in rows if differs(one, SINGLE)]
