"""NASNet for pictures of any size: keras.applications pads its strided convolutions for the size that it is built for.

Built without a size it is another network: where two cells have different sides, a branch is left out. So it is built
for its own size, and what was padded for that pads for the size that comes in.
"""

from typing import Any

import keras

_PADS = ("separable_conv_1_pad", "reduction_pad")


class ZeroPadding2D(keras.layers.ZeroPadding2D):
    """A margin one narrower in front where a side is even, as keras.applications' correct_pad() has it."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape with the margins of this input."""
        return keras.layers.ZeroPadding2D(self._margins(input_shape)).compute_output_shape(input_shape)

    def call(self, inputs: Any) -> Any:
        """Pad."""
        return keras.layers.ZeroPadding2D(self._margins(inputs.shape)).call(inputs)

    def _margins(self, shape: Any) -> tuple[tuple[int, int], ...]:
        behind = (self.padding[0][1], self.padding[1][1])
        return tuple((wide - 1 + (side or 0) % 2, wide) for wide, side in zip(behind, shape[1:3], strict=True))

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
