"""The number format that a model computes in. Its weights stay float32, so any format can follow any other."""

import keras

from worker.networks.capture import walk

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
# Eight bits of mantissa would round 0..255 to steps of one grey level before the network sees them.
EXACT = (keras.layers.Rescaling, keras.layers.Normalization)


def set_precision(network: keras.Model, precision: str) -> None:
    """Have every layer compute in a format, from the next trace on; what was traced before keeps its own.

    Args:
        network: any model; a warm one may have been left in another format by the analysis before.
        precision: float32, bfloat16 or float16.
    """
    policy = keras.dtype_policies.get(POLICIES[precision])
    for _, layer in walk(network):
        if not isinstance(layer, EXACT) and layer.dtype_policy != policy:
            layer.dtype_policy = policy
