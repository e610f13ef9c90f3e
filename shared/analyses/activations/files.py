"""Files of `activations`: the picture, a sheet a layer, and the maps."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.activations.parts import LAYER, PICTURE
from shared.analyses.npz import file_stem, write_npz
from shared.images.feature_maps import colour_limits, is_signed, map_sheet, palette, steps_of, tile_edge
from shared.results import Part
from shared.store import RunRecord


def write_maps(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """picture.png, predictions.json, sheets/001_<layer>.png …, arrays.npz with what map_arrays() names."""
    (folder / "sheets").mkdir(exist_ok=True)
    for i, part in parts.items():
        if i == 0:
            Image.fromarray(part.pictures["picture"]).save(folder / "picture.png")
            (folder / "predictions.json").write_text(json.dumps(PICTURE.read(part)["top"], indent=2) + "\n")
        else:
            layer_picture(part).save(folder / "sheets" / f"{i:03d}_{file_stem(part.name)}.png")
    with open(folder / "arrays.npz", "wb") as file:
        write_npz(file, (pair for part in parts.values() for pair in map_arrays(part)))


def layer_picture(part: Part) -> Image.Image:
    """All channels of a layer, each on its own scale, in full size."""
    facts, arrays = LAYER.read(part), LAYER.read_arrays(part)
    limits = colour_limits(part.facts, part.arrays, "channel", 0.0)
    colours = palette("diverging" if is_signed(facts["minimum"]) else "viridis")
    side = max(facts["height"], facts["width"])
    return map_sheet(steps_of(arrays["maps"], limits), colours, tile_edge(side, side, side))


def map_arrays(part: Part) -> list[tuple[str, np.ndarray]]:
    """Names and arrays of one part of an activations run: `logits`, or the maps by their layer's path."""
    if part.index:
        return [(file_stem(part.name), LAYER.read_arrays(part)["maps"])]
    head = PICTURE.read_arrays(part)
    return [("logits", head["logits"])] if "logits" in head else []
