"""What is said beside a map: its extremes, whether anything speaks for the class, and where it points."""

import numpy as np

from shared.analyses.attribution.parts import Completeness, PlacedMap
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import Extremes
from shared.analyses.heat_maps import enlarge, smooth, strongest_box
from worker.attribution.method_maps import MethodMaps


def map_row(found: MethodMaps, index: int, size: tuple[int, int]) -> PlacedMap:
    """Facts of one class's map.

    Args:
        found: the method's maps.
        index: of the class among them.
        size: height and width of the picture in pixels, in which the box is given.
    """
    heat, signed = found.maps[index], found.signed[index]
    whole = enlarge(heat, *size, found.grid)
    # The strongest single pixel is chance: a region is sought in their averages.
    box = strongest_box(smooth(np.maximum(whole, 0)) if METHODS[found.method].place == "pixels" else whole)
    peak = np.unravel_index(int(np.argmax(whole)), size)
    own: Completeness = found.rows[index] if found.rows else {}
    return {
        **extremes(heat, signed),
        "box": box.facts() if box else None,
        "box_share": round(box.width * box.height / (size[0] * size[1]), 4) if box else None,
        "peak": [int(peak[1]), int(peak[0])] if box else None,
        **own,
    }


def extremes(heat: np.ndarray, signed: np.ndarray) -> Extremes:
    """The smallest and largest values of both forms of a map, and whether anything is above zero."""
    return {
        "raw_min": float(heat.min()),
        "raw_max": float(heat.max()),
        "signed_min": float(signed.min()),
        "signed_max": float(signed.max()),
        "positive_evidence": bool(heat.max() > 0),
    }
