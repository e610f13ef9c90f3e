"""The product shows the network that it was given: what it says of a picture against what plain Keras says of it.

Every file is added as people add one, opened by the engine's code, and asked by the analyses: predictions, the maps of
one layer, Grad-CAM. A file may be refused; it may not be opened as something else. The table that this prints is where
docs/model_files.md has its figures of agreement from.
"""

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import Activations, Attribution
from shared.errors import ConvscopeError
from shared.images.bands import number_range
from shared.results import Part
from tests.fixtures.plain_child import NoReferenceError, plain_in_child
from tests.fixtures.plain_keras import PlainOutput, plain_outputs
from tests.fixtures.plain_onnx import onnx_outputs
from tests.fixtures.plain_openings import WEIGHTS
from tests.fixtures.saved_networks import HALF, SAVED, SINGLE, table
from tests.fixtures.worker_context import context
from worker.analyses.activations import activations
from worker.analyses.attribution import attribution
from worker.analyses.context import RunContext
from worker.networks.capture import walk
from worker.networks.forward_pass import ForwardPass
from worker.networks.heads import Head, model_heads
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import preprocess as scaled

DOCUMENT = Path(__file__).parents[2] / "docs" / "model_files.md"
# Keras says so of every layer that it cannot quantize, and of old ways of writing things.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass
class Compared:
    """How far a file's network is from itself in plain Keras; None where there is nothing to compare.

    Attributes:
        predictions: the largest difference of all outputs; `layer`, `grad_cam` likewise.
        outputs: of how many outputs predictions, a layer and Grad-CAM were compared.
    """

    name: str
    predictions: float | None = None
    layer: float | None = None
    grad_cam: float | None = None
    words: str = ""
    outputs: tuple[int, int, int] = (0, 0, 0)

    def note(self, kind: int, difference: float) -> None:
        """One more output was compared; `kind` is the place of its figure in `outputs`."""
        name = ("predictions", "layer", "grad_cam")[kind]
        setattr(self, name, max(getattr(self, name) or 0.0, difference))
        self.outputs = tuple(n + (i == kind) for i, n in enumerate(self.outputs))  # type: ignore[assignment]

    def row(self) -> str:
        """A line of the table."""
        figures = (f"{one:9.1e}" if one is not None else "        -" for one in
                   (self.predictions, self.layer, self.grad_cam))  # fmt: skip
        return f"{self.name[:52]:54}{' '.join(figures)}  {'/'.join(map(str, self.outputs))}  {self.words}"


# What something else says of a picture as the network takes it, and a remark about that.
Reference = Callable[[np.ndarray], tuple[list[PlainOutput], str]]


def compare(folder: Path, path: Path, plain: keras.Model, logits: Mapping[int, Any] | None = None) -> Compared:
    """Open a file in both ways and ask both, output by output; `logits`: see plain_outputs()."""
    return compare_with(folder, path, lambda pictures: (plain_outputs(plain, pictures, logits), ""))


def compare_with(folder: Path, path: Path, reference: Reference, modules: str = "", preprocess: str = "") -> Compared:
    """Open a file here, and compare what is shown with what a reference says.

    Args:
        folder: for the installation.
        path: of the file.
        reference: what says the same.
        modules: of a team's own layers.
        preprocess: how pictures go in; "" leaves it to the layers of the model.
    """
    found = Compared(path.name)
    here = context(folder / "product", modules=modules)
    try:
        model = here.models.load(_added(here, path, preprocess))
    except ConvscopeError as error:
        found.words = f"refused: {str(error)[:150]}"
        return found
    picture = _added_picture(here, model)
    try:
        theirs, found.words = reference(np.asarray(scaled(picture[None], model.preprocess)))
    except NoReferenceError as error:
        found.words = str(error)
        return found
    for one, (mine, head) in zip(theirs, _own_outputs(model, picture), strict=True):
        found.note(0, _relative(mine, _said(head, one.values) if head.ending else one.values))
        _compare_maps(here, model, head, one, found)
    return _with_given(found, path, model)


