"""Pictures on their way in."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.library.preprocessing import PREPROCESSES
from worker.networks.preprocessing import preprocess, to_uint8

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


def test_own_numbers_are_used_in_the_networks_order_of_channels() -> None:
    mean, deviation = np.array([3, 4, 5], np.float32), np.array([2, 0.5, 1], np.float32)
    expected = (PICTURES[..., ::-1] * 20 - 10 - mean) / deviation
    found = preprocess(PICTURES, "-10..10 bgr mean 3,4,5 deviation 2,0.5,1")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", [*PREPROCESSES, "-10..10 bgr mean 3,4,5 deviation 2,0.5,1"])
def test_gradients_pass(how: str) -> None:
    pictures = tf.constant(PICTURES)
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        total = tf.reduce_sum(preprocess(pictures, how))
    slope = (preprocess(PICTURES[:, :1, :1] * 0 + 1, how) - preprocess(PICTURES[:, :1, :1] * 0, how))[0, 0, 0].numpy()
    turned = slope[::-1] if "bgr" in how else slope
    np.testing.assert_allclose(tape.gradient(total, pictures)[0, 0, 0], turned, rtol=1e-4)


def test_bytes_are_clipped_and_rounded_and_grey_loses_its_axis() -> None:
    picture = np.array([[[-1.0], [0.5], [2.0]]], np.float32)
    assert to_uint8(picture).tolist() == [[0, 128, 255]]
