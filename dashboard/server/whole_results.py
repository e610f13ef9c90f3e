"""A whole result in one file: the report, the zip, the code. For every kind, so no page has to offer them itself."""

from starlette.responses import PlainTextResponse, Response

from dashboard.server.export_links import PYTHON, REPORT, SHELL, WHOLE
from dashboard.server.responses import written
from shared.client import Client
from shared.client.report import report_html
from shared.client.reproduce import command_line, python_code
from shared.store import RunRecord


def whole_file(client: Client, run: RunRecord, name: str) -> Response | None:
    """One of these files; None for any other name, or where there is no result.

    Raises:
        UnknownRun: the result has left the cache.
    """
    spec = run.spec()
    if name == PYTHON and spec:
        return PlainTextResponse(python_code(spec))
    if name == SHELL and spec:
        return PlainTextResponse(f"#!/bin/sh\n{command_line(spec)}\n")
    if name not in (REPORT, WHOLE) or not client.numbers(run):
        return None
    if name == REPORT:
        names = {reference: given for given, reference in client.models.names().items()}
        return Response(report_html(run, client.result(run.key).parts, names), media_type="text/html")
    return written(lambda file: client.export(run.key, file), "application/zip")
