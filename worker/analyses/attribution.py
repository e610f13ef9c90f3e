"""`attribution`: heat maps of one picture or several, for several classes, by several methods.

Sources: see worker.attribution, one module a published method.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.analyses.attribution.parts import (
    METHOD,
    PICTURE,
    AttributionPictures,
    ClassMap,
    MethodFacts,
    PictureArrays,
    PictureFacts,
)
from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.analyses.heat_map_methods import METHODS, MethodName
from shared.images.masks import mask_over
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding, yielding_from
from worker.analyses.context import RunContext
from worker.attribution.class_choice import (
    ClassRef,
    class_names,
    class_row,
    predicted_numbers,
    saturation,
    top_rows,
    truth_row,
    wanted_numbers,
)
from worker.attribution.explained import explain_model, layer_row, used_layers
from worker.attribution.method_maps import NEEDS, map_row, method_maps
from worker.attribution.passes import CompiledPasses, ForwardResult
from worker.attribution.task import ExplainTask
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture
from worker.pictures.drawn_pictures import add_bands


def attribution(spec: Attribution, context: RunContext) -> Iterator[Part | Progress]:
    """Show pictures to a network and say where it sees the classes.

    Yields:
        Parts as shared.analyses.attribution.parts lays them out.

    Raises:
        InvalidSpec, UnknownLayer, UnknownImage, NotFinite: see their names.
    """
    begun = time.perf_counter()
    loading = Progress("loading the model", total=len(attribution_parts(spec)))
    model = yield from yielding(lambda: context.models.load(spec.model), loading)
    run = _Run(spec, context, model, {"load_seconds": round(time.perf_counter() - begun, 3)})
    together = len(spec.methods) + 1  # a picture's parts are made together, its last method's last
    for last in context.parts(Series(len(attribution_parts(spec)), together - 1, together)):
        yield from run.explain(last // together)
    yield Progress("done", facts=run.facts())


@dataclass
class _Run:
    """One attempt: what it works with, and what was measured so far."""

    spec: Attribution
    context: RunContext
    model: LoadedModel
    timings: dict[str, float] = field(default_factory=dict)
    classes: int = 0

    def facts(self) -> dict[str, Any]:
        """Of the run as a whole."""
        metrics = {"pictures": len(self.spec.pictures), "classes": self.classes, "methods": len(self.spec.methods)}
        known = {"model": self.model.title, "weights": self.model.weights, "precision": "float32"}
        return {**known, "timings": dict(self.timings), "metrics": metrics}

    def explain(self, number: int) -> Iterator[Part | Progress]:
        """All parts of one picture that are not there yet."""
        first = number * (len(self.spec.methods) + 1)
        wanted = [m for i, m in enumerate(self.spec.methods, first + 1) if i not in self.context.finished]
        if not wanted and first in self.context.finished:
            return
        reference = self.spec.pictures[number]
        picture = self.context.model_picture(reference, self.model, self.spec.resize)
        passes, numbers = yield from self._timed("trace_seconds", lambda: self._ready(picture, number), "compiling")
        result = yield from self._timed(
            "look_seconds", lambda: self._look(passes, picture, numbers), self._stage(number)
        )
        classes = tuple(dict.fromkeys(result.classes.tolist()))
        self.classes = max(self.classes, len(classes))
        if first not in self.context.finished:
            yield self._picture_part(number, first, passes, result, picture)
        task = ExplainTask(passes, picture, result, classes, (), self.context.device_memory, self._stage(number))
        for method in wanted:
            yield from self._method_part(first + 1 + self.spec.methods.index(method), method, task)

    def _stage(self, number: int) -> str:
        count = len(self.spec.pictures)
        return f"picture {number + 1} of {count}" if count > 1 else "one pass for all classes"

    def _timed(self, name: str, work: Any, stage: str) -> Generator[Progress, None, Any]:
        begun = time.perf_counter()
        found = yield from yielding(work, stage)
        self.timings[name] = round(self.timings.get(name, 0.0) + time.perf_counter() - begun, 4)
        return found

    def _look(self, passes: CompiledPasses, picture: np.ndarray, numbers: list[int]) -> ForwardResult:
        passes.find_region(picture, self.spec.region)
        return passes.forward(picture, numbers)

    def _ready(self, picture: np.ndarray, number: int) -> tuple[CompiledPasses, list[int]]:
        """Everything that can be wrong with the request is found before anything is traced."""
        explained = explain_model(self.model, (picture.shape[0], picture.shape[1]), self.spec.model_output)
        numbers = [
            wanted_numbers(explained, self.spec.classes, self.spec.top, self._truth(n))
            for n in range(len(self.spec.pictures))
        ]
        watched = [t.path for t in explained.find_layers(self.spec.layers)]
        methods = self.spec.methods
        passes = CompiledPasses(explained, watched if any(METHODS[m].place == "layer" for m in methods) else ())
        needed = dict.fromkeys(need for m in methods for need in NEEDS.get(m, ()))
        passes.trace(["forward", *needed], len(numbers[number]))
        return passes, numbers[number]

    def _truth(self, number: int) -> ClassRef | None:
        return self.spec.truths[number] if self.spec.truths else None

    def _picture_part(
        self, number: int, index: int, passes: CompiledPasses, result: ForwardResult, picture: np.ndarray
    ) -> Part:
        explained, reference, region = passes.explained, self.spec.pictures[number], passes.region
        sentence, truth = saturation(explained, result), truth_row(explained, result, self._truth(number))
        facts: PictureFacts = {
            "image": reference, "height": picture.shape[0], "width": picture.shape[1],
            "ending": explained.ending, "top": top_rows(explained, result, region),
            "classes": [class_row(explained, result, c, region) for c in dict.fromkeys(result.classes.tolist())],
            "truth": truth, "wrong": truth and truth["rank"] > 1,
            "saturated": sentence is not None, "saturation": sentence,
            "layers": used_layers(explained, result.calls),
            "default_layer": explained.default, "output": explained.head.facts(),
            "outputs": [one.facts() for one in explained.heads if one.ending],
            "numbers": predicted_numbers(explained, result),
        }  # fmt: skip
        if number == 0:
            facts["layer_choices"] = [layer_row(t) for t in explained.layers.values()]
        arrays: PictureArrays = {"logits": result.logits}
        add_bands(arrays, "picture", picture)
        pictures: AttributionPictures = {"picture": shown_picture(picture)}
        if region and explained.ending != "number":
            facts["regions"] = [region.facts[row["class"]] for row in facts["classes"]]
            arrays["mask"] = region.mask
            pictures["mask"] = mask_over(shown_picture(picture), region.mask)
        if explained.ending == "number":
            arrays["numbers"] = result.probabilities[: explained.head.units]
        else:
            arrays["probabilities"] = result.probabilities
        return PICTURE.part(index, reference, facts=facts, pictures=pictures, arrays=arrays)

    def _method_part(self, index: int, method: MethodName, task: ExplainTask) -> Iterator[Part | Progress]:
        begun = time.perf_counter()
        steps = method_maps(method, self.spec, task, task.passes.paths)
        found = yield from yielding_from(steps, f"{task.stage}: {METHODS[method].title}")
        explained, size = task.passes.explained, (task.picture.shape[0], task.picture.shape[1])
        names = class_names(explained)
        rows: list[ClassMap] = [
            {"class": c, "name": names[c], **map_row(found, i, size)} for i, c in enumerate(task.classes)
        ]
        facts: MethodFacts = {**found.about(), "seconds": round(time.perf_counter() - begun, 4), "maps": rows}
        yield METHOD.part(index, method, arrays=found.arrays(), facts=facts)
