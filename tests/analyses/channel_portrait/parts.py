"""Portraits without a worker: striped pictures written straight into a store."""

import numpy as np

from shared.analyses.channel_portrait import parts
from shared.analyses.channel_portrait.parts import (
    PORTRAIT,
    SKETCH,
    KernelFacts,
    PortraitArrays,
    PortraitFacts,
    SketchFacts,
)
from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin, striped_tile

SIZE, FRAMES = 64, 6
KERNEL = np.linspace(-1, 1, 27, dtype=np.float32).reshape(3, 3, 3)
ANSWERS = {"portrait": 80.0, "opposite": 0.0, "facet_0": 60.0, "facet_1": 72.0, "facet_2": 40.0, "facet_3": 64.0}


def portrait_part(spec: ChannelPortrait, index: int, dead: bool = False) -> Part:
    """One part as the worker writes it."""
    name = portrait_parts(spec)[index]
    picture = striped_tile(10 * spec.channel + index, SIZE)
    if name.startswith("sketch"):
        sketch: SketchFacts = {"picture": name, "channel": spec.channel, "step": 8 * (1 + 3 * int(name[-1]))}
        return SKETCH.part(index, name, pictures={"image": picture}, facts=sketch)
    end = ANSWERS[name] - (30.0 if name == "opposite" else 0.0)
    curve = np.linspace(5.0, end, spec.steps + 1).astype(np.float32)
    facts: PortraitFacts = {
        "picture": name, "channel": spec.channel, "size": SIZE, "starts": 9 if dead else 3, "of": spec.layer,
        "before": name == "opposite", "answer": ANSWERS[name], "objective": end, "objective_start": 5.0, "dead": dead,
    }  # fmt: skip
    if dead:
        facts["reason"] = "9 starts of 64 steps: none raised it"
    grey = np.full_like(picture, 128)
    history = np.stack([(grey + (picture.astype(int) - 128) * i // FRAMES).astype(np.uint8) for i in range(FRAMES)])
    arrays: PortraitArrays = {"objective": curve, "history": history}
    return PORTRAIT.part(index, name, pictures={"image": picture}, arrays=arrays, facts=facts)


def kernel_part(spec: ChannelPortrait) -> Part:
    """The kernel of a layer that sees the picture."""
    picture = ((KERNEL + 1) * 127.5).round().astype(np.uint8)
    facts: KernelFacts = {"picture": "kernel", "layer": spec.layer, "channel": spec.channel, "bias": 0.25}
    index = len(portrait_parts(spec))
    return parts.KERNEL.part(index, "kernel", pictures={"kernel": picture}, arrays={"kernel": KERNEL}, facts=facts)


def started_portrait(store: Store, spec: ChannelPortrait, made: tuple[str, ...]) -> int:
    """A running portrait of which some parts are there; returns its fencing token."""
    fence = begin(store, spec, len(portrait_parts(spec)))
    for name in made:
        write(store, spec, fence, portrait_part(spec, portrait_parts(spec).index(name)))
    return fence


def write(store: Store, spec: ChannelPortrait, fence: int, part: Part) -> None:
    """Write one part of a running portrait."""
    store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})


def finished_portrait(store: Store, spec: ChannelPortrait, kernel: bool = False, dead: bool = False) -> str:
    """A complete portrait; returns its key."""
    names = portrait_parts(spec)
    fence = begin(store, spec, len(names) + kernel)
    for index in range(len(names)):
        write(store, spec, fence, portrait_part(spec, index, dead))
    if kernel:
        write(store, spec, fence, kernel_part(spec))
    store.runs.finish(spec.key(), fence, {**FACTS, "metrics": {"size": SIZE}})
    return spec.key()
