"""Atlases of networks that have learned: are the tiles alive, their channel's own, and different?

Needs the folder that CONVSCOPE_TEST_DATA names: weights/vgg16_to_block3_pool_keras_fp32.weights.h5 and others.
"""

from pathlib import Path

import numpy as np
import pytest

from shared.file_store import FileStore
from shared.image_library import ImageLibrary
from shared.job_specs import FilterAtlas
from shared.model_registry import ModelRegistry
from shared.results import Part
from shared.settings import Settings
from worker.analyses.context import RunContext
from worker.analyses.filter_atlas import filter_atlas
from worker.capture import layer_outputs
from worker.models import WarmModels
from worker.precision import set_precision
from worker.preprocessing import preprocess

pytestmark = pytest.mark.weights

FILES = {
    "vgg16": ("vgg16_to_block3_pool_keras_fp32.weights.h5", "block3_pool"),
    "inceptionv3": ("inceptionv3_to_mixed8_2015_fp32.weights.h5", "mixed8"),
    "mobilenetv2": ("mobilenetv2_1.00_224_keras_fp32.weights.h5", ""),
}


def atlas(folder: Path, weights: Path, architecture: str, layer: str, **fields: object):  # type: ignore[no-untyped-def]
    """Tiles (channel, size, size, 3), parts, and the model they were climbed on."""
    settings = Settings(data=folder)
    files = FileStore(settings.files_address)
    registry = ModelRegistry(files, settings)
    name, until = FILES[architecture]
    reference = registry.add_weights(architecture, weights / name, "real", until)
    context = RunContext(WarmModels(registry, files, settings), ImageLibrary(files, settings))
    spec = FilterAtlas(model=reference, layer=layer, precision="float32", **fields)  # type: ignore[arg-type]
    parts = sorted((i for i in filter_atlas(spec, context) if isinstance(i, Part)), key=lambda p: p.index)
    return np.stack([p.pictures["tile"] for p in parts]), parts, context.models.load(reference, head=False)


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        ("vgg16", "block2_conv2"),
        ("vgg16", "block3_conv1"),
        ("inceptionv3", "mixed2"),
        ("mobilenetv2", "block_3_expand"),
    ],
)
def test_tiles_are_alive_their_channels_own_and_different(
    test_data: Path, tmp_path: Path, architecture: str, layer: str
) -> None:
    tiles, parts, model = atlas(
        tmp_path, test_data / "weights", architecture, layer, size=96, steps=20, channels=tuple(range(48))
    )
    assert np.mean([not p.facts["dead"] for p in parts]) >= 0.95
    assert np.mean(own_channel(model, layer, tiles)) >= 0.8
    assert np.median(likeness(tiles)) < 0.5, "neighbouring tiles show different things"


def own_channel(model, layer: str, tiles: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Whether each tile, as shown, excites its channel more than the other tiles do, in standard deviations."""
    set_precision(model.network, "float32")
    pictures = preprocess(tiles.astype(np.float32) / 255, model.preprocess)
    answers = np.asarray(layer_outputs(model.network, [layer], pictures)[layer]).mean(axis=(1, 2))[:, : len(tiles)]
    return answers.argmax(axis=0) == np.arange(len(tiles))


def likeness(tiles: np.ndarray) -> np.ndarray:
    """Correlation of each pair of neighbouring tiles."""
    flat = tiles.reshape(len(tiles), -1).astype(np.float32)
    flat = (flat - flat.mean(1, keepdims=True)) / (flat.std(1, keepdims=True) + 1e-6)
    return np.abs((flat[1:] * flat[:-1]).mean(1))


def test_half_precision_loses_nothing_that_shows(test_data: Path, tmp_path: Path) -> None:
    chosen = {"size": 96, "steps": 20, "channels": tuple(range(16))}
    _, exact, _ = atlas(tmp_path, test_data / "weights", "vgg16", "block3_conv1", **chosen)
    settings = Settings(data=tmp_path)
    files = FileStore(settings.files_address)
    registry = ModelRegistry(files, settings)
    context = RunContext(WarmModels(registry, files, settings), ImageLibrary(files, settings))
    spec = FilterAtlas(model=registry.resolve("real"), layer="block3_conv1", precision="bfloat16", **chosen)  # type: ignore[arg-type]
    half = [i for i in filter_atlas(spec, context) if isinstance(i, Part)]
    ratio = np.sum([p.facts["objective"] for p in half]) / np.sum([p.facts["objective"] for p in exact])
    assert 0.95 < ratio < 1.05
