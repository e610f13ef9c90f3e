"""NASNet at other sizes than the one it was built for: the network that Keras builds for that size."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.applications.nasnet import NASNet

from worker.networks.capture import any_size
from worker.networks.layer_trace import trace_layers
from worker.networks.nasnet import padding_for_any_size


def small(side: int) -> keras.Model:
    """The least of its kind: one cell of each sort."""
    keras.backend.clear_session()
    return NASNet((side, side, 3), penultimate_filters=96, num_blocks=1, stem_block_filters=4, skip_reduction=False,
                  filter_multiplier=2, include_top=False, weights=None)  # fmt: skip


@pytest.mark.parametrize("side", [75, 96, 107])
def test_a_size_gives_what_a_network_built_for_it_gives(side: int) -> None:
    built, ours = small(side), padding_for_any_size(small(64))
    random = np.random.default_rng(2)
    built.set_weights([random.uniform(0.1, 0.5, weight.shape) for weight in built.weights])
    ours.set_weights(built.get_weights())
    assert trace_layers(ours, (side, side)).refused is None
    picture = random.random((1, side, side, 3)).astype(np.float32)
    with any_size(ours):
        np.testing.assert_allclose(ours(picture), built(picture), rtol=1e-4)
        signature = tf.TensorSpec([None, None, None, 3], tf.float32)
        of_any_size = tf.function(lambda pictures: ours(pictures), autograph=False, input_signature=[signature])
        np.testing.assert_allclose(of_any_size(tf.constant(picture)), built(picture), rtol=1e-4)
