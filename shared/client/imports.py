"""A result from elsewhere: held to what a result is in a process with limits, then kept under a key of its own.

Whatever it says of itself is a claim. It never answers for a computed result, whose key no import can have.
"""

import base64
import contextlib
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from shared.analyses import KINDS, parse_spec, spec_type
from shared.analyses.base import canonical, key_of
from shared.bounds import MEGABYTE, MOST_PARTS, MOST_RECORD_BYTES, read_json
from shared.client.export import FOLDER, PART_NAME, PARTS, RUN, SIGNATURE
from shared.client.report import report_html
from shared.client.signatures import MOST_BYTES, digest_of, origin_of
from shared.client.thumbnails import thumbnail
from shared.errors import ConvscopeError, RefusedUpload, VersionMismatch, message
from shared.limited import OverLimit, call_limited
from shared.results import MAX_PART_BYTES, Part, decode_part
from shared.settings import Settings
from shared.store import RunRecord
from shared.uploads.data_sets import ZIP_ERRORS, check_archive_directory

ADVICE = "Export it again."
# What a record says about the queue it went through, or about imports before, means nothing here.
_DROPPED = {"job", "stage", "fraction", "attempts", "stuck", "cancelling", "evicted", "now", "error", "error_kind",
            "queue", "origin"}  # fmt: skip
_KNOWN = {f.name for f in fields(RunRecord)} - _DROPPED
LAST_SECOND = 2.0**32  # of any date that people mean
# A look at a small import; and what a large one may take beyond, by the megabytes of its parts.
SECONDS, ROOM, SECONDS_A_MEGABYTE, ROOM_A_BYTE = 8.0, 384 * MEGABYTE, 0.25, 6


class RunFacts(TypedDict, total=False):
    """What pages, reports and lists read of a run's facts."""

    device: str
    precision: str
    weights: str
    model: str
    note: str
    versions: dict[str, str]
    timings: dict[str, float]
    metrics: dict[str, Any]
    pictures_in: dict[str, str]
    assumed_scales: dict[str, str]


_RECORD, _FACTS = TypeAdapter(RunRecord), TypeAdapter(RunFacts)


@dataclass(frozen=True)
class Import:
    """A result that was looked at.

    Attributes:
        run: its record, under a key of its own.
        parts: encoded, by number.
        thumbnail: a JPEG; b"" where the result has no picture.
    """

    run: RunRecord
    parts: dict[int, bytes]
    thumbnail: bytes


def read_import(path: Path, settings: Settings, person: str) -> Import:
    """A result that was exported here or elsewhere.

    Args:
        path: of the zip.
        settings: `max_upload` bounds the file and what it unpacks to; its secret checks the signature.
        person: who imports it, and from now on answers for it.

    Raises:
        RefusedUpload: it is no such file, is damaged, forged or too large, or its parts are not those of its kind.
        VersionMismatch: a later release made it.
    """
    size = path.stat().st_size
    if size > settings.max_upload:
        raise RefusedUpload(message(f"a file of at most {settings.max_upload:,} bytes", size, "Raise the limit."))
    with _zip_errors(), path.open("rb") as file:
        check_archive_directory(file, size, ADVICE)
        with zipfile.ZipFile(file) as archive:
            found = _members(archive, settings)
            record, signed = _read(archive, RUN, MOST_RECORD_BYTES), None
            if SIGNATURE in archive.namelist():
                signed = _read(archive, SIGNATURE, MOST_BYTES)
            run = record_of(record)
            if sorted(found) != list(range(run.total or 0)) or not found:
                raise RefusedUpload(message(f"all {run.total} parts", f"{len(found)} of them", ADVICE))
            parts = {index: archive.read(info) for index, info in found.items()}
    digest = digest_of(record, {index: hashlib.sha256(data).hexdigest() for index, data in parts.items()})
    origin = origin_of(settings, digest, signed)
    picture = _look(path, sum(map(len, parts.values())))
    claimed = f'; by its own words made by "{_one_line(run.by)}"' if run.by else ""
    key = f"{run.kind}-v{run.version}-import{digest[:26]}"
    return Import(
        replace(run, key=key, by=person, origin=origin + claimed, submitted_at=run.submitted_at or 1), parts, picture
    )


def _one_line(words: str) -> str:
    """Somebody's words between quotation marks that they cannot end."""
    return "".join(letter for letter in words.replace('"', "'") if letter.isprintable())[:80]


@contextlib.contextmanager
def _zip_errors() -> Iterator[None]:
    try:
        yield
    except (*ZIP_ERRORS, MemoryError) as error:
        raise RefusedUpload(message("a whole zip of a result", str(error)[:200], ADVICE)) from error


