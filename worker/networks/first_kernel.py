"""The kernel of a channel whose convolution looks at the picture itself, in the picture's own colours."""

from dataclasses import dataclass

import keras
import numpy as np

from worker.networks.layer_trace import trace_layers
from worker.networks.models import LoadedModel

layers = keras.layers
# What lies between a picture and a first convolution, and between a convolution and the layer one looks at.
IN_FRONT = (layers.InputLayer, layers.Rescaling, layers.Normalization, layers.ZeroPadding2D)
BEHIND = (layers.BatchNormalization, layers.ReLU, layers.Activation, layers.LeakyReLU, layers.PReLU, layers.Dropout)


@dataclass(frozen=True)
class FirstKernel:
    """A kernel that slides over the picture.

    Attributes:
        path: of the convolution.
        weights: float32 (height, width, 1 or 3), red, green and blue.
        bias: added to what it gives; 0 where it has none.
    """

    path: str
    weights: np.ndarray
    bias: float


def first_kernel(model: LoadedModel, path: str, channel: int) -> FirstKernel | None:
    """The kernel behind a channel, where it is a convolution's that sees the picture.

    Args:
        model: any model.
        path: of the layer: the convolution, or what follows it channel by channel.
        channel: of the layer.

    Returns:
        None for every other layer.
    """
    trace = trace_layers(model.network, model.input_size)
    while path in trace.layers and isinstance(trace.layers[path].layer, BEHIND):
        path = trace.fed_by.get(path, "")
    convolution = trace.layers[path].layer if path in trace.layers else None
    if not isinstance(convolution, layers.Conv2D) or convolution.groups != 1:
        return None
    front = trace.fed_by.get(path, "")
    while front in trace.layers and isinstance(trace.layers[front].layer, IN_FRONT):
        front = trace.fed_by.get(front, "")
    weights = np.asarray(convolution.kernel, np.float32)[..., channel]
    if front in trace.layers or weights.shape[-1] != model.input_channels or model.input_channels not in (1, 3):
        return None
    in_order = weights[..., ::-1] if model.sees_bgr and weights.shape[-1] == 3 else weights
    bias = float(np.asarray(convolution.bias)[channel]) if convolution.use_bias else 0.0
    return FirstKernel(path, np.ascontiguousarray(in_order), bias)
