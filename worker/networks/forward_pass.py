"""Many layers' feature maps with their statistics in one forward pass.

The pass runs eagerly, layer by layer. Traced into one function with all its outputs, InceptionV3 at 299 pixels needed
6 s before its first picture and 0.2 s for every other one; eagerly each takes 0.7 s, and nothing is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.activations.parts import LayerArrays
from shared.errors import InvalidSpec, UnknownLayer, message
from shared.results import MAX_PART_BYTES
from worker.networks.capture import Call, find_layer, layer_calls, walk
from worker.networks.head_values import run_heads
from worker.networks.heads import Head, heads_of
from worker.networks.layer_trace import Trace, TracedLayer, trace_layers
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import trace_function

FLOAT16_LARGEST = 65504.0
HEADER_ROOM = 1024 * 1024
# All maps of one run; the cache of results holds four such runs as it is set up. While they are made, the same
# numbers are there in float32 too.
MAX_MAPS_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class LayerMaps:
    """One layer's answer to one picture.

    Attributes:
        maps: float16 (height, width, channel).
        minimum, maximum, mean: float32 (channel), of the values before they were rounded to float16.
        zeros: float32 (channel) in [0, 1], share of positions that are exactly zero.
    """

    maps: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    zeros: np.ndarray

    def arrays(self) -> LayerArrays:
        """As a part holds them."""
        return {
            "maps": self.maps, "minimum": self.minimum, "maximum": self.maximum, "mean": self.mean, "zeros": self.zeros,
        }  # fmt: skip


@dataclass(frozen=True)
class ForwardMaps:
    """What one picture gave: maps by layer path, and of each output what head_values() says, without the batch."""

    layers: Mapping[str, LayerMaps]
    outputs: Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class ForwardPass:
    """A pass for pictures of one size.

    Attributes:
        model: the network.
        traced: the wanted layers by path, in the order in which they run.
        heads: the outputs that answer something; () where there are none, or pictures of this size do not reach them.
    """

    model: LoadedModel
    traced: Mapping[str, TracedLayer]
    heads: Sequence[Head]

    def run(self, picture: np.ndarray) -> ForwardMaps:
        """Show a picture, float32 (height, width, channel) in [0, 1]."""
        set_precision(self.model.network, "float32")
        pictures = preprocess(tf.constant(picture[None]), self.model.preprocess)
        network, watched = self.model.network, list(self.traced)
        if not self.heads:
            return ForwardMaps(dict(self._maps(layer_calls(network, watched, pictures))), [])
        said, every = run_heads(network, self.heads, pictures, watched)
        calls = {path: every[path][0] for path in watched}
        del every  # maps are taken out of `calls` one by one, so that none is there twice
        return ForwardMaps(dict(self._maps(calls)), [(np.asarray(v[0]), np.asarray(g[0])) for v, g in said])

    def _maps(self, calls: dict[str, Call]) -> Iterator[tuple[str, LayerMaps]]:
        for path in self.traced:
            output = calls.pop(path).output  # in float32 it takes twice the room, and is not needed again
            yield path, LayerMaps(*(np.asarray(t) for t in _with_statistics()(tf.cast(output[0], tf.float32))))


@lru_cache(maxsize=1)
def _with_statistics() -> Any:
    """A function of one layer's values, float32 (height, width, channel), to the fields of LayerMaps in order.

    Compiled once for all shapes: a quarter of the time of eight operations one by one.
    """

    def outputs(values: Any) -> tuple[Any, ...]:
        flat = tf.reshape(values, [-1, tf.shape(values)[-1]])
        maps = tf.cast(tf.clip_by_value(values, -FLOAT16_LARGEST, FLOAT16_LARGEST), tf.float16)
        zeros = tf.reduce_mean(tf.cast(tf.equal(flat, 0.0), tf.float32), 0)
        return maps, tf.reduce_min(flat, 0), tf.reduce_max(flat, 0), tf.reduce_mean(flat, 0), zeros

    shape = tf.TensorSpec([None, None, None], tf.float32)
    return trace_function(outputs, shape)


def forward_pass(model: LoadedModel, layers: Sequence[str], size: tuple[int, int]) -> ForwardPass:
    """The pass of a model through some of its layers.

    Args:
        model: a warm model.
        layers: paths; none means all with a spatial extent.
        size: height and width of the pictures.

    Raises:
        UnknownLayer: a layer is not there or has no spatial extent.
        InvalidSpec: the picture is too small for the network, or the maps are too large to keep.
    """
    trace = trace_layers(model.network, size)
    paths = _named(model, layers)
    if not paths or not paths <= trace.layers.keys():
        _refuse_small(trace, size)
    wanted = _wanted(model, trace, paths)
    _refuse_large(wanted, size)
    return ForwardPass(model, wanted, [one for one in heads_of(model, trace) if one.ending])


def _refuse_small(trace: Trace, size: tuple[int, int]) -> None:
    """A convolution that finds no room is the picture's fault; a Flatten's successor that does not fit only ends it."""
    if trace.refused is None or len(trace.refused[1]) != 4:
        return
    path, (_, height, width, _) = trace.refused
    raise InvalidSpec(
        message(
            f"a picture that is large enough for {path}",
            f"{size[0]} × {size[1]} pixels, of which {height} × {width} are left there",
            "Choose `resize` crop or fit, a larger picture, or layers before it.",
        )
    )


def _named(model: LoadedModel, layers: Sequence[str]) -> set[str]:
    """Whole paths of layers that may be named in short."""
    by_layer = {id(layer): path for path, layer in reversed(list(walk(model.network)))}
    return {by_layer[id(find_layer(model.network, name))] for name in layers}


def _wanted(model: LoadedModel, trace: Trace, paths: set[str]) -> dict[str, TracedLayer]:
    if not paths:
        found = {p: t for p, t in trace.layers.items() if t.is_spatial and not t.container and _computes(t)}
        if found:
            return found
        raise UnknownLayer(message("a network with feature maps", model.title, "Choose another model."))
    flat = sorted(p for p in paths if p not in trace.layers or not trace.layers[p].is_spatial)
    if flat:
        shape = trace.layers[flat[0]].shape if flat[0] in trace.layers else "not reached by this picture"
        raise UnknownLayer(
            message("layers with a height and a width above 1", f"{flat[0]} {shape}",
                    "Choose a convolution, an activation or a pooling layer; Models lists them (in a terminal: "
                    "`convscope models show`).")
        )  # fmt: skip
    return {p: t for p, t in trace.layers.items() if p in paths}


def _computes(traced: TracedLayer) -> bool:
    return type(traced.layer).__name__ != "InputLayer"


def _refuse_large(wanted: Mapping[str, TracedLayer], size: tuple[int, int]) -> None:
    sizes = {path: 2 * int(np.prod([int(n or 0) for n in t.shape])) for path, t in wanted.items()}
    largest = max(sizes, key=lambda path: sizes[path])
    if sizes[largest] <= MAX_PART_BYTES - HEADER_ROOM and sum(sizes.values()) <= MAX_MAPS_BYTES:
        return
    raise InvalidSpec(
        message(
            f"maps of at most {(MAX_PART_BYTES - HEADER_ROOM) >> 20} MB a layer and {MAX_MAPS_BYTES >> 20} MB together",
            f"{sizes[largest] >> 20} MB at {largest}, {sum(sizes.values()) >> 20} MB together for a picture of "
            f"{size[0]} × {size[1]} pixels",
            "Choose `resize` crop or fit, a smaller picture, or fewer layers.",
        )
    )
