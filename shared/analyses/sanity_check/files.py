"""Files of `sanity_check`: every method's map at every depth, facts, and the maps and curves as numbers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.heat_maps import grid_of, overlay, reach_of
from shared.analyses.npz import npz_bytes
from shared.analyses.sanity_check.parts import TRAINED
from shared.images.contact_sheet import stitch
from shared.results import Part
from shared.store import RunRecord


def write_sanity_check(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """METHOD.png, the map at every depth from left to right; sanity.json, arrays.npz, and picture.png."""
    first = parts.get(0)
    if first is None:
        return
    depths = [parts[i] for i in sorted(parts) if "depth" in parts[i].facts]
    Image.fromarray(first.pictures["picture"]).save(folder / "picture.png")
    for method in TRAINED.read(first)["methods"]:
        Image.fromarray(depth_row(first, depths, method)).save(folder / f"{method}.png")
    facts = {part.name: dict(part.facts) for part in parts.values()}
    (folder / "sanity.json").write_text(json.dumps(facts, indent=2) + "\n")
    (folder / "arrays.npz").write_bytes(npz_bytes(sanity_arrays(depths, parts)))


def depth_row(first: Part, depths: Sequence[Part], method: str) -> np.ndarray:
    """One method's map as trained and at every depth side by side, each on its own scale; uint8 (height, width, 3)."""
    known = TRAINED.read(first)["methods"][method]
    signed, place = known["signed"], known["place"]
    maps = [part.arrays[method] for part in depths]
    ground, grid = first.pictures["picture"], grid_of(known)
    pictures = [overlay(ground, m, reach_of([m], signed, place), signed=signed, grid=grid) for m in maps]
    return stitch(dict(enumerate(pictures)), len(pictures), columns=len(pictures))


def sanity_arrays(depths: Sequence[Part], parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """`METHOD` and `signed_METHOD` float32 (depth, height, width), the trained map first; and the curves' arrays."""
    stacked = {name: np.stack([part.arrays[name] for part in depths]) for name in depths[0].arrays}
    curves = [part.arrays for part in parts.values() if "depth" not in part.facts]
    return stacked | {name: array for arrays in curves for name, array in arrays.items()}
