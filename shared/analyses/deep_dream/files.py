"""Files of `deep_dream`: the dream, the photograph, the octaves on the way, the animation and the numbers."""

from collections.abc import Mapping

import numpy as np

from shared.analyses.deep_dream.parts import OCTAVE
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """original.png, octaves/1.png …, dream.png (the largest octave there is), history.gif, arrays.npz."""
    octaves = octaves_of(parts)
    if 0 in parts:
        yield "original.png", parts[0].pictures["original"]
    if octaves:
        yield "dream.png", octaves[-1].pictures["dream"]
    yield from ((f"octaves/{OCTAVE.read(part)['octave'] + 1}.png", part.pictures["dream"]) for part in octaves)
    yield from (("history.gif", part.arrays["history"]) for part in parts.values() if "history" in part.arrays)
    yield "arrays.npz", dream_arrays(parts)


def octaves_of(parts: Mapping[int, Part]) -> list[Part]:
    """The parts that hold an octave's picture, smallest first."""
    return [parts[i] for i in sorted(parts) if "dream" in parts[i].pictures]


def dream_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of a dream.

    Returns:
        `images` uint8 (1, height, width, 3), or without the last axis in grey: the largest octave there is;
        `objective` float32 (1, step), after every step of all octaves; `octave` int32 (step), whose step it was.
    """
    octaves = octaves_of(parts)
    if not octaves:
        return {}
    curves = [OCTAVE.read_arrays(part)["objective"][1:] for part in octaves]
    numbers = [np.full(len(c), OCTAVE.read(p)["octave"], np.int32) for c, p in zip(curves, octaves, strict=True)]
    return {
        "images": octaves[-1].pictures["dream"][None],
        "objective": np.concatenate(curves)[None],
        "octave": np.concatenate(numbers),
    }
