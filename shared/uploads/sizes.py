"""How many parameters a configuration declares, counted without Keras before any of them is allocated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import count
from math import prod
from typing import Any

from shared.bounds import MOST_CALLS, MOST_INPUTS, MOST_LAYERS, MOST_LINKS, MOST_OUTPUTS
from shared.errors import RefusedUpload, message
from shared.uploads.allowed_classes import MODELS
from shared.uploads.configs import tensors
from shared.uploads.declared_shapes import (
    built_shape,
    declared_shape,
    first_leaf,
    first_shape,
    input_shapes,
    layers_of,
    name_of,
    output_leaves,
    shape_of,
)
from shared.uploads.layer_parameters import layer_parameters
from shared.uploads.own_classes import is_own
from shared.uploads.shapes import Config, Shape, output_shape

MAX_COUNT = 10**18
_SAVE_AGAIN = "Save the model again with Keras, `model.save('name.keras')`."
_SAVE_A_PART = (
    "Save the part that you want to look at by itself, `keras.Model(model.input, model.get_layer(NAME).output)`."
)

# A call of a layer: its name and the number of the call.
Call = tuple[str, int]


@dataclass
class ModelSize:
    """What a configuration declares.

    Attributes:
        name: of the model.
        parameters: number of weights; too low only where shapes cannot be known.
        input_shape: of the first input, batch axis first, None for an open side; None if it is not known.
        inputs: the same of every input.
        outputs: the same of every output, by key where they are a dict, else by the layer's name; "" of a Sequential.
        layers: number of layers, those of nested models included.
        largest: class and name of the layer with most of the parameters.
        calls: numbers the calls of layers that were looked at.
        whole: the configuration of the whole model, whose outputs are noted.
    """

    name: str
    parameters: int = 0
    input_shape: Shape | None = None
    inputs: tuple[Shape | None, ...] = ()
    outputs: dict[str, Shape | None] = field(default_factory=dict)
    layers: int = 0
    largest: str = "no layer"
    calls: Iterator[int] = field(default_factory=count, repr=False)
    whole: Config | None = field(default=None, repr=False)
    _most: int = field(default=0, repr=False)

    def add(self, entry: Config, parameters: int) -> None:
        """Count one layer."""
        self.layers += 1
        # Bounded, since a number of thousands of digits could not even be written into a message.
        self.parameters += min(parameters, MAX_COUNT)
        if self.layers > MOST_LAYERS:
            raise RefusedUpload(message(f"a network of at most {MOST_LAYERS:,} layers", "more of them", _SAVE_A_PART))
        if parameters > self._most:
            self._most, self.largest = parameters, f"{entry['class_name']} {name_of(entry)!r}"


def measure(config: Config) -> ModelSize:
    """Count the layers and parameters that a model configuration announces.

    Args:
        config: one that `check_config` has passed.

    Returns:
        The counts.

    Raises:
        RefusedUpload: there are no layers, too many, or the configuration is not of the form Keras writes.
    """
    size = ModelSize(name="model", whole=config)
    try:
        last = _measure_model(config, None, size)
        size.outputs = size.outputs or {"": last}
        size.name = name_of(config)[:200] or "model"
        size.input_shape = first_shape(config)
        size.inputs = input_shapes(config) or (size.input_shape,)
    # The values in a file can be of any type; what does not fit the rules was not written by Keras.
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        received = f"{type(error).__name__}: {error}"
        expected = "a configuration of the form that Keras writes"
        raise RefusedUpload(message(expected, received, _SAVE_AGAIN)) from error
    if (largest := max((_numbers(one) for one in (size.input_shape, *size.inputs) if one), default=0)) > MOST_INPUTS:
        expected = f"inputs of at most {MOST_INPUTS:,} numbers"
        raise RefusedUpload(message(expected, f"{largest:,}", "No picture is that large; check the file's origin."))
    if not size.layers:
        raise RefusedUpload(message("a model with layers", "an empty list of layers", _SAVE_AGAIN))
    return size


def _measure_model(model: Config, given: Shape | None, size: ModelSize) -> Shape | None:
    if is_own(model):
        # What its own code will build cannot be told from here: the weights that are stored are counted.
        size.add(model, 0)
        return None
    if model["class_name"] == "Sequential":
        return _measure_sequence(model, given, size)
    return _measure_graph(model, given, size)


def _measure_sequence(model: Config, given: Shape | None, size: ModelSize) -> Shape | None:
    shape = given or declared_shape(model)
    for entry in layers_of(model):
        if entry["class_name"] == "InputLayer":
            shape = given or declared_shape(entry)
            size.add(entry, 0)
        else:
            shape = _measure_layer(entry, [shape], size)
    return shape


def _measure_graph(model: Config, given: Shape | None, size: ModelSize) -> Shape | None:
    entries = {name_of(entry): entry for entry in layers_of(model)}
    if len(entries) < len(layers_of(model)):
        raise ValueError("two layers have the same name")
    calls = _calls(entries)
    first = first_leaf(model["config"].get("input_layers"))
    shapes: dict[Call, Shape | None] = {}
    counted: set[str] = set()
    for call in _in_order(calls):
        name = call[0]
        entry = entries[name]
        inputs = [shapes.get(source) for source, _ in calls[call]]
        hint = calls[call][0][1] if calls[call] else None
        if entry["class_name"] == "InputLayer":
            inputs = [given if first and first[0] == name else None]
        # Shared layers are built once; later calls only pass a shape on.
        tally = ModelSize("again", calls=size.calls) if name in counted else size
        counted.add(name)
        shapes[call] = _measure_layer(entry, inputs or [None], tally, hint)
    outputs = model["config"].get("output_layers")
    if model is size.whole:
        leaves = output_leaves(outputs)
        size.outputs = {name: shapes.get(_source(entries, leaf[0], leaf[1])) for name, leaf in leaves.items()}
    last = first_leaf(outputs)
    return shapes.get(_source(entries, last[0], last[1])) if last else None


def _calls(entries: dict[str, Config]) -> dict[Call, list[tuple[Call, Shape | None]]]:
    """For every call of a layer, the calls it takes its inputs from and the shapes declared for them."""
    calls: dict[Call, list[tuple[Call, Shape | None]]] = {}
    links = 0
    for name, entry in entries.items():
        for number, node in enumerate(entry.get("inbound_nodes") or [[]]):
            references = [r for r in _references(node) if r[0] in entries]
            calls[name, number] = [(_source(entries, r[0], r[1]), r[2]) for r in references]
            links += len(references)
            if len(calls) > MOST_CALLS or links > MOST_LINKS:
                expected = f"a network of at most {MOST_CALLS:,} calls of layers with {MOST_LINKS:,} inputs together"
                raise RefusedUpload(message(expected, "more of them", _SAVE_A_PART))
    return calls


def _references(node: Any) -> list[tuple[str, int, Shape | None]]:
    if isinstance(node, dict):
        found = [tensor for tensor in tensors(node) if "keras_history" in tensor]
        return [(*tensor["keras_history"][:2], shape_of(tensor.get("shape"))) for tensor in found]
    # Keras 1 and 2: [[name, call, output, arguments], ...].
    return [(source[0], source[1], None) for source in node]


def _source(entries: dict[str, Config], name: str, number: int) -> Call:
    entry = entries[name]
    # A nested functional model counts its own construction as call 0.
    number -= entry["class_name"] in ("Functional", "Model")
    return name, max(0, min(number, len(entry.get("inbound_nodes") or [[]]) - 1))


def _in_order(calls: dict[Call, list[tuple[Call, Shape | None]]]) -> list[Call]:
    graph = {call: [source for source, _ in sources] for call, sources in calls.items()}
    try:
        return [call for call in TopologicalSorter(graph).static_order() if call in calls]
    except CycleError as error:
        raise ValueError("the layers form a loop") from error


def _measure_layer(
    entry: Config, inputs: list[Shape | None], size: ModelSize, hint: Shape | None = None
) -> Shape | None:
    # Nested models that call one another twice would otherwise take time without end.
    if next(size.calls) >= MOST_CALLS:
        expected = f"a network whose layers are called at most {MOST_CALLS:,} times"
        raise RefusedUpload(message(expected, "more calls", _SAVE_A_PART))
    kind, config = entry["class_name"], entry["config"]
    declared = declared_shape(entry)
    first = inputs[0] or hint or declared
    if kind in MODELS or is_own(entry):
        return _measure_model(entry, first, size)
    if kind == "TimeDistributed" and config["layer"]["class_name"] in MODELS:
        return _measure_model_over_time(config["layer"], first, size)
    if kind == "InputLayer":
        size.add(entry, 0)
        return _open_sides(inputs[0], declared)
    # Keras builds a layer for the shape in `build_config`, even if another one comes in.
    candidates = [shape for shape in (first, built_shape(entry)) if shape]
    parameters = max(layer_parameters(kind, config, shape) for shape in candidates or (None,))
    if parameters and not inputs[0] and not built_shape(entry) and "module" in entry:
        raise ValueError(f"the shape that layer {name_of(entry)!r} was built for is missing")
    size.add(entry, parameters)
    known = candidates[:1] if len(inputs) == 1 else [shape for shape in inputs if shape]
    found = output_shape(entry, known) if len(known) == len(inputs) else None
    if found and _numbers(found) > MOST_OUTPUTS:
        received = f"{_numbers(found):,} of {kind} {name_of(entry)!r}"
        expected = f"layers that give at most {MOST_OUTPUTS:,} numbers for a picture"
        raise RefusedUpload(message(expected, received[:116], "No machine holds that; check the file's origin."))
    return found


def _numbers(shape: Shape) -> int:
    """Of one picture, where open sides are 1."""
    return prod(side for side in shape[1:] if side is not None)


def _measure_model_over_time(model: Config, shape: Shape | None, size: ModelSize) -> Shape | None:
    out = _measure_model(model, (shape[0], *shape[2:]) if shape else None, size)
    return (shape[0], shape[1], *out[1:]) if shape and out else None


def _open_sides(given: Shape | None, declared: Shape | None) -> Shape | None:
    if not given or not declared or len(given) != len(declared):
        return given or declared
    return tuple(a if b is None else b for a, b in zip(given, declared, strict=True))