def _members(archive: zipfile.ZipFile, settings: Settings) -> dict[int, zipfile.ZipInfo]:
    infos = archive.infolist()
    if RUN not in archive.namelist():
        advice = "Choose a zip that was exported with Export, Everything."
        shown = sorted(info.filename[:60] for info in infos[:5])
        raise RefusedUpload(message(f"a zip of a result, with {RUN}", shown, advice))
    found = {int(m[1]): info for info in infos if (m := PART_NAME.fullmatch(info.filename))}
    ours = [info.filename for info in infos if info.filename.startswith(FOLDER)]
    if len(set(ours)) < len(ours) or len(found) < sum(name.startswith(PARTS) for name in ours):
        # Some readers take the first of two, some the last: what is looked at would not be what is kept.
        raise RefusedUpload(message(f"each name once below {FOLDER}, and parts by their numbers", "others", ADVICE))
    total = sum(info.file_size for info in found.values())
    largest = max((info.file_size for info in found.values()), default=0)
    if len(found) > MOST_PARTS or total > settings.max_upload or largest > MAX_PART_BYTES:
        raise RefusedUpload(
            message(f"parts of at most {settings.max_upload:,} bytes together, {MAX_PART_BYTES:,} each",
                    f"{len(found)} of {total:,} bytes", "Export a smaller result, or raise CONVSCOPE_MAX_UPLOAD.")
        )  # fmt: skip
    return found


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise RefusedUpload(message(f"at most {most:,} bytes of {name}", "more", ADVICE))
    return found


def record_of(data: bytes) -> RunRecord:
    """The record of a complete run.

    Raises:
        RefusedUpload: it is none, or says what no run can have said.
        VersionMismatch: of a later version of its kind.
    """
    try:
        row = read_json(data, MOST_RECORD_BYTES)
        known = {name: value for name, value in row.items() if name in _KNOWN}
        run = _RECORD.validate_json(json.dumps(known), strict=True)
        newest = spec_type(run.kind).version
        if run.version > newest:  # it may hold what nobody here knows; an earlier one's is shown as what it is
            raise VersionMismatch(message(f"{run.kind} version {newest} or earlier", run.version, "Update Convscope."))
        spec = parse_spec(run.kind, dict(run.fields))
        _FACTS.validate_json(json.dumps(run.facts), strict=True)
        _check_numbers(run)
    except VersionMismatch:
        raise
    except ValidationError as error:
        wrong = error.errors()[0]
        said = f"{'.'.join(map(str, wrong['loc']))[:100]}: {wrong['msg']}"
        raise RefusedUpload(message("the record of a run", said, ADVICE)) from None
    except (ValueError, TypeError, AttributeError, ConvscopeError) as error:
        raise RefusedUpload(message("the record of a run", str(error)[:200], ADVICE)) from None
    # By the fields that the earlier version had, where it is one's.
    key = spec.key() if run.version == newest else key_of(run.kind, run.version, canonical(run.fields))
    if key != run.key or run.status != "complete":
        said = f"{run.key[:100]} ({run.status})"
        raise RefusedUpload(message(f"a complete result of the key {key}", said, "It was changed by hand."))
    # One spelling of the same request, so that a third installation finds the key that this one exports it under.
    return replace(run, fields=json.loads(spec.canonical_json())) if run.version == newest else run


def _check_numbers(run: RunRecord) -> None:
    times = (run.submitted_at, run.attempt_started_at, run.updated_at, run.finished_at)
    if not all(0 <= at < LAST_SECOND for at in times):
        raise ValueError("times that are no dates")
    if not 0 < (run.total or 0) <= MOST_PARTS or run.done != run.total:
        raise ValueError(f"{run.done} of {run.total} parts")


def _look(path: Path, size: int) -> bytes:
    """Decode and draw everything once, in a process that cannot take more than its share; returns a thumbnail."""
    seconds, room = SECONDS + SECONDS_A_MEGABYTE * size / MEGABYTE, ROOM + ROOM_A_BYTE * size
    try:
        drawn: str = call_limited("shared.client.imports:draw_all", str(path), seconds=seconds, room=room)
    except OverLimit as error:
        advice = f"What it holds cannot be shown. {ADVICE}"
        raise RefusedUpload(message("parts as their kind has them", str(error), advice)) from None
    return base64.b64decode(drawn)


def draw_all(path: str) -> str:
    """Hold every part to its kind, and draw what pages, exports and lists draw of it; returns a thumbnail in base64.

    Raises:
        Exception: of any sort; all mean that the parts are not what this kind's are.
    """
    with zipfile.ZipFile(path) as archive:
        run = record_of(archive.read(RUN))
        found = {int(m[1]): name for name in archive.namelist() if (m := PART_NAME.fullmatch(name))}
        parts = {index: _part(archive.read(name), index, run.kind) for index, name in sorted(found.items())}
    report_html(run, parts)
    for _ in KINDS[run.kind].files(run, parts):
        pass
    return base64.b64encode(thumbnail(run, parts)).decode()


def _part(data: bytes, index: int, kind: str) -> Part:
    part = decode_part(data)
    if part.index != index:
        raise ValueError(f"part {index} says that it is part {part.index}")
    KINDS[kind].check(part)
    return part
