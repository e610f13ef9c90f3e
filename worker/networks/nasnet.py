"""NASNet for pictures of any size: keras.applications pads its strided convolutions for the size that it is built for.

Built without a size it is another network: where two cells have different sides, a branch is left out. So it is built
for its own size, and what was padded for that pads for the size that comes in.
"""

from typing import Any

import keras
import tensorflow as tf

_PADS = ("separable_conv_1_pad", "reduction_pad")


class ZeroPadding2D(keras.layers.ZeroPadding2D):
    """A margin one narrower in front where a side is even, as keras.applications' correct_pad() has it."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape with the margins of this input."""
        return keras.layers.ZeroPadding2D(self._margins(input_shape)).compute_output_shape(input_shape)

    def call(self, inputs: Any) -> Any:
        """Pad; a size that is known only when pictures come, as in a dream of several octaves, is asked for then."""
        return tf.pad(inputs, [[0, 0], *self._margins(keras.ops.shape(inputs)), [0, 0]])

    def _margins(self, shape: Any) -> list[list[Any]]:
        behind = (self.padding[0][1], self.padding[1][1])
        sides = (0 if side is None else side for side in shape[1:3])
        return [[wide - 1 + side % 2, wide] for wide, side in zip(behind, sides, strict=True)]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> keras.layers.ZeroPadding2D:
        """A plain one: copies are for one size."""
        return keras.layers.ZeroPadding2D.from_config(config)


def padding_for_any_size(network: keras.Model) -> keras.Model:
    """A NASNet whose padding fits the size of its pictures; changed in place, and returned."""
    for layer in network.layers:
        if type(layer) is keras.layers.ZeroPadding2D and layer.name.startswith(_PADS):
            layer.__class__ = ZeroPadding2D
    return network
