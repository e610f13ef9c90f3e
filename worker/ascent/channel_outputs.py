"""The chosen channels of a layer, without computing the others where that can be avoided.

A picture climbs one channel, and a plain convolution computes each of its channels on its own: of 256 filters a
batch of eight pictures needs eight. At VGG16 block3_conv1 the other 248 are a sixth of the whole work.
"""

from typing import Any

import keras
import tensorflow as tf

from worker.capture import find_layer, layer_input, layer_outputs

# Activations that treat every number alike, so that a channel does not depend on its neighbours.
ELEMENTWISE = ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "tanh")


def channel_outputs(network: keras.Model, path: str, pictures: Any, channels: Any) -> tuple[Any, Any]:
    """Output of a layer, at least for the chosen channels.

    Args:
        network: any model.
        path: of the layer.
        pictures: float32 (batch, height, width, channel), preprocessed.
        channels: int32 (batch,), which channel each picture is for.

    Returns:
        The output (batch, height, width, some channels), and int32 (batch,): where in it each picture's channel is.

    Raises:
        UnknownLayer: as layer_outputs().
    """
    layer = find_layer(network, path)
    if not _is_plain(layer):
        return layer_outputs(network, [path], pictures)[path], channels
    x = layer_input(network, path, pictures)
    kernel = tf.gather(tf.cast(layer.kernel.value, x.dtype), channels, axis=-1)
    maps = tf.nn.conv2d(x, kernel, layer.strides, layer.padding.upper(), dilations=layer.dilation_rate)
    if layer.use_bias:
        maps += tf.gather(tf.cast(layer.bias.value, x.dtype), channels)
    return layer.activation(maps), tf.range(tf.shape(channels)[0])


def _is_plain(layer: keras.layers.Layer) -> bool:
    """Whether a layer is the convolution that is written out above, and nothing more."""
    return (
        type(layer) is keras.layers.Conv2D
        and layer.groups == 1
        and layer.data_format == "channels_last"
        and layer.padding in ("same", "valid")
        and getattr(layer, "quantization_mode", None) is None
        and not getattr(layer, "lora_enabled", False)
        and getattr(layer.activation, "__name__", "") in ELEMENTWISE
    )
