"""The maps of all layers as one file, read and written one layer after the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO

from shared.analyses.activations.files import map_arrays
from shared.analyses.result_files import write_npz
from shared.results import Part
from shared.store import RunRecord

Read = Callable[[Sequence[int]], Iterator[Part]]


def write_arrays(file: IO[bytes], _run: RunRecord, numbers: Sequence[int], read: Read) -> None:
    """An .npz file with what map_arrays() names."""
    one_by_one = (part for i in numbers for part in read([i]))  # a layer's maps may be large
    write_npz(file, (pair for part in one_by_one for pair in map_arrays(part)))


DOWNLOADS = {"arrays.npz": ("application/zip", write_arrays)}
