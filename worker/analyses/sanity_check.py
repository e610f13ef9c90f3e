"""`sanity_check`: a heat map again with random weights, and what becomes of the class without the places it shows.

Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018; Petsiuk et al., "RISE", BMVC 2018.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import ShownPicture
from shared.analyses.heat_maps import enlarge, smooth
from shared.analyses.sanity_check.parts import (
    CURVES,
    DEPTH,
    TRAINED,
    Areas,
    ComparedMap,
    CurveArrays,
    CurvesFacts,
    DepthArrays,
    DepthFacts,
    TrainedFacts,
    Verdict,
)
from shared.analyses.sanity_check.spec import SanityCheck
from shared.results import Part, Progress
from worker.analyses.background import yielding, yielding_from
from worker.analyses.context import RunContext
from worker.attribution.class_choice import class_row, saturation, wanted_numbers
from worker.attribution.deletion import area, curves, fractions, random_map
from worker.attribution.explained import explain_model, used_layers
from worker.attribution.method_maps import NEEDS, MethodMaps, extremes, method_maps
from worker.attribution.passes import CompiledPasses
from worker.attribution.randomised import cascade, randomise, share_of_weights, trained_weights
from worker.attribution.task import ExplainTask
from worker.attribution.verdicts import rank_correlation, verdict
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture
from worker.pictures.drawn_pictures import add_bands

MethodMapsByName = dict[str, MethodMaps]


def sanity_check(spec: SanityCheck, context: RunContext) -> Iterator[Part | Progress]:
    """Check the heat maps of one picture and class.

    Yields:
        Parts as shared.analyses.sanity_check.parts lays them out.

    Raises:
        InvalidSpec, UnknownLayer, UnknownImage, NotFinite: see their names.
    """
    begun = time.perf_counter()
    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")
    picture = context.model_picture(spec.image, model, spec.resize)
    passes = yield from yielding(lambda: _ready(spec, model, picture), "compiling")
    check = _Check(spec, context, passes, picture)
    known = {"model": model.title, "weights": model.weights, "precision": "float32"}
    timings = {"prepare_seconds": round(time.perf_counter() - begun, 3)}
    yield Progress("the maps as trained", total=len(check.groups) + 2, facts={**known, "timings": timings})
    yield from check.run()


def _ready(spec: SanityCheck, model: LoadedModel, picture: np.ndarray) -> CompiledPasses:
    explained = explain_model(model, (picture.shape[0], picture.shape[1]), spec.model_output)
    wanted_numbers(explained, spec.classes)
    watched = [t.path for t in explained.find_layers(spec.layers)]
    passes = CompiledPasses(
        explained, watched if any(METHODS[m].place == "layer" for m in spec.methods) else (), lent=True
    )
    needed = dict.fromkeys(need for m in spec.methods for need in NEEDS.get(m, ()))
    passes.trace(["forward", "outputs", *needed], classes=1)
    return passes


@dataclass
class _Check:
    """One attempt: what it works with, and the ranks that were found so far."""

    spec: SanityCheck
    context: RunContext
    passes: CompiledPasses
    picture: np.ndarray
    ranks: dict[str, list[float | None]] = field(default_factory=dict)

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Paths that are randomised at each depth."""
        return cascade(self.passes.explained, self.spec.depths)

    def run(self) -> Iterator[Part | Progress]:
        """All parts that are not there yet; the last one's verdicts need every depth, so all are computed."""
        explained, last = self.passes.explained, len(self.groups) + 1
        weights = trained_weights(explained)
        finding = lambda: self.passes.find_region(self.picture, self.spec.region, weights)  # noqa: E731
        yield from yielding(finding, "finding the region")  # of the trained network, and the same at every depth
        task = yield from self._task(weights, tuple(wanted_numbers(explained, self.spec.classes)), "as trained")
        trained = yield from self._maps(task)
        yield from self._kept(self._first(task, trained))
        random = weights
        for depth, paths in enumerate(self.groups, start=1):
            random = yield from yielding(self._randomising(random, paths), f"randomising down to {paths[-1]}")
            changed = yield from self._task(random, task.classes, f"depth {depth} of {last - 1}")
            found = yield from self._maps(changed)
            facts = self._depth_facts(depth, changed, self._compared(found, trained))
            yield from self._kept(DEPTH.part(depth, f"depth {depth}", arrays=_arrays(found), facts=facts))
        arrays, found_curves = yield from self._curves(task, trained)
        yield from self._kept(CURVES.part(last, "curves", arrays=arrays, facts=found_curves))

    def _kept(self, part: Part) -> Iterator[Part]:
        if part.index not in self.context.finished:
            yield part

    def _randomising(self, weights: list[Any], paths: tuple[str, ...]) -> Any:
        return lambda: randomise(self.passes.explained, weights, paths, self.spec.seed)

    def _task(self, weights: list[Any], classes: tuple[int, ...], stage: str) -> Generator[Progress, None, ExplainTask]:
        result = yield from yielding(lambda: self.passes.forward(self.picture, classes, weights), stage)
        number = (int(result.classes[0]),)
        return ExplainTask(self.passes, self.picture, result, number, weights, self.context.device_memory, stage)

    def _maps(self, task: ExplainTask) -> Generator[Progress, None, MethodMapsByName]:
        found: MethodMapsByName = {}
        for method in self.spec.methods:
            steps = method_maps(method, self.spec, task, self.passes.paths)
            found[method] = yield from yielding_from(steps, f"{task.stage}: {METHODS[method].title}")
        return found

    def _first(self, task: ExplainTask, trained: MethodMapsByName) -> Part:
        explained, sentence = self.passes.explained, saturation(self.passes.explained, task.result)
        maps: dict[str, ComparedMap] = {m: {**extremes(one.maps, one.signed)} for m, one in trained.items()}
        facts: TrainedFacts = {
            **self._depth_facts(0, task, maps),
            "explained": class_row(explained, task.result, task.classes[0])["explained"],
            "height": self.picture.shape[0], "width": self.picture.shape[1], "ending": explained.ending,
            "saturated": sentence is not None, "saturation": sentence,
            "layers": used_layers(explained, task.result.calls), "default_layer": explained.default,
            "methods": {m: one.settings() for m, one in trained.items()},
        }  # fmt: skip
        pictures: ShownPicture = {"picture": shown_picture(self.picture)}
        arrays = _arrays(trained)
        add_bands(arrays, "picture", self.picture)
        return TRAINED.part(0, "as trained", pictures=pictures, arrays=arrays, facts=facts)

    def _depth_facts(self, depth: int, task: ExplainTask, maps: dict[str, ComparedMap]) -> DepthFacts:
        explained, groups = self.passes.explained, self.groups[:depth]
        random = [path for group in groups for path in group]
        row = class_row(explained, task.result, task.classes[0])
        return {
            "depth": depth, "randomised": list(groups[-1]) if groups else [], "count": len(random),
            "of": len(explained.weighted), "share": round(share_of_weights(explained, random), 4),
            "class": row["class"], "name": row["name"], "logit": row["logit"], "probability": row["probability"],
            "maps": maps,
        }  # fmt: skip

    def _compared(self, found: MethodMapsByName, trained: MethodMapsByName) -> dict[str, ComparedMap]:
        rows: dict[str, ComparedMap] = {}
        for method, one in found.items():
            now, then = _ordering(one), _ordering(trained[method])
            rank = rank_correlation(now, then)
            self.ranks.setdefault(method, []).append(rank)
            absolute = rank_correlation(np.abs(now), np.abs(then))
            rows[method] = {**extremes(one.maps, one.signed), "rank": rank, "rank_absolute": absolute}
        return rows

    def _curves(
        self, task: ExplainTask, trained: MethodMapsByName
    ) -> Generator[Progress, None, tuple[CurveArrays, CurvesFacts]]:
        size, points = (self.picture.shape[0], self.picture.shape[1]), self.spec.points
        ending = self.passes.explained.ending
        draws = [random_map(size, np.random.default_rng([self.spec.seed, n])) for n in range(self.spec.draws)]
        random = []
        for number, one in enumerate(draws, start=1):
            random.append((yield from self._curve(task, one, f"random map {number} of {len(draws)}, point")))
        arrays = {"fractions": fractions(points), **_stacked("random", random)}
        areas: dict[str, Areas] = {}
        verdicts: dict[str, Verdict] = {}
        at_random = [[area(curve) for curve in kind] for kind in zip(*random, strict=True)]
        for method, found in trained.items():
            pair = yield from self._curve(task, _placed(found, size), f"{METHODS[found.method].title}, point")
            arrays |= {f"deletion_{method}": pair[0], f"insertion_{method}": pair[1]}
            areas[method] = _areas([area(one) for one in pair], at_random)
            title = METHODS[found.method].title
            ranks, deletion = self.ranks.get(method, []), areas[method]["deletion"]
            verdicts[method] = verdict(title, ranks, deletion, at_random[0], of_number=ending == "number")
        return arrays, {"areas": areas, "verdicts": verdicts, "ending": ending}

    def _curve(
        self, task: ExplainTask, heat: np.ndarray, what: str
    ) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
        return (yield from yielding_from(curves(task, heat, self.spec.points, what), what))


