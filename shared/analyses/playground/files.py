"""Files of `playground`: a picture a stage, and the numbers."""

from collections.abc import Mapping

import numpy as np

from shared.analyses.playground.pictures import channel_sheet
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """input.png, stage_00.png …, arrays.npz with what stage_arrays() names."""
    for i, part in parts.items():
        composite = part.pictures.get("composite")
        yield f"stage_{i:02d}.png", channel_sheet(part.arrays["stage"]) if composite is None else composite
        if "input" in part.pictures:
            yield "input.png", part.pictures["input"]
    yield "arrays.npz", stage_arrays(parts)


def stage_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Numbers of a playground's stages.

    Returns:
        `stage_00` … float32 (height, width, channel); `kernel_00` … float32 (kernel, kernel, input, filter) of the
        convolutions.
    """
    return {f"{name}_{i:02d}": part.arrays[name] for i, part in parts.items() for name in part.arrays}
