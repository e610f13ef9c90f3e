"""`channel_portrait`: what excites a channel, its opposite, and facets that must differ.

Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.channel_portrait.parts import (
    KERNEL,
    PORTRAIT,
    SKETCH,
    KernelFacts,
    KernelPicture,
    Outcome,
    PortraitArrays,
    PortraitFacts,
    PortraitPicture,
    SketchBands,
    SketchFacts,
)
from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts, portrait_size, sketch_steps
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.channel_portrait.edge_share import edge_share
from worker.analyses.channel_portrait.facets import RESPONSE, diverse_channel
from worker.analyses.channel_portrait.optimized_batch import Frames, OptimizedBatch, optimize_steps, responses
from worker.analyses.context import RunContext
from worker.ascent.compiled import Ascent, compile_ascent
from worker.ascent.gradient_ascent import Height
from worker.ascent.layer_ascent import is_silent
from worker.ascent.layer_channels import check_channel, full_path, load_for_layer
from worker.ascent.modes import Mode, mode_of
from worker.ascent.objective_sums import negative
from worker.ascent.objectives import Objective, channel
from worker.ascent.parameterizations import SeedRow
from worker.networks.before_activation import Origin, before_activation, without_activation
from worker.networks.capture import find_layer
from worker.networks.first_kernel import first_kernel
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import to_uint8
from worker.pictures.drawn_pictures import add_bands, add_frame_bands, drawable, shown_frames

# So many rounds of starts are made before a channel is called dead.
ROUNDS = 3
# Starts of one run lie so far apart that the next seed does not begin with this one's second start.
NEXT_TRY, FIRST_FACET = 1_000_003, 100
PORTRAIT_FRAMES, OTHER_FRAMES = Frames(24, 192), Frames(16, 128)


def channel_portrait(spec: ChannelPortrait, context: RunContext) -> Iterator[Part | Progress]:
    """Maximise a channel, minimise it, and maximise it in four pictures that must differ.

    Yields:
        Parts as shared.analyses.channel_portrait.parts describes them; where there is a kernel, it comes first.

    Raises:
        UnknownLayer, InvalidSpec: no such layer or channel, no feature maps, too small a size, no gradient.
        NotFinite, DoesNotFit: see their names.
    """
    begun = time.perf_counter()
    load = lambda: load_for_layer(context.models, spec.model, spec.layer)  # noqa: E731
    model = yield from yielding(load, "loading the model")
    path = full_path(model.network, spec.layer)
    spec = spec.model_copy(update={"size": portrait_size(spec.size, model.input_size), "layer": path})
    check_channel(model, path, spec.channel, spec.size)
    names = portrait_parts(spec)
    kernel = kernel_part(model, path, spec.channel, len(names))
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    total = len(names) + (kernel is not None)
    yield Progress("compiling", total=total, fraction=0.0, facts=facts)
    if kernel is not None and kernel.index not in context.finished:
        yield kernel
    yield from _Portrait(spec, context, model, mode_of(spec, model.input_channels, context.library.images)).parts()
    seconds = round(time.perf_counter() - begun, 2)
    yield Progress("done", facts={"timings": {"analysis_seconds": seconds}, "metrics": {"size": spec.size}})


def kernel_part(model: LoadedModel, path: str, number: int, index: int) -> Part | None:
    """The kernel as a part; None where the layer does not see the picture."""
    found = first_kernel(model, path, number)
    if found is None:
        return None
    facts: KernelFacts = {"picture": "kernel", "layer": found.path, "channel": number, "bias": found.bias}
    pictures: KernelPicture = {"kernel": kernel_picture(found.weights)}
    return KERNEL.part(index, "kernel", pictures=pictures, arrays={"kernel": found.weights}, facts=facts)


def kernel_picture(weights: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 3) of a kernel (height, width, 1 or 3): grey is zero, the largest weight reaches an end."""
    largest = float(np.abs(weights).max()) or 1.0
    return to_uint8(np.repeat(0.5 + 0.5 * weights / largest, 3 // weights.shape[-1], axis=-1))


@dataclass
class _Portrait:
    """One attempt: what it works with."""

    spec: ChannelPortrait
    context: RunContext
    model: LoadedModel
    mode: Mode

    def parts(self) -> Iterator[Part | Progress]:
        """Every part that is not there yet."""
        names = portrait_parts(self.spec)
        left = {name for i, name in enumerate(names) if i not in self.context.finished}
        plain = channel(self.spec.layer)
        if any(name == "portrait" or name.startswith("sketch") for name in left):
            yield from self._portrait((yield from self._compiled(plain, self.mode)), left)
        if "opposite" in left:
            yield from self._opposite(plain)
        if any(name.startswith("facet") for name in left):
            yield from self._facets(plain, left)

    def _compiled(self, objective: Objective, chosen: Mode) -> Generator[Progress, None, Ascent]:
        precision = self.spec.precision
        work = lambda: compile_ascent(self.model, objective, chosen, precision)  # noqa: E731
        return (yield from yielding(work, "compiling"))

    def _portrait(self, ascent: Ascent, left: set[str]) -> Iterator[Part | Progress]:
        """The best of several starts; where all stay silent, of further ones."""
        tries, rounds = (1, 1) if self.spec.image else (self.spec.tries, ROUNDS)
        for done in range(rounds):
            rows = [self._row(k, done) for k in range(tries)]
            batch = yield from self._optimize(ascent, rows, "portrait", PORTRAIT_FRAMES, left if done == 0 else set())
            best = int(np.argmax(batch.curve[:, -1]))
            dead = is_silent(batch.curve[best])
            if not dead:
                break
        if "portrait" in left:
            starts = tries * (done + 1)
            facts: Outcome = {"starts": starts, "dead": dead}
            if dead:
                facts["reason"] = silence(starts, self.spec)
            else:
                seen = lambda: edge_share(self.model, self.spec.layer, self.spec.channel, batch.pictures[best])  # noqa: E731
                if (share := (yield from yielding(seen, "looking at the result"))) is not None:
                    facts["edge_share"] = share
            yield self._part("portrait", batch, best, batch.curve[best], facts)

    def _opposite(self, plain: Objective) -> Iterator[Part | Progress]:
        """The way down, on what the channel gives before its activation."""
        origin = before_activation(self.model.network, self.spec.layer, self.spec.channel)
        # Of a layer whose own activation is away, a redirecting trace, made later, would bring it back.
        chosen = replace(self.mode, redirect=self.mode.redirect and not origin.fused)
        row, given = self._row(0, 0), {"channel": np.array([origin.channel], np.int32)}
        ascent = yield from yielding(lambda: self._downwards(origin, chosen, row, given), "compiling")
        batch = yield from self._optimize(ascent, [row], "opposite", OTHER_FRAMES, set(), given)
        (response,) = yield from self._judged(plain, batch.pictures)
        curve = -batch.curve[0]
        dead = not curve[-1] < curve[0]
        facts: Outcome = {"of": origin.path, "before": origin.fused, "answer": response, "dead": dead}
        if origin.hidden:
            facts["hidden"] = origin.hidden
        if dead:
            facts["reason"] = f"no step of {self.spec.steps} lowered it"
        yield self._part("opposite", batch, 0, curve, facts)

    def _downwards(self, origin: Origin, chosen: Mode, row: Any, given: dict[str, Any]) -> Ascent:
        up = channel(origin.path)
        if not origin.fused:
            return compile_ascent(self.model, negative(up), chosen, self.spec.precision)
        with without_activation(find_layer(self.model.network, origin.path)):
            down = negative(replace(up, name=f"before {up.name}"))
            ascent = compile_ascent(self.model, down, chosen, self.spec.precision)
            start = tf.constant(chosen.parameterization.start(row)[None], tf.float32)
            ascent.evaluate(start, ascent.numbers(given))  # so that it is traced while the activation is away
        return ascent

    def _facets(self, plain: Objective, left: set[str]) -> Iterator[Part | Progress]:
        """All of them at once, for each depends on the others."""
        ascent = yield from self._compiled(diverse_channel(self.spec.layer), self.mode)
        rows = [self._row(FIRST_FACET + k, 0) for k in range(self.spec.facets)]
        batch = yield from self._optimize(ascent, rows, "facets", OTHER_FRAMES, set())
        judged = yield from self._judged(plain, batch.pictures)
        for i, response in enumerate(judged):
            curve = np.append(batch.reports[RESPONSE][i, :-1], np.float32(response))
            dead = is_silent(curve)
            facts: Outcome = {"dead": dead, "reason": silence(1, self.spec)} if dead else {"dead": dead}
            if f"facet_{i}" in left:
                yield self._part(f"facet_{i}", batch, i, curve, facts)

    def _judged(self, plain: Objective, pictures: np.ndarray) -> Generator[Progress, None, list[float]]:
        """The channel's own mean for finished pictures."""
        numbers = {"channel": np.full(len(pictures), self.spec.channel, np.int32)}
        work = lambda: responses(self.model, plain, pictures, numbers)  # noqa: E731
        return [float(value) for value in (yield from yielding(work, "looking at the result"))]

    def _row(self, number: int, start: int) -> SeedRow:
        return ((self.spec.seed + NEXT_TRY * number) % 2**31, self.spec.channel, start)

    def _optimize(
        self, ascent: Ascent, rows: list[SeedRow], stage: str, frames: Frames, sketched: set[str], given: Any = None
    ) -> Generator[Part | Progress, None, OptimizedBatch]:
        spec = self.spec
        photograph = self.context.start_picture(spec, self.model)
        numbers = given or {"channel": np.full(len(rows), spec.channel, np.int32)}
        batch = OptimizedBatch.begin(ascent.mode, frames, rows, photograph)
        sketches = {step: f"sketch_{i}" for i, step in enumerate(sketch_steps(spec)) if f"sketch_{i}" in sketched}
        for at in optimize_steps(ascent, numbers, rows, spec, photograph):
            if isinstance(at, Progress):
                share = self._share(stage, at.fraction) if at.fraction is not None else None
                yield replace(at, stage=f"{stage}, {at.stage}", fraction=share)
                continue
            batch.saw(at, spec.steps)
            if at.step in sketches:
                yield self._sketch(sketches[at.step], batch, at)
        return batch

    def _share(self, stage: str, share: float) -> float:
        """How much of the whole is done, counted in pictures."""
        spec = self.spec
        work = {"portrait": spec.tries, "opposite": int(spec.opposite), "facets": spec.facets}
        before = sum(list(work.values())[: list(work).index(stage)])
        return min(1.0, (before + work[stage] * share) / sum(work.values()))

    def _sketch(self, name: str, batch: OptimizedBatch, at: Height) -> Part:
        facts: SketchFacts = {"picture": name, "channel": self.spec.channel, "step": at.step}
        picture, arrays = batch.shown(np.asarray(at.pictures[int(np.argmax(at.objective))])), SketchBands()
        add_bands(arrays, "image", picture, optimized=True)
        pictures: PortraitPicture = {"image": to_uint8(drawable(picture))}
        return SKETCH.part(portrait_parts(self.spec).index(name), name, pictures=pictures, arrays=arrays, facts=facts)

    def _part(self, name: str, batch: OptimizedBatch, place: int, curve: np.ndarray, found: Outcome) -> Part:
        usual: PortraitFacts = {
            "picture": name, "channel": self.spec.channel, "size": self.spec.size, "starts": 1, "of": self.spec.layer,
            "before": False, "answer": float(curve[-1]), "objective": float(curve[-1]),
            "objective_start": float(curve[0]), "dead": False,
        }  # fmt: skip
        facts: PortraitFacts = {**usual, **found}
        flat = facts["dead"] and not self.spec.image
        shown = batch.flat() if flat else batch.draw(batch.pictures[place])
        frames = batch.history(place)
        arrays: PortraitArrays = {"objective": curve.astype(np.float32), "history": shown_frames(frames)}
        add_frame_bands(arrays, "history", frames)
        if not flat:
            add_bands(arrays, "image", batch.shown(batch.pictures[place]), optimized=True)
        index, words = portrait_parts(self.spec).index(name), name.replace("_", " ")
        return PORTRAIT.part(index, words, pictures={"image": shown}, arrays=arrays, facts=facts)


def silence(starts: int, spec: ChannelPortrait) -> str:
    """Why a channel is called dead: what was tried."""
    tried = "1 start" if starts == 1 else f"{starts} starts"
    return f"{tried} of {spec.steps} steps in {spec.mode} mode: none raised its mean above zero or above where it began"
