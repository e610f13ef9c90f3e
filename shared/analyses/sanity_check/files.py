"""Files of `sanity_check`: every method's map at every depth, facts, and the maps and curves as numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from shared.analyses.band_arrays import BANDS
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_maps import grid_of, overlay, reach_of
from shared.analyses.result_files import Files, file_stem
from shared.analyses.sanity_check.parts import TRAINED
from shared.images.contact_sheet import stitch
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """METHOD.png, the map at every depth from left to right; sanity.json, arrays.npz, and picture.png."""
    first = parts.get(0)
    if first is None:
        return
    depths = [parts[i] for i in sorted(parts) if "depth" in parts[i].facts]
    yield "picture.png", first.pictures["picture"]
    yield from (
        (f"{file_stem(method)}.png", depth_row(first, depths, method)) for method in TRAINED.read(first)["methods"]
    )
    yield "sanity.json", {part.name: dict(part.facts) for part in parts.values()}
    yield "arrays.npz", sanity_arrays(depths, parts)


def captions(_run: RunRecord, parts: Mapping[int, Part]) -> dict[str, str]:
    """The method of every row of maps, by its name."""
    said = "as trained, then with random weights in ever more layers"
    known = TRAINED.read(parts[0])["methods"] if 0 in parts else {}
    return {f"{file_stem(name)}.png": f"{one.title}: {said}" for name, one in METHODS.items() if name in known}


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
    names = [name for name in depths[0].arrays if not name.endswith(BANDS)]
    stacked = {name: np.stack([part.arrays[name] for part in depths]) for name in names}
    curves = [part.arrays for part in parts.values() if "depth" not in part.facts]
    return stacked | {name: array for arrays in curves for name, array in arrays.items()}
