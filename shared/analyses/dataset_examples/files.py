"""Files of `dataset_examples`: the crops of all channels on a sheet, and where they are from."""

from collections.abc import Mapping

import numpy as np

from shared.analyses.dataset_examples.numbers import Examples, merge
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """sheet.png, a tile of pieces a channel, once all pictures were looked at; arrays.npz with example_arrays()."""
    yield from (("sheet.png", part.pictures["sheet"]) for part in parts.values() if "sheet" in part.pictures)
    yield "arrays.npz", example_arrays(run, parts)


def best_of_parts(parts: Mapping[int, Part]) -> Examples | None:
    """What the shards that are there have found; None without any."""
    # The last part is the best of all others, which then have nothing to add.
    closing = [part for part in parts.values() if "sheet" in part.pictures]
    return merge(part.arrays for part in closing or parts.values())


def example_arrays(run: RunRecord, parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """The best of the shards that are there.

    Returns:
        `values`, `strength`, `picture`, `label`, `unit`, `box` as shared.analyses.dataset_examples.numbers.Examples
        says; `channels` int32 (channel), numbers of the rows.
    """
    found = best_of_parts(parts)
    if found is None:
        return {}
    channels = DatasetExamples(**run.fields).channels or range(len(found.values))
    return {**vars(found), "channels": np.array(channels, np.int32)}
