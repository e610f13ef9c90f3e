"""Files of a result: their addresses, what the export menu offers for any kind, and the route that makes them."""

import json
import math
import mimetypes
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboard.server.connection import get_client
from dashboard.server.responses import refusal, written
from dashboard.server.signing import sign
from dashboard.widgets.drawing import png_of_bands
from shared.analyses import KINDS
from shared.analyses.activations.files import map_arrays
from shared.analyses.manifest import manifest
from shared.analyses.npz import write_npz
from shared.client import Client
from shared.client.report import report_html
from shared.client.reproduce import command_line, python_code
from shared.errors import UnknownRun
from shared.images.contact_sheet import EMPTY, GAP, PAPER, columns_for, place
from shared.results import Part, decode_part, picture_bytes
from shared.store import RunRecord

REPORT, WHOLE, PYTHON, SHELL = "report.html", "result.zip", "again.py", "again.sh"
# The whole result in one file, and the code that makes it again; a view adds the files of its own.
WHOLE_FILES = {
    "Report that opens anywhere": REPORT,
    "Everything in one file": WHOLE,
    "The code that makes it": PYTHON,
    "The same for a shell": SHELL,
}
# Their files are made part by part: hundreds of megabytes would stand in memory otherwise.
LARGE = ("activations", "filter_atlas")
TILE = re.compile(r"tiles/(\d+)\.png")


def download_url(key: str, name: str) -> str:
    """A file of a run's result, sent as an attachment: sheet.png, arrays.npz, manifest.json, layers.csv ..."""
    return f"/download/{sign(key)}/{key}/{name}"


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
        data = client.results.part(run.key, int(match.group(1)))
        png = picture_bytes(data, "tile") if data else None
        return Response(png, media_type="image/png") if png else None
    if run.kind not in LARGE:
        return written_file(client, run, name)
    numbers = client.results.numbers(run)
    if name == "sheet.png" and numbers:
        return written(lambda file: _write_sheet(file, client, run, numbers), "image/png")
    if name == "arrays.npz" and numbers:
        write = _write_maps if run.kind == "activations" else _write_arrays
        return written(lambda file: write(file, client, run, numbers), "application/zip")
    return None


def whole_file(client: Client, run: RunRecord, name: str) -> Response | None:
    """The whole result in one file, or the code that makes it; None for any other name, or where there is no result.

    Raises:
        UnknownRun: the result has left the cache.
    """
    spec = run.spec()
    if name == PYTHON and spec:
        return PlainTextResponse(python_code(spec))
    if name == SHELL and spec:
        return PlainTextResponse(f"#!/bin/sh\n{command_line(spec)}\n")
    if name not in (REPORT, WHOLE) or not client.results.numbers(run):
        return None
    if name == REPORT:
        names = {reference: given for given, reference in client.models.names().items()}
        return Response(report_html(run, client.result(run.key).parts, names), media_type="text/html")
    return written(lambda file: client.results.export(run.key, file), "application/zip")


def written_file(client: Client, run: RunRecord, name: str) -> Response | None:
    """One file of a result.

    Args:
        client: of the installation.
        run: whose result.
        name: as in the output folder, "/" between a folder and its file.

    Returns:
        None where the result has no such file.

    Raises:
        UnknownRun: the result has left the cache.
    """
    if run.kind in LARGE or run.kind not in KINDS:
        return None
    parts = {i: decode_part(data) for i, data in client.results.each_part(run)}
    if not parts:
        return None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        KINDS[run.kind].write(folder, run, parts)
        # Compared with what was written, never joined to the folder: a name may hold "..".
        found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        if name not in found:
            return None
        return Response(found[name].read_bytes(), media_type=mimetypes.guess_type(name)[0])


def _file_name(run: RunRecord, name: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", f"{run.fields.get('model', run.kind)}-{run.fields.get('layer', '')}")
    return f"{stem[:80].strip('-')}-{run.key[-8:]}-{name.replace('/', '-')}"


def _parts(client: Client, run: RunRecord, numbers: list[int]) -> Iterator[Part]:
    return (decode_part(data) for _, data in client.results.each_part(run, numbers))


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
