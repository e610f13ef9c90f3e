"""`deep_dream`: a photograph changed until a network's layers answer to it more strongly.

Mordvintsev, Olah, Tyka, "Inceptionism: Going Deeper into Neural Networks", 2015.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shared.analyses.deep_dream.octaves import smallest_view
from shared.analyses.deep_dream.parts import (
    OCTAVE,
    PHOTOGRAPH,
    WAY,
    OctaveArrays,
    OctaveFacts,
    Photograph,
    PhotographArrays,
    PhotographFacts,
    WayArrays,
)
from shared.analyses.deep_dream.spec import DeepDream
from shared.errors import InvalidSpec, message
from shared.images.resizing import OWN
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.analyses.deep_dream.gradient import DreamGradient, class_gradient, dream_gradient, layer_responses
from worker.analyses.deep_dream.octaves import (
    DreamFrames,
    Octave,
    Way,
    every_band,
    first_octave,
    next_octave,
    optimize_octave,
    picture_bytes,
)
from worker.analyses.deep_dream.plan import DreamPlan, plan_dream
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture
from worker.pictures.drawn_pictures import add_bands, add_frame_bands, shown_frames


def deep_dream(spec: DeepDream, context: RunContext) -> Iterator[Part | Progress]:
    """Dream over all octaves.

    Yields:
        Parts as shared.analyses.deep_dream.parts describes them.

    Raises:
        UnknownLayer, InvalidSpec: see plan_dream(); or no octave has a gradient.
        NotFinite: see its name.
    """
    begun = time.perf_counter()
    model = yield from yielding(lambda: context.models.load(spec.model, head=bool(spec.classes)), "loading the model")
    height, width, _ = context.library.images.open(spec.image).values.shape
    plan = plan_dream(spec, model, (height, width))
    facts = {
        "model": model.title,
        "weights": model.weights,
        "precision": spec.precision,
        "metrics": {"layers": plan.layers},
    }
    photograph = _photograph(context, spec.image, plan, model)
    compiling = Progress("compiling", total=len(plan.sizes) + 2, facts=facts)
    function = yield from yielding(lambda: _compiled(spec, model, plan, photograph), compiling)
    seconds = {"compile_seconds": round(time.perf_counter() - begun, 3)}
    dream = _Dream(spec, context, model, plan, function, photograph)
    yield Progress("gradient ascent", fraction=0.0, facts={"timings": seconds})
    yield from dream.parts()
    yield Progress("storing the dream", facts={"metrics": {"layers": plan.layers, **dream.metrics()}})


def _photograph(context: RunContext, image: str, plan: DreamPlan, model: LoadedModel) -> np.ndarray:
    """In the dream's size: uint8 grey or RGB, float32 (height, width, band) in [0, 1] of other bands."""
    rule = "fit" if plan.resize == OWN else plan.resize  # the dream's size has the photograph's proportions then
    picture = context.sized_picture(image, plan.sizes[-1], model.input_channels, rule, model.preprocess)
    return picture_bytes(picture) if model.input_channels in (1, 3) else np.clip(picture, 0.0, 1.0)


def _drawn(photograph: np.ndarray) -> np.ndarray:
    return photograph if photograph.dtype == np.uint8 else shown_picture(photograph)


def _compiled(spec: DeepDream, model: LoadedModel, plan: DreamPlan, photograph: np.ndarray) -> DreamGradient:
    """The gradient with its weights, traced by asking once for the smallest view: it takes least memory."""
    view = smallest_view(plan.sizes, spec.tile)
    picture = first_octave(photograph, view, model.input_channels)
    function = _gradient(spec, model, plan, picture)
    function.objective_and_gradient(picture)
    function.judge(picture)
    return function


def _gradient(spec: DeepDream, model: LoadedModel, plan: DreamPlan, picture: np.ndarray) -> DreamGradient:
    if plan.classes:
        return class_gradient(model, plan.classes.head, plan.classes.numbers, spec.precision)
    weights: Sequence[float] = plan.weights
    if spec.units == "relative":
        found = layer_responses(model, plan.terms, picture, spec.precision)
        weights = [weight / response for weight, response in zip(plan.weights, found, strict=True)]
    return dream_gradient(model, plan.terms, weights, spec.precision)


