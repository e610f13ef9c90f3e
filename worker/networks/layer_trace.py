"""What meets a network's layers, in order: shapes and receptive fields, worked out without one number."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from worker.networks.capture import any_size, swap_attributes, walk
from worker.networks.inside_own_layers import inner_layers
from worker.networks.receptive_field import Field, field_after
from worker.networks.tried_window import is_own


@dataclass(frozen=True)
class TracedLayer:
    """One layer as a picture meets it.

    Attributes:
        path: see capture.walk().
        layer: the layer itself.
        shape: of its first output, without the batch.
        field: what one of its units sees.
        container: whether it is a model that holds others.
    """

    path: str
    layer: keras.layers.Layer
    shape: tuple[int | None, ...]
    field: Field
    container: bool

    @property
    def is_spatial(self) -> bool:
        """Whether its output has a height and a width above 1."""
        return len(self.shape) == 3 and None not in self.shape and int(self.shape[0] or 0) * int(self.shape[1] or 0) > 1


class Trace:
    """The layers that run for pictures of one size, in the order of their first call.

    Attributes:
        layers: path to what was seen.
        head: path of the layer whose output is the network's; "" where the network was not run to its end.
        refused: path and input shape of the layer that refused this size, or None.
        fed_by: path to the path of the layer whose output it met first; "" behind the picture or an operation.
        unnamed: path to the shape of what went into it, where an operation such as "+" made that and no layer did.
    """

    def __init__(self) -> None:
        self.layers: dict[str, TracedLayer] = {}
        self.head = ""
        self.refused: tuple[str, tuple[int | None, ...]] | None = None
        self.fed_by: dict[str, str] = {}
        self.unnamed: dict[str, tuple[int | None, ...]] = {}
        self._of_tensor: dict[int, Field] = {}
        self._made_by: dict[int, str] = {}
        self._alive: list[Any] = []  # an id is only an identity while its tensor lives

    def saw(self, path: str, layer: keras.layers.Layer, inputs: list[Any], outputs: list[Any]) -> None:
        """Note one call of a layer."""
        container = isinstance(layer, keras.Model)
        known = [(t.shape, self._of_tensor.get(id(t), Field())) for t in inputs]
        if is_own(layer) and path not in self.layers:
            self._look_inside(path, layer, known, outputs[0])
        field = self._of_tensor.get(id(outputs[0])) if container else None
        field = field or field_after(layer, known)
        self.fed_by.setdefault(path, self._made_by.get(id(inputs[0]), "") if inputs else "")
        if inputs and id(inputs[0]) not in self._made_by:
            self.unnamed.setdefault(path, tuple(inputs[0].shape[1:]))
            self._made_by[id(inputs[0])] = ""
        for tensor in outputs:
            self._of_tensor.setdefault(id(tensor), field)
            self._made_by.setdefault(id(tensor), path)
        self._alive += [*inputs, *outputs]
        if path not in self.layers:
            self.layers[path] = TracedLayer(path, layer, tuple(outputs[0].shape[1:]), field, container)

    def _look_inside(self, path: str, layer: keras.layers.Layer, known: list[tuple[Any, Field]], output: Any) -> None:
        inside = dict(walk(layer))
        for one in inner_layers(layer, inside, known) if inside else []:
            below = f"{path}/{one.path}"
            self.layers[below] = TracedLayer(below, one.layer, one.shape[1:], one.field, False)
            if one.last:
                self._of_tensor[id(output)], self._made_by[id(output)] = one.field, below

    def begin(self, picture: Any) -> None:
        """Note the picture, which no layer made."""
        self._made_by[id(picture)] = ""
        self._alive.append(picture)

    def end(self, outputs: list[Any]) -> None:
        """Note what the whole network gave."""
        self.head = self._made_by.get(id(outputs[0]), "") if len(outputs) == 1 else ""


def trace_layers(network: keras.Model, size: tuple[int, int]) -> Trace:
    """Run a network on shapes alone.

    Args:
        network: any model of one picture input.
        size: height and width of the picture; where a layer refuses it, the trace ends there and says so.
    """
    trace = Trace()
    layers = dict(walk(network))
    picture = keras.KerasTensor((1, *size, network.inputs[0].shape[-1]))
    trace.begin(picture)
    with _watched(layers, trace), any_size(network):
        try:
            trace.end(keras.tree.flatten(network.compute_output_spec(picture)))
        except ValueError:
            if trace.refused is None:
                raise
    return trace


def _watched(layers: dict[str, keras.layers.Layer], trace: Trace) -> AbstractContextManager[None]:
    def watch(path: str, layer: keras.layers.Layer) -> Any:
        infer = layer.compute_output_spec

        def watched(*args: Any, **kwargs: Any) -> Any:
            inputs = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
            try:
                _refuse_other_width(layer, inputs)
                outputs = infer(*args, **kwargs)
            except ValueError:
                trace.refused = trace.refused or (path, tuple(inputs[0].shape))
                raise
            trace.saw(path, layer, inputs, keras.tree.flatten(outputs))
            return outputs

        return watched

    return swap_attributes((layer, "compute_output_spec", watch(path, layer)) for path, layer in layers.items())


def _refuse_other_width(layer: keras.layers.Layer, inputs: list[Any]) -> None:
    """What a Dense checks when it is called, but not when only its output's shape is asked for."""
    if isinstance(layer, keras.layers.Dense) and layer.built and inputs[0].shape[-1] != layer.kernel.shape[0]:
        raise ValueError(f"{layer.name} was built for {layer.kernel.shape[0]} values, not {inputs[0].shape[-1]}")
