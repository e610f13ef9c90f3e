"""`filter_twins`: which channels of a layer are the same filter, turned or mirrored.

Chollet, "How convolutional neural networks see the world", 2016.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.filter_twins.numbers import SYMMETRIES, turn
from shared.analyses.filter_twins.parts import TURNED_TILE, TwinArrays
from shared.analyses.filter_twins.spec import MOST_CHANNELS, FilterTwins
from shared.errors import InvalidSpec, message
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.ascent.compiled import compile_ascent
from worker.ascent.layer_ascent import LayerAscent, OptimizedTile
from worker.ascent.layer_channels import chosen_channels, load_for_layer
from worker.ascent.modes import mode_of
from worker.ascent.objectives import BORDER, channel, without_border
from worker.ascent.watching import spatial
from worker.networks.capture import find_layer, layer_outputs
from worker.networks.first_kernel import first_kernel
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess, to_uint8
from worker.networks.tracing import trace_function
from worker.pictures.drawn_pictures import add_bands, drawable

ChannelResponses = Callable[[np.ndarray], np.ndarray]
KEPT = 2


def filter_twins(spec: FilterTwins, context: RunContext) -> Iterator[Part | Progress]:
    """Make a tile for every channel, and show it to the layer in eight positions.

    Yields:
        Parts as shared.analyses.filter_twins.parts describes them.

    Raises:
        UnknownLayer, InvalidSpec: no such layer or channel, no feature maps, or too many channels.
        NotFinite, DoesNotFit: see their names.
    """
    load = lambda: load_for_layer(context.models, spec.model, spec.layer)  # noqa: E731
    model = yield from yielding(load, "loading the model")
    channels = chosen_channels(model, spec.layer, spec.channels)
    if len(channels) > MOST_CHANNELS:
        raise InvalidSpec(
            message(f"at most {MOST_CHANNELS} channels to be compared with each other", f"{len(channels)}",
                    "Name some of them in `channels`.")
        )  # fmt: skip
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    yield Progress("compiling", total=len(channels), facts=facts)
    chosen = mode_of(spec, model.input_channels, context.library.images)
    ascent = yield from yielding(
        lambda: compile_ascent(model, channel(spec.layer), chosen, spec.precision), "compiling the ascent"
    )
    responses = yield from yielding(
        lambda: channel_responses(model, spec.layer, spec.size), "compiling the layer's responses"
    )
    run = _Twins(responses, _square_kernels(model, spec.layer))
    layer_ascent = LayerAscent(ascent, spec, channels, spec.restarts, None, context.device_memory)
    for item in layer_ascent.optimize_all(context.source(Series(len(channels)))):
        yield run.part(item) if isinstance(item, OptimizedTile) else item


@dataclass
class _Twins:
    """What a tile is shown to."""

    responses: ChannelResponses
    kernels: np.ndarray | None

    def part(self, one: OptimizedTile) -> Part:
        """A tile with the layer's responses to it in all positions."""
        positions = np.stack([turn(one.picture, s) for s in range(len(SYMMETRIES))])
        arrays: TwinArrays = {"answers": self.responses(positions), "objective": one.curve[1:]}
        if self.kernels is not None:
            arrays["kernel"] = np.ascontiguousarray(self.kernels[..., one.channel])
        add_bands(arrays, "tile", one.picture, optimized=True)
        tile = to_uint8(drawable(one.picture))
        return TURNED_TILE.part(
            one.index, f"channel {one.channel}", pictures={"tile": tile}, arrays=arrays, facts=one.facts()
        )


def _square_kernels(model: LoadedModel, path: str) -> np.ndarray | None:
    """float32 (side, side, input, channel) where the layer sees the picture itself and its kernels can be turned."""
    found = first_kernel(model, path, 0)
    if found is None or found.weights.shape[0] != found.weights.shape[1]:
        return None
    convolution: Any = find_layer(model.network, found.path)
    return np.asarray(convolution.kernel, np.float32)


def channel_responses(model: LoadedModel, path: str, size: int) -> ChannelResponses:
    """A function that shows pictures to a layer, traced now or at an earlier run.

    Args:
        model: any.
        path: of the layer.
        size: height and width of the pictures.

    Returns:
        float32 (batch, size, size, channel) in [0, 1] -> float32 (batch, channels of the layer), the mean activation
        over the positions that an ascent's objective counts, in float32.
    """

    def responses(pictures: Any) -> Any:
        output = layer_outputs(model.network, [path], preprocess(pictures, model.preprocess))[path]
        return tf.reduce_mean(without_border(tf.cast(spatial(output), tf.float32), BORDER), axis=(1, 2))

    def trace() -> Any:
        set_precision(model.network, "float32")
        return trace_function(responses, tf.TensorSpec([None, size, size, model.input_channels], tf.float32))

    function = model.trace_once("channel_responses", (path, size), trace, KEPT)
    return lambda pictures: np.asarray(function(tf.constant(pictures, tf.float32)))
