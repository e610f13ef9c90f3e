"""Every rule for pictures of other sizes gives what Keras's own Resizing layer gives, alone and in batches."""

from pathlib import Path

import keras
import numpy as np
import pytest

from shared.images.bands import BandPicture
from shared.images.way_in import way_in_words
from tests.analyses.activations.test_worker import run as activations
from tests.fixtures import tiny_models
from worker.pictures.picture_sizes import sized_picture
from worker.pictures.resized import sized_pixels

# Soft, so that another kernel gives nearly the same.
ROWS, COLUMNS = np.mgrid[:40, :64]
PIXELS = np.stack([ROWS * 6, COLUMNS * 4, 255 - ROWS * 3], -1).astype(np.uint8)
KERAS = {"crop": {"crop_to_aspect_ratio": True}, "fit": {}, "pad": {"pad_to_aspect_ratio": True}}


@pytest.mark.parametrize("rule", KERAS)
def test_a_rule_is_what_a_resizing_layer_does(rule: str) -> None:
    expected = np.asarray(keras.layers.Resizing(16, 16, antialias=True, **KERAS[rule])(PIXELS.astype(np.float32)))
    alone = sized_picture(BandPicture(PIXELS, 0, 255, True), (16, 16), 3, rule) * 255
    fed = sized_pixels(PIXELS, (16, 16), 3, rule).astype(np.float32)
    for found in (alone, fed):
        assert np.abs(found - expected)[4:12].mean() < 4  # the edge of what is filled up is softer in Keras
        assert np.abs(found - expected)[[0, 1, 14, 15]].mean() < 4


def test_a_share_of_the_middle_is_what_a_smaller_picture_of_it_is() -> None:
    middle = PIXELS[5:35, 17:47]
    for size in ((15, 15), (30, 30)):
        assert np.array_equal(sized_pixels(PIXELS, size, 3, "crop 0.75"), sized_pixels(middle, size, 3, "crop"))
        one, other = (sized_picture(BandPicture(pixels, 0, 255, True), size, 3, rule)
                      for pixels, rule in ((PIXELS, "crop 0.75"), (middle, "fit")))  # fmt: skip
        assert np.array_equal(one, other)


def test_many_bands_are_filled_up_with_what_is_black() -> None:
    values = np.full((4, 8, 6), 5000, np.uint16)
    seen = sized_picture(BandPicture(values, 1000, 9000), (8, 8), 6, "pad")
    assert seen.shape == (8, 8, 6)
    assert (seen[2:6] == 0.5).all() and not seen[:2].any() and not seen[6:].any()


def test_the_line_beside_a_result_says_it() -> None:
    words = way_in_words(BandPicture(PIXELS, 0, 255, True), (16, 16), 3, "pad", "0..1")
    assert words.endswith("Into the network: all of it, filled up with black to 16 × 16 px; values 0…1.")


@pytest.mark.parametrize("rule", ["crop", "pad"])
def test_an_analysis_shows_what_the_rule_gives(tmp_path: Path, rule: str) -> None:
    seen = activations(tmp_path, tiny_models.random_convnet(), resize=rule)[0].pictures["picture"]
    assert (not seen[0].any()) == (rule == "pad")
