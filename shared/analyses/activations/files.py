"""Files of `activations`: the picture, a sheet a layer, and the maps."""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses.activations.parts import LAYER, PICTURE
from shared.analyses.report_blocks import predictions
from shared.analyses.result_files import Files, file_stem
from shared.images.feature_maps import colour_limits, is_signed, map_sheet, palette, steps_of, tile_edge
from shared.results import Part
from shared.store import RunRecord

# The report shows what the network says.
blocks = predictions


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """picture.png, predictions.json, sheets/001_<layer>.png …, arrays.npz with what map_arrays() names."""
    for i, part in parts.items():
        if i == 0:
            yield "picture.png", part.pictures["picture"]
            said = PICTURE.read(part)
            alone = len(said.get("outputs", ())) < 2 and said["top"]
            yield "predictions.json", alone or said.get("outputs", [])
            if "mask" in part.pictures:
                yield "mask.png", part.pictures["mask"]
        else:
            yield f"sheets/{i:03d}_{file_stem(part.name)}.png", layer_picture(part)
    yield "arrays.npz", (pair for part in parts.values() for pair in map_arrays(part))


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
