"""Files of a result, sent part by part: a sheet of 512 large tiles never stands in memory as a whole."""

import json
import math
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from dashboard.connection import get_client
from dashboard.drawing import png_of_bands
from dashboard.whole_results import whole_file
from dashboard.written_files import LARGE, written_file
from shared.client import Client
from shared.contact_sheet import EMPTY, GAP, PAPER, columns_for, place
from shared.result_files.manifest import manifest
from shared.result_files.maps import map_arrays
from shared.result_files.npz import write_npz
from shared.results import Part, decode_part, picture_bytes
from shared.store import RunRecord

TILE = re.compile(r"tiles/(\d+)\.png")
READ_AT_ONCE = 32


def download(request: Request) -> Response:
    """One file of a run's result."""
    client, key, name = get_client(), request.path_params["key"], request.path_params["name"]
    run = client.record(key)
    if not run.kind:
        return PlainTextResponse("No such run.", 404)
    answer = _answer(client, run, name)
    if answer is None:
        return PlainTextResponse("There is no such file, or its parts have left the cache.", 410)
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
    indices = _indices(client, run)
    if name == "sheet.png" and indices:
        return StreamingResponse(_sheet(client, run, indices), media_type="image/png")
    if name == "arrays.npz" and indices:
        path = _maps(client, run, indices) if run.kind == "activations" else _arrays(client, run, indices)
        return FileResponse(path, media_type="application/zip", background=BackgroundTask(path.unlink))
    return None


def _file_name(run: RunRecord, name: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", f"{run.fields.get('model', run.kind)}-{run.fields.get('layer', '')}")
    return f"{stem[:80].strip('-')}-{run.key[-8:]}-{name.replace('/', '-')}"


def _indices(client: Client, run: RunRecord) -> list[int]:
    return sorted(client.store.parts.indices(run.key) or client.archive.parts(run.key))


def _parts(client: Client, run: RunRecord, indices: list[int]) -> Iterator[Part]:
    for start in range(0, len(indices), READ_AT_ONCE):
        found = client.parts(run.key, indices[start : start + READ_AT_ONCE])
        yield from (decode_part(found[i]) for i in sorted(found))


def _sheet(client: Client, run: RunRecord, indices: list[int]) -> Iterator[bytes]:
    count = run.total or len(indices)
    columns = columns_for(count)
    rows = math.ceil(count / columns)
    edge = next(_parts(client, run, indices[:1])).pictures["tile"].shape[0]
    width, step = columns * (edge + GAP), edge + GAP

    def bands() -> Iterator[np.ndarray]:
        for row in range(rows):
            band = np.full((step, width, 3), PAPER, np.uint8)
            here = range(row * columns, min(count, (row + 1) * columns))
            for position in range(len(here)):
                place(band, np.full((edge, edge, 3), EMPTY, np.uint8), position, columns)
            for part in _parts(client, run, [i for i in indices if i in here]):
                place(band, part.pictures["tile"], part.index - here.start, columns)
            yield band

    return png_of_bands(width, rows * step, bands())


def _maps(client: Client, run: RunRecord, indices: list[int]) -> Path:
    """An .npz file with the maps of every layer, read and written one after the other."""
    with tempfile.NamedTemporaryFile(suffix=".npz", delete=False) as file:
        found = (data for i in indices if (data := client.part(run.key, i)))
        write_npz(file, (pair for data in found for pair in map_arrays(decode_part(data))))
        return Path(file.name)


def _arrays(client: Client, run: RunRecord, indices: list[int]) -> Path:
    """An .npz file with the arrays of shared.result_files.atlas.atlas_arrays(), the tiles written as they come."""
    with tempfile.NamedTemporaryFile(suffix=".npz", delete=False) as file:
        path = Path(file.name)
    first = next(_parts(client, run, indices[:1]))
    shape = (len(indices), *first.pictures["tile"].shape)
    objective, dead, channels = [], [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        with archive.open("tiles.npy", "w", force_zip64=True) as out:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(out, header)
            for part in _parts(client, run, indices):
                out.write(part.pictures["tile"].tobytes())
                objective.append(part.arrays["objective"])
                dead.append(bool(part.facts["dead"]))
                channels.append(int(part.facts["channel"]))
        rest = {"objective": np.stack(objective), "dead": np.array(dead), "channels": np.array(channels, np.int32)}
        for name, array in rest.items():
            with archive.open(f"{name}.npy", "w") as out:
                np.lib.format.write_array(out, array)
    return path
