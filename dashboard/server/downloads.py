"""Files of a result: their addresses, what the export menu offers for any kind, and the route that makes them."""

import json
import mimetypes
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboard.analyses import find_in_room
from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.made_files import file_response
from dashboard.server.responses import asked_bands, error_response
from shared.analyses import KINDS
from shared.analyses.band_arrays import in_bands, picture_in_bands
from shared.analyses.result_files import manifest
from shared.client import Client, command_line, python_code, report_html
from shared.errors import UnknownRun
from shared.library.titles import run_title, titles_of
from shared.results import Part, decode_part
from shared.store import RunRecord

REPORT, WHOLE, PYTHON, SHELL = "report.html", "result.zip", "again.py", "again.sh"
# The whole result in one file, and the code that makes it again; a view adds the files of its own.
WHOLE_FILES = {
    "Report that opens anywhere": REPORT,
    "Everything in one file": WHOLE,
    "The code that makes it": PYTHON,
    "The same for a shell": SHELL,
}
# A file of a run's result, sent as an attachment: sheet.png, arrays.npz, manifest.json, layers.csv ...
download_url = SignedAddress("/download/{key}/{name:path}")
Bands = tuple[int, ...]
TILE = re.compile(r"tiles/(\d+)\.png")


def download(request: Request) -> Response:
    """One file of a run's result."""
    client, key, name = get_client(), request.path_params["key"], request.path_params["name"]
    run = client.record(key)
    if not run.kind:
        return error_response("No such run.", 404)
    try:
        response = _response(client, run, name, asked_bands(request))
    except UnknownRun as error:  # it was there when the page offered it, or when the first parts were read
        return error_response(str(error), 410)
    if response is None:
        return error_response("There is no such file, or its parts have left the cache.", 410)
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(run, name)}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _response(client: Client, run: RunRecord, name: str, bands: Bands) -> Response | None:
    if name == "manifest.json":
        text = json.dumps(manifest(run), indent=2, sort_keys=True) + "\n"
        return Response(text, media_type="application/json")
    if (whole := whole_file(client, run, name, bands)) is not None:
        return whole
    if match := TILE.fullmatch(name):
        data = client.results.part(run.key, int(match.group(1)))
        png = picture_in_bands(data, "tile", bands) if data else None
        return Response(png, media_type="image/png") if png else None
    by_parts = find_in_room(run.kind, "DOWNLOADS", "downloads")
    if by_parts is None:
        return written_file(client, run, name, bands)
    numbers = client.results.numbers(run)
    if name not in by_parts or not numbers:
        return None

    def read(some: Sequence[int]) -> Iterator[Part]:
        return (in_bands(decode_part(data), bands) for _, data in client.results.each_part(run, some))

    media_type, write = by_parts[name]
    return file_response(lambda file: write(file, run, numbers, read), media_type, _as_it_is(run, name, bands))


def _as_it_is(run: RunRecord, name: str, bands: Bands) -> tuple[object, ...]:
    """All that a file of a result depends on; a live run has more of it later."""
    return run.key, run.stamp, run.status, run.done, name, bands


def whole_file(client: Client, run: RunRecord, name: str, bands: Bands = ()) -> Response | None:
    """The whole result in one file, or the code that makes it; None for any other name, or where there is no result.

    Args:
        client: of the installation.
        run: whose result.
        name: of the file.
        bands: that pictures of other than one or three are drawn in; () for the first three.

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
        names = titles_of(client.library)
        page = lambda file: file.write(report_html(run, client.result(run.key).parts, names, bands=bands).encode())  # noqa: E731
        return file_response(page, "text/html; charset=utf-8", _as_it_is(run, name, bands))
    whole = lambda file: client.results.export(run.key, file, bands)  # noqa: E731
    return file_response(whole, "application/zip", _as_it_is(run, name, bands))


def written_file(client: Client, run: RunRecord, name: str, bands: Bands = ()) -> Response | None:
    """One file of a result.

    Args:
        client: of the installation.
        run: whose result.
        name: as in the output folder, "/" between a folder and its file.
        bands: see whole_file().

    Returns:
        None where the result has no such file.

    Raises:
        UnknownRun: the result has left the cache.
    """
    if run.kind not in KINDS or not client.results.numbers(run):
        return None
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        return file_response(
            lambda file: _write_one(file, client, run, name, bands), media_type, _as_it_is(run, name, bands)
        )
    except FileNotFoundError:
        return None


def _write_one(file: IO[bytes], client: Client, run: RunRecord, name: str, bands: Bands) -> None:
    parts = {i: in_bands(decode_part(data), bands) for i, data in client.results.each_part(run)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        KINDS[run.kind].write(folder, run, parts)
        # Compared with what was written, never joined to the folder: a name may hold "..".
        found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        if name not in found:
            raise FileNotFoundError(name)
        with open(found[name], "rb") as written:
            shutil.copyfileobj(written, file)


def _file_name(run: RunRecord, name: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", run_title(run, titles_of(get_client().library)).lower())
    return f"{stem[:80].strip('-')}-{run.key[-8:]}-{name.replace('/', '-')}"
