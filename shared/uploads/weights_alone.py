"""Weights without a network: whose they may be, told by the names of their layers, and what to do with them."""

from itertools import count, takewhile
from typing import Any

from shared.errors import RefusedUpload, message

# A name that only one architecture of keras.applications has, the more special first.
_LANDMARKS = {
    "block5_conv4": "vgg19",
    "block5_conv3": "vgg16",
    "block14_sepconv2": "xception",
    "mixed10": "inceptionv3",
    "conv_7b": "inceptionresnetv2",
    "res5c_branch2c": "resnet50",
    "conv5_block3_3_conv": "resnet50",
    "conv5_block32_concat": "densenet169",
    "conv5_block16_concat": "densenet121",
    "conv_pw_13": "mobilenet",
    "block_16_project": "mobilenetv2",
    "top_conv": "efficientnetb0",
}


def refuse_weights_alone(names: list[str]) -> RefusedUpload:
    """The error for a file of weights.

    Args:
        names: of its layers, in any order; of its groups where it does not name layers.
    """
    known = next((architecture for mark, architecture in _LANDMARKS.items() if mark in names), "")
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    received = f"weights only, without `model_config`{': ' + shown if shown else ''}"
    advice = (
        f"Name the architecture they belong to: `convscope models add keras/{known or '<architecture>'} FILE --name "
        f"NAME`{' (its layer names are those of ' + known + ')' if known else ''}. Weights of a network of your own: "
        "build it where its code is, `model.load_weights(FILE)`, `model.save('name.keras')`, and add that file."
    )
    return RefusedUpload(message("a file with a whole model", received[:116], advice))


def layer_names(attributes: Any) -> list[str]:
    """The `layer_names` of a group of weights, as text."""
    return read_names(attributes, "layer_names")


def read_names(attributes: Any, key: str) -> list[str]:
    """A list of names among an HDF5 group's attributes, whole or in numbered pieces, as Keras splits long ones."""
    numbered = takewhile(lambda name: name in attributes, (f"{key}{number}" for number in count()))
    keys = [key] if key in attributes else list(numbered)
    names = [name for one in keys for name in attributes[one]]
    return [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names]