@dataclass
class _Dream:
    """One attempt at a dream: what it works with, and how far it is."""

    spec: DeepDream
    context: RunContext
    model: LoadedModel
    plan: DreamPlan
    function: DreamGradient
    photograph: np.ndarray

    def __post_init__(self) -> None:
        self.frames = DreamFrames(self.plan.sizes, self.spec.steps, self.model.input_channels)
        self.octaves: list[Octave] = []

    def parts(self) -> Iterator[Part | Progress]:
        """Everything; octaves that an earlier attempt finished are computed again, since a part holds their pictures
        in bytes and the next octave needs them whole, but not sent again."""
        facts: PhotographFacts = {"layers": self.plan.layers, "sizes": [list(size) for size in self.plan.sizes]}
        original: Photograph = {"original": _drawn(self.photograph)}
        arrays: PhotographArrays = {}
        if self.photograph.dtype != np.uint8:
            add_bands(arrays, "original", self.photograph)
        yield from self._wanted(PHOTOGRAPH.part(0, "photograph", pictures=original, arrays=arrays, facts=facts))
        picture = first_octave(self.photograph, self.plan.sizes[0], self.model.input_channels)
        rgb = self.photograph.dtype == np.uint8
        self.frames.add(self.photograph if rgb else every_band(self.photograph))
        for number, size in enumerate(self.plan.sizes):
            if number:
                picture = next_octave(picture, self.photograph, size, self.spec.detail)
            octave = Octave(number, picture)
            yield from self._optimize(octave)
            yield from self._wanted(_octave_part(octave))
        self._refuse_silence()
        self.frames.add(every_band(picture))
        frames = self.frames.all()
        way: WayArrays = {"history": shown_frames(frames), "objective": _curve(self.octaves)}
        add_frame_bands(way, "history", frames)
        yield from self._wanted(WAY.part(len(self.plan.sizes) + 1, "animation", arrays=way))

    def metrics(self) -> dict[str, Any]:
        """What the manifest says of the way."""
        return {
            "objective": [round(o.curve[-1], 5) for o in self.octaves if o.curve],
            "steps": [int(o.done) for o in self.octaves],
        }

    def _wanted(self, part: Part) -> Iterator[Part]:
        if part.index not in self.context.finished:
            yield part

    def _optimize(self, octave: Octave) -> Iterator[Progress]:
        spec, sizes = self.spec, self.plan.sizes
        way = Way(spec.steps, spec.step_size, spec.jitter, spec.tile, spec.seed, spec.ceiling)
        work = [height * width for height, width in sizes]
        for at in optimize_octave(self.function, octave, way):
            share = (sum(work[: at.number]) + work[at.number] * at.done / (spec.steps + 1)) / sum(work)
            stage = f"octave {at.number + 1} of {len(sizes)}, step {min(int(at.done) + 1, spec.steps)} of {spec.steps}"
            yield Progress(stage, fraction=min(1.0, share))
            self.frames.note(octave)
        # Without its picture: those of all octaves together would be as large as the dream.
        self.octaves.append(replace(octave, picture=np.empty(0, np.float32)))

    def _refuse_silence(self) -> None:
        if self.octaves and all(octave.ended == "silent" for octave in self.octaves):
            raise InvalidSpec(
                message(
                    "layers, channels or classes that respond to this picture",
                    ", ".join(self.plan.layers),
                    "Their gradient to the picture is zero everywhere: choose other ones, or another picture.",
                )
            )


def _octave_part(octave: Octave) -> Part:
    height, width = octave.picture.shape[:2]
    curve = np.array(octave.curve, np.float32)
    facts: OctaveFacts = {
        "octave": octave.number,
        "height": height,
        "width": width,
        "steps": int(octave.done),
        "objective": float(curve[-1]),
        "objective_start": float(curve[0]),
        "ended": octave.ended,
        "curve": [float(f"{value:.5g}") for value in octave.curve],
    }
    arrays: OctaveArrays = {"objective": curve}
    add_bands(arrays, "dream", octave.picture)
    return OCTAVE.part(octave.number + 1, f"octave {octave.number + 1}", facts=facts, arrays=arrays,
                       pictures={"dream": picture_bytes(octave.picture)})  # fmt: skip


def _curve(octaves: list[Octave]) -> np.ndarray:
    """float32 (step): the objective after every step of all octaves."""
    return np.array([value for octave in octaves for value in octave.curve[1:]], np.float32)
