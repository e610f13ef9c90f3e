"""Run by the peer's own Python: VGG16 block3_conv1 filters by tf-keras-vis, timed, one after the other as its documents
show. Arguments: weights file or "", size, steps, channels with commas, file for the pictures."""

import sys
import time

import keras
import numpy as np
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer, ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

LAYER, LAST = "block3_conv1", "block3_pool"


def main() -> None:
    """Print seconds a channel."""
    weights, size, steps, listed, target = sys.argv[1:6]
    keras.utils.set_random_seed(0)
    whole = keras.applications.VGG16(weights=None, include_top=False, input_shape=(int(size), int(size), 3))
    network = keras.Model(whole.input, whole.get_layer(LAST).output)
    if weights:
        network.load_weights(weights)
    modifiers = [ExtractIntermediateLayer(LAYER), ReplaceToLinear()]
    maximization = ActivationMaximization(network, model_modifier=modifiers, clone=False)
    channels = [int(word) for word in listed.split(",")]
    begun = time.perf_counter()
    pictures = [np.asarray(maximization(CategoricalScore(channel), steps=int(steps)))[0] for channel in channels]
    print((time.perf_counter() - begun) / len(channels))
    np.save(target, np.stack(pictures).astype(np.float32))


if __name__ == "__main__":
    main()
