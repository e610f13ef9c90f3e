"""Heat maps of a network that has learned: do they lie on the object, and do their checks say what the papers say?

Needs the folder that CONVSCOPE_TEST_DATA names: weights/mobilenetv2_1.00_224_keras_fp32.weights.h5 and photos/.
"""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_maps import Box, enlarge, grid_of
from shared.results import Part
from tests.fixtures.photo_objects import Photograph, gathered, judge, photographs, points_at
from tests.fixtures.real_networks import RealNetworks
from worker.analyses.attribution import attribution

pytestmark = pytest.mark.weights
METHODS = ("grad_cam", "hires_cam", "layer_cam", "grad_cam_plus_plus")


@pytest.fixture(name="networks")
def _networks(test_data: Path, tmp_path: Path) -> RealNetworks:
    return RealNetworks(test_data, tmp_path)


def explained(networks: RealNetworks, photograph: Photograph, methods: tuple[str, ...]) -> list[Part]:
    """Parts for the photograph's true class."""
    image = networks.context.library.images.add(photograph.path.read_bytes(), photograph.path.stem.replace("_", "-"))
    spec = Attribution(
        model=networks.reference("mobilenetv2"), image=networks.context.library.images.resolve(image), methods=methods,
        classes=[photograph.number],
    )  # fmt: skip
    return [item for item in attribution(spec, networks.context) if isinstance(item, Part)]


def test_the_strongest_region_of_the_true_class_lies_on_the_object(test_data: Path, networks: RealNetworks) -> None:
    hits: dict[str, list[bool]] = {method: [] for method in METHODS}
    shares: list[float] = []
    for photograph in photographs(test_data):
        for part in explained(networks, photograph, METHODS)[1:]:
            heat = enlarge(part.arrays["maps"][0], 224, 224, grid_of(part.facts))
            hits[part.name].append(points_at(heat, photograph))
            if part.name == "grad_cam":
                shares.append(gathered(heat, photograph))
    assert {method: sum(found) >= 0.8 * len(found) for method, found in hits.items()} == dict.fromkeys(METHODS, True)
    assert np.median(shares) > 1.1


def test_the_elephants_are_found_by_the_box(test_data: Path, networks: RealNetworks) -> None:
    herd = next(p for p in photographs(test_data) if p.path.stem == "african_elephant")
    parts = explained(networks, herd, ("grad_cam",))
    row = parts[1].facts["maps"][0]
    assert parts[0].facts["classes"][0]["rank"] == 1 and row["positive_evidence"]
    box, (x, y) = Box(**row["box"]), row["peak"]
    assert 0 <= x - box.left < box.width and 0 <= y - box.top < box.height and row["box_share"] < 0.5
    assert herd.inside(15)[row["peak"][1], row["peak"][0]]


def test_deletion_falls_faster_than_for_noise_and_guided_backpropagation_ignores_the_weights(
    test_data: Path, networks: RealNetworks
) -> None:
    rows = [judge(networks, p, "grad_cam,guided_backprop") for p in photographs(test_data)[:4]]
    cam, guided = ([row[method] for row in rows] for method in ("grad_cam", "guided_backprop"))
    assert np.mean([row[2] for row in cam]) < np.mean([row[3] for row in cam])
    assert np.median([row[6] for row in cam]) < 0.5
    assert np.median([row[6] for row in guided]) > 0.7
