"""Dreams without a worker: pictures written straight into a store."""

import numpy as np

from shared.analyses import DeepDream
from shared.analyses.deep_dream.octaves import octave_sizes
from shared.analyses.deep_dream.parts import OCTAVE, PHOTOGRAPH, WAY, OctaveFacts, PhotographFacts, WayArrays
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin

SIZE = (40, 60)


def dream_parts(spec: DeepDream) -> list[Part]:
    """All parts of a dream as the worker writes them: a grey photograph, octaves of one colour each."""
    sizes = octave_sizes(SIZE, spec.octaves, spec.octave_scale)
    facts: PhotographFacts = {"layers": ["mixed3", "mixed4:2"], "sizes": [list(size) for size in sizes]}
    original = np.full((*SIZE, 3), 90, np.uint8)
    parts = [PHOTOGRAPH.part(0, "photograph", pictures={"original": original}, facts=facts)]
    for number, (height, width) in enumerate(sizes):
        picture = np.zeros((height, width, 3), np.uint8)
        picture[..., number % 3] = 255
        curve = np.linspace(1, 2 + number, spec.steps + 1, dtype=np.float32)
        told: OctaveFacts = {"octave": number, "height": height, "width": width, "steps": spec.steps,
                             "curve": curve.tolist(), "objective": 2.0 + number, "objective_start": 1.0,
                "ended": "ceiling" if number == 1 else ""}  # fmt: skip
        parts.append(OCTAVE.part(number + 1, f"octave {number + 1}", pictures={"dream": picture},
                                 arrays={"objective": curve}, facts=told))  # fmt: skip
    frames = np.stack([np.full((*SIZE, 3), 20 * i, np.uint8) for i in range(5)])
    way: WayArrays = {"history": frames, "objective": np.ones(3, np.float32)}
    parts.append(WAY.part(len(parts), "animation", arrays=way))
    return parts


def begun_dream(store: Store, spec: DeepDream, count: int) -> int:
    """A running dream with its first parts; returns its fencing token."""
    parts = dream_parts(spec)
    fence = begin(store, spec, len(parts))
    for part in parts[:count]:
        store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"stage": "dreaming"})
    return fence


def finished_dream(store: Store, spec: DeepDream) -> str:
    """A complete dream; returns its key."""
    fence = begun_dream(store, spec, spec.octaves + 2)
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()
