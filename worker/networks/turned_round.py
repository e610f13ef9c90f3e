"""A network of channels first as one of channels last, with the same weights."""

import json

import keras

from shared.uploads.channels_first import turned
from worker.networks.capture import walk


def turned_round(network: keras.Model) -> keras.Model:
    """The same network for pictures (height, width, channel).

    Args:
        network: as Keras opens it, for pictures (channel, height, width); not changed.

    Returns:
        A network of its own; layers have the same names, and Permute layers stand between where they are needed.
    """
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(network)))
    made = keras.saving.deserialize_keras_object(turned(config), safe_mode=True)
    layers = dict(walk(made))
    for path, layer in walk(network):
        if layer.weights and not isinstance(layer, keras.Model):
            layers[path].set_weights(layer.get_weights())
    return made
