"""Pictures on their way in."""

import keras
import numpy as np
import pytest

from shared.library.architectures import PREPROCESSES
from tests.fixtures import tiny_models
from worker.networks.preprocessing import guess_preprocess, preprocess, to_uint8

PICTURES = np.random.default_rng(1).uniform(size=(2, 5, 7, 3)).astype(np.float32)


@pytest.mark.parametrize("how", PREPROCESSES)
def test_the_picture_itself_is_not_changed(how: str) -> None:
    before = PICTURES.copy()
    preprocess(PICTURES, how)
    np.testing.assert_array_equal(PICTURES, before)


@pytest.mark.parametrize(("how", "mode"), [("caffe", "caffe"), ("-1..1", "tf"), ("torch", "torch")])
def test_scaling_is_that_of_keras(how: str, mode: str) -> None:
    expected = keras.applications.imagenet_utils.preprocess_input(PICTURES * 255, mode=mode)
    np.testing.assert_allclose(preprocess(PICTURES, how), expected, atol=1e-3)


def test_a_model_that_rescales_by_itself_is_given_grey_levels() -> None:
    assert guess_preprocess(tiny_models.nested()) == "0..255"
    assert guess_preprocess(tiny_models.random_convnet()) == "0..1"


def test_bytes_are_clipped_and_rounded_and_grey_loses_its_axis() -> None:
    picture = np.array([[[-1.0], [0.5], [2.0]]], np.float32)
    assert to_uint8(picture).tolist() == [[0, 128, 255]]
