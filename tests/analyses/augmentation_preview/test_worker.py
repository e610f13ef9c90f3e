"""Augmentation: each setting moves what it says, and no further.

Caught by these tests when tried: degrees taken for full turns, width and height shifts swapped, contrast that is only
ever raised (one number to Keras's layer), copies that depend on how many are asked for.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.analyses.augmentation import AUGMENTATION_PRESETS, Augmentation
from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.client import write_result
from shared.errors import InvalidSpec
from shared.library.datasets.splits import Shares
from shared.library.images import sample_path
from shared.results import Part, Progress
from shared.store import RunRecord
from tests.fixtures.small_datasets import pixels, registry, two_classes, write_zip
from tests.fixtures.worker_context import context
from worker.analyses.augmentation_preview import augmentation_preview
from worker.pictures.augmentation import augmentation_layers, augmented_copies
from worker.pictures.resized import sized_pixels

SIDE = 48
COPIES = 24
PICTURE = np.asarray(sized_pixels(pixels(1, 64, 64), (SIDE, SIDE), 3, "fit"), np.float32) / 255
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
# Where a pixel came from can be read from its colour: red rises to the right, green downwards.
MAP = np.stack([COLUMNS, ROWS, np.zeros_like(ROWS)], -1)


def settings(**changes: Any) -> Augmentation:
    return Augmentation.model_validate({"preset": "none", **changes})


def copies(picture: np.ndarray, seed: int = 0, number: int = COPIES, **changes: Any) -> np.ndarray:
    return augmented_copies(picture, settings(**changes), number, seed)


def jumps(**changes: Any) -> tuple[np.ndarray, np.ndarray]:
    """How far each copy's middle came from, to the right and downwards, as shares of the side."""
    middle = copies(MAP, **changes)[:, SIDE // 2, SIDE // 2]
    return middle[:, 0] - 0.5, middle[:, 1] - 0.5


def test_nothing_changes_where_nothing_may() -> None:
    assert np.array_equal(copies(PICTURE), np.repeat(PICTURE[None], COPIES, 0))


def test_the_default_is_the_books() -> None:
    book = Augmentation()
    assert (book.rotation, book.width_shift, book.height_shift, book.shear, book.zoom) == (40, 0.2, 0.2, 0.2, 0.2)
    assert (book.horizontal_flip, book.vertical_flip, book.fill) == (True, False, "nearest")
    assert (book.brightness, book.contrast) == (0, 0)


@pytest.mark.parametrize(("field", "axis"), [("horizontal_flip", 1), ("vertical_flip", 0)])
def test_flips_are_exact(field: str, axis: int) -> None:
    found = copies(PICTURE, **{field: True})
    flipped = np.flip(PICTURE, axis)
    kinds = [np.array_equal(copy, flipped) - np.array_equal(copy, PICTURE) for copy in found]
    assert set(kinds) == {-1, 1}  # every copy is one or the other, and both happen


def test_shifts_stay_within_their_bounds_and_on_their_axis() -> None:
    right, down = jumps(width_shift=0.25, fill="wrap")
    assert np.abs(right).max() <= 0.25 + 0.02 and np.abs(right).max() > 0.15
    assert np.abs(down).max() < 0.02 and right.min() < 0 < right.max()
    right, down = jumps(height_shift=0.25, fill="wrap")
    assert np.abs(down).max() <= 0.25 + 0.02 and np.abs(down).max() > 0.15 and np.abs(right).max() < 0.02


def test_rotation_stays_within_its_degrees() -> None:
    found = copies(MAP, rotation=30, fill="constant")
    middle = SIDE // 2
    across = found[:, middle, middle + 8] - found[:, middle, middle - 8]
    angles = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    assert np.abs(angles).max() <= 30.5 and np.abs(angles).max() > 18 and angles.min() < 0 < angles.max()
    assert np.abs(np.hypot(across[:, 0], across[:, 1]) * SIDE - 16).max() < 0.5  # turned, not stretched
    half = copies(MAP, rotation=180)[:, middle, middle + 8, 0] - 0.5
    assert half.min() < -0.1 < 0.1 < half.max()  # some stand on their heads


def test_zoom_stays_within_its_factors() -> None:
    found = copies(MAP, zoom=0.3)
    middle = SIDE // 2
    wide = (found[:, middle, middle + 8, 0] - found[:, middle, middle - 8, 0]) * SIDE / 16
    high = (found[:, middle + 8, middle, 1] - found[:, middle - 8, middle, 1]) * SIDE / 16
    for factor in (wide, high):
        assert 0.69 <= factor.min() < 0.95 and 1.05 < factor.max() <= 1.31
    assert np.abs(wide - high).max() > 0.1  # each side by itself


def test_shear_slants_by_at_most_its_share() -> None:
    found = copies(MAP, shear=0.3, fill="wrap")
    middle = SIDE // 2
    slant = (found[:, middle + 6, middle, 0] - found[:, middle - 6, middle, 0]) * SIDE / 12
    assert np.abs(slant).max() <= 0.32 and np.abs(slant).max() > 0.15 and slant.min() < 0 < slant.max()
    assert np.abs(found[:, :, middle, 1] - ROWS[:, middle]).max() < 0.03  # rows stay where they are


def test_brightness_adds_the_same_everywhere() -> None:
    grey = np.full((8, 8, 3), 0.5, np.float32)
    found = copies(grey, brightness=0.3)
    assert (np.ptp(found, axis=(1, 2, 3)) < 1e-6).all()
    assert found.min() >= 0.2 - 1e-6 and found.max() <= 0.8 + 1e-6 and found.min() < 0.4 and found.max() > 0.6


def test_contrast_is_raised_and_lowered_about_the_mean() -> None:
    half = np.repeat(np.array([0.4, 0.6], np.float32), 4)[None, :, None].repeat(8, 0).repeat(3, 2)
    found = copies(half, contrast=0.5)
    spread = np.ptp(found, axis=(1, 2, 3)) / 0.2
    assert 0.5 - 1e-3 <= spread.min() < 0.8 and 1.2 < spread.max() <= 1.5 + 1e-3
    assert np.allclose(found.mean((1, 2, 3)), 0.5, atol=1e-5)


@pytest.mark.parametrize("preset", AUGMENTATION_PRESETS)
def test_copies_stay_pictures(preset: str) -> None:
    wild = {"brightness": 1.0, "contrast": 1.0} if preset == "book" else {}
    found = copies(PICTURE, number=8, **({"preset": preset} | wild))
    assert found.shape == (8, SIDE, SIDE, 3) and found.dtype == np.float32
    assert found.min() >= 0 and found.max() <= 1 + 1e-6 and np.isfinite(found).all()


def test_what_comes_in_from_outside() -> None:
    white = np.ones((SIDE, SIDE, 3), np.float32)
    for fill in ("nearest", "reflect", "wrap"):
        assert np.allclose(copies(white, rotation=40, width_shift=0.3, zoom=0.4, fill=fill), 1, atol=1e-5)
    black = copies(white, rotation=180, fill="constant").min((1, 2, 3)) < 0.01
    assert black.mean() > 0.8  # all but those that turned by hardly anything


def test_a_seed_gives_the_same_copies_however_many_are_asked_for() -> None:
    book = {"preset": "book", "brightness": 0.2, "contrast": 0.2}
    one = copies(PICTURE, 5, 20, **book)
    assert np.array_equal(one, copies(PICTURE, 5, 20, **book))
    assert np.array_equal(one[:7], copies(PICTURE, 5, 7, **book))
    assert not np.array_equal(one, copies(PICTURE, 6, 20, **book))
    assert len({copy.tobytes() for copy in one}) == 20


def test_the_layers_do_nothing_outside_of_training_and_can_be_saved(tmp_path: Path) -> None:
    import keras

    layers = augmentation_layers(settings(preset="book", contrast=0.2, brightness=0.2))
    assert np.array_equal(np.asarray(layers(PICTURE[None], training=False)), PICTURE[None])
    network = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers])
    network.save(tmp_path / "one.keras")
    assert keras.models.load_model(tmp_path / "one.keras").layers[0].name == "augmentation"


