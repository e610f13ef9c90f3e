"""An ONNX graph as a configuration of Keras 3 and its weights: the whole, and what is said of what has no equal."""

import mmap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from shared.errors import RefusedUpload, message
from shared.uploads.onnx.axes import Atom, Axes, Mixed, Sizes, atom_group
from shared.uploads.onnx.folding import FOLDED, Folder
from shared.uploads.onnx.graph import Graph, GraphInput, Node, Settings, read_graph
from shared.uploads.onnx.names import busy_scopes
from shared.uploads.onnx.network import CORE, Config, Network, Weight
from shared.uploads.onnx.patterns import fused
from shared.uploads.onnx.rules import RULES
from shared.uploads.onnx.values import Constant, NeedsFixedSize, NotTranslated, Tensor, Value

# Sides of the pictures that are tried where a file leaves them open: first two at once, then one fixed size.
_OPEN = ((224, 352), (288, 416))
_FIXED = (224, 256, 299, 384, 512, 128, 96, 64, 32, 28)
_BATCHES = (2, 3)
_COLOURS = (1, 3, 4)
_BY_SIGHT = frozenset({"Cast", "Sub", "Mul", "Div", "Add", "Identity", "BatchNormalization"})
# Of training, of what is never asked for, and of versions that said less elsewhere; and of some operators alone.
WITHOUT_EFFECT = frozenset({"opset", "momentum", "consumed_inputs", "is_test", "seed", "stash_type", "saturate"})
_WITHOUT_EFFECT_OF = {
    "Conv": frozenset({"kernel_shape"}),
    "ConvTranspose": frozenset({"kernel_shape"}),
    "Dropout": frozenset({"ratio", "training_mode"}),
    "Gemm": frozenset({"broadcast"}),
    "MaxPool": frozenset({"storage_order"}),
    "Resize": frozenset({"extrapolation_value"}),
    "Upsample": frozenset({"height_scale", "width_scale"}),
    "Cast": frozenset({"round_mode"}),
    "Split": frozenset({"num_outputs"}),
}
_ADVICE = (
    "Rebuild that part with plain layers and export it again, `torch.onnx.export(model, picture, 'model.onnx', "
    "opset_version=17, dynamo=False)`; or add the part of the network in front of it."
)
_FIXED_SIZE = "Export it for pictures of one size: leave height and width out of `dynamic_axes` or `dynamic_shapes`."


@dataclass(frozen=True)
class Translation:
    """A network of another framework as Keras 3 is to build it.

    Attributes:
        config: Functional; still to be checked.
        weights: of every layer that has some, in the order of Keras; arrays are made when called for.
        origin: who wrote the file, for people: "ONNX (pytorch 2.9.0)".
    """

    config: Config
    weights: Mapping[str, tuple[Weight, ...]] = field(repr=False)
    origin: str


def read_onnx(path: Path) -> Translation:
    """Read a file; its weights stay there until an engine fills a network with them.

    Raises:
        RefusedUpload: it is damaged, or holds what has no equal in Keras.
    """
    with path.open("rb") as file:
        return translate(read_graph(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))))


def translate(graph: Graph) -> Translation:
    """Rewrite a graph.

    Raises:
        RefusedUpload: with every operator that has no equal in Keras, counted.
    """
    nodes = fused(graph)
    reason, refusal = "", None
    for sizes in _trials(graph.inputs):
        try:
            return _Translator(graph, nodes, sizes).run()
        except NeedsFixedSize as error:
            reason = reason or str(error)
        # What does not fit one size may fit another.
        except _NoEqual as error:
            refusal = error
    if refusal and (refusal.unknown or not reason):
        raise refusal
    raise RefusedUpload(message("a network for pictures of a known size", reason, _FIXED_SIZE))


def _trials(inputs: tuple[GraphInput, ...]) -> Iterator[list[list[Sizes]]]:
    """Sizes of every axis of every input, for the pictures that are tried at once."""
    shapes = [one.shape for one in inputs]
    if not inputs or any(shape is None or len(shape) < 2 for shape in shapes):
        received = ", ".join(f"{one.name} of shape {one.shape}" for one in inputs) or "no input"
        raise RefusedUpload(message("inputs of a known shape", received[:110], _FIXED_SIZE))
    if other := [one.name for one in inputs if not one.dtype]:
        raise RefusedUpload(message("inputs of numbers", f"{other[0][:60]}, of texts or truths", _ADVICE))
    known = [shape for shape in shapes if shape is not None]
    open_sides = any(None in shape[1:] for shape in known)
    for trial in [None, *_FIXED] if open_sides else [None]:
        yield [[_sizes(side, place, trial) for place, side in enumerate(shape)] for shape in known]


