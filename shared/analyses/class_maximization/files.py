"""Files of `class_maximization`: a picture and its way there for each run, and the curves."""

import re
from collections.abc import Mapping

import numpy as np

from shared.analyses.band_arrays import every_band
from shared.analyses.class_maximization.parts import CLASS_IMAGE
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """065_sea_snake_naive.png, its .gif …, history.gif (the last run's), arrays.npz with what class_arrays() names."""
    for index in sorted(parts):
        part, stem = parts[index], image_stem(parts[index])
        yield f"{stem}.png", part.pictures["image"]
        yield f"{stem}.gif", CLASS_IMAGE.read_arrays(part)["history"]
    yield "history.gif", CLASS_IMAGE.read_arrays(parts[max(parts)])["history"]
    yield "arrays.npz", class_arrays(parts)


def image_stem(part: Part) -> str:
    """A run's files by class and way."""
    facts = CLASS_IMAGE.read(part)
    name = re.sub(r"[^A-Za-z0-9]+", "_", facts["name"])[:60].strip("_")
    return "_".join(word for word in (f"{facts['class']:03d}", name, facts["how"]) if word)


def class_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of class images, one row an image.

    Returns:
        `images` uint8 (image, height, width, 3), without the last axis in grey; `objective`, `logit`, `probability`
        float32 (image, step + 1); `classes` int32 (image); `how` text (image): "naive" or "regularised"; of networks of
        neither one nor three bands `images_bands` uint8 (image, height, width, band).
    """
    rows = [parts[i] for i in sorted(parts)]
    curves = {name: np.stack([p.arrays[name] for p in rows]) for name in ("objective", "logit", "probability")}
    return every_band(rows, "image", "images") | {
        "images": np.stack([p.pictures["image"] for p in rows]),
        **curves,
        "classes": np.array([CLASS_IMAGE.read(p)["class"] for p in rows], np.int32),
        "how": np.array([CLASS_IMAGE.read(p)["how"] for p in rows]),
    }
