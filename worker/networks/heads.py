"""The outputs of a network: what each answers (classes, yes or no, numbers, a mask), and where that is explained."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from shared.analyses.outputs import WAYS, Ending, OutputFacts
from shared.class_names import names_of_two
from shared.errors import InvalidSpec, UnknownLayer, choices, message
from worker.networks.capture import find_layer
from worker.networks.layer_trace import Trace, trace_layers
from worker.networks.models import LoadedModel
from worker.networks.readings import PROBABILITIES, Reading, output_reading, positions, reading_of

# Without names, more values than these behind a ReLU or a tanh are features and no answers.
MOST_NUMBERS = 16
# A map coarser than this share of the picture's height is a feature map, unless a softmax or sigmoid says otherwise.
LEAST_OF_HEIGHT = 0.25
# What people call outputs that are numbers where nothing else tells them from classes.
_NUMBERS = re.compile(
    r"(^|[^a-z])(bbox|box|boxes|coord|coords|coordinates|corners|landmarks?|keypoints?|points|offsets?|regression|"
    r"regressor|age|angles?|depth|steering|pose|distance|size|weight|height|width|x|y|xy|xywh|xyxy)([^a-z]|$)"
)
# Of those the ones that are numbers even behind a sigmoid.
_PLACES = re.compile(
    r"(^|[^a-z])(bbox|boxes|coords|coordinates|corners|landmarks|keypoints|regression|xywh|xyxy)([^a-z]|$)"
)


@dataclass(frozen=True)
class Head:
    """One output of a network.

    Attributes:
        name: of the output, as the network calls it.
        place: its number among the outputs.
        reading: where the explained values are.
        ending: how the values become the output; "" for features, which answer nothing.
        units: values of the output; of a mask, at each position.
        labels: names of what the units stand for, as many as are known.
        mask: height and width of a mask; None where the output answers for the whole picture.
        assumed: whether classes or numbers is a guess: several values without an activation and without names.
    """

    name: str
    place: int
    reading: Reading
    ending: Ending
    units: int
    labels: tuple[str, ...] = ()
    mask: tuple[int, int] | None = None
    assumed: bool = False

    @property
    def count(self) -> int:
        """What can be explained of it: classes; of a number its rise and its fall."""
        return 2 * self.units if self.ending in ("binary", "number") else self.units

    @property
    def names(self) -> tuple[str, ...]:
        """Of what is counted by `count`, "" where unknown: "higher" and "lower" of a number with its name."""
        if self.ending == "binary":
            labels = names_of_two(self.labels)
        elif self.ending == "number":
            labels = tuple(f"{one} {way}".strip() for way in WAYS for one in self.number_names)
        else:
            labels = self.labels
        return tuple(labels[i] if i < len(labels) else "" for i in range(self.count))

    @property
    def number_names(self) -> tuple[str, ...]:
        """Of the numbers, with their units where the names say them; one without a name is called like the output."""
        alone = self.units == 1
        return tuple(self.labels[i] if i < len(self.labels) else ("" if alone else str(i)) for i in range(self.units))

    def facts(self) -> OutputFacts:
        """As a part holds it."""
        return {
            "output": self.name, "ending": self.ending, "units": self.units, "mask": list(self.mask or ()),
            "assumed": self.assumed, "names": list(self.labels[: self.units]) if self.ending != "binary" else
            list(names_of_two(self.labels)),
        }  # fmt: skip


def heads_of(model: LoadedModel, trace: Trace) -> tuple[Head, ...]:
    """Every output of a network, in the order in which it gives them; () where it was not run to its end."""
    if trace.outputs is None:
        return ()
    tensors = keras.tree.flatten(trace.outputs)
    names = output_names(model.network, trace.outputs)
    known = _labels(model, names, [int(tensor.shape[-1] or 0) for tensor in tensors])
    return tuple(
        _head(model, place, name, tuple(tensor.shape[1:]), _probable(model, place, trace, tensor), known[place])
        for place, (name, tensor) in enumerate(zip(names, tensors, strict=True))
    )


def model_heads(model: LoadedModel, size: tuple[int, int] | None = None) -> tuple[Head, ...]:
    """heads_of() for pictures of a size; none means the model's own."""
    size = size or model.input_size
    return model.trace_once("heads", size, lambda: heads_of(model, trace_layers(model.network, size)), 4)


