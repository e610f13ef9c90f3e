"""`compare_models`: how far each layer of a network moved, and what its most changed channels want and see now.

Distances of weights relative to where they began: Zhang, Bengio, Singer, "Are All Layers Created Equal?", 2019. Tiles
as in `filter_atlas`, from the same start on both sides.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shared.analyses.compare_models.parts import (
    LAYER,
    TABLE,
    ChannelRow,
    LayerArrays,
    LayerCounts,
    LayerFacts,
    ShownPictures,
    TableArrays,
    TableFacts,
    TableRow,
)
from shared.analyses.compare_models.spec import SIDES, CompareModels, Side
from shared.errors import InvalidSpec, NotFinite, message
from shared.images.masks import mask_over
from shared.images.resizing import AUTO, rule_of
from shared.part_sources import ListedParts
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.compare_models.answers import answer_arrays, answer_facts, answers_of
from worker.analyses.compare_models.choose_layers import Networks, hindrances, layers_to_draw, shown_size
from worker.analyses.compare_models.distance import LayerMoves, layer_moves, row
from worker.analyses.compare_models.match import LayerMatch, match_layers
from worker.analyses.context import RunContext
from worker.ascent.compiled import compile_ascent
from worker.ascent.layer_ascent import LayerAscent, OptimizedTile
from worker.ascent.modes import mode_of
from worker.ascent.objectives import channel
from worker.networks.forward_pass import LayerMaps, forward_pass
from worker.networks.layer_trace import TracedLayer
from worker.networks.preprocessing import shown_picture, to_uint8
from worker.pictures.drawn_pictures import add_bands, drawable


def compare_models(spec: CompareModels, context: RunContext) -> Iterator[Part | Progress]:
    """Match the layers of two networks, measure how far each moved, and draw those that moved most.

    Yields:
        Parts as shared.analyses.compare_models.parts describes them; of networks that are bit for bit the same, the
        table alone.

    Raises:
        InvalidSpec: networks of different shapes, or tiles too small for a layer.
        UnknownLayer: a named layer is not there on both sides, or cannot be drawn.
        NotFinite, DoesNotFit: see their names.
    """
    networks = yield from _loaded(spec, context)
    matched = match_layers(networks["before"].network, networks["after"].network)
    measuring = Progress("measuring how far each layer moved", facts=_facts(spec, networks))
    moves = yield from yielding(lambda: [layer_moves(*pair) for pair in matched.pairs], measuring)
    run = _Comparison(spec, context, networks, moves, hindrances(networks, moves))
    drawn = layers_to_draw(spec, networks, moves, run.hindered)
    yield Progress("comparing", total=1 + len(drawn), facts={"metrics": _counts(moves)})
    if 0 not in context.finished:
        yield (yield from yielding(lambda: run.table(matched, drawn), "showing both the picture"))
    for number, one in enumerate(drawn, 1):
        if number not in context.finished:
            yield from run.layer(number, one, len(drawn))


def _loaded(spec: CompareModels, context: RunContext) -> Generator[Progress, None, Networks]:
    before = yield from yielding(lambda: context.models.load(spec.model), "loading the network before")
    after = yield from yielding(lambda: context.models.load(spec.other), "loading the network after")
    if before.input_channels != after.input_channels:
        raise InvalidSpec(
            message("two networks that take the same pictures",
                    f"one of {before.input_channels} and one of {after.input_channels} channels",
                    "Choose two states of one architecture.")
        )  # fmt: skip
    return {"before": before, "after": after}


def _facts(spec: CompareModels, networks: Networks) -> dict[str, Any]:
    before, after = networks["before"], networks["after"]
    return {"model": before.title, "other": after.title, "weights": after.weights, "precision": spec.precision}


def _counts(moves: Sequence[LayerMoves]) -> LayerCounts:
    states = [one.state for one in moves]
    return {
        "matched": len(moves), "moved": states.count("moved"), "statistics": states.count("statistics"),
        "frozen": states.count("frozen"),
    }  # fmt: skip


@dataclass
class _Comparison:
    """Two networks, how far their layers moved, and why some cannot be drawn."""

    spec: CompareModels
    context: RunContext
    networks: Networks
    moves: Sequence[LayerMoves]
    hindered: Sequence[str]

    def table(self, matched: LayerMatch, drawn: Sequence[LayerMoves]) -> Part:
        """Part 0."""
        parts = {id(one): number for number, one in enumerate(drawn, 1)}
        rows: list[TableRow] = [
            {**one.facts(), "part": parts.get(id(one), 0), "hindrance": why, "most": one.most(self.spec.most_channels)}
            for one, why in zip(self.moves, self.hindered, strict=True)
        ]
        answers = {side: answers_of(self.networks[side], self.context, self.spec) for side in SIDES}
        arrays: TableArrays = {**self._distances(), **answer_arrays(answers)}
        shown = self._picture()
        add_bands(arrays, "picture", shown)
        facts: TableFacts = {
            "layers": rows,
            "only_before": [one.facts() for one in matched.only_before],
            "only_after": [one.facts() for one in matched.only_after],
            "inside_before": matched.inside_before,
            "inside_after": matched.inside_after,
            **_counts(self.moves),
            "height": shown.shape[0],
            "width": shown.shape[1],
            **answer_facts(answers),
        }
        pictures: ShownPictures = {"picture": shown_picture(shown)}
        for side in SIDES:
            if (mask := answers[side].mask) is not None:
                pictures[f"mask_{side}"] = mask_over(pictures["picture"], mask)  # type: ignore[literal-required]
        return TABLE.part(0, "table", pictures=pictures, arrays=arrays, facts=facts)

    def _distances(self) -> TableArrays:
        whole, channels = [one.whole for one in self.moves], [one.channels for one in self.moves]
        return {
            "distance": np.concatenate([one.distance for one in whole]),
            "cosine": np.concatenate([one.cosine for one in whole]),
            "unchanged": np.concatenate([one.unchanged for one in whole]),
            "channel_distance": np.concatenate([one.distance for one in channels]),
            "channel_cosine": np.concatenate([one.cosine for one in channels]),
            "channel_unchanged": np.concatenate([one.unchanged for one in channels]),
        }

    def _picture(self) -> np.ndarray:
        after = self.networks["after"]
        size = shown_size(self.networks)
        rule = rule_of(AUTO, after.card.resize)
        return self.context.sized_picture(self.spec.image, size, after.input_channels, rule, after.preprocess)

    def layer(self, number: int, one: LayerMoves, count: int) -> Iterator[Part | Progress]:
        """Tiles and maps of a layer's most changed channels."""
        channels = one.most(self.spec.most_channels)
        tiles: dict[Side, list[OptimizedTile]] = {}
        for at, side in enumerate(SIDES):
            share = (number - 1 + at / 2) / count, 1 / (2 * count)
            tiles[side] = yield from self._tiles(side, one.path(side), channels, share)
        maps = yield from yielding(
            lambda: {side: self._maps(side, one) for side in SIDES}, f"maps of {one.before.path}"
        )
        yield _layer_part(number, one, channels, tiles, maps)

    def _tiles(
        self, side: Side, path: str, channels: Sequence[int], share: tuple[float, float]
    ) -> Generator[Progress, None, list[OptimizedTile]]:
        model, spec = self.networks[side], self.spec
        stage, done = f"{path} {side}", share[0]
        mode = mode_of(spec, model.input_channels, self.context.library.images)
        compiling = Progress(f"{stage}: compiling", fraction=done)
        ascent = yield from yielding(lambda: compile_ascent(model, channel(path), mode, spec.precision), compiling)
        layer_ascent = LayerAscent(ascent, spec, channels, spec.restarts, None, self.context.device_memory)
        found: list[OptimizedTile] = []
        for item in layer_ascent.optimize_all(ListedParts(range(len(channels)))):
            if isinstance(item, OptimizedTile):
                found.append(item)
                continue
            done = done if item.fraction is None else share[0] + share[1] * item.fraction
            yield replace(item, stage=f"{stage}: {item.stage}", fraction=done, facts={})
        return sorted(found, key=lambda tile: tile.index)

    def _maps(self, side: Side, one: LayerMoves) -> tuple[LayerMaps, TracedLayer]:
        path = one.path(side)
        network = forward_pass(self.networks[side], [path], shown_size(self.networks))
        found = network.run(self._picture()).layers[path]
        if not np.isfinite([found.minimum, found.maximum, found.mean]).all():
            raise NotFinite(message(f"finite activations at {path}", "NaN or infinity", "Name other `layers`."))
        return found, network.traced[path]


