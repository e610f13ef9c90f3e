"""Files of a result, written part by part: a sheet of 512 large tiles never stands in memory as a whole."""

import json
import math
import re
import zipfile
from collections.abc import Iterator
from typing import IO

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.connection import get_client
from dashboard.server.responses import refusal, written
from dashboard.server.whole_results import whole_file
from dashboard.server.written_files import LARGE, written_file
from dashboard.widgets.drawing import png_of_bands
from shared.analyses.activations.files import map_arrays
from shared.analyses.manifest import manifest
from shared.analyses.npz import write_npz
from shared.client import Client
from shared.errors import UnknownRun
from shared.images.contact_sheet import EMPTY, GAP, PAPER, columns_for, place
from shared.results import Part, decode_part, picture_bytes
from shared.store import RunRecord

TILE = re.compile(r"tiles/(\d+)\.png")


def download(request: Request) -> Response:
    """One file of a run's result."""
    client, key, name = get_client(), request.path_params["key"], request.path_params["name"]
    run = client.record(key)
    if not run.kind:
        return refusal("No such run.", 404)
    try:
        answer = _answer(client, run, name)
    except UnknownRun as error:  # it was there when the page offered it, or when the first parts were read
        return refusal(str(error), 410)
    if answer is None:
        return refusal("There is no such file, or its parts have left the cache.", 410)
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file_name(run, name)}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _answer(client: Client, run: RunRecord, name: str) -> Response | None:
    if name == "manifest.json":
        text = json.dumps(manifest(run), indent=2, sort_keys=True) + "\n"
        return Response(text, media_type="application/json")
    if (whole := whole_file(client, run, name)) is not None:
        return whole
    if match := TILE.fullmatch(name):
        data = client.part(run.key, int(match.group(1)))
        png = picture_bytes(data, "tile") if data else None
        return Response(png, media_type="image/png") if png else None
    if run.kind not in LARGE:
        return written_file(client, run, name)
    numbers = client.numbers(run)
    if name == "sheet.png" and numbers:
        return written(lambda file: _write_sheet(file, client, run, numbers), "image/png")
    if name == "arrays.npz" and numbers:
        write = _write_maps if run.kind == "activations" else _write_arrays
        return written(lambda file: write(file, client, run, numbers), "application/zip")
    return None


def _file_name(run: RunRecord, name: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", f"{run.fields.get('model', run.kind)}-{run.fields.get('layer', '')}")
    return f"{stem[:80].strip('-')}-{run.key[-8:]}-{name.replace('/', '-')}"


def _parts(client: Client, run: RunRecord, numbers: list[int]) -> Iterator[Part]:
    return (decode_part(data) for _, data in client.each_part(run, numbers))


def _write_sheet(file: IO[bytes], client: Client, run: RunRecord, numbers: list[int]) -> None:
    count = run.total or len(numbers)
    columns = columns_for(count)
    rows = math.ceil(count / columns)
    edge = next(_parts(client, run, numbers[:1])).pictures["tile"].shape[0]
    width, step = columns * (edge + GAP), edge + GAP

    def bands() -> Iterator[np.ndarray]:
        for row in range(rows):
            band = np.full((step, width, 3), PAPER, np.uint8)
            here = range(row * columns, min(count, (row + 1) * columns))
            for position in range(len(here)):
                place(band, np.full((edge, edge, 3), EMPTY, np.uint8), position, columns)
            for part in _parts(client, run, [i for i in numbers if i in here]):
                place(band, part.pictures["tile"], part.index - here.start, columns)
            yield band

    file.writelines(png_of_bands(width, rows * step, bands()))


def _write_maps(file: IO[bytes], client: Client, run: RunRecord, numbers: list[int]) -> None:
    """An .npz file with the maps of every layer, read and written one after the other."""
    one_by_one = (part for i in numbers for part in _parts(client, run, [i]))  # a layer's maps may be large
    write_npz(file, (pair for part in one_by_one for pair in map_arrays(part)))


def _write_arrays(file: IO[bytes], client: Client, run: RunRecord, numbers: list[int]) -> None:
    """An .npz file with the arrays of shared.analyses.filter_atlas.files.atlas_arrays(), the tiles written as they
    come.
    """
    objective: list[np.ndarray] = []
    dead: list[bool] = []
    channels: list[int] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        with archive.open("tiles.npy", "w", force_zip64=True) as out:
            for part in _parts(client, run, numbers):
                tile = part.pictures["tile"]
                if not channels:
                    header = {"descr": "|u1", "fortran_order": False, "shape": (len(numbers), *tile.shape)}
                    np.lib.format.write_array_header_1_0(out, header)
                out.write(tile.tobytes())
                objective.append(part.arrays["objective"])
                dead.append(bool(part.facts["dead"]))
                channels.append(int(part.facts["channel"]))
        rest = {"objective": np.stack(objective), "dead": np.array(dead), "channels": np.array(channels, np.int32)}
        for name, array in rest.items():
            with archive.open(f"{name}.npy", "w") as out:
                np.lib.format.write_array(out, array)
