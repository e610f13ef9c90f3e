"""Which layers of two networks are drawn: named ones, or those that moved most and have feature maps."""

from collections.abc import Mapping, Sequence

from shared.analyses.compare_models.spec import SIDES, CompareModels, Side
from shared.errors import UnknownLayer, choices, message
from worker.analyses.compare_models.distance import LayerMoves
from worker.ascent.layer_channels import check_channel
from worker.networks.layer_trace import TracedLayer, trace_layers
from worker.networks.models import LoadedModel

Networks = Mapping[Side, LoadedModel]
Traces = Mapping[Side, Mapping[str, TracedLayer]]


def shown_size(networks: Networks) -> tuple[int, int]:
    """Height and width of the picture that both networks are shown, in pixels."""
    return networks["after"].input_size


def hindrances(networks: Networks, moves: Sequence[LayerMoves]) -> list[str]:
    """Why each layer cannot be drawn; "" where it can."""
    traces = {side: trace_layers(networks[side].network, shown_size(networks)).layers for side in SIDES}
    return [_hindrance(one, traces) for one in moves]


def layers_to_draw(
    spec: CompareModels, networks: Networks, moves: Sequence[LayerMoves], hindered: Sequence[str]
) -> list[LayerMoves]:
    """Layers that get tiles and maps, in the network's order; none where nothing moved at all.

    Args:
        spec: names the layers, or says how many.
        networks: both.
        moves: of all matched layers.
        hindered: see hindrances().

    Raises:
        UnknownLayer: a named layer is not there on both sides, or has no feature maps.
        InvalidSpec: tiles of this size are too small for a layer.
    """
    if all(one.state == "frozen" for one in moves):
        return []
    able = [one for one, why in zip(moves, hindered, strict=True) if not why]
    if spec.layers:
        chosen = [_named(name, moves, hindered) for name in spec.layers]
    else:
        furthest = sorted(able, key=lambda one: (not _has_kernels(one), -float(one.whole.distance[0])))
        chosen = [one for one in furthest if one.state != "frozen"][: spec.most_layers]
    found = [one for one in able if any(one is other for other in chosen)]
    for one in found:
        for side in SIDES:
            check_channel(networks[side], one.path(side), max(one.most(spec.most_channels)), spec.size)
    return found


def _has_kernels(one: LayerMoves) -> bool:
    """A normalization's channel is its convolution's once more, so convolutions come first."""
    return any(len(shape) > 2 for shape in one.before.shapes)


def _named(name: str, moves: Sequence[LayerMoves], hindered: Sequence[str]) -> LayerMoves:
    paths = {one.path(side): one for side in ("after", "before") for one in moves}
    ends = [one for one in moves if name in {one.path(side).split("/")[-1] for side in SIDES}]
    found = paths.get(name) or (ends[0] if len(ends) == 1 else None)
    if found is None:
        raise UnknownLayer(message("`layers` with weights in both networks", name, choices(name, paths)))
    if hindrance := next(why for one, why in zip(moves, hindered, strict=True) if one is found):
        raise UnknownLayer(
            message("`layers` with feature maps, alike in both networks", f"{name}, {hindrance}",
                    "Choose convolutions.")
        )  # fmt: skip
    return found


def _hindrance(one: LayerMoves, traces: Traces) -> str:
    """Why a layer cannot be drawn; "" where it can."""
    seen = [traces[side].get(one.path(side)) for side in SIDES]
    shapes = [found.shape for found in seen if found and found.is_spatial]
    if len(shapes) < len(SIDES):
        return "which has no height and width"
    if shapes[0] != shapes[1]:
        return f"of {shapes[0]} before and {shapes[1]} after"
    if shapes[0][-1] != len(one.channels.distance):
        return "whose weights belong to no single channel"
    return ""