def _layer_part(
    number: int, one: LayerMoves, channels: list[int], tiles: Mapping[Side, Sequence[OptimizedTile]],
    maps: Mapping[Side, tuple[LayerMaps, TracedLayer]],
) -> Part:  # fmt: skip
    seen = {side: found for side, (found, _) in maps.items()}
    traced = maps["before"][1]
    pictures = {f"{side}_{c.channel}": to_uint8(drawable(c.picture)) for side in SIDES for c in tiles[side]}
    arrays: LayerArrays = {
        "channels": np.array(channels, np.int32),
        "maps_before": np.ascontiguousarray(seen["before"].maps[..., channels]),
        "maps_after": np.ascontiguousarray(seen["after"].maps[..., channels]),
        "objective_before": np.stack([c.curve[1:] for c in tiles["before"]]),
        "objective_after": np.stack([c.curve[1:] for c in tiles["after"]]),
        "distance": one.channels.distance[channels],
        "cosine": one.channels.cosine[channels],
        "unchanged": one.channels.unchanged[channels],
    }
    if tiles["before"][0].picture.shape[-1] not in (1, 3):
        for side in SIDES:
            arrays[f"{side}_bands"] = np.stack([to_uint8(c.picture) for c in tiles[side]])  # type: ignore[literal-required]
    facts: LayerFacts = {
        "path": one.before.path,
        "path_after": one.after.path,
        "height": seen["before"].maps.shape[0],
        "width": seen["before"].maps.shape[1],
        "receptive_field": traced.field.size,
        "stride": traced.field.stride,
        "start": list(traced.field.start),
        "channels": [
            _channel_row(one, c, {side: tiles[side][at] for side in SIDES}, seen) for at, c in enumerate(channels)
        ],
    }
    return LAYER.part(number, one.before.path, pictures=pictures, arrays=arrays, facts=facts)


def _channel_row(
    one: LayerMoves, number: int, tiles: Mapping[Side, OptimizedTile], seen: Mapping[Side, LayerMaps]
) -> ChannelRow:
    return {
        "channel": number,
        **row(one.channels, number),
        "dead_before": tiles["before"].dead,
        "dead_after": tiles["after"].dead,
        "objective_before": float(tiles["before"].curve[-1]),
        "objective_after": float(tiles["after"].curve[-1]),
        "mean_before": float(seen["before"].mean[number]),
        "mean_after": float(seen["after"].mean[number]),
        "low": min(float(seen[side].minimum[number]) for side in SIDES),
        "high": max(float(seen[side].maximum[number]) for side in SIDES),
    }
