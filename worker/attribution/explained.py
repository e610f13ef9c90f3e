"""What there is to explain of a model: its outputs before any softmax, and the layers that a map can be taken from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from shared.analyses.heat_map_parts import MapLayer, UsedLayer
from shared.analyses.heat_maps import Grid
from shared.analyses.outputs import Ending
from shared.errors import InvalidSpec, UnknownLayer, message
from worker.networks.capture import find_layer, walk
from worker.networks.heads import Head, head_named, heads_of, shape_words
from worker.networks.layer_trace import Trace, TracedLayer, trace_layers
from worker.networks.models import LoadedModel
from worker.networks.precision import EXACT
from worker.networks.readings import positions
from worker.networks.receptive_field import Field

# At the end these only pick or keep values of what went in: the layer before them shows the same, and finer.
KEEPS_VALUES = (
    keras.layers.MaxPooling2D, keras.layers.AveragePooling2D, keras.layers.Dropout, keras.layers.SpatialDropout2D,
    keras.layers.Identity,
)  # fmt: skip
KEPT_TRACES = 4
# Behind a layer's path: not what it gives but what it gets, where "x + y" made that and no layer did.
INPUT = "/(input)"
# A stride that would leave so much of the picture out was lost on the way, at an operation that is no layer.
WIDEST_BORDER = 0.4


@dataclass(frozen=True)
class ExplainedModel:
    """A model at one picture size, with its head found.

    Attributes:
        model: the warm model.
        size: height and width of its pictures, in pixels.
        head: the output that is explained.
        heads: all outputs.
        layers: those with a height and a width above 1, by path, in the order in which they run; and what goes into a
            layer, by its path and INPUT, where no layer made it.
        default: path of the last of them that computes something; a residual block's output, not a convolution in it.
        weighted: paths of all layers with weights, in the order in which they run, each weight named once.
    """

    model: LoadedModel
    size: tuple[int, int]
    head: Head
    heads: tuple[Head, ...]
    layers: dict[str, TracedLayer]
    default: str
    weighted: tuple[str, ...]

    @property
    def ending(self) -> Ending:
        """How the output ends."""
        return self.head.ending

    @property
    def count(self) -> int:
        """What can be explained of the output: classes, or the rise and the fall of numbers."""
        return self.head.count

    def find_layers(self, names: Sequence[str]) -> list[TracedLayer]:
        """Layers by path or unambiguous name, none meaning the default one; in the order in which they run.

        Raises:
            UnknownLayer: no such layer, or it has no height and width.
        """
        wanted = {self._path(name) for name in names} or {self.default}
        return [traced for path, traced in self.layers.items() if path in wanted]

    def grid(self, path: str) -> Grid | None:
        """Where in the picture a layer's units look; None where they divide it evenly, or where that is not known.

        The step is the layer's stride, and the whole lies in the middle of the picture. Padding on one side only would
        move it by up to half a step, but networks learn to make up for that: MobileNetV2's deletion curves fall faster
        without the move.
        """
        traced = self.layers[path]
        units, step = traced.shape[:2], traced.field.stride
        spans = [size - step * int(n or 0) for size, n in zip(self.size, units, strict=True)]
        lost = any(abs(span) > WIDEST_BORDER * side for span, side in zip(spans, self.size, strict=True))
        if traced.field.size is None or lost or not any(spans):
            return None
        down, across = ((span + step - 1) / 2 for span in spans)
        return Grid((down, across), step)

    def _path(self, name: str) -> str:
        layer = find_layer(self.model.network, name.removesuffix(INPUT))
        path = next(p for p, known in walk(self.model.network) if known is layer)
        path += INPUT if name.endswith(INPUT) else ""
        if path in self.layers:
            return path
        expected = "a layer in front of those that make the mask" if self.head.mask else "a layer"
        raise UnknownLayer(
            message(f"{expected}, with a height and a width above 1", f"{path} {shape_words(layer)}",
                    f"Choose one in front of the head, such as {self.default}; Models lists them (in a "
                    "terminal: `convscope models show`).")
        )  # fmt: skip


def explain_model(model: LoadedModel, size: tuple[int, int], output: str = "") -> ExplainedModel:
    """Find a model's output and layers, now or at an earlier picture of this size.

    Args:
        model: any.
        size: height and width of its pictures, in pixels.
        output: name of the output; "" means the first that can be explained.

    Raises:
        InvalidSpec: the model has no such output, or takes no pictures of this size.
        UnknownLayer: none of its layers has a height and a width.
    """
    return model.trace_once("explained", (size, output), lambda: _explain(model, size, output), KEPT_TRACES)


def _explain(model: LoadedModel, size: tuple[int, int], output: str) -> ExplainedModel:
    trace = trace_layers(model.network, size)
    if trace.refused is not None:
        _refuse_size(model, size, trace.refused)
    heads = heads_of(model, trace)
    head = head_named(model, heads, output)
    layers = {t.path: t for t in _outputs(trace, (*size, model.input_channels)) if t.is_spatial and not t.container}
    if head.mask:
        layers = _in_front(layers, head)
    if not layers:
        raise UnknownLayer(message("a model with feature maps", model.title, "Choose a convolutional network."))
    default = _coarsest(layers) if head.mask else _default_layer(trace, layers)
    weighted = _weighted(trace)
    return ExplainedModel(model, size, head, heads, layers, default, weighted)


def _weighted(trace: Trace) -> tuple[str, ...]:
    seen: set[int] = set()
    paths = []
    for path, traced in trace.layers.items():
        own = [] if traced.container else [w for w in traced.layer.weights if id(w) not in seen]
        seen.update(id(w) for w in own)
        if any(str(w.dtype).startswith("float") for w in own) and not isinstance(traced.layer, EXACT):
            paths.append(path)
    return tuple(paths)


def layer_row(traced: TracedLayer) -> MapLayer:
    """A layer that a map can be taken from."""
    height, width, channels = (int(side or 0) for side in traced.shape)
    kind = ("input of " if traced.path.endswith(INPUT) else "") + type(traced.layer).__name__
    return {"path": traced.path, "class": kind, "height": height, "width": width, "channels": channels}


def used_layers(explained: ExplainedModel, calls: Mapping[str, int]) -> list[UsedLayer]:
    """The layers whose maps are taken; `calls`: path to how often each ran."""
    return [{**layer_row(explained.layers[path]), "calls": count} for path, count in calls.items()]


def _refuse_size(model: LoadedModel, size: tuple[int, int], refused: tuple[str, Any]) -> None:
    own = f"{model.input_size[0]} × {model.input_size[1]}"
    raise InvalidSpec(
        message(f"pictures of {own} pixels, the size that {model.title} was made for",
                f"{size[0]} × {size[1]} pixels, which {refused[0]} refuses", "Choose `resize` crop or fit.")
    )  # fmt: skip


def _outputs(trace: Trace, picture: tuple[int, ...]) -> Iterator[TracedLayer]:
    for path, traced in trace.layers.items():
        shape = trace.unnamed.get(path, ())
        if len(shape) == 3 and shape != picture:
            yield TracedLayer(path + INPUT, traced.layer, shape, Field(None), False)
        yield traced


def _in_front(layers: dict[str, TracedLayer], head: Head) -> dict[str, TracedLayer]:
    """Layers that run before those that make a mask, which no map of it could be taken from."""
    order = list(layers)
    ends = [order.index(path) for path in head.reading.makers if path in layers]
    return {path: layers[path] for path in order[: min(ends, default=len(order))]}


def _coarsest(layers: dict[str, TracedLayer]) -> str:
    """The last of the layers that see most, as in Seg-Grad-CAM: behind them a U-Net paints what was decided there."""
    least = min(positions((*traced.shape[:2], 1)) for traced in layers.values())
    return [path for path, traced in layers.items() if positions((*traced.shape[:2], 1)) == least][-1]


def _default_layer(trace: Trace, layers: dict[str, TracedLayer]) -> str:
    path = list(layers)[-1]
    while isinstance(layers[path].layer, KEEPS_VALUES) and trace.fed_by.get(path) in layers:
        path = trace.fed_by[path]
    return path
