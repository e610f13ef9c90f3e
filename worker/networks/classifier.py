"""A network's outputs for many pictures: logits and probabilities of its head, traced once a size and precision."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.errors import InvalidSpec, NotFinite, message
from worker.networks.capture import every_call
from worker.networks.layer_trace import Trace, TracedLayer, trace_layers
from worker.networks.logits import ending_of, head_of, logits_of, probabilities_of
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import trace_function

KEPT = 3
NAME = "classifier"


@dataclass(frozen=True)
class Classifier:
    """A model at one picture size, with its head.

    Attributes:
        model: the warm model.
        size: height and width of its pictures, in pixels.
        precision: float32, bfloat16 or float16.
        head: the layer that names the classes.
        ending: how it does; "binary" for one unit, which gives two classes.
        count: of classes.
    """

    model: LoadedModel
    size: tuple[int, int]
    precision: str
    head: TracedLayer
    ending: str
    count: int

    def probabilities(self, pictures: Any) -> np.ndarray:
        """Probabilities, float32 (picture, class).

        Args:
            pictures: float32 (picture, height, width, channel) in [0, 1].

        Raises:
            NotFinite: the logits are not numbers.
        """
        logits, probabilities = self._function()(pictures)
        if not np.isfinite(np.asarray(logits)).all():
            raise NotFinite(
                message("finite logits", "NaN or infinity", "The pictures' values may be scaled for another network; "
                        "name the right way with `convscope models add --preprocess`, or choose float32.")
            )  # fmt: skip
        return np.asarray(probabilities)

    def trace(self) -> None:
        """Have the pass ready before the first pictures."""
        self._function()

    def _function(self) -> Any:
        def trace() -> Any:
            set_precision(self.model.network, self.precision)
            shape = (None, *self.size, self.model.input_channels)
            return trace_function(self._pass, tf.TensorSpec(shape, tf.float32))

        return self.model.trace_once(NAME, (self.size, self.precision), trace, KEPT)

    def _pass(self, pictures: Any) -> tuple[Any, Any]:
        path = self.head.path
        call = every_call(self.model.network, [path], preprocess(pictures, self.model.preprocess))[path][0]
        logits = logits_of(self.head.layer, call)
        probabilities = probabilities_of(self.head.layer, logits)
        return logits, probabilities if self.ending != "binary" else tf.concat([1 - probabilities, probabilities], 1)


def classifier(model: LoadedModel, size: int = 0, precision: str = "float32") -> Classifier:
    """Find a model's head.

    Args:
        model: any that takes grey pictures or RGB.
        size: height and width of the pictures, in pixels; 0 means the model's own.
        precision: number format.

    Raises:
        InvalidSpec: the model ends in no classes, or takes no such pictures.
    """
    if model.input_channels not in (1, 3):
        channels = f"{model.input_channels} channels"
        raise InvalidSpec(message("a model for grey pictures or RGB", channels, "Choose another model."))
    sides = (size, size) if size else model.input_size
    trace = trace_layers(model.network, sides)
    if trace.refused is not None:
        _refuse_size(model, sides, trace.refused[0])
    head = head_layer(model, trace)
    units, ending = int(head.shape[-1] or 0), ending_of(head.layer) or ""
    return Classifier(model, sides, precision, head, "binary" if units == 1 else ending, max(2, units))


def head_layer(model: LoadedModel, trace: Trace) -> TracedLayer:
    """The layer that ends a classifier.

    Raises:
        InvalidSpec: none does.
    """
    head = trace.layers.get(head_of(trace))
    if head is not None and ending_of(head.layer):
        return head
    raise InvalidSpec(
        message("a model that ends in classes: a Dense layer or a convolution, with softmax, sigmoid or neither",
                f"{model.title}, whose output is {shape_words(model.network)}",
                "Choose a model with its head, or put one behind it and train that.")
    )  # fmt: skip


def shape_words(layer: Any) -> str:
    """Shape of what a layer or a model gives, "14 × 14 × 512", with ? for sides that depend on the picture."""
    shapes = [tuple(t.shape[1:]) for t in keras.tree.flatten(getattr(layer, "output", ()))]
    return " and ".join(" × ".join(str(n or "?") for n in shape) for shape in shapes) or "unknown"


def _refuse_size(model: LoadedModel, size: tuple[int, int], path: str) -> None:
    own = f"{model.input_size[0]} × {model.input_size[1]}"
    raise InvalidSpec(
        message(f"pictures of {own} pixels, the size that {model.title} was made for",
                f"{size[0]} × {size[1]} pixels, which {path} refuses", "Leave `size` at 0, or choose another one.")
    )  # fmt: skip
