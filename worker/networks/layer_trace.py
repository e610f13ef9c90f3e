"""What meets a network's layers, in order: shapes and receptive fields, worked out without one number."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from worker.networks.capture import any_size, swap_attributes, walk, walk_operations
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


@dataclass(frozen=True)
class Maker:
    """What made a tensor: a layer or an operation, its path, what went in, and which of its calls that was, from 0."""

    path: str
    operation: keras.Operation
    inputs: list[Any]
    call: int


class Trace:
    """The layers that run for pictures of one size, in the order of their first call.

    Attributes:
        layers: path to what was seen.
        outputs: what the network gives, in its own structure; None where it was not run to its end.
        refused: path and input shape of the layer that refused this size, or None.
        fed_by: path to the path of the layer whose output it met first; "" behind the picture or an operation.
        unnamed: path to the shape of what went into it, where an operation such as "+" made that and no layer did.
        sources: path to the paths of the layers that it is given outputs of, at all its calls and through whatever
            operations lie between, in their order; "" among them stands for the picture.
    """

    def __init__(self) -> None:
        self.layers: dict[str, TracedLayer] = {}
        self.outputs: Any = None
        self.refused: tuple[str, tuple[int | None, ...]] | None = None
        self.fed_by: dict[str, str] = {}
        self.unnamed: dict[str, tuple[int | None, ...]] = {}
        self.sources: dict[str, list[str]] = {}
        self._sources_of: dict[int, list[str]] = {}
        self._of_tensor: dict[int, Field] = {}
        self._made_by: dict[int, str] = {}
        self._makers: dict[int, Maker] = {}
        self._calls: dict[str, int] = {}
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
        if path not in self.layers:
            self.layers[path] = TracedLayer(path, layer, tuple(outputs[0].shape[1:]), field, container)

    def _look_inside(self, path: str, layer: keras.layers.Layer, known: list[tuple[Any, Field]], output: Any) -> None:
        inside = dict(walk(layer))
        for one in inner_layers(layer, inside, known) if inside else []:
            below = f"{path}/{one.path}"
            self.layers[below] = TracedLayer(below, one.layer, one.shape[1:], one.field, False)
            if one.last:
                self._of_tensor[id(output)], self._made_by[id(output)] = one.field, below
                self._makers[id(output)] = Maker(below, one.layer, [], 0)

    def ran(self, path: str, operation: keras.Operation, inputs: list[Any], outputs: list[Any]) -> None:
        """Note one call of a layer or an operation; of a container only what none of its own layers made."""
        call = self._calls[path] = self._calls.get(path, -1) + 1
        for tensor in outputs:
            self._makers.setdefault(id(tensor), Maker(path, operation, inputs, call))
        self._connect(path, isinstance(operation, keras.layers.Layer), inputs, outputs)
        self._alive += [*inputs, *outputs]

    def _connect(self, path: str, is_layer: bool, inputs: list[Any], outputs: list[Any]) -> None:
        """Note what feeds a layer; an operation hands on what feeds it."""
        found = [source for tensor in inputs for source in self._sources_of.get(id(tensor), [""])]
        if is_layer:
            found = self.sources[path] = list(dict.fromkeys([*self.sources.get(path, []), *found]))
        for tensor in outputs:
            self._sources_of.setdefault(id(tensor), [path] if is_layer else list(dict.fromkeys(found)))

    def maker(self, tensor: Any) -> Maker | None:
        """What made a tensor of this trace; None of the picture."""
        return self._makers.get(id(tensor))

    def begin(self, picture: Any) -> None:
        """Note the picture, which no layer made."""
        self._made_by[id(picture)] = ""
        self._alive.append(picture)


def trace_layers(network: keras.Model, size: tuple[int, int]) -> Trace:
    """Run a network on shapes alone.

    Args:
        network: any model of one picture input.
        size: height and width of the picture; where a layer refuses it, the trace ends there and says so.
    """
    trace = Trace()
    operations = {**dict(walk(network)), **dict(walk_operations(network))}
    picture = keras.KerasTensor((1, *size, network.inputs[0].shape[-1]))
    trace.begin(picture)
    with _watched(operations, trace), any_size(network):
        try:
            trace.outputs = network.compute_output_spec(picture)
        except ValueError:
            if trace.refused is None:
                raise
    return trace


def _watched(layers: dict[str, keras.Operation], trace: Trace) -> AbstractContextManager[None]:
    def watch(path: str, layer: keras.Operation) -> Any:
        infer = layer.compute_output_spec

        def watched(*args: Any, **kwargs: Any) -> Any:
            inputs = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
            try:
                _refuse_other_width(layer, inputs)
                outputs = infer(*args, **kwargs)
            except ValueError:
                trace.refused = trace.refused or (path, tuple(inputs[0].shape))
                raise
            flat = keras.tree.flatten(outputs)
            trace.ran(path, layer, inputs, flat)
            if isinstance(layer, keras.layers.Layer):
                trace.saw(path, layer, inputs, flat)
            return outputs

        return watched

    return swap_attributes((layer, "compute_output_spec", watch(path, layer)) for path, layer in layers.items())


def _refuse_other_width(layer: keras.Operation, inputs: list[Any]) -> None:
    """What a Dense checks when it is called, but not when only its output's shape is asked for."""
    if isinstance(layer, keras.layers.Dense) and layer.built and inputs[0].shape[-1] != layer.kernel.shape[0]:
        raise ValueError(f"{layer.name} was built for {layer.kernel.shape[0]} values, not {inputs[0].shape[-1]}")