def _sizes(side: int | None, place: int, trial: int | None) -> Sizes:
    if side is not None:
        return (side, side)
    if place == 0:
        return _BATCHES
    return (trial, trial) if trial else _OPEN[place % 2]


class _Translator:
    """One attempt, with pictures of some sizes."""

    def __init__(self, graph: Graph, nodes: tuple[Node, ...], sizes: list[list[Sizes]]) -> None:
        self._graph = graph
        self._nodes = _needed(nodes, graph.outputs)
        self._sizes = sizes
        self._net = Network(pictures=2)
        self._net.busy = busy_scopes(node.name for node in graph.nodes)
        self._folder = Folder()
        self._missing: Counter[str] = Counter()
        self._values: dict[str, Value | None] = {"": None}
        self._net.values = self._values
        # Whether an input has its channels in front of its rows.
        self._turned = False
        for node in self._nodes:
            for name in set(node.inputs):
                self._net.takers.setdefault(name, []).append(node)

    def run(self) -> Translation:
        self._values.update({name: Constant((one, one)) for name, one in self._graph.initializers.items()})
        inputs = [self._input(one, sizes) for one, sizes in zip(self._graph.inputs, self._sizes, strict=True)]
        for node in self._nodes:
            self._step(node)
        if self._missing:
            raise _NoEqual(self._missing)
        outputs = [self._output(name) for name in self._graph.outputs]
        if self._net.left_out:
            # Values may be an output beside the largest of them.
            outputs = [one for place, one in enumerate(outputs) if one not in outputs[:place]]
        ends = {"input_layers": inputs, "output_layers": outputs}
        return Translation(_functional(self._graph.name, self._net, ends), self._net.weights, self._origin())

    def _origin(self) -> str:
        said = [self._graph.producer] if self._graph.producer else []
        said += [f"without the {', '.join(self._net.left_out)} at its end"] if self._net.left_out else []
        return f"ONNX ({', '.join(said)})" if said else "ONNX"

    def _input(self, one: GraphInput, sizes: list[Sizes]) -> str:
        batch = next((value.onnx[0] for value in self._values.values() if isinstance(value, Tensor)), None)
        onnx: Axes = (batch or (Atom(sizes[0], batch=True),), *(atom_group(side) for side in sizes[1:]))
        keras = onnx
        if len(onnx) == 4 and not _is_channels_last(one, self._net.takers):
            keras = (onnx[0], onnx[2], onnx[3], onnx[1])
            self._turned = True
        made = self._net.input(one.name, onnx, keras, one.dtype)
        # Whole numbers say how pictures go in; where floats are taken instead, this layer does nothing.
        self._values[one.name] = made if one.dtype == "float32" else self._net.layer(
            "Cast", {"dtype": "float32"}, [made], onnx, keras, suffix="as_floats", module=CORE)  # fmt: skip
        return made.layer

    def _step(self, node: Node) -> None:
        if any(name not in self._values for name in node.inputs):
            # What it takes has no equal; whether the node itself has one can be said all the same.
            if node.kind not in RULES and node.kind not in FOLDED:
                self._missing[node.kind] += 1
            return
        operands = [self._values[name] for name in node.inputs]
        try:
            made = self._made(node, operands)
        except (NotTranslated, Mixed) as error:
            self._missing[f"{node.kind} {error}".strip()] += 1
            return
        # A file's settings can be of any type and number.
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
            if isinstance(error, NeedsFixedSize):
                raise
            self._missing[f"{node.kind} with settings that do not fit"] += 1
            return
        for name, value in zip(node.outputs, made, strict=False):
            if isinstance(value, Tensor):
                value = replace(value, once=self._taken_once(name))
            self._values[name] = value

    def _made(self, node: Node, operands: list[Value | None]) -> list[Value]:
        if all(not isinstance(one, Tensor) for one in operands):
            constants = [one for one in operands if one is None or isinstance(one, Constant)]
            return [self._folder.fold(node, constants, self._net.pictures)]
        rule = RULES.get(node.kind)
        if rule is None:
            raise NotTranslated("")
        stored = next((name for name in node.inputs[1:] if name in self._graph.initializers), "")
        self._net.begin(node, stored)
        settings = Settings({**node.attributes, "opset": self._graph.opset})
        made = rule(self._net, replace(node, attributes=settings), operands)
        # What an operator is told and no layer was told: another network, were it passed over.
        if lost := sorted(settings.unasked() - WITHOUT_EFFECT - _WITHOUT_EFFECT_OF.get(node.kind, frozenset())):
            raise NotTranslated(f"with {', '.join(lost)}"[:100])
        return made if isinstance(made, list) else [made]

    def _kept_axes(self, value: Tensor) -> Axes:
        """Pictures have their channels last; all else is laid out as ONNX has it, pictures of a batch in front."""
        if len(value.keras) == 4 and set(value.keras) <= set(value.onnx):
            return value.keras
        if value.onnx[:1] != value.keras[:1]:
            return value.keras
        if len(value.onnx) == 4 and self._turned:
            return (value.onnx[0], *value.onnx[2:], value.onnx[1])
        return value.onnx

    def _taken_once(self, name: str) -> bool:
        return len(self._net.takers.get(name, ())) + self._graph.outputs.count(name) == 1

    def _output(self, name: str) -> list[object]:
        value = self._values.get(name)
        if not isinstance(value, Tensor):
            raise RefusedUpload(message("outputs that the network computes", f"{name}"[:100], _ADVICE))
        self._net.begin(Node("output", (), (), name), "")
        axes = self._kept_axes(value)
        try:
            value = self._net.arranged(value, axes)
        except NotTranslated as error:
            raise _NoEqual(Counter({f"output {error}": 1})) from error
        if self._net.entries[value.layer]["class_name"] == "InputLayer":
            value = self._net.same("Identity", value)
        return [value.layer, 0, 0]


