"""A network cut behind a layer: what lies in front runs once, what lies behind as often as the layer's output changes.

The cut goes through the traced graph and not through layers, so that whatever passes the layer by, such as a residual
connection, a gate or the picture itself, is kept and handed to the rest. Where a graph cannot be cut (the layer runs
several times, or inside a function that Keras does not see into), the whole network runs instead, with the layer's
output replaced each time it comes: the same values, slower.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from shared.errors import InvalidSpec, UnknownLayer, message
from worker.networks.capture import find_layer, swap_attributes
from worker.networks.head_values import run_heads
from worker.networks.heads import Head, shape_words
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import forgotten_gradients, trace_function

# What a layer gives at one of its calls, from its own output and the number of the call.
Change = Callable[[Any, int], Any]
KEPT_CUTS = 2


@dataclass(frozen=True)
class AtLayer:
    """A batch of pictures on its way, as far as the layer.

    Attributes:
        values: what the layer gives, float32 (batch, ..., channel), a tensor a call.
        beside: what goes past it to the rest of the network, a row a picture or of any other shape.
    """

    values: list[Any]
    beside: list[Any]


@dataclass(frozen=True)
class CutNetwork:
    """A network cut behind a layer, for pictures of one size.

    Attributes:
        front: pictures, float32 (batch, height, width, channel) in [0, 1], to AtLayer.
        answers: AtLayer, what stands in for its values, and which channels, bool (1 or batch, channel), to the logits
            and what the output says, as worker.networks.head_values.head_values() has them.
        slopes: pictures, what stands in, and an output each, int32 (batch), to the gradient of that logit times the
            change of each channel, float32 (batch, channel); of a mask of the logit's mean.
        shapes: of the layer's output at each call, without the batch.
        whole: whether the network runs as a whole, because it could not be cut.
    """

    front: Callable[[Any], AtLayer]
    answers: Callable[[AtLayer, Sequence[Any], Any], tuple[Any, Any]]
    slopes: Callable[[Any, Sequence[Any], Any], Any]
    shapes: tuple[tuple[int, ...], ...]
    whole: bool

    @property
    def channels(self) -> int:
        """Of the layer."""
        return self.shapes[0][-1]


def cut_network(model: LoadedModel, head: Head, path: str, size: tuple[int, int]) -> CutNetwork:
    """Cut a model behind a layer, now or at an earlier run.

    Args:
        model: any.
        head: the output that is asked for.
        path: whole path of the layer.
        size: height and width of the pictures, in pixels.

    Raises:
        UnknownLayer: the layer does not run, or has no channels.
        InvalidSpec: the output does not depend on the layer.
    """
    return model.trace_once("cut", (path, size, head.name), lambda: _cut(_Traced(model, head, path, size)), KEPT_CUTS)


@dataclass(frozen=True)
class _Traced:
    """What is traced, and how."""

    model: LoadedModel
    head: Head
    path: str
    size: tuple[int, int]

    @property
    def picture(self) -> Any:
        return tf.TensorSpec((None, *self.size, self.model.input_channels), tf.float32)

    def run(self, pictures: Any, change: Change) -> tuple[Any, Any]:
        """Logits and answers of the head with the layer's output changed at each of its calls."""
        layer, calls = find_layer(self.model.network, self.path), iter(range(10**6))
        call = layer.call

        def changed(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            flat = keras.tree.flatten(output)
            flat[0] = change(flat[0], next(calls))
            return keras.tree.pack_sequence_as(output, flat)

        with swap_attributes([(layer, "call", changed)]):
            prepared = preprocess(pictures, self.model.preprocess)
            return run_heads(self.model.network, [self.head], prepared)[0][0]


def _cut(traced: _Traced) -> CutNetwork:
    set_precision(traced.model.network, "float32")
    marks: list[Any] = []

    def marked(output: Any, _: int) -> Any:
        marks.append(tf.identity(output))
        return marks[-1]

    with forgotten_gradients():
        # The one way to run a part of a traced graph: what is asked of it may begin at any tensor.
        wrapped = tf.compat.v1.wrap_function(lambda pictures: traced.run(pictures, marked), [traced.picture])
    shapes = _shapes(traced, marks)
    slopes = _slopes(traced, shapes)
    mark, seen = marks[0], all(one.graph is wrapped.graph for one in marks)
    if seen:
        _check_dependence(traced, marks, wrapped.structured_outputs[0])
    if len(marks) > 1 or not seen:
        return _whole(traced, shapes, slopes)
    beside = _beside(mark, wrapped.inputs[0])
    front = wrapped.prune([wrapped.inputs[0]], [mark, *beside])
    rest = wrapped.prune([mark, *beside], list(wrapped.structured_outputs))

    def at_layer(pictures: Any) -> AtLayer:
        values, *others = front(tf.convert_to_tensor(pictures))
        return AtLayer([values], list(others))

    def answers(at: AtLayer, replacements: Sequence[Any], mask: Any) -> tuple[Any, Any]:
        logits, given = rest(_replaced(at.values[0], replacements[0], mask), *at.beside)
        return logits, given

    return CutNetwork(at_layer, answers, slopes, shapes, False)


def _whole(traced: _Traced, shapes: tuple[tuple[int, ...], ...], slopes: Any) -> CutNetwork:
    """The same without a cut: `beside` is the pictures."""

    def first(pictures: Any) -> list[Any]:
        seen: list[Any] = []
        traced.run(pictures, lambda output, _: seen.append(output) or output)  # type: ignore[func-returns-value]
        return seen

    def again(pictures: Any, replacements: Sequence[Any], mask: Any) -> tuple[Any, Any]:
        return traced.run(pictures, lambda output, call: _replaced(output, replacements[call], mask))

    mask = tf.TensorSpec((None, shapes[0][-1]), tf.bool)
    front = trace_function(first, traced.picture)
    run = trace_function(again, traced.picture, _replacements(shapes), mask)

    def answers(at: AtLayer, replacements: Sequence[Any], mask: Any) -> tuple[Any, Any]:
        logits, given = run(at.beside[0], list(replacements), mask)
        return logits, given

    return CutNetwork(lambda pictures: AtLayer(list(front(pictures)), [pictures]), answers, slopes, shapes, True)


def _slopes(traced: _Traced, shapes: tuple[tuple[int, ...], ...]) -> Callable[[Any, Sequence[Any], Any], Any]:
    def slopes(pictures: Any, replacements: Sequence[Any], outputs: Any) -> Any:
        seen: list[Any] = []
        with tf.GradientTape() as tape:

            def watched(output: Any, _: int) -> Any:
                seen.append(tf.identity(output))
                tape.watch(seen[-1])
                return seen[-1]

            logits, _ = traced.run(pictures, watched)
            wanted = tf.gather(mean_logits(logits), outputs, axis=1, batch_dims=1)
        found = tape.gradient(wanted, seen, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        changes = (slope * (other - one) for slope, other, one in zip(found, replacements, seen, strict=True))
        return tf.add_n([tf.reduce_sum(one, range(1, len(one.shape) - 1)) for one in changes])

    traced_once: list[Any] = []

    def run(pictures: Any, replacements: Sequence[Any], outputs: Any) -> Any:
        if not traced_once:  # an attempt that resumes may need none
            outs = tf.TensorSpec((None,), tf.int32)
            traced_once.append(trace_function(slopes, traced.picture, _replacements(shapes), outs))
        return traced_once[0](pictures, list(replacements), outputs)

    return run


def mean_logits(logits: Any) -> Any:
    """Logits (batch, output); of a mask, (batch, height, width, output), their means over the positions."""
    return tf.reduce_mean(logits, (1, 2)) if len(logits.shape) == 4 else logits


def _replacements(shapes: Iterable[Sequence[int]]) -> list[Any]:
    return [tf.TensorSpec((*(None for _ in shape), shape[-1]), tf.float32) for shape in shapes]


def _replaced(values: Any, replacement: Any, mask: Any) -> Any:
    """Values with other ones in some channels; chosen and not multiplied, so that what stays is the same to the bit."""
    sides = [tf.shape(mask)[0], *(1 for _ in values.shape[1:-1]), values.shape[-1]]
    return tf.where(tf.reshape(mask, sides), replacement, values)


def _shapes(traced: _Traced, marks: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    shapes = tuple(tuple(one.shape[1:]) for one in marks)
    if not shapes:
        raise UnknownLayer(
            message("a layer that runs when the model sees a picture", traced.path, "Choose another layer.")
        )
    if any(not shape or not shape[-1] for shape in shapes) or len({shape[-1] for shape in shapes}) > 1:
        given = shape_words(find_layer(traced.model.network, traced.path))
        raise UnknownLayer(message("a layer with channels", f"{traced.path}, which gives {given}",
                                   "Choose a convolution, an activation or a pooling layer."))  # fmt: skip
    return shapes


def _check_dependence(traced: _Traced, marks: Sequence[Any], logits: Any) -> None:
    if logits.op not in _behind(marks):
        raise InvalidSpec(
            message(f"a layer that the output {traced.head.name} depends on",
                    f"{traced.path}, behind which nothing leads there", "Choose a layer in front of the head.")
        )  # fmt: skip


def _behind(tensors: Sequence[Any]) -> set[Any]:
    """Every operation that depends on some tensors."""
    found: set[Any] = set()
    todo = [one for tensor in tensors for one in tensor.consumers()]
    while todo:
        operation = todo.pop()
        if operation not in found:
            found.add(operation)
            todo += [one for output in operation.outputs for one in output.consumers()]
    return found


def _beside(mark: Any, pictures: Any) -> list[Any]:
    """What goes from the pictures past a tensor to what depends on it."""
    behind, of_pictures = _behind([mark]), _behind([pictures])
    given = {id(tensor): tensor for one in behind for tensor in one.inputs if tensor is not mark}
    return [t for t in given.values() if t.op not in behind and (t.op in of_pictures or t is pictures)]
