"""Heat maps as pictures and as files: sizes, colours, the box, and what the output folder holds."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.analyses import parse_spec
from shared.analyses.heat_maps import Box, Grid, enlarged, grid_of, overlay, reach_of, smoothed, strongest_box
from shared.client.result_files import write_result
from shared.images.feature_maps import palette
from shared.results import Part
from shared.store import RunRecord

PHOTO = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
HEAT = np.zeros((8, 12), np.float32)
HEAT[2:5, 6:10] = 1.0


def test_an_even_map_is_enlarged_as_pictures_are() -> None:
    heat = np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
    expected = np.asarray(Image.fromarray(heat).resize((12, 9), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(enlarged(heat, 9, 12), expected, atol=1e-5)


def test_units_are_drawn_where_they_look() -> None:
    heat = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    drawn = enlarged(heat, 20, 20, Grid((3.0, 2.0), 6.0))
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (9, 8) and drawn.max() == 1
    assert enlarged(heat, 3, 3, grid_of({"grid": None})) is not None and grid_of({}) is None
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
    assert Box(20, 10, 9, 6).holds(28.5, 15) and not Box(20, 10, 9, 6).holds(29, 15)


def test_single_pixels_are_averaged_over_cells() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[5, 5] = 16.0
    assert smoothed(heat).max() < 2 and smoothed(heat).shape == (64, 64)
    assert smoothed(np.ones((2, 3), np.float32)).shape == (2, 3)


# Files


def _first(classes: list[int]) -> Part:
    rows = [{"class": c, "name": f"name {c}"} for c in classes]
    arrays = {"logits": np.zeros(5, np.float32), "probabilities": np.full(5, 0.2, np.float32)}
    return Part(0, "sample/cat", {"picture": PHOTO}, arrays, {"top": rows, "classes": rows})


def _method(index: int, name: str, maps: np.ndarray, classes: list[int], place: str = "layer") -> Part:
    rows = [{"class": c, "raw_max": float(m.max())} for c, m in zip(classes, maps, strict=True)]
    facts = {"signed": False, "place": place, "height": maps.shape[1], "width": maps.shape[2], "maps": rows}
    return Part(index, name, {}, {"maps": maps, "signed": maps - 1}, facts)


def _record(kind: str, **fields: object) -> RunRecord:
    spec = parse_spec(kind, {"model": "keras/vgg16/random", **fields})
    return RunRecord(spec.key(), "complete", kind, 1, spec.model_dump(mode="json"))


def test_the_folder_of_one_picture(tmp_path: Path) -> None:
    maps = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    pixels = np.random.default_rng(0).random((2, 6, 8), np.float32)
    run = _record("attribution", image="sample/cat", methods="grad_cam,saliency", classes="3,1")
    parts = {
        0: _first([3, 1]),
        1: _method(1, "grad_cam", maps, [3, 1]),
        2: _method(2, "saliency", pixels, [3, 1], "pixels"),
    }
    write_result(tmp_path, run, parts)
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {
        "manifest.json", "arrays.npz", "picture.png", "predictions.json", "maps.json",
        "grad_cam_3.png", "grad_cam_1.png", "saliency_3.png", "saliency_1.png",
    }  # fmt: skip
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["maps"].shape == (2, 2, 3, 4) and arrays["maps"].dtype == np.float32
        np.testing.assert_array_equal(arrays["maps"][0], maps)
        np.testing.assert_allclose(arrays["maps"][1, 0, 0, 0], pixels[0, :2, :2].mean(), rtol=1e-5)
        np.testing.assert_array_equal(arrays["raw_max"][0], maps.max((1, 2)))
        assert arrays["classes"].tolist() == [3, 1] and arrays["methods"].tolist() == ["grad_cam", "saliency"]
        assert arrays["class_names"].tolist() == ["name 3", "name 1"]
        np.testing.assert_array_equal(arrays["maps_saliency"], pixels)
        np.testing.assert_array_equal(arrays["signed_grad_cam"], maps - 1)
    assert json.loads((tmp_path / "maps.json").read_text())["methods"]["grad_cam"]["maps"][0]["class"] == 3


def test_several_pictures_get_a_folder_each_and_unfinished_ones_none(tmp_path: Path) -> None:
    run = _record("attribution", images="sample/cat,sample/coffee", classes="3")
    maps = np.ones((1, 2, 2), np.float32)
    write_result(tmp_path, run, {0: _first([3]), 1: _method(1, "grad_cam", maps, [3])})
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("grad_cam*")} == {"00/grad_cam_3.png"}
    assert not (tmp_path / "01").exists()


def test_the_folder_of_a_check(tmp_path: Path) -> None:
    known = {"grad_cam": {"signed": False, "place": "layer", "grid": None}}
    heat = np.ones((2, 2), np.float32)
    parts = {
        0: Part(0, "as trained", {"picture": PHOTO}, {"grad_cam": heat}, {"depth": 0, "methods": known}),
        1: Part(1, "depth 1", {}, {"grad_cam": heat * 2}, {"depth": 1}),
        2: Part(2, "curves", {}, {"fractions": np.linspace(0, 1, 3, dtype=np.float32)}, {"areas": {}}),
    }
    write_result(tmp_path, _record("sanity_check", image="sample/cat"), parts)
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["grad_cam"].shape == (2, 2, 2) and arrays["fractions"].shape == (3,)
    with Image.open(tmp_path / "grad_cam.png") as row:
        assert row.width > 2 * PHOTO.shape[1]
    assert set(json.loads((tmp_path / "sanity.json").read_text())) == {"as trained", "depth 1", "curves"}


@pytest.mark.parametrize("kind", ["attribution", "sanity_check"])
def test_a_run_without_its_first_part_writes_its_manifest(tmp_path: Path, kind: str) -> None:
    write_result(tmp_path, _record(kind, image="sample/cat"), {1: Part(1, "grad_cam")})
    assert (tmp_path / "manifest.json").exists()
