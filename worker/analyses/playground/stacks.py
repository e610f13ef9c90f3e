"""A playground's stages as real Keras layers, one traced function a structure: new weights do not trace again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.analyses.playground.stages import Activation, Convolution, Pooling
from worker.networks.tracing import trace_once, tracing

KEPT = 24
AnyStage = Convolution | Activation | Pooling
# What a change of the weights alone changes.
_WEIGHTS = {"weights", "seed", "grid", "model", "kernel", "bias", "preprocess"}


class Stack:
    """Layers that are built, and the function that runs them all.

    Attributes:
        traces: how often the function was traced; 1 after the first run.
    """

    def __init__(self, stages: Sequence[AnyStage], kernels: Sequence[np.ndarray | None], shape: tuple[int, ...]):
        self.layers = [keras_layer(*pair) for pair in zip(stages, kernels, strict=True)]
        self.traces = 0
        for layer in self.layers:
            layer.build((None, *shape))
            shape = layer.compute_output_shape((None, *shape))[1:]
        self._function = tracing(tf.function(self._call, autograph=False))

    def _call(self, pictures: Any) -> list[Any]:
        self.traces += 1  # Python runs while tracing only
        outputs = []
        for layer in self.layers:
            pictures = layer(pictures)
            outputs.append(pictures)
        return outputs

    def run(
        self, picture: np.ndarray, kernels: Sequence[np.ndarray | None], biases: Mapping[int, np.ndarray] | None = None
    ) -> list[np.ndarray]:
        """Outputs of all stages.

        Args:
            picture: float32 (height, width, channel).
            kernels: one for each convolution, None for the rest.
            biases: of convolutions, by their place among the stages; zeros for all others.

        Returns:
            A float32 array (height, width, channel) a stage.
        """
        for number, (layer, kernel) in enumerate(zip(self.layers, kernels, strict=True)):
            if kernel is not None:
                layer.kernel.assign(kernel)
                layer.bias.assign((biases or {}).get(number, np.zeros(kernel.shape[-1], np.float32)))
        return [np.asarray(out)[0] for out in self._function(tf.constant(picture[None]))]


def keras_layer(stage: AnyStage, kernel: np.ndarray | None) -> keras.layers.Layer:
    """The layer of a stage; kernels and biases are assigned when it runs."""
    if isinstance(stage, Activation):
        return keras.layers.Activation(stage.function, dtype="float32")
    if isinstance(stage, Pooling):
        kind = keras.layers.MaxPooling2D if stage.how == "max" else keras.layers.AveragePooling2D
        return kind(stage.size, strides=stage.step, padding=stage.padding, dtype="float32")
    size = stage.window if kernel is None else kernel.shape[:2]
    return keras.layers.Conv2D(
        stage.filters, size, strides=stage.stride, padding=stage.padding, dilation_rate=stage.dilation,
        kernel_initializer="zeros", dtype="float32",
    )  # fmt: skip


_stacks: OrderedDict[tuple[object, ...], Stack] = OrderedDict()


def warm_stack(stages: Sequence[AnyStage], kernels: Sequence[np.ndarray | None], shape: tuple[int, ...]) -> Stack:
    """The stack of this structure, from those used last or built now.

    Args:
        stages: what to build.
        kernels: one for each convolution, for their sizes.
        shape: (height, width, channel) of the picture.
    """
    sizes = tuple(None if kernel is None else kernel.shape for kernel in kernels)
    name = (shape, sizes, *(stage.model_dump_json(exclude=_WEIGHTS) for stage in stages))
    return trace_once(_stacks, name, lambda: Stack(stages, kernels, shape), KEPT)
