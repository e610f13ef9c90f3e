"""The chosen channels of a layer, without computing the others where that can be avoided.

A picture maximises one channel, and a plain convolution computes each of its channels on its own: of 256 filters a
batch of eight pictures needs eight. At VGG16 block3_conv1 the other 248 are a sixth of the whole work.
"""

from typing import Any

import keras
import tensorflow as tf

from worker.networks.activation_names import activation_name
from worker.networks.capture import Call

# Activations that treat every number alike, so that a channel does not depend on its neighbours.
ELEMENTWISE = ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "tanh")


def chosen_maps(layer: keras.layers.Layer, call: Call, channels: Any) -> Any:
    """One channel a picture of what a layer gave.

    Args:
        layer: any layer with channels on its last axis.
        call: what went into it and came out; in a tf.function the output is pruned where it is not needed.
        channels: int32 (batch,).

    Returns:
        (batch, height, width) in the layer's own precision; height and width are 1 for an output without positions.
    """
    maps, places = chosen_filters(layer, call, channels)
    return pick_channels(maps if len(maps.shape) == 4 else maps[:, None, None, :], places)


def pick_channels(maps: Any, channels: Any) -> Any:
    """One channel a picture, (batch, height, width), out of (batch, height, width, channel)."""
    chosen = tf.one_hot(channels, tf.shape(maps)[-1], on_value=True, off_value=False, dtype=tf.bool)
    # Not a product: zero times another channel's NaN is NaN. Not a gather: its gradient is a slow scatter.
    return tf.reduce_sum(tf.where(chosen[:, None, None, :], maps, tf.zeros([], maps.dtype)), axis=-1)


def chosen_filters(layer: keras.layers.Layer, call: Call, channels: Any) -> tuple[Any, Any]:
    """What a layer gives, at least for the chosen channels.

    Args:
        layer: any layer with channels on its last axis.
        call: what went into it and came out.
        channels: int32 (batch,), which channel each picture is for.

    Returns:
        The output (batch, ..., some channels), and int32 (batch,): where in it each picture's channel is.
    """
    if not _is_plain(layer):
        return call.output, channels
    x = call.input
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
        and activation_name(layer) in ELEMENTWISE
    )