def _is_channels_last(one: GraphInput, takers: Mapping[str, list[Node]]) -> bool:
    """Whether an input is (batch, row, column, channel), as TensorFlow's exporter has it, and first turned round."""
    shape = one.shape or ()
    if shape[1] != shape[3] and (shape[1] in _COLOURS) != (shape[3] in _COLOURS):
        return shape[3] in _COLOURS
    waiting, seen = [one.name], set()
    while waiting:
        for node in takers.get(waiting.pop(), ()):
            if node.kind == "Transpose":
                return node.attributes.get("perm") == [0, 3, 1, 2]
            if node.kind in _BY_SIGHT and node.outputs[0] not in seen:
                seen.add(node.outputs[0])
                waiting.append(node.outputs[0])
    return False


def _needed(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> list[Node]:
    """The nodes that an output depends on."""
    wanted = set(outputs)
    kept: list[Node] = []
    for node in reversed(nodes):
        if wanted & set(node.outputs):
            kept.append(node)
            wanted |= set(node.inputs)
    return kept[::-1]


def _functional(name: str, net: Network, ends: Config) -> Config:
    plain = "".join(one if one.isalnum() or one in "_-." else "_" for one in name).strip("._-") or "model"
    named = {key: value[0] if len(value) == 1 else value for key, value in ends.items()}
    named["input_layers"] = [[one, 0, 0] for one in ends["input_layers"]]
    if len(named["input_layers"]) == 1:
        named["input_layers"] = named["input_layers"][0]
    config = {"name": plain, "trainable": True, "layers": list(net.entries.values()), **named}
    module = "keras.src.models.functional"
    return {"module": module, "class_name": "Functional", "config": config, "registered_name": "Functional"}


class _NoEqual(RefusedUpload):
    """One sentence with everything that has no equal in Keras.

    Args:
        missing: operators, with the setting that has none where there is one, and how often.
    """

    def __init__(self, missing: Counter[str]) -> None:
        listed = ", ".join(f"{count} {what}" for what, count in missing.most_common(20))
        more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
        self.unknown = any(what.split()[0] not in RULES for what in missing)
        super().__init__(
            f"Expected operators of ONNX that layers of Keras compute. Received: {listed[:600]}{more}. {_ADVICE}"
        )
