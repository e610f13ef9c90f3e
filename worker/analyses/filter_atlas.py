"""`filter_atlas`: the picture that excites each channel of a layer most, in one of three modes.

Chollet, "How convolutional neural networks see the world", 2016 (classic). Olah et al., "Feature Visualization",
Distill 2017 (lucid). Fel et al., NeurIPS 2023 (maco).
"""

from collections.abc import Iterator

from shared.analyses import FilterAtlas
from shared.analyses.filter_atlas.parts import TILE, TileArrays
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.ascent.compiled import compile_ascent
from worker.ascent.layer_ascent import LayerAscent, OptimizedTile
from worker.ascent.layer_channels import chosen_channels, load_for_layer
from worker.ascent.modes import mode_of
from worker.ascent.objectives import channel
from worker.networks.preprocessing import to_uint8
from worker.pictures.drawn_pictures import add_bands, drawable


def filter_atlas(spec: FilterAtlas, context: RunContext) -> Iterator[Part | Progress]:
    """Maximise every wanted channel, many at once: all at a first look, then each to its end.

    Yields:
        Previews of the parts, then a part a channel, as shared.analyses.filter_atlas.parts says.

    Raises:
        UnknownLayer, InvalidSpec: no such layer or channel, or the layer has no feature maps.
        NotFinite, DoesNotFit: see their names.
    """
    load = lambda: load_for_layer(context.models, spec.model, spec.layer)  # noqa: E731
    model = yield from yielding(load, "loading the model")
    channels = chosen_channels(model, spec.layer, spec.channels)
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    chosen = mode_of(spec, model.input_channels, context.library.images)
    compiling = Progress("compiling", total=len(channels), facts=facts)
    ascent = yield from yielding(lambda: compile_ascent(model, channel(spec.layer), chosen, spec.precision), compiling)
    photograph = context.start_picture(spec, model)
    layer_ascent = LayerAscent(ascent, spec, channels, spec.restarts, photograph, context.device_memory)
    source = context.source(Series(len(channels)))
    for item in layer_ascent.first_look(source):
        yield Progress("first look", previews=[_part(item)]) if isinstance(item, OptimizedTile) else item
    for item in layer_ascent.optimize_all(source):
        yield _part(item) if isinstance(item, OptimizedTile) else item


def _part(one: OptimizedTile) -> Part:
    arrays: TileArrays = {"objective": one.curve[1:]}
    add_bands(arrays, "tile", one.picture, optimized=True)
    tile = to_uint8(drawable(one.picture))
    return TILE.part(one.index, f"channel {one.channel}", pictures={"tile": tile}, arrays=arrays, facts=one.facts())
