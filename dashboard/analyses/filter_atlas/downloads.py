"""Files of an atlas, written part by part: a sheet of 512 large tiles never stands in memory as a whole."""

import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import numpy as np

from dashboard.widgets.drawing import png_of_bands
from shared.analyses.filter_atlas.parts import TILE
from shared.images.contact_sheet import EMPTY, GAP, PAPER, columns_for, place
from shared.results import Part
from shared.store import RunRecord

Read = Callable[[Sequence[int]], Iterator[Part]]


def write_sheet(file: IO[bytes], run: RunRecord, numbers: Sequence[int], read: Read) -> None:
    """A PNG of all tiles in full size, a row of them at a time."""
    count = run.total or len(numbers)
    columns = columns_for(count)
    rows = math.ceil(count / columns)
    edge = next(read(numbers[:1])).pictures["tile"].shape[0]
    width, step = columns * (edge + GAP), edge + GAP

    def bands() -> Iterator[np.ndarray]:
        for row in range(rows):
            band = np.full((step, width, 3), PAPER, np.uint8)
            here = range(row * columns, min(count, (row + 1) * columns))
            for position in range(len(here)):
                place(band, np.full((edge, edge, 3), EMPTY, np.uint8), position, columns)
            for part in read([i for i in numbers if i in here]):
                place(band, part.pictures["tile"], part.index - here.start, columns)
            yield band

    file.writelines(png_of_bands(width, rows * step, bands()))


def write_arrays(file: IO[bytes], _run: RunRecord, numbers: Sequence[int], read: Read) -> None:
    """An .npz file with the arrays of shared.analyses.filter_atlas.files.atlas_arrays(), the tiles as they come."""
    objective: list[np.ndarray] = []
    dead: list[bool] = []
    channels: list[int] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        first = next(read(numbers[:1]))
        with _rows(archive, "tiles", len(numbers), first.pictures["tile"]) as out:
            for part in read(numbers):
                out.write(part.pictures["tile"].tobytes())
                objective.append(part.arrays["objective"])
                dead.append(TILE.read(part)["dead"])
                channels.append(TILE.read(part)["channel"])
        if "tile_bands" in first.arrays:
            with _rows(archive, "tiles_bands", len(numbers), first.arrays["tile_bands"]) as out:
                out.writelines(part.arrays["tile_bands"].tobytes() for part in read(numbers))
        rest = {"objective": np.stack(objective), "dead": np.array(dead), "channels": np.array(channels, np.int32)}
        for name, array in rest.items():
            with archive.open(f"{name}.npy", "w") as out:
                np.lib.format.write_array(out, array)


@contextmanager
def _rows(archive: zipfile.ZipFile, name: str, count: int, like: np.ndarray) -> Iterator[IO[bytes]]:
    """A file of the archive to write the bytes of `count` uint8 arrays of one shape into."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, *like.shape)}
        np.lib.format.write_array_header_1_0(out, header)
        yield out


DOWNLOADS = {"sheet.png": ("image/png", write_sheet), "arrays.npz": ("application/zip", write_arrays)}
