"""Where the objects of the labelled photographs are, drawn by eye: for tests and benchmarks of heat maps.

Boxes are left, top, right, bottom in pixels of the photograph's middle, cropped to a square and scaled to 224 × 224.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Photographs that a network sees nothing but their object in say nothing, and are left out.
BOXES: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "magpie": ((15, 103, 52, 180), (100, 80, 151, 116)),
    "sea_snake": ((8, 10, 222, 182),),
    "golden_retriever": ((33, 12, 145, 220),),
    "labrador_retriever": ((15, 5, 224, 224),),
    "german_shepherd": ((84, 18, 155, 165),),
    "french_bulldog": ((13, 5, 222, 202),),
    "dalmatian": ((8, 30, 224, 224),),
    "persian_cat": ((12, 6, 224, 224),),
    "lion": ((104, 111, 133, 181),),
    "zebra": ((0, 4, 205, 200),),
    "indian_elephant": ((0, 0, 224, 170),),
    "african_elephant": ((0, 95, 224, 142),),
    "crane_machine": ((125, 15, 224, 170),),
    "banana": ((140, 100, 224, 185),),
    "coral_cat": ((5, 20, 175, 224),),
    "coral_chickadee": ((0, 50, 222, 165),),
    "coral_daisy": ((14, 8, 224, 222),),
    "coral_grace_hopper_military_uniform": ((10, 100, 224, 224), (55, 0, 140, 50)),
}
# The pointing game's: a peak this many pixels beside the object still points at it (Zhang et al., 2018).
TOLERANCE = 15


@dataclass(frozen=True)
class Photograph:
    """A photograph, its ImageNet class, and where that is."""

    path: Path
    number: int
    boxes: tuple[tuple[int, int, int, int], ...]

    def inside(self, margin: int = 0) -> np.ndarray:
        """bool (224, 224): the object's boxes, widened by a margin."""
        mask = np.zeros((224, 224), bool)
        for left, top, right, bottom in self.boxes:
            mask[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = True
        return mask


def photographs(test_data: Path) -> list[Photograph]:
    """All photographs with boxes."""
    rows = json.loads((test_data / "photos" / "photos.json").read_text())
    known = [(test_data / "photos" / row["file"], int(row["class_index"])) for row in rows]
    return [Photograph(path, number, BOXES[path.stem]) for path, number in known if path.stem in BOXES]


def points_at(heat: np.ndarray, photograph: Photograph) -> bool:
    """Whether the largest value of a map, float32 (224, 224), lies on the object or close beside it."""
    place = np.unravel_index(int(np.argmax(heat)), heat.shape)
    return bool(photograph.inside(TOLERANCE)[place])


def gathered(heat: np.ndarray, photograph: Photograph) -> float:
    """Share of a map's positive part on the object, over the object's share of the picture: 1 is chance."""
    positive, mask = np.maximum(heat, 0), photograph.inside()
    return float(positive[mask].sum() / max(float(positive.sum()), 1e-12) / mask.mean())
