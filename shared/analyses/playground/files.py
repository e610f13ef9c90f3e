"""Files of `playground`: a picture a stage, and the numbers."""

from collections.abc import Mapping

import numpy as np

from shared.analyses.result_files import Files
from shared.images.contact_sheet import stitch
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


def grey_picture(values: np.ndarray) -> np.ndarray:
    """One channel from its smallest number, black, to its largest, white; flat ones are black.

    Args:
        values: float (height, width).

    Returns:
        uint8 (height, width).
    """
    low, high = float(values.min()), float(values.max())
    scaled = (values.astype(np.float32) - low) / (high - low or 1.0)
    return np.round(scaled * 255).astype(np.uint8)


def channel_sheet(values: np.ndarray) -> np.ndarray:
    """All channels side by side, each scaled by itself.

    Args:
        values: float (height, width, channel).

    Returns:
        uint8 (height, width, 3).
    """
    count = values.shape[-1]
    return stitch({i: grey_picture(values[..., i]) for i in range(count)}, count)
