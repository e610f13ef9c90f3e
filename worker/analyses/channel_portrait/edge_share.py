"""How much of a channel's response lies at the border of its map, where padding stands in for the picture."""

import numpy as np
import tensorflow as tf

from worker.ascent.objectives import BORDER, LEAST_WITH_BORDER
from worker.networks.capture import layer_outputs
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import preprocess


def edge_share(model: LoadedModel, layer: str, channel: int, picture: np.ndarray) -> float | None:
    """The share of a channel's positive response that the units at its border give.

    Args:
        model: any.
        layer: path of a layer with a height and a width.
        channel: of the layer.
        picture: float32 (height, width, channel) in [0, 1].

    Returns:
        0 to 1; None of a small map, and where nothing responds.
    """
    ready = preprocess(tf.constant(picture[None], tf.float32), model.preprocess)
    output = layer_outputs(model.network, [layer], ready)[layer]
    return share_of_map(np.asarray(tf.cast(output[0, ..., channel], tf.float32)))


def share_of_map(values: np.ndarray) -> float | None:
    """The same of a map, float32 (height, width)."""
    positive = np.maximum(values.astype(np.float64), 0.0)
    whole = float(positive.sum())
    if min(values.shape) < LEAST_WITH_BORDER or not whole > 0:
        return None
    return 1.0 - float(positive[BORDER:-BORDER, BORDER:-BORDER].sum()) / whole