def _added(here: RunContext, path: Path, preprocess: str) -> str:
    if path.name not in WEIGHTS:
        return here.library.models.add_file(path, "mine", preprocess=preprocess)
    architecture, _, until = WEIGHTS[path.name]
    return here.library.models.add_weights(architecture.lower(), path, "mine", until)


# Names of arrays that lie beside real files.
GIVEN_INPUTS, GIVEN_OUTPUTS = ("input", "image"), ("output", "logits", "mask", "torch_logits")


def _with_given(found: Compared, path: Path, model: LoadedModel) -> Compared:
    """Compare also with the answers that lie beside a file, where they do: an .npz of its name."""
    beside = path.with_suffix(".npz")
    if not beside.exists():
        return found
    with np.load(beside) as held:
        name = next((name for name in GIVEN_OUTPUTS if name in held), "")
        if not name:
            return found
        pictures, given = next(held[one] for one in GIVEN_INPUTS if one in held), held[name]
    first = path.suffix == ".onnx"
    mine = np.asarray(model.network(pictures.transpose(0, 2, 3, 1) if first else pictures, training=False))
    if name == "torch_logits":  # the file ends with a softmax
        powers = np.exp(given - given.max(-1, keepdims=True))
        given = powers / powers.sum(-1, keepdims=True)
    found.note(0, _relative(mine.transpose(0, 3, 1, 2) if first and mine.ndim == 4 else mine, given))
    return found


def _added_picture(here: Any, model: LoadedModel) -> np.ndarray:
    """A photograph of noise of the model's own size, known as "noise"; as it goes in, float32 in [0, 1].

    Of bands, a network that takes numbers beyond 0 to 1 is given the file's own, where they are in its range.
    """
    channels, shape = model.input_channels, model.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, channels), np.uint8)
    data = io.BytesIO()
    if numbers := number_range(model.preprocess):  # a network that takes the numbers of a file as they stand
        values = (pixels / np.float32(255) * (numbers[1] - numbers[0]) + numbers[0]).astype(np.float32)
        np.save(data, values)
        here.library.images.add(data.getvalue(), "noise")
        return (values - np.float32(numbers[0])) / np.float32(numbers[1] - numbers[0])
    if channels in (1, 3):
        Image.fromarray(np.broadcast_to(pixels, (*shape, 3))).save(data, "png")
    else:
        np.save(data, pixels)
    here.library.images.add(data.getvalue(), "noise")
    if channels not in (1, 3):
        return np.asarray(here.sized_picture("noise", shape, channels, "fit", model.preprocess))
    return pixels.astype(np.float32) / 255


def _own_outputs(model: LoadedModel, picture: np.ndarray) -> list[tuple[np.ndarray, Head]]:
    """Of every output what pages say of it, its probabilities or numbers; of features the network's own values."""
    heads = model_heads(model)
    network = ForwardPass(model, {}, [one for one in heads if one.ending])
    said = {head.place: given for head, (_, given) in zip(network.heads, network.run(picture).outputs, strict=True)}
    plain = keras.tree.flatten(model.network(np.asarray(scaled(picture[None], model.preprocess)), training=False))
    return [(said.get(head.place, np.asarray(plain[head.place], np.float32)[0]), head) for head in heads]


def _said(head: Head, values: np.ndarray) -> np.ndarray:
    """What an output's values in plain Keras say: (..., class) probabilities, (number) values and then negated."""
    rows = values.reshape(*(head.mask or ()), -1)
    if head.ending == "number":
        return np.concatenate([rows, -rows], -1)
    if head.ending == "binary":
        shares = rows if head.reading.squash != "linear" else 1 / (1 + np.exp(-rows))
        return np.concatenate([1 - shares, shares], -1)
    if head.ending == "linear" or (rows < 0).all():  # logits, or a log-softmax
        powers = np.exp(rows - rows.max(-1, keepdims=True))
        return np.asarray(powers / powers.sum(-1, keepdims=True))
    return rows / rows.sum(-1, keepdims=True) if head.ending == "softmax" else rows


