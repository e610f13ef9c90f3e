"""What a dream will do, settled and checked before any of it is done."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.analyses.deep_dream.layers import layers_seeing
from shared.analyses.deep_dream.octaves import MAX_PIXELS, Size, dream_size, octave_sizes, smallest_view
from shared.analyses.deep_dream.spec import DeepDream, layer_text
from shared.errors import InvalidSpec, UnknownLayer, message
from shared.images.resizing import OWN
from worker.attribution.class_choice import class_number
from worker.attribution.explained import explain_model
from worker.networks.capture import find_layer, walk
from worker.networks.heads import Head
from worker.networks.layer_trace import TracedLayer, trace_layers
from worker.networks.models import LoadedModel

# Sides that are tried for the least that a network takes.
LARGEST_LEAST = 1024

Term = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class ClassTerms:
    """Classes whose mean logit is maximised.

    Attributes:
        head: the output; of a mask it is that of the mean over all positions, for pictures of any size.
        numbers: of the classes, as head_values() counts them.
    """

    head: Head
    numbers: tuple[int, ...]

    @property
    def titles(self) -> list[str]:
        """Names of the classes, or their numbers."""
        return [self.head.names[number] or f"class {number}" for number in self.numbers]


@dataclass(frozen=True)
class DreamPlan:
    """What is maximised, and how large.

    Attributes:
        terms: path and channels of every layer; no channels means the whole layer.
        weights: of the layers, as they were asked for.
        sizes: height and width of every octave, smallest first.
        resize: what is dreamt over of the photograph, see shared.images.resizing.
        classes: instead of layers: the output, and what is counted of it.
    """

    terms: tuple[Term, ...]
    weights: tuple[float, ...]
    sizes: tuple[Size, ...]
    resize: str = OWN
    classes: ClassTerms | None = None

    @property
    def layers(self) -> list[str]:
        """What is maximised, as a request names it."""
        if self.classes:
            return self.classes.titles
        return [layer_text(path, weight) for path, weight in zip(self.paths, self.weights, strict=True)]

    @property
    def paths(self) -> list[str]:
        """Of the layers."""
        return [path for path, _ in self.terms]


def plan_dream(spec: DeepDream, model: LoadedModel, photograph: Size) -> DreamPlan:
    """Settle layers and sizes.

    Args:
        spec: the request.
        model: whose layers.
        photograph: its height and width.

    Raises:
        UnknownLayer: a layer is not there or has no spatial extent.
        InvalidSpec: a channel beyond its layer, octaves too small for the network, a dream too large to keep.
    """
    resize = spec.settled_resize
    size = dream_size(photograph, spec.size, resize, model.input_size)
    _refuse_large(size)
    sizes = tuple(octave_sizes(size, spec.octaves, spec.octave_scale))
    if spec.classes:
        return DreamPlan((), (), sizes, resize, _classes(spec, model, sizes))
    named = [(path, _whole_path(model, path), weight) for path, weight in spec.weighted_layers()]
    found = trace_layers(model.network, (min(size[0], spec.tile), min(size[1], spec.tile))).layers
    layers = named or [(path, path, weight) for path, weight in _middle(model, found)]
    refuse_small(model, [path for _, path, _ in layers], smallest_view(sizes, spec.tile))
    terms = tuple((path, _channels(spec, name, _spatial(found, path))) for name, path, _ in layers)
    return DreamPlan(terms, tuple(weight for *_, weight in layers), sizes, resize)


def _classes(spec: DeepDream, model: LoadedModel, sizes: Sequence[Size]) -> ClassTerms:
    """The classes of an output that pictures of the smallest and of the largest size reach."""
    largest = (min(sizes[-1][0], spec.tile), min(sizes[-1][1], spec.tile))
    for view in (smallest_view(sizes, spec.tile), largest):
        if trace_layers(model.network, view).outputs is None:
            usual = " × ".join(map(str, model.input_size))
            raise InvalidSpec(
                message("a network whose output is reached by pictures of every octave and tile",
                        f"{view[0]} × {view[1]} pixels for {model.title}",
                        f"Choose one octave of the model's own size, {usual}, or a size that it takes.")
            )  # fmt: skip
    explained = explain_model(model, largest, spec.model_output)
    numbers = tuple(class_number(explained, one) for one in spec.classes)
    return ClassTerms(replace(explained.head, mask=None), numbers)


def refuse_small(model: LoadedModel, paths: Sequence[str], size: Size) -> None:
    """Refuse pictures that do not reach the layers, and say how large they must be.

    Raises:
        InvalidSpec: the network has no room for a picture of this size.
    """
    if _reached(model, paths, size):
        return
    sides = range(LARGEST_LEAST)
    least = bisect_left(sides, True, lo=1, key=lambda side: _reached(model, paths, (side, side)))
    raise InvalidSpec(
        message(
            f"octaves and tiles of at least {least} pixels a side, which {model.title} needs "
            f"to reach {', '.join(paths)}",
            f"{size[0]} × {size[1]} pixels in the smallest",
            "Choose fewer octaves, a smaller octave scale, a larger size, or layers before them.",
        )
    )


def _reached(model: LoadedModel, paths: Sequence[str], size: Size) -> bool:
    layers = trace_layers(model.network, size).layers
    return all(path in layers and all(layers[path].shape) for path in paths)


def _whole_path(model: LoadedModel, name: str) -> str:
    """The path of a layer that may be named in short."""
    layer = find_layer(model.network, name)
    return next(path for path, one in walk(model.network) if one is layer)


def _middle(model: LoadedModel, found: Mapping[str, TracedLayer]) -> list[tuple[str, float]]:
    spatial = [t for t in found.values() if t.is_spatial and not t.container]
    layers = layers_seeing([(t.path, type(t.layer).__name__, t.field.size) for t in spatial])
    if not layers:
        raise UnknownLayer(message("a network with feature maps", model.title, "Choose another model."))
    return layers


def _spatial(found: Mapping[str, TracedLayer], path: str) -> TracedLayer:
    if path in found and found[path].is_spatial:
        return found[path]
    shape = found[path].shape if path in found else "not reached by a picture"
    raise UnknownLayer(
        message("layers with a height and a width above 1", f"{path} {shape}",
                "Choose a convolution, an activation or a pooling layer; Models lists them (in a terminal: "
                "`convscope models show`).")
    )  # fmt: skip


def _channels(spec: DeepDream, name: str, traced: TracedLayer) -> tuple[int, ...]:
    chosen, count = spec.channels_of(name), int(traced.shape[-1] or 0)
    beyond = [channel for channel in chosen if channel >= count]
    if beyond:
        raise InvalidSpec(
            message(f"`channels` below {count}, the channels of {traced.path}", beyond[:5], "Change `channels`.")
        )
    return tuple(chosen)


def _refuse_large(size: Size) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise InvalidSpec(
            message(f"a dream of at most {MAX_PIXELS:,} pixels", f"{size[0]} × {size[1]}", "Choose a smaller size.")
        )
