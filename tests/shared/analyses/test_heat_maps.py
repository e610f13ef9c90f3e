"""Heat maps as pictures and as files: sizes, colours, the box, and what the output folder holds."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.analyses import parse_spec
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_maps import (
    Box,
    Grid,
    connected_regions,
    enlarge,
    grid_of,
    overlay,
    reach_of,
    smooth,
    strongest_box,
)
from shared.analyses.sanity_check.spec import SanityCheck
from shared.client import write_result
from shared.images.feature_maps import palette
from shared.results import Part
from shared.store import RunRecord
from tests.analyses.attribution.parts import parts_of
from tests.analyses.sanity_check.parts import check_parts

PHOTO = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
MODEL = "keras/vgg16/random"
HEAT = np.zeros((8, 12), np.float32)
HEAT[2:5, 6:10] = 1.0


def test_an_even_map_is_enlarged_as_pictures_are() -> None:
    heat = np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
    expected = np.asarray(Image.fromarray(heat).resize((12, 9), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(enlarge(heat, 9, 12), expected, atol=1e-5)


def test_units_are_drawn_where_they_look() -> None:
    heat = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    drawn = enlarge(heat, 20, 20, Grid((3.0, 2.0), 6.0))
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (9, 8) and drawn.max() == 1
    assert enlarge(heat, 3, 3, grid_of({"grid": None})) is not None and grid_of({}) is None
    assert grid_of({"grid": Grid((3.0, 2.0), 6.0).facts()}) == Grid((3.0, 2.0), 6.0)


def test_an_overlay_leaves_the_photograph_where_there_is_no_evidence() -> None:
    found = overlay(PHOTO, HEAT, 1.0)
    assert (found[HEAT == 0] == PHOTO[HEAT == 0]).all() and (found[HEAT == 1] != PHOTO[HEAT == 1]).any()
    for without in (overlay(PHOTO, HEAT, 1.0, opacity=0), overlay(PHOTO, HEAT, 0.0), overlay(PHOTO, -HEAT, 1.0)):
        np.testing.assert_array_equal(without, PHOTO)


def test_the_largest_value_gets_the_last_colour_and_the_threshold_hides_what_is_below() -> None:
    found = overlay(PHOTO, HEAT, 1.0, opacity=1, colour="viridis")
    np.testing.assert_array_equal(found[3, 7], palette("viridis")[-1])
    half = overlay(PHOTO, HEAT * np.float32(0.4), 1.0, threshold=0.5)
    np.testing.assert_array_equal(half, PHOTO)


def test_signed_maps_are_centred_on_zero() -> None:
    found = overlay(PHOTO[..., 0], np.where(HEAT > 0, HEAT, -1), 1.0, signed=True, opacity=1)
    np.testing.assert_array_equal(found[3, 7], palette("diverging")[-1])
    np.testing.assert_array_equal(found[0, 0], palette("diverging")[0])


def test_one_scale_for_several_maps() -> None:
    assert reach_of([HEAT, 3 * HEAT]) == 3 and reach_of([-5 * HEAT]) == 0
    assert reach_of([HEAT, -5 * HEAT], signed=True) == 5 and reach_of([]) == 0
    lonely = np.zeros((100, 100), np.float32)
    lonely[0, 0], lonely[:50] = 99, 1
    assert reach_of([lonely], place="pixels") == 1


def test_the_heaviest_region_is_boxed_and_not_the_one_with_the_highest_pixel() -> None:
    heat = np.zeros((20, 30), np.float32)
    heat[1, 1] = 1.0
    heat[10:16, 20:29] = 0.9
    assert strongest_box(heat) == Box(20, 10, 9, 6)
    assert strongest_box(heat, share=0.95) == Box(1, 1, 1, 1)
    assert strongest_box(-heat) is None and strongest_box(np.zeros((4, 4), np.float32)) is None


def test_single_pixels_are_averaged_over_cells() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[5, 5] = 16.0
    assert smooth(heat).max() < 2 and smooth(heat).shape == (64, 64)
    assert smooth(np.ones((2, 3), np.float32)).shape == (2, 3)


# Files


def _record(kind: str, **fields: object) -> RunRecord:
    spec = parse_spec(kind, {"model": MODEL, **fields})
    return RunRecord(spec.key(), "complete", kind, 1, spec.model_dump(mode="json"))


def _written(folder: Path, spec: Attribution | SanityCheck, parts: list[Part]) -> set[str]:
    """Names of the files, with their folders, that some parts of a run are written to."""
    run = RunRecord(spec.key(), "complete", spec.kind, 1, spec.model_dump(mode="json"))
    write_result(folder, run, {part.index: part for part in parts})
    return {str(path.relative_to(folder)) for path in folder.rglob("*.*")}


def test_the_folder_of_one_picture(tmp_path: Path) -> None:
    spec = Attribution(model=MODEL, image="sample/cat", methods=("grad_cam", "saliency"), classes=(340, 101))
    parts = parts_of(spec)
    assert _written(tmp_path, spec, parts) == {
        "manifest.json", "arrays.npz", "picture.png", "predictions.json", "maps.json",
        "grad_cam_340.png", "grad_cam_101.png", "saliency_340.png", "saliency_101.png",
    }  # fmt: skip
    maps, pixels = parts[1].arrays["maps"], parts[2].arrays["maps"]
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["maps"].shape == (2, 2, 8, 8) and arrays["maps"].dtype == np.float32
        np.testing.assert_array_equal(arrays["maps"][0], maps)
        step = pixels.shape[-1] // 8
        np.testing.assert_allclose(
            arrays["maps"][1, 1, 3, 2], pixels[1, 3 * step :, 2 * step :][:step, :step].mean(), rtol=1e-5
        )
        np.testing.assert_array_equal(arrays["raw_max"][0], maps.max((1, 2)))
        assert arrays["classes"].tolist() == [340, 101] and arrays["methods"].tolist() == ["grad_cam", "saliency"]
        assert arrays["class_names"].tolist() == ["zebra", "tusker"]
        np.testing.assert_array_equal(arrays["maps_saliency"], pixels)
        np.testing.assert_array_equal(arrays["signed_grad_cam"], parts[1].arrays["signed"])
    assert json.loads((tmp_path / "maps.json").read_text())["methods"]["grad_cam"]["maps"][0]["class"] == 340


def test_several_pictures_get_a_folder_each_and_unfinished_ones_none(tmp_path: Path) -> None:
    spec = Attribution(model=MODEL, images=("sample/cat", "sample/coffee"), classes=(101,))
    written = _written(tmp_path, spec, parts_of(spec)[:2])
    assert {name for name in written if "grad_cam" in name} == {"00/grad_cam_101.png"}
    assert not (tmp_path / "01").exists()


def test_the_folder_of_a_check(tmp_path: Path) -> None:
    spec = SanityCheck(model=MODEL, image="sample/cat", classes=(386,))
    parts = check_parts(spec)
    _written(tmp_path, spec, parts)
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["grad_cam"].shape == (4, 8, 8) and arrays["fractions"].shape == (9,)
        np.testing.assert_array_equal(arrays["grad_cam"][2], parts[2].arrays["grad_cam"])
    with Image.open(tmp_path / "grad_cam.png") as row:
        assert row.width > 4 * parts[0].pictures["picture"].shape[1]
    names = ["as trained", "depth 1", "depth 2", "depth 3", "curves"]
    assert list(json.loads((tmp_path / "sanity.json").read_text())) == names


@pytest.mark.parametrize("kind", ["attribution", "sanity_check"])
def test_a_run_without_its_first_part_writes_its_manifest(tmp_path: Path, kind: str) -> None:
    write_result(tmp_path, _record(kind, image="sample/cat"), {1: Part(1, "grad_cam")})
    assert (tmp_path / "manifest.json").exists()


@pytest.mark.parametrize("density", [0.05, 0.35, 0.5, 0.65, 1.0])
def test_regions_are_those_of_scikit_image(density: float) -> None:
    """A mask of noise has regions of every form; near its middle densities they wind through the whole picture."""
    from skimage.measure import label

    for seed in range(3):
        mask = np.random.default_rng(seed).random((61, 47)) < density
        ours, theirs = connected_regions(mask), label(mask, connectivity=2)
        pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
        assert ((ours == 0) == ~mask).all()


def test_a_region_that_winds_is_numbered_at_once() -> None:
    """A snake of 200 rows: one turn a pixel would be 20,000 turns."""
    mask = np.zeros((400, 100), bool)
    mask[::2] = True
    mask[1::4, -1] = mask[3::4, 0] = True
    begun = time.perf_counter()
    assert len(np.unique(connected_regions(mask))) == 2
    assert time.perf_counter() - begun < 5