def head_named(model: LoadedModel, heads: Sequence[Head], output: str = "") -> Head:
    """The output that is asked for.

    Args:
        model: whose.
        heads: from heads_of().
        output: its name; "" means the first that can be explained.

    Raises:
        InvalidSpec: there is none of that name, or it answers nothing.
    """
    answering = [one for one in heads if one.ending]
    if output:
        found = [one for one in heads if one.name == output]
        if not found:
            raise InvalidSpec(message("an output of this model", output, choices(output, [h.name for h in heads])))
        answering = [one for one in found if one.ending]
    if answering:
        return answering[0]
    raise InvalidSpec(
        message("a model with an output to explain: classes, yes or no, numbers or a mask",
                f"{model.title}, whose output is {shape_words(model.network)}",
                "Choose a model with its head, or put one behind it and train that.")
    )  # fmt: skip


def output_names(network: keras.Model, outputs: Any) -> list[str]:
    """Names of a network's outputs, each once: the keys where it gives a dictionary, else the layers'."""
    if isinstance(outputs, dict):
        names = ["/".join(map(str, path)) for path, _ in keras.tree.flatten_with_path(outputs)]
    else:
        makers = [getattr(getattr(t, "_keras_history", None), "operation", None) for t in network.outputs]
        names = [getattr(maker, "name", f"output {place}") for place, maker in enumerate(makers)]
    return [f"{name}#{names[:i].count(name) + 1}" if name in names[:i] else name for i, name in enumerate(names)]


def shape_words(layer: Any) -> str:
    """Shape of what a layer or a model gives, "14 × 14 × 512", with ? for sides that depend on the picture."""
    shapes = [tuple(t.shape[1:]) for t in keras.tree.flatten(getattr(layer, "output", ()))]
    return " and ".join(" × ".join(str(n or "?") for n in shape) for shape in shapes) or "unknown"


def _probable(model: LoadedModel, place: int, trace: Trace, tensor: Any) -> Reading:
    """Where an output is read; the output itself where a factor has made its probabilities to something else."""
    found = reading_of(trace, tensor)
    if not found.scaled or (found.join == "mean" and found.squash == "softmax"):
        return found
    values = _tried(model, place) if found.join == "mean" else np.full(1, 2.0)
    return found if ((values >= 0) & (values <= 1)).all() else output_reading(trace, tensor)


def _head(
    model: LoadedModel, place: int, name: str, shape: tuple[int | None, ...], reading: Reading, labels: tuple[str, ...]
) -> Head:
    mask = _mask(shape, reading)
    units = int((reading.shape if mask else shape or (1,))[-1] or 0)
    whole = positions(reading.shape) == 1 or reading.averaged
    of_output = mask is not None or (whole and positions(shape) in (0, 1) and _width(reading) == units)
    if not of_output or not units:
        return Head(name, place, reading, "", units, labels)
    ending, assumed = _ending(model, place, name, reading, units, labels)
    if mask and not _is_mask(model, reading, ending, units, mask[0], labels):
        ending = ""
    return Head(name, place, reading, ending, units, labels, mask, assumed and ending != "")


def _is_mask(
    model: LoadedModel, reading: Reading, ending: Ending, units: int, height: int, labels: tuple[str, ...]
) -> bool:
    """Whether values at every position are an answer, and no feature maps."""
    if reading.squash in PROBABILITIES or reading.squash == "log_softmax":
        return True
    if not reading.squash or (ending == "number" and units > 1) or height < LEAST_OF_HEIGHT * model.input_size[0]:
        return False
    if len(labels) > 1:
        return True
    try:
        layer = find_layer(model.network, reading.points[0].path)
    except UnknownLayer:
        return False
    one_by_one = tuple(getattr(layer, "kernel_size", ())) == (1, 1)
    return one_by_one or reading.changed or isinstance(layer, keras.layers.Conv2DTranspose)


def _width(reading: Reading) -> int:
    return int(reading.shape[-1] or 0) if reading.shape else 1


def _mask(shape: tuple[int | None, ...], reading: Reading) -> tuple[int, int] | None:
    """Height and width of an output that answers at every position; None of any other."""
    if len(reading.shape) != 3 or reading.averaged or positions(reading.shape) <= 1:
        return None
    if len(shape) == 3 and shape[-1] == reading.shape[-1]:
        return int(shape[0] or 0), int(shape[1] or 0)
    # A row or a picture of the same positions; of one value a position, flattened, nobody knows whether it is a mask.
    same = np.prod([n or 0 for n in shape]) == np.prod([n or 0 for n in reading.shape])
    return (int(reading.shape[0] or 0), int(reading.shape[1] or 0)) if same and len(shape) == 2 else None


