"""Refusals of an old configuration: what it holds that Keras 3 cannot, and the way out."""

from shared.errors import RefusedUpload, message
from shared.uploads.advice import ADVICE, REBUILD

_ADVICE = {
    "activation": "A function of one's own is not in the file, only its name: rebuild the network with one of "
    "keras.activations, `new.set_weights(old.get_weights())` where it still opens, and save it again.",
    "gone": "Keras 3 has no such layer: where the file still opens, in the Keras that wrote it, rebuild the network "
    "from today's layers, take the weights over with `set_weights`, and save it again.",
    "setting": "Keras 3 cannot compute this: rebuild the network without it, in the Keras that wrote the file, and "
    "save it again.",
    "shape": "Build it once in the Keras that wrote it, `model.build((None, height, width, channels))`, and save it "
    "again.",
    "theano": "It was computed by Theano in a way that TensorFlow cannot repeat exactly, so the network would give "
    "other answers: train it again.",
    "operation": "Rebuild the network with a layer of keras.layers in its place (Rescaling, Resizing, Cropping2D, "
    "Concatenate, GlobalAveragePooling2D, ...), `new.set_weights(old.get_weights())`, and save it again.",
    "order": "Networks of the order (channel, height, width) are turned round only where this cannot change what "
    "they compute: rebuild it with data_format='channels_last' and save it again.",
}


def refuse(expected: str, received: str, layer: str, why: str) -> RefusedUpload:
    """The error for something in an old configuration that has no equal today.

    Args:
        expected: what would have been right, as a clause.
        received: what stands there, class and setting.
        layer: name of the layer.
        why: a key of the ways out above, or the name of a class that has one of its own.
    """
    where = f" (layer {layer!r})" if layer else ""
    return RefusedUpload(message(expected, f"{received}{where}"[:116], _ADVICE.get(why) or ADVICE.get(why, REBUILD)))
