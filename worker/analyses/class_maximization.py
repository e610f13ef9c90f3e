"""`class_maximization`: the picture that a class's logit is largest for, naive and regularised.

Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.analyses.class_maximization.parts import (
    CLASS_IMAGE,
    CLASS_PREVIEW,
    AscentFacts,
    ClassArrays,
    ClassFacts,
    PictureBands,
    PreviewFacts,
    SaidOf,
    Way,
)
from shared.analyses.class_maximization.spec import NAIVE_STEP, ClassMaximization, class_parts
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.ascent.compiled import Ascent, compile_ascent
from worker.ascent.gradient_ascent import Height, best_of, optimize
from worker.ascent.layer_ascent import channel_batch, even_batch
from worker.ascent.modes import Mode, classic, mode
from worker.ascent.objectives import class_logit, logit_of
from worker.ascent.phases import photograph_spectrum
from worker.ascent.transforms import Transform, wobble
from worker.attribution.class_choice import class_names, class_number, explained_words
from worker.attribution.explained import ExplainedModel, explain_model
from worker.attribution.passes import CompiledPasses
from worker.networks.head_values import likeliest, output_prediction
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import to_uint8
from worker.pictures.drawn_pictures import add_bands, add_frame_bands, drawable, shown_frames, small_frames

USUAL_SIDE = 224
FRAMES, FRAME_SIDE = 24, 160
SURE = 0.999
STAGES: dict[Way, str] = {"naive": "pictures without regularisation", "regularised": "pictures with regularisation"}
# Looked at on MobileNetV2's sea snake, magpie and flamingo: with a channel's 0.95 to 1.05 and 5 degrees their parts
# lie scattered and thin; with these and some total variation they are larger and fewer.
JITTER, SCALES, DEGREES = 16 / USUAL_SIDE, (0.85, 1.15), 10.0
TOP = 5
OVER = {"whole": "", "centre": "the middle half of both sides"}
# Shares of the way at which pictures are shown; few steps need none.
PREVIEWED_AT, PREVIEWED_STEPS = (1 / 24, 1 / 8, 1 / 4, 1 / 2, 3 / 4), 24


def class_maximization(spec: ClassMaximization, context: RunContext) -> Iterator[Part | Progress]:
    """Maximise every class, the naive runs first: they are what the others are compared with.

    Yields:
        Parts as shared.analyses.class_maximization.parts describes them.

    Raises:
        InvalidSpec: the model has no head, no such class, or takes no pictures of this size.
        NotFinite, DoesNotFit: see their names.
    """
    begun = time.perf_counter()
    model = yield from yielding(lambda: context.models.load(spec.model, head=True), "loading the model")
    size = (spec.size, spec.size) if spec.size else model.input_size
    explained = yield from yielding(lambda: explain_model(model, size, spec.model_output), "reading the model")
    numbers = [class_number(explained, wanted) for wanted in spec.classes]
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    yield Progress("compiling", total=len(class_parts(spec)), facts=facts)
    run = _Run(spec, context, model, explained, numbers)
    for way in spec.ways:
        yield from run.optimize_way(way)
    yield Progress("done", facts={"timings": {"analysis_seconds": round(time.perf_counter() - begun, 2)}})


def class_batch(classes: int, fitting: int) -> int:
    """How many classes are optimized together: half of them where they fit, so that two workers have work."""
    return even_batch(classes, max(1, min(fitting, math.ceil(classes / 2))))


def preview_steps(steps: int) -> set[int]:
    """Steps after which the pictures are shown as they are then."""
    return {round(share * steps) for share in PREVIEWED_AT} - {0, steps} if steps >= PREVIEWED_STEPS else set()


def _larger_moves(side: int) -> Transform:
    """A class is meant to be known at other sizes and angles too; a channel need not be."""
    return wobble(max(1.0, JITTER * side), SCALES, DEGREES, max(0.5, JITTER / 2 * side))


@dataclass
class _Run:
    """One attempt: what it works with."""

    spec: ClassMaximization
    context: RunContext
    model: LoadedModel
    explained: ExplainedModel
    numbers: list[int]

    def optimize_way(self, way: Way) -> Iterator[Part | Progress]:
        """All classes one way, in batches."""
        ways = self.spec.ways
        source = self.context.source(Series(len(class_parts(self.spec)), ways.index(way), len(ways)))
        if not (todo := source.take(1)):
            return
        chosen, tries = self._mode(way), self.spec.tries if way == "regularised" else 1
        objective = class_logit(centre=self.spec.region == "centre")
        compiling = lambda: compile_ascent(  # noqa: E731
            self.model, objective, chosen, self.spec.precision, self.spec.model_output
        )
        ascent = yield from yielding(compiling, f"compiling the {way} run")
        fitting = channel_batch(ascent.bytes_per_picture, self.context.device_memory)
        batch = class_batch(len(self.spec.classes), fitting // tries)
        while todo:
            todo += source.take(batch - len(todo), todo) if len(todo) < batch else []
            yield from self._optimize(ascent, way, todo, batch, tries, source.made)
            todo = source.take(batch)

    def _mode(self, way: Way) -> Mode:
        spec, size, channels = self.spec, self.explained.size, self.model.input_channels
        if way == "naive":
            return classic(size, channels)
        needed = spec.mode == "maco"
        magnitude = photograph_spectrum(self.context.library.images, spec.spectrum, size, channels) if needed else None
        # The smaller the picture, the more neighbours differ: the same weight would outweigh a small model's logits.
        weights = {"total_variation": spec.total_variation * min(size) / USUAL_SIDE, "l2": spec.l2}
        asked = mode(spec.mode, size, channels, magnitude)
        moves = _larger_moves(min(size)) if spec.mode == "lucid" else asked.transform
        kept = tuple((name, weight) for name, weight in weights.items() if weight)
        return replace(asked, transform=moves, regularizers=kept)

    def _optimize(
        self, ascent: Ascent, way: Way, parts: Sequence[int], batch: int, tries: int, made: int
    ) -> Iterator[Part | Progress]:
        """Some classes one way; a batch that is not full is filled up, for a picture's bits depend on its length."""
        order = class_parts(self.spec)
        places = [order[i][0] for i in parts]
        filled = places + [places[-1]] * (batch - len(places))
        rows = [(self.spec.seed, self.numbers[p], start) for p in filled for start in range(tries)]
        step_size = NAIVE_STEP if way == "naive" else self.spec.step_size
        for at in optimize(
            ascent, {"class": [c for _, c, _ in rows]}, rows, self.spec.steps, step_size, history=FRAMES
        ):
            share = (made + len(parts) * at.step / max(1, self.spec.steps)) / len(order)
            wanted = at.step in preview_steps(self.spec.steps)
            previews = self._previews(ascent.mode, way, parts, at, tries) if wanted else ()
            stage = f"{STAGES[way]}, step {at.step} of {self.spec.steps}"
            yield Progress(stage, fraction=min(1.0, share), previews=previews)
        best = best_of(at, [place for place in filled for _ in range(tries)])
        for index, place, row in zip(parts, places, best, strict=True):
            yield self._part(ascent.mode, way, index, self.numbers[place], at, row)

    def _previews(self, chosen: Mode, way: Way, parts: Sequence[int], at: Height, tries: int) -> list[Part]:
        """The pictures as they are now, of each class the start that is highest."""
        if at.done:
            return []
        heights = np.asarray(at.objective).reshape(-1, tries)
        return [
            self._preview(chosen, way, index, at, k * tries + int(heights[k].argmax())) for k, index in enumerate(parts)
        ]

    def _preview(self, chosen: Mode, way: Way, index: int, at: Height, row: int) -> Part:
        picture = chosen.parameterization.shown(np.asarray(at.pictures[row]))
        arrays: PictureBands = {}
        add_bands(arrays, "image", picture, optimized=True)
        number = self.numbers[class_parts(self.spec)[index][0]]
        facts: PreviewFacts = {"class": number, "how": way, "step": at.step, "steps": self.spec.steps}
        name = f"class {number}, {way}, step {at.step}"
        shown = to_uint8(drawable(picture))
        return CLASS_PREVIEW.part(index, name, pictures={"image": shown}, arrays=arrays, facts=facts)

    def _part(self, chosen: Mode, way: Way, index: int, number: int, at: Height, row: int) -> Part:
        picture = chosen.parameterization.shown(np.asarray(at.pictures[row]))
        along = (chosen.parameterization.shown(pictures[row]) for _, pictures in at.snapshots)
        frames = small_frames(along, FRAME_SIDE)
        arrays: ClassArrays = {
            "objective": at.curve[row],
            "logit": at.reports["logit"][row],
            "probability": at.reports["probability"][row],
            "history": shown_frames(frames),
        }
        add_frame_bands(arrays, "history", frames)
        add_bands(arrays, "image", picture, optimized=True)
        facts: ClassFacts = {
            **self._ascent_facts(chosen, way, number, arrays["probability"]),
            **self._said_of(picture, number),
            "logit": float(arrays["logit"][-1]),
            "probability": float(arrays["probability"][-1]),
        }
        name = f"{facts['name'] or f'class {number}'}, {way}"
        return CLASS_IMAGE.part(
            index, name, pictures={"image": to_uint8(drawable(picture))}, arrays=arrays, facts=facts
        )

    def _ascent_facts(self, chosen: Mode, way: Way, number: int, probabilities: np.ndarray) -> AscentFacts:
        unsure = np.flatnonzero(probabilities <= SURE)
        first = int(unsure[-1]) + 1 if len(unsure) else 0
        return {
            "class": number,
            "name": class_names(self.explained)[number],
            "words": explained_words(self.explained, number, OVER[self.spec.region]),
            "how": way,
            "mode": chosen.name,
            "steps": self.spec.steps,
            "step_size": NAIVE_STEP if way == "naive" else self.spec.step_size,
            "sure_after": first if first < len(probabilities) else None,
        }

    def _said_of(self, picture: np.ndarray, number: int) -> SaidOf:
        """What the network says of the picture as people see it: clipped, in whole grey levels."""
        seen = np.round(np.clip(picture, 0.0, 1.0) * 255.0) / 255.0
        passes, head = CompiledPasses(self.explained, ()), self.explained.head
        if head.mask:
            logits, probabilities = passes.scores(seen.astype(np.float32))
            top = output_prediction(head, logits, probabilities)["top"]
        else:
            rows = passes.outputs(passes.prepare(seen[None].astype(np.float32)))
            logits, probabilities = rows[0][0], rows[1][0]
            top = [] if head.ending == "number" else likeliest(head.names, logits, probabilities)
        shown = [
            logit_of(one[None], np.array([number], np.int32), self.spec.region == "centre")
            for one in (logits, probabilities)
        ]
        return {"shown_logit": float(shown[0][0]), "shown_probability": float(shown[1][0]), "top": top[:TOP]}