def _arrays(found: MethodMapsByName) -> DepthArrays:
    """A part's arrays: each method's map, and its signed form where that is another."""
    arrays = {}
    for method, one in found.items():
        arrays[method] = one.maps[0]
        if not METHODS[one.method].signed:
            arrays[f"signed_{method}"] = one.signed[0]
    return arrays


def _ordering(found: MethodMaps) -> np.ndarray:
    """The values that put places in order: of a layer's map those below zero too, else most places would be equal."""
    return np.asarray((found.signed if METHODS[found.method].place == "layer" else found.maps)[0])


def _placed(found: MethodMaps, size: tuple[int, int]) -> np.ndarray:
    """A map at the picture's size as deletion takes it: single pixels in regions, as large as a random map's."""
    heat = enlarge(_ordering(found), *size, found.grid)
    return smooth(heat) if METHODS[found.method].place == "pixels" else heat


def _stacked(name: str, pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    return {f"{kind}_{name}": np.stack([pair[i] for pair in pairs]) for i, kind in enumerate(("deletion", "insertion"))}


def _areas(own: list[float], at_random: list[list[float]]) -> Areas:
    deletion, insertion = (float(np.mean(areas)) for areas in at_random)
    return {
        "deletion": own[0], "insertion": own[1], "deletion_random": deletion, "insertion_random": insertion,
        "deletion_margin": deletion - own[0], "insertion_margin": own[1] - insertion,
    }  # fmt: skip
