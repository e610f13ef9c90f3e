"""A network's outputs for many pictures: logits and probabilities of its head, traced once a size and precision."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from shared.errors import InvalidSpec, NotFinite, message
from worker.networks.head_values import run_heads
from worker.networks.heads import Head, head_named, heads_of
from worker.networks.layer_trace import trace_layers
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
        head: the output that is asked.
    """

    model: LoadedModel
    size: tuple[int, int]
    precision: str
    head: Head

    def predictions(self, pictures: Any) -> np.ndarray:
        """Probabilities, float32 (picture, class); of numbers those; of a mask (picture, height, width, class).

        Args:
            pictures: float32 (picture, height, width, channel) in [0, 1].

        Raises:
            NotFinite: the logits are not numbers.
        """
        logits, answers = self._function()(pictures)
        if not np.isfinite(np.asarray(logits)).all():
            raise NotFinite(
                message("finite logits", "NaN or infinity", "The pictures' values may be scaled for another network; "
                        "choose the right preprocessing under Models (in a terminal: `convscope models add "
                        "--preprocess`), or float32.")
            )  # fmt: skip
        found = np.asarray(answers)
        return found[..., : self.head.units] if self.head.ending == "number" else found

    def trace(self) -> None:
        """Have the pass ready before the first pictures."""
        self._function()

    def _function(self) -> Any:
        def trace() -> Any:
            set_precision(self.model.network, self.precision)
            shape = (None, *self.size, self.model.input_channels)
            return trace_function(self._pass, tf.TensorSpec(shape, tf.float32))

        return self.model.trace_once(NAME, (self.size, self.precision, self.head.name), trace, KEPT)

    def _pass(self, pictures: Any) -> tuple[Any, Any]:
        prepared = preprocess(pictures, self.model.preprocess)
        return run_heads(self.model.network, [self.head], prepared)[0][0]


def classifier(model: LoadedModel, size: int = 0, precision: str = "float32", output: str = "") -> Classifier:
    """Find an output of a model.

    Args:
        model: any.
        size: height and width of the pictures, in pixels; 0 means the model's own.
        precision: number format.
        output: its name; "" means the first that can be explained.

    Raises:
        InvalidSpec: the model has no such output, or takes no such pictures.
    """
    sides = (size, size) if size else model.input_size
    trace = trace_layers(model.network, sides)
    if trace.refused is not None:
        _refuse_size(model, sides, trace.refused[0])
    return Classifier(model, sides, precision, head_named(model, heads_of(model, trace), output))


def _refuse_size(model: LoadedModel, size: tuple[int, int], path: str) -> None:
    own = f"{model.input_size[0]} × {model.input_size[1]}"
    raise InvalidSpec(
        message(f"pictures of {own} pixels, the size that {model.title} was made for",
                f"{size[0]} × {size[1]} pixels, which {path} refuses", "Leave `size` at 0, or choose another one.")
    )  # fmt: skip
