"""Portraits in networks that have learned: does each picture do what its name says?

Needs the folder that CONVSCOPE_TEST_DATA names: weights/vgg16_to_block3_pool_keras_fp32.weights.h5 and others.
"""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.results import Part
from tests.fixtures.real_networks import RealNetworks
from worker.analyses.channel_portrait.analysis import channel_portrait
from worker.analyses.channel_portrait.optimized_batch import responses
from worker.ascent.objectives import channel

pytestmark = pytest.mark.weights


@pytest.fixture
def networks(test_data: Path, tmp_path: Path) -> RealNetworks:
    return RealNetworks(test_data, tmp_path)


def portrait(networks: RealNetworks, network: str, layer: str, number: int, **fields: object) -> dict[str, Part]:
    """Parts by name."""
    chosen = {"size": 96, "steps": 32, "tries": 2, "facets": 3, "precision": "float32", **fields}
    spec = ChannelPortrait(model=networks.reference(network), layer=layer, channel=number, **chosen)  # type: ignore[arg-type]
    return {i.facts["picture"]: i for i in channel_portrait(spec, networks.context) if isinstance(i, Part)}


@pytest.mark.parametrize(
    ("network", "layer", "number", "of"),
    [
        ("vgg16", "block3_conv1", 5, "block3_conv1"),
        ("inceptionv3", "mixed4", 12, "batch_normalization"),
        ("mobilenetv2", "block_13_expand_relu", 10, "block_13_expand_BN"),
    ],
)
def test_pictures_excite_facets_differ_and_the_opposite_silences(
    networks: RealNetworks, network: str, layer: str, number: int, of: str
) -> None:
    parts = portrait(networks, network, layer, number)
    model = networks.load(network)
    images = {n: p.pictures["image"] / 255.0 for n, p in parts.items() if not n.startswith("sketch")}
    noise = np.random.default_rng(0).uniform(0, 1, (4, 96, 96, 3)).astype(np.float32)
    pictures = np.concatenate([np.stack(list(images.values())), noise]).astype(np.float32)
    found = responses(model, channel(layer), pictures, {"channel": np.full(len(pictures), number)})
    seen = dict(zip(images, found, strict=False))
    assert seen["portrait"] > 3 * max(found[len(images) :].max(), 0)
    assert min(seen[f"facet_{i}"] for i in range(3)) > 0.5 * seen["portrait"]
    assert seen["opposite"] < 0.05 * seen["portrait"]
    opposite = parts["opposite"].facts
    assert opposite["objective"] < min(0, opposite["objective_start"]) and opposite["of"].startswith(of)


def test_vgg16s_first_kernel_meets_red_with_red(networks: RealNetworks) -> None:
    part = portrait(networks, "vgg16", "block1_conv1", 7, steps=1, facets=0, opposite=False)["kernel"]
    weights = networks.load("vgg16").network.get_layer("block1_conv1").get_weights()[0][..., 7]
    np.testing.assert_array_equal(part.arrays["kernel"], weights[..., ::-1])
