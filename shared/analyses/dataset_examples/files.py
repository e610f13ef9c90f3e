"""Files of `dataset_examples`: the pieces of all channels on a sheet, and where they are from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.dataset_examples.numbers import merge
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.analyses.npz import npz_bytes
from shared.results import Part
from shared.store import RunRecord


def write_examples(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> None:
    """sheet.png, a tile of pieces a channel, once all pictures were looked at; arrays.npz with example_arrays()."""
    for part in parts.values():
        if "sheet" in part.pictures:
            Image.fromarray(part.pictures["sheet"]).save(folder / "sheet.png")
    (folder / "arrays.npz").write_bytes(npz_bytes(example_arrays(run, parts)))


def example_arrays(run: RunRecord, parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """The best of the shards that are there.

    Returns:
        `values`, `strength`, `picture`, `label`, `unit`, `box` as shared.analyses.dataset_examples.numbers.Examples
        says; `channels` int32 (channel), numbers of the rows.
    """
    # The last part is the best of all others, which then have nothing to add.
    closing = [part for part in parts.values() if "sheet" in part.pictures]
    found = merge(part.arrays for part in closing or parts.values())
    if found is None:
        return {}
    channels = DatasetExamples(**run.fields).channels or range(len(found.values))
    return {**vars(found), "channels": np.array(channels, np.int32)}
