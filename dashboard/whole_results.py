"""A whole result in one file: the report, the zip, the code. For every kind, so no page has to offer them itself."""

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard.export_links import PYTHON, REPORT, SHELL, WHOLE
from shared.client import Client
from shared.report import report_html
from shared.reproduce import command_line, python_code
from shared.store import RunRecord


def whole_file(client: Client, run: RunRecord, name: str) -> Response | None:
    """One of these files; None for any other name, or where the result is gone."""
    spec = run.spec()
    if name == PYTHON and spec:
        return PlainTextResponse(python_code(spec))
    if name == SHELL and spec:
        return PlainTextResponse(f"#!/bin/sh\n{command_line(spec)}\n")
    if name not in (REPORT, WHOLE) or not client.parts(run.key):
        return None
    if name == REPORT:
        names = {reference: given for given, reference in client.models.names().items()}
        return Response(report_html(run, client.result(run.key).parts, names), media_type="text/html")
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        path = Path(file.name)
        client.export(run.key, file)
    return FileResponse(path, media_type="application/zip", background=BackgroundTask(path.unlink))
