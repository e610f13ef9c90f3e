"""Results to tamper with: the exports of release 0.1.0 and of newer kinds, as records and encoded parts."""

import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from shared.client.export import write_zip
from shared.results import Part, decode_part
from shared.store import RunRecord
from tests.fixtures.newer_kinds import NEWER, newer_parts, newer_record

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "release_0_1_0" / "installation.tar.xz"
RECORD = "convscope/run.json"


@cache
def exports() -> Mapping[str, bytes]:
    """The zips of release 0.1.0 by kind, and one of today of each newer kind."""
    with tarfile.open(ARCHIVE) as archive:
        members = [one for one in archive.getmembers() if one.name.startswith("exports/") and one.isfile()]
        found = {Path(one.name).stem: archive.extractfile(one).read() for one in members}  # type: ignore[union-attr]
    return found | {kind: _newer_zip(kind) for kind in NEWER}


def _newer_zip(kind: str) -> bytes:
    out = BytesIO()
    write_zip(out, newer_record(kind), newer_parts(kind), {}, lambda _digest: b"{}")
    return out.getvalue()


def members_of(kind: str) -> dict[str, bytes]:
    """Name to bytes of one zip."""
    with zipfile.ZipFile(BytesIO(exports()[kind])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """The zip of such members."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def encoded_parts(kind: str) -> dict[int, bytes]:
    """Bytes of the parts by number."""
    found = members_of(kind).items()
    return {int(Path(name).stem): data for name, data in found if name.startswith("convscope/parts/")}


def record_of(kind: str) -> RunRecord:
    """The run's record."""
    row = json.loads(members_of(kind)[RECORD])
    return RunRecord(**{name: value for name, value in row.items() if name in RunRecord.__dataclass_fields__})


def framed(header: Any, blobs: bytes = b"") -> bytes:
    """An encoded part of any header, as text or as JSON values."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return b"CVP1" + struct.pack("<I", len(text)) + text + blobs


def planted(parts: Mapping[int, Part], word: str) -> Iterator[tuple[str, dict[int, Part]]]:
    """Copies of parts with a word in place of one string each: a part's name, the name of a picture or an array, a fact
    however deep, a fact's name. Yields where it stands, and the copy."""
    for number, part in parts.items():
        others = dict(parts)
        yield f"{number}.name", others | {number: replace(part, name=word)}
        for what in ("pictures", "arrays"):
            named = getattr(part, what)
            for name in named:
                renamed = {word if n == name else n: value for n, value in named.items()}
                yield f"{number}.{what}.{name}", others | {number: replace(part, **{what: renamed})}
        for place, facts in _with_word(part.facts, word):
            yield f"{number}.facts{place}", others | {number: replace(part, facts=facts)}


def _with_word(value: Any, word: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str):
        yield "", word
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield f".{name}?", {word if n == name else n: v for n, v in value.items()}
            yield from ((f".{name}{place}", {**value, name: new}) for place, new in _with_word(inner, word))
    elif isinstance(value, list) and value:  # what is true of the first is of all
        yield from ((f"[0]{place}", [new, *value[1:]]) for place, new in _with_word(value[0], word))


def decoded_parts(kind: str) -> dict[int, Part]:
    """The first and the last three parts of a kind, which are of all its sorts."""
    found = encoded_parts(kind)
    return {i: decode_part(found[i]) for i in sorted({*sorted(found)[:3], *sorted(found)[-1:]})}


Tamper = Callable[[dict[str, bytes]], None]


def tampered(kind: str, change: Tamper) -> bytes:
    """A kind's zip after a change of its members."""
    found = members_of(kind)
    change(found)
    return zip_of(found)