# The analysis and its spec


def preview(folder: Path, **fields: Any) -> Part:
    spec = AugmentationPreview.from_fields({"size": 64, "copies": 5, **fields})
    assert isinstance(spec, AugmentationPreview)
    *before, part = list(augmentation_preview(spec, context(folder)))
    assert all(isinstance(one, Progress) for one in before) and isinstance(part, Part)
    return part


def test_the_preview_shows_the_picture_as_training_is_given_it(tmp_path: Path) -> None:
    part = preview(tmp_path, image="sample/cat", preset="none")
    with Image.open(sample_path("cat")) as cat:
        wanted = np.asarray(sized_pixels(np.asarray(cat.convert("RGB")), (64, 64), 3, "crop"))
    assert np.array_equal(part.pictures["original"], wanted)
    assert np.array_equal(part.arrays["copies"], np.repeat(wanted[None], 5, 0))
    assert part.facts["copies"] == 5 and part.pictures["sheet"].shape[1] == 66 * part.facts["columns"]


def test_the_preview_takes_a_picture_of_a_data_set(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    reference = sets.keep(sets.check(write_zip(tmp_path / "pets.zip", two_classes(6))), "pets", Shares(0.2, 0))
    part = preview(tmp_path / "data", dataset=reference, picture=4, preset="none")
    one = sets.card("pets").pictures[4]
    wanted = sized_pixels(np.asarray(sets.open("pets").image(4)), (64, 64), 3, "crop")
    assert np.array_equal(part.pictures["original"], np.asarray(wanted))
    assert (part.facts["path"], part.facts["split"]) == (one.path, one.split)
    assert part.facts["label"] == one.path.split("/")[0]
    with pytest.raises(InvalidSpec, match="from 0 to 11"):
        preview(tmp_path / "data", dataset=reference, picture=12)


def test_what_plays_no_part_is_not_in_the_key() -> None:
    plain = AugmentationPreview()
    assert plain.image == "sample/cat"
    assert AugmentationPreview.from_fields({"picture": 5}).key() == plain.key()
    named = AugmentationPreview.from_fields({"image": "sample/coffee", "dataset": "builtin/digits", "picture": 5})
    assert named.key() == AugmentationPreview(dataset="builtin/digits", picture=5).key()


def test_names_are_resolved(tmp_path: Path) -> None:
    spec = AugmentationPreview(dataset="pets", picture=1)
    assert spec.with_references(str, str, lambda name: f"sha256:{name}").dataset == "sha256:pets"
    assert AugmentationPreview().with_references(str, str, str).dataset is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rotation": 181}, "`rotation` to be right: less than or equal to 180. Received: 181"),
        ({"zoom": 1}, "0.9"),
        ({"width_shift": -0.1}, "greater than or equal to 0"),
        ({"fill": "black"}, "'nearest', 'reflect', 'wrap' or 'constant'"),
        ({"preset": "books"}, "Did you mean book"),
        ({"dataset": "no such/name"}, "convscope datasets list"),
        ({"copies": 49}, "48"),
        ({"turn": 3}, "only known fields"),
    ],
)
def test_wrong_values_are_explained(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        AugmentationPreview.from_fields(fields)
    assert words in str(caught.value)


def test_a_preset_is_a_name_for_fields_and_json_is_taken_from_a_shell() -> None:
    mirror = AugmentationPreview.from_fields({"preset": "mirror", "rotation": "10"})
    assert (mirror.rotation, mirror.zoom, mirror.horizontal_flip) == (10.0, 0.0, True)
    assert Augmentation.model_validate('{"rotation": 10}').rotation == 10
    assert Augmentation.model_validate("none") == settings()
    with pytest.raises(ValueError, match="expected one of book, mirror, none, or JSON"):
        Augmentation.model_validate("books")


def test_the_files_of_a_preview(tmp_path: Path) -> None:
    part = preview(tmp_path, image="sample/cat")
    run = RunRecord("augmentation_preview-v1-x", "complete", kind="augmentation_preview")
    write_result(tmp_path / "out", run, {0: part})
    names = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert names == {"original.png", "sheet.png", "arrays.npz", "manifest.json"} | {
        f"copies/0{i}.png" for i in range(5)
    }
    with np.load(tmp_path / "out" / "arrays.npz") as arrays, Image.open(tmp_path / "out" / "copies/03.png") as copy:
        assert np.array_equal(arrays["copies"][3], np.asarray(copy))
