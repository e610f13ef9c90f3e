"""Atlases of networks that have learned: are the tiles alive, their channel's own, and different?

Needs the folder that CONVSCOPE_TEST_DATA names: weights/vgg16_to_block3_pool_keras_fp32.weights.h5 and others.
"""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses import FilterAtlas
from shared.results import Part
from tests.fixtures.atlas_scores import score
from tests.fixtures.keras_io_loop import loop_pictures, shown
from tests.fixtures.real_networks import RealNetworks
from worker.analyses.filter_atlas import filter_atlas
from worker.ascent.parameterizations import SHOWN_DEVIATION

pytestmark = pytest.mark.weights


@pytest.fixture
def networks(test_data: Path, tmp_path: Path) -> RealNetworks:
    return RealNetworks(test_data, tmp_path)


def atlas(
    networks: RealNetworks, network: str, layer: str, count: int, **fields: object
) -> tuple[np.ndarray, list[Part]]:
    """Tiles of the first channels, uint8 (channel, size, size, 3), and their parts."""
    chosen = {"size": 96, "precision": "float32", **fields}
    spec = FilterAtlas(model=networks.reference(network), layer=layer, channels=tuple(range(count)), **chosen)  # type: ignore[arg-type]
    found = [item for item in filter_atlas(spec, networks.context) if isinstance(item, Part)]
    parts = sorted(found, key=lambda part: part.index)
    return np.stack([part.pictures["tile"] for part in parts]), parts


@pytest.mark.parametrize(
    ("network", "layer", "mode", "steps"),
    [
        ("vgg16", "block2_conv2", "lucid", 48),
        ("vgg16", "block3_conv1", "classic", 20),
        ("inceptionv3", "mixed2", "lucid", 48),
        ("mobilenetv2", "block_3_expand_relu", "lucid", 48),
        ("mobilenetv2", "block_13_expand_relu", "maco", 24),
    ],
)
def test_tiles_are_alive_their_channels_own_and_different(
    networks: RealNetworks, network: str, layer: str, mode: str, steps: int
) -> None:
    count = 16 if mode == "maco" else 32
    tiles, parts = atlas(networks, network, layer, count, mode=mode, steps=steps)
    scores = score(networks.load(network), layer, tiles, list(range(count)))
    assert scores.own >= 0.9 and scores.living >= 0.95
    assert all(part.facts["reason"].startswith("dead on") for part in parts if part.facts["dead"])
    assert np.median(likeness(tiles)) < 0.5, "neighbouring tiles show different things"


def likeness(tiles: np.ndarray) -> np.ndarray:
    """Correlation of each pair of neighbouring tiles."""
    flat = tiles.reshape(len(tiles), -1).astype(np.float32)
    flat = (flat - flat.mean(1, keepdims=True)) / (flat.std(1, keepdims=True) + 1e-6)
    return np.abs((flat[1:] * flat[:-1]).mean(1))


def test_the_classic_mode_gets_as_high_as_the_loop_it_restates(networks: RealNetworks) -> None:
    channels, model = list(range(16)), networks.load("vgg16")
    tiles, _ = atlas(networks, "vgg16", "block3_conv1", 16, mode="classic")
    loop = shown(loop_pictures(model, "block3_conv1", channels, 96, 30, "float32"), SHOWN_DEVIATION)
    ours, theirs = (score(model, "block3_conv1", found, channels).objective for found in (tiles, loop))
    assert ours > 0.97 * theirs


def test_few_long_steps_reach_nearly_as_high(networks: RealNetworks) -> None:
    few, many = (
        score(networks.load("vgg16"), "block3_conv1", tiles, list(range(8))).objective
        for tiles, _ in (
            atlas(networks, "vgg16", "block3_conv1", 8, mode="classic", **how)
            for how in ({"steps": 12, "step_size": 12 / 255}, {"steps": 30})
        )
    )
    assert few > 0.9 * many


def test_half_precision_loses_nothing_that_shows(networks: RealNetworks) -> None:
    exact, half = (
        np.sum(
            [part.facts["objective"] for part in atlas(networks, "vgg16", "block3_conv1", 8, precision=p, steps=24)[1]]
        )
        for p in ("float32", "bfloat16")
    )
    assert 0.95 < half / exact < 1.05
