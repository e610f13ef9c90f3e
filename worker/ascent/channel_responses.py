"""What every channel of a layer says of a picture, as one number each, for `filter_twins`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from worker.ascent.objectives import BORDER, without_border
from worker.ascent.watching import spatial
from worker.networks.capture import layer_outputs
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import trace_function

ChannelResponses = Callable[[np.ndarray], np.ndarray]
KEPT = 2


def channel_responses(model: LoadedModel, path: str, size: int) -> ChannelResponses:
    """A function that shows pictures to a layer, traced now or at an earlier run.

    Args:
        model: any.
        path: of the layer.
        size: height and width of the pictures.

    Returns:
        float32 (batch, size, size, channel) in [0, 1] -> float32 (batch, channels of the layer), the mean activation
        over the positions that an ascent's objective counts, in float32.
    """

    def responses(pictures: Any) -> Any:
        output = layer_outputs(model.network, [path], preprocess(pictures, model.preprocess))[path]
        return tf.reduce_mean(without_border(tf.cast(spatial(output), tf.float32), BORDER), axis=(1, 2))

    def trace() -> Any:
        set_precision(model.network, "float32")
        return trace_function(responses, tf.TensorSpec([None, size, size, model.input_channels], tf.float32))

    function = model.trace_once("channel_responses", (path, size), trace, KEPT)
    return lambda pictures: np.asarray(function(tf.constant(pictures, tf.float32)))
