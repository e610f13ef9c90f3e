"""A whole result as one zip: what people look at, and what another installation needs to show it as it was.

manifest.json, sheet.png, tiles/0000.png ...    as `convscope run --output` writes them
report.html                                     the same, to open in a browser
convscope/run.json                              the run's record
convscope/parts/00000.part                      its parts as they were stored
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from shared.analyses import parse_spec
from shared.client.report import report_html
from shared.client.result import write_result
from shared.errors import ConvscopeError, RefusedUpload, VersionMismatch, message
from shared.results import MAX_PART_BYTES, decode_part
from shared.settings import Settings
from shared.store import RunRecord
from shared.uploads.data_sets import ZIP_ERRORS

RUN, PARTS = "convscope/run.json", "convscope/parts/"
MOST_PARTS, MOST_RECORD_BYTES = 100_000, 4 * 1024 * 1024
_PART = re.compile(r"convscope/parts/(\d{1,6})\.part")
# What a record says about the queue it went through means nothing elsewhere.
_OF_THE_QUEUE = ("job", "stage", "fraction", "attempts", "stuck", "cancelling", "evicted", "now", "error", "error_kind")


def write_zip(file: IO[bytes], run: RunRecord, parts: Mapping[int, bytes], names: Mapping[str, str]) -> None:
    """Write a result.

    Args:
        file: open for writing.
        run: its record.
        parts: encoded parts by number.
        names: what people call references, for the report.
    """
    decoded = {index: decode_part(data) for index, data in sorted(parts.items())}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_result(folder, run, decoded)
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                archive.write(path, path.relative_to(folder).as_posix(), _way(path.name))
        archive.writestr("report.html", report_html(run, decoded, names))
        kept = {name: value for name, value in asdict(run).items() if name not in _OF_THE_QUEUE}
        archive.writestr(RUN, json.dumps(kept, indent=2, sort_keys=True))
        for index, data in sorted(parts.items()):
            archive.writestr(f"{PARTS}{index:05d}.part", data, zipfile.ZIP_STORED)


def _way(name: str) -> int:
    return zipfile.ZIP_DEFLATED if name.endswith((".json", ".csv")) else zipfile.ZIP_STORED


def read_zip(path: Path, settings: Settings) -> tuple[RunRecord, dict[int, bytes]]:
    """A result that another installation wrote, checked: its key is worked out again, and every part is decoded.

    Args:
        path: of the zip.
        settings: `max_upload` bounds the file and what it unpacks to.

    Raises:
        RefusedUpload: it is no such file, is damaged, or is too large.
        VersionMismatch: a release made it whose results this one does not read.
    """
    if path.stat().st_size > settings.max_upload:
        raise RefusedUpload(message(f"a file of at most {settings.max_upload} bytes", path.name, "Raise the limit."))
    try:
        with zipfile.ZipFile(path) as archive:
            found = _members(archive, settings)
            run = _record(archive)
            parts = {index: archive.read(info) for index, info in found.items()}
    except ZIP_ERRORS as error:
        raise RefusedUpload(message("a whole zip of a result", str(error), "Export it again.")) from error
    _check_parts(run, parts)
    return run, parts


def _members(archive: zipfile.ZipFile, settings: Settings) -> dict[int, zipfile.ZipInfo]:
    names = set(archive.namelist())
    if RUN not in names:
        advice = "Choose a zip that was exported with Export, Everything."
        raise RefusedUpload(message(f"a zip of a result, with {RUN}", sorted(names)[:5], advice))
    found = {int(m[1]): info for info in archive.infolist() if (m := _PART.fullmatch(info.filename))}
    total = sum(info.file_size for info in found.values())
    largest = max((info.file_size for info in found.values()), default=0)
    if len(found) > MOST_PARTS or total > settings.max_upload or largest > MAX_PART_BYTES:
        raise RefusedUpload(
            message(f"parts of at most {settings.max_upload} bytes together", f"{len(found)} of {total} bytes",
                    "Export a smaller result, or raise CONVSCOPE_MAX_UPLOAD.")
        )  # fmt: skip
    return found


def _record(archive: zipfile.ZipFile) -> RunRecord:
    if archive.getinfo(RUN).file_size > MOST_RECORD_BYTES:
        raise RefusedUpload(message(f"a record of at most {MOST_RECORD_BYTES} bytes", "a larger one", "Export again."))
    try:
        row: dict[str, Any] = json.loads(archive.read(RUN))
        known = {f.name for f in fields(RunRecord)} - set(_OF_THE_QUEUE)
        run = RunRecord(**{name: value for name, value in row.items() if name in known})
        spec = parse_spec(run.kind, dict(run.fields), run.version)
    except VersionMismatch:
        raise
    except (ValueError, TypeError, AttributeError, ConvscopeError) as error:
        raise RefusedUpload(message("the record of a run", str(error)[:200], "Export it again.")) from None
    if spec.key() != run.key or run.status != "complete":
        said = f"{run.key} ({run.status})"
        raise RefusedUpload(message(f"a complete result of the key {spec.key()}", said, "It was changed by hand."))
    return run


def _check_parts(run: RunRecord, parts: Mapping[int, bytes]) -> None:
    if set(parts) != set(range(run.total or 0)) or not parts:
        raise RefusedUpload(message(f"all {run.total} parts", f"{len(parts)} of them", "Export it again."))
    for index, data in parts.items():
        try:
            sound = decode_part(data).index == index
        except (ValueError, TypeError, KeyError, MemoryError):
            sound = False
        if not sound:
            raise RefusedUpload(message("parts that can be read", f"part {index}, damaged", "Export it again."))
