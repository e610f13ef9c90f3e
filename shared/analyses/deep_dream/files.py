"""Files of `deep_dream`: the dream, the photograph, the octaves on the way, the animation and the numbers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.deep_dream.parts import OCTAVE
from shared.analyses.npz import npz_bytes
from shared.images.animations import gif_bytes
from shared.results import Part
from shared.store import RunRecord


def write_dream(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """original.png, octaves/1.png …, dream.png (the largest octave there is), history.gif, arrays.npz."""
    octaves = octaves_of(parts)
    if 0 in parts:
        Image.fromarray(parts[0].pictures["original"]).save(folder / "original.png")
    if octaves:
        (folder / "octaves").mkdir(exist_ok=True)
        Image.fromarray(octaves[-1].pictures["dream"]).save(folder / "dream.png")
    for part in octaves:
        Image.fromarray(part.pictures["dream"]).save(folder / "octaves" / f"{OCTAVE.read(part)['octave'] + 1}.png")
    for part in parts.values():
        if "history" in part.arrays:
            (folder / "history.gif").write_bytes(gif_bytes(part.arrays["history"]))
    (folder / "arrays.npz").write_bytes(npz_bytes(dream_arrays(parts)))


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