def _compare_maps(here: Any, model: LoadedModel, head: Head, theirs: PlainOutput, found: Compared) -> None:
    paths = [path for path, _ in walk(model.network) if f"/{path}".endswith(f"/{theirs.path}")]
    if theirs.maps is None or not paths:
        return
    spec = Activations(model="mine", image="noise", layers=(paths[0],))
    shown = [one for one in activations(spec, here) if isinstance(one, Part) and "maps" in one.arrays]
    # Values below what half precision holds are kept as zero, which only networks without training have.
    found.note(1, _relative(shown[0].arrays["maps"], theirs.maps, least=1e-4))
    if not head.ending or theirs.grad_cam is None or not theirs.grad_cam.any():
        return
    heat = Attribution(model="mine", image="noise", methods=("grad_cam",), layers=(paths[0],), region="whole",
                       classes=(theirs.unit + (head.ending == "binary"),), model_output=head.name)  # fmt: skip
    try:
        maps = next(one for one in attribution(heat, here) if isinstance(one, Part) and one.name == "grad_cam")
    except ConvscopeError as error:
        found.words = f"no heat map: {str(error)[:150]}"
        return
    found.note(2, _relative(maps.arrays["signed"][0], theirs.grad_cam))
    assert np.array_equal(maps.arrays["maps"], np.maximum(maps.arrays["signed"], 0))


def _relative(mine: np.ndarray, theirs: np.ndarray, least: float = 1e-12) -> float:
    """The largest difference as a share of the largest value, or of `least`."""
    if mine.shape != theirs.shape:
        return float("inf")
    return float(np.abs(mine.astype(np.float32) - theirs).max() / max(float(np.abs(theirs).max()), least))


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
SUFFIXES = (".keras", ".h5", ".hdf5", ".onnx", ".zip")
# Files that need modules, and where those lie within the data; "" for what is installed.
MODULES = {"coord_digits.keras": ("team_layers", "custom_layers"), "resnet_backbone.keras": ("keras_hub", "")}
# What is not compared, and the only words that excuse it.
NOT_COMPARED = {
    "keras_conv2d_weights_hls4ml.h5": "refused: .*weights only",
    "nested_container_keras_team.keras": r"refused: .*NestedDenseModel \(own class\)",
    "siamese_rishithakota.keras": "refused: .*Lambda",
    "keras3_export.zip": "refused: .*Keras's metadata",
    "resnet_backbone.keras": "keras_hub is not installed",
}


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


def _compared_file(path: Path, folder: Path, data: Path) -> Compared:
    """A real file, against another process that has none of ours."""
    modules, within = MODULES.get(path.name, ("", ""))
    if modules and not within and importlib.util.find_spec(modules) is None:
        return Compared(path.name, words=f"{modules} is not installed")
    if path.suffix == ".onnx":
        return compare_with(folder, path, lambda pictures: (onnx_outputs(path, pictures), ""))
    beside = [data / within] if within else []
    return compare_with(folder, path, lambda pictures: plain_in_child(
        path, pictures, folder, [modules] if modules else [], beside), modules)  # fmt: skip


@pytest.mark.weights
@pytest.mark.timeout(3600)
def test_no_file_of_the_data_and_cases_differs_silently(
    test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [one for one in sorted(test_data.rglob("*")) if one.suffix in SUFFIXES]
    monkeypatch.syspath_prepend(test_data / "custom_layers")
    rows = []
    for number, path in enumerate([*files, *_made_cases(test_data, tmp_path)]):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        rows.append(_compared_file(path, folder, test_data))
        print(rows[-1].row(), flush=True)
    assert not [one.row() for one in rows if differs(one, SINGLE)]
    silent = [one for one in rows if one.predictions is None]
    assert not [one.row() for one in silent if not re.match(NOT_COMPARED.get(one.name, "$ never"), one.words)]
