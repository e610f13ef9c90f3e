"""A channel's number before an activation cuts it off: what a channel's opposite minimises.

Behind a ReLU nothing is smaller than zero, so the opposite of what excites a channel would be any picture that leaves
it silent. Before the ReLU there is one that silences it most (Olah et al., "Feature Visualization", Distill 2017, show
such pictures). What lies between is followed back: activations of their own, pooling, branches that are joined.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import keras

from worker.networks.activation_names import activation_name
from worker.networks.capture import swap_attributes, walk

layers = keras.layers
# Layers that leave a channel where it is and do nothing to it that an activation would.
PASSING = (
    layers.MaxPooling2D, layers.AveragePooling2D, layers.Dropout, layers.SpatialDropout2D, layers.ZeroPadding2D,
    layers.Cropping2D, layers.UpSampling2D, layers.Identity,
)  # fmt: skip
PASSING_OPERATIONS = ("AveragePool", "Cast", "MaxPool", "StopGradient")
# Activations that go on falling below zero.
OPEN = ("linear", "leaky_relu", "prelu")


@dataclass(frozen=True)
class Origin:
    """Where a channel is read before its activation.

    Attributes:
        path: of the layer.
        channel: of that layer.
        fused: whether the layer has an activation of its own, to be traced without it; see without_activation().
        hidden: name of an activation that cuts the channel off and behind which it has to be read nevertheless, for
            what goes into it was made by an operation (`x + y`), not by a layer; "" where there is none.
    """

    path: str
    channel: int
    fused: bool = False
    hidden: str = ""


def before_activation(network: keras.Model, path: str, channel: int) -> Origin:
    """Where to read a channel before the activation behind it; the channel itself where none cuts it off.

    Args:
        network: any model.
        path: of the layer, as capture.walk() gives it.
        channel: of the layer.
    """
    known, container = dict(walk(network)), path[: path.rfind("/") + 1]
    here, number, cut = known[path], channel, ""
    while True:
        at = f"{container}{here.name}"
        if known.get(at) is here and cut:
            return Origin(at, number)
        if not _is_activation(here) and _closes(here):
            return Origin(at, number, fused=True)
        back = _back(here, number)
        if back is None or isinstance(back[0], layers.InputLayer | keras.Model):
            return Origin(path, channel, hidden=cut)
        cut = here.name if _is_activation(here) else cut
        here, number = back


def without_activation(layer: keras.layers.Layer) -> AbstractContextManager[None]:
    """Within the block, trace a layer without the activation of its own; it is, afterwards, as it was."""
    return swap_attributes([(layer, "activation", keras.activations.linear)])


def _back(here: keras.Operation, channel: int) -> tuple[keras.Operation, int] | None:
    """What made a channel of a layer or an operation, and its number there; None where it is made of several."""
    tensors = here._inbound_nodes[0].input_tensors if here._inbound_nodes else []
    if _is_activation(here) or isinstance(here, PASSING) or type(here).__name__ in PASSING_OPERATIONS:
        tensors = tensors[:1]
    elif type(here).__name__ != "Concatenate" or here.axis not in (-1, 3):
        return None
    for tensor in tensors:
        width = tensor.shape[-1]
        if len(tensors) == 1 or (width is not None and channel < width):
            return tensor._keras_history.operation, channel
        channel -= width or 0
    return None


def _is_activation(here: keras.Operation) -> bool:
    """Whether a layer or an operation is an activation that cuts off, and nothing else."""
    alone = isinstance(here, layers.Activation) or "activation" not in here.__dict__
    return alone and activation_name(here) not in ("", *OPEN)


def _closes(here: keras.Operation) -> bool:
    """Whether a layer cuts its channels off at the end, by a function that Keras has or by another."""
    return here.__dict__.get("activation") is not None and activation_name(here) not in OPEN