def _labels(model: LoadedModel, names: Sequence[str], widths: Sequence[int]) -> list[tuple[str, ...]]:
    """Names of each output's units: its own, or the model's where it is the only output, or the only one they fit."""
    fits = [len(widths) == 1 or (width == len(model.labels) and widths.count(width) == 1) for width in widths]
    own = model.card.output_labels
    return [own.get(name, model.labels if fit else ()) for name, fit in zip(names, fits, strict=True)]


def _ending(
    model: LoadedModel, place: int, name: str, reading: Reading, units: int, labels: tuple[str, ...]
) -> tuple[Ending, bool]:
    """How an output ends, and whether that is a guess."""
    named = len(labels) == units > 1
    match reading.squash:
        case "softmax" | "log_softmax":
            return "softmax", False
        case "sigmoid" | "hard_sigmoid":
            if not labels and _called(_PLACES, model, name, reading):
                return "number", True
            # As many as the picture has colours, as fine as the picture: another picture, perhaps.
            picture = positions(reading.shape) > 1 and units == model.input_channels and not labels
            return ("binary" if units == 1 else "sigmoid"), picture and not reading.averaged and units > 1
        case "linear" if units == 1 and positions(reading.shape) > 1 and not reading.averaged:
            return ("number", False) if _called_number(model, name, reading) else ("binary", len(labels) != 2)
        case "linear" if units == 1:
            return ("binary" if len(labels) == 2 else "number"), False
        case "linear":
            if named:
                return ("number" if all(map(_is_number_name, labels)) else "linear"), False
            number = _called_number(model, name, reading) or _far_from_zero(model.network, reading)
            return ("number" if number else "linear"), True
        case "":
            return _of_unknown(model, place, units, named)
    few = units <= MOST_NUMBERS or named
    return ("number" if few and reading.weighted and not reading.averaged else ""), False


def _of_unknown(model: LoadedModel, place: int, units: int, named: bool) -> tuple[Ending, bool]:
    """The same behind operations that are not known: by what the network really gives."""
    if units == 1:
        return "number", False
    if _gives_shares(model, place):
        return "given", not named
    if named:
        return "linear", True
    return ("number" if units <= MOST_NUMBERS else ""), True


def _gives_shares(model: LoadedModel, place: int) -> bool:
    """Whether an output's values are shares of one for two random pictures."""
    values = _tried(model, place)
    return bool((values >= -1e-6).all() and np.allclose(values.sum(-1), 1, atol=1e-3))


def _tried(model: LoadedModel, place: int) -> np.ndarray:
    """What an output gives for two random pictures."""
    size = (2, *model.input_size, model.input_channels)
    pictures = np.random.default_rng(0).random(size, np.float32)
    with warnings.catch_warnings(action="ignore"):  # what Keras thinks of this network is no concern of the question
        outputs = keras.tree.flatten(model.network(pictures, training=False))
    return np.asarray(outputs[place], np.float32)


def _called_number(model: LoadedModel, name: str, reading: Reading) -> bool:
    return _called(_NUMBERS, model, name, reading)


def _called(words: re.Pattern[str], model: LoadedModel, name: str, reading: Reading) -> bool:
    called = [name, model.network.name, *(point.path for point in reading.points)]
    return any(words.search(_plain(one)) for one in called)


def _is_number_name(name: str) -> bool:
    """Whether a name has a unit behind it, "age (years)", or is what people call numbers."""
    return bool(re.search(r"[(\[].+[)\]]$", name) or _NUMBERS.search(_plain(name)))


def _plain(name: str) -> str:
    return re.sub(r"[_\-/0-9]+", " ", name.lower())


def _far_from_zero(network: keras.Model, reading: Reading) -> bool:
    """Whether the biases are all about the same and not zero: a cross-entropy leaves their sum where it began, at 0."""
    try:
        bias = getattr(find_layer(network, reading.points[0].path), "bias", None)
    except UnknownLayer:  # an operation, which has no weights
        return False
    if bias is None:
        return False
    values = np.asarray(bias, np.float32)
    return bool(abs(values.mean()) > 1 + 3 * values.std())
