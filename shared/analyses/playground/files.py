"""Files of `playground`: a picture a stage, and the numbers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.npz import npz_bytes
from shared.analyses.playground.pictures import channel_sheet
from shared.results import Part
from shared.store import RunRecord


def write_stages(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """input.png, stage_00.png …, arrays.npz with what stage_arrays() names."""
    for i, part in parts.items():
        composite = part.pictures.get("composite")
        picture = channel_sheet(part.arrays["stage"]) if composite is None else composite
        Image.fromarray(picture).save(folder / f"stage_{i:02d}.png")
        if "input" in part.pictures:
            Image.fromarray(part.pictures["input"]).save(folder / "input.png")
    (folder / "arrays.npz").write_bytes(npz_bytes(stage_arrays(parts)))


def stage_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Numbers of a playground's stages.

    Returns:
        `stage_00` … float32 (height, width, channel); `kernel_00` … float32 (kernel, kernel, input, filter) of the
        convolutions.
    """
    return {f"{name}_{i:02d}": part.arrays[name] for i, part in parts.items() for name in part.arrays}
