"""Files that were right, with bytes of them changed by lot: each parser takes what it is given or refuses it in a
sentence, within its budget.

    python -m tests.hostile.fuzz --seconds 600 --seed 7

Of archives the members are changed and packed again, of PNGs the chunks, so that no checksum keeps a change from the
parser behind it. Prints how many were taken and refused by each parser, and the number of each that did neither, which
makes the same file again. Where atheris is installed, `--atheris TARGET` lets it look for ways through one parser.
"""

import argparse
import contextlib
import io
import itertools
import json
import random
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.analyses import KINDS, parse_spec, spec_from_json
from shared.client.imports import record_of
from shared.errors import ConvscopeError, RefusedUpload, VersionMismatch
from shared.library.datasets.array_files import read_arrays
from shared.library.datasets.check import check_source
from shared.results import decode_part
from shared.settings import Settings
from shared.uploads.images import check_image
from shared.uploads.labels import read_labels
from shared.uploads.models import check_model
from tests.hostile.budget import MEGABYTES, SECONDS, measured_each

NUMBERS = (0, 1, -1, 2, 7, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**32 - 1, 2**63 - 1, -(2**31), 10**9)
WORDS = ("", "../x", "\ud800", "x" * 5000, "NaN", "1e999", "\x00", "None", "keras.layers", "Lambda", "-1")


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes:
        read: parses a file.
        refuses: what it raises where it refuses one.
    """

    read: Callable[[Path], object]
    refuses: tuple[type[Exception], ...]


def _spec(path: Path) -> object:
    spec = spec_from_json(path.read_text(errors="replace"))
    return parse_spec(spec.kind, json.loads(spec.canonical_json())).key()


def _part(path: Path) -> object:
    """As an import does it: decoded, and held to what its kind's parts are, whichever kind that is."""
    part, kind = decode_part(path.read_bytes()), path.name.partition("~")[0]
    if kind in KINDS:
        KINDS[kind].check(part)
    return part.index


TARGETS: dict[str, Target] = {
    "model": Target(lambda path: check_model(path, Settings()), (RefusedUpload,)),
    "picture": Target(lambda path: check_image(path.read_bytes(), 64_000_000), (RefusedUpload,)),
    "labels": Target(read_labels, (RefusedUpload,)),
    "data_set": Target(lambda path: check_source(path, Settings()), (RefusedUpload,)),
    "arrays": Target(read_arrays, (RefusedUpload,)),
    "part": Target(_part, (ValueError,)),
    "record": Target(lambda path: record_of(path.read_bytes()), (RefusedUpload, VersionMismatch)),
    "spec": Target(_spec, (ConvscopeError,)),
}


def shaken(data: bytes, number: int) -> bytes:
    """A file with some of it changed; the same for the same number."""
    chance = random.Random(number)
    if data.startswith(b"PK\x03\x04") and chance.random() < 0.8:
        return _shaken_zip(data, chance)
    if data.startswith(b"\x89PNG") and chance.random() < 0.7:
        return _shaken_png(data, chance)
    return _shaken_one(data, chance)


def _shaken_one(data: bytes, chance: random.Random) -> bytes:
    if data[:1] in (b"{", b"[") and chance.random() < 0.7:
        try:
            return json.dumps(_shaken_value(json.loads(data), chance)).encode()
        except ValueError:
            pass
    if data.startswith(b"CVP1") and chance.random() < 0.6:  # a part: its header is JSON behind four bytes of length
        (length,) = struct.unpack("<I", data[4:8])
        header = _shaken_one(data[8 : 8 + length], chance)
        return b"CVP1" + struct.pack("<I", len(header)) + header + data[8 + length :]
    return _shaken_bytes(data, chance)


def _shaken_bytes(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data or b"\0")
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, size = chance.randrange(len(out)), chance.choice((1, 2, 4, 8, 64, 1000))
        what = chance.randrange(7)
        if what == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            width, number = chance.choice((1, 2, 4, 8)), chance.choice(NUMBERS)
            out[at : at + width] = (number % 2 ** (8 * width)).to_bytes(width, chance.choice(("little", "big")))
        elif what == 2:
            del out[at : at + size]
        elif what == 3:
            out[at:at] = out[at : at + size] * chance.choice((1, 2, 50))
        elif what == 4:
            out[at : at + size] = bytes([chance.choice((0, 255, 32, 48))]) * size
        elif what == 5:
            other = chance.randrange(len(out))
            out[at : at + size] = out[other : other + size]
        elif chance.random() < 0.3:
            del out[at:]
        out = out or bytearray(b"\0")
    return bytes(out)


def _shaken_value(value: Any, chance: random.Random) -> Any:
    """A JSON value with one of those in it changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        if chance.random() < 0.15:
            return {chance.choice(WORDS) if n == name else n: v for n, v in value.items() if chance.random() < 0.95}
        return {**value, name: _shaken_value(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        how = chance.random()
        if how < 0.1:
            return value[:at] + value[at + 1 :]
        if how < 0.2:
            return value + [value[at]] * chance.choice((1, 3, 3000))
        return [*value[:at], _shaken_value(value[at], chance), *value[at + 1 :]]
    deep: Any = value
    for _ in range(40):
        deep = [deep]
    return chance.choice([*NUMBERS, *WORDS, None, True, [], {}, [[]], {"a": value}, [value], 1e308, 0.5, deep])


def _shaken_zip(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist() if not name.endswith("/")]
    at, how = chance.randrange(len(members)), chance.random()
    name, content = members[at]
    if how < 0.75:
        members[at] = (name, shaken(content, chance.randrange(2**32)))
    elif how < 0.85:
        del members[at]
    elif how < 0.95:
        members[at] = (chance.choice(["../x", "/x", "a" * 400, "A:\\b", name.upper(), f"{name}/y"]), content)
    else:
        members.append((name, content))
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # of a name that comes twice
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def _shaken_png(data: bytes, chance: random.Random) -> bytes:
    chunks, at = [], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    one = chance.randrange(len(chunks))
    name, body = chunks[one]
    if name == b"IDAT" and chance.random() < 0.5:
        body = zlib.compress(_shaken_bytes(zlib.decompress(body), chance))
    else:
        body = _shaken_bytes(body, chance)
    chunks[one] = (name, body)
    if chance.random() < 0.2:
        chunks.insert(chance.randrange(len(chunks)), chance.choice(chunks))
    rows = (struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks)
    return data[:8] + b"".join(rows)


def shake(target: str, path: str, number: int) -> str:
    """Give a parser a changed copy of a file; called in a process of its own. Returns what it said of a refusal."""
    seed, one = Path(path), TARGETS[target]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / seed.name
        copy.write_bytes(shaken(seed.read_bytes(), number))
        try:
            one.read(copy)
        except one.refuses as error:
            return f"refused: {error}"
    return "taken"


def wrong(found: Mapping[str, Any]) -> str:
    """What is wrong with how a parser met a file; "" for nothing. Some of a refusal's words are the file's own."""
    kind, words = found["said"]
    if kind != "taken":
        return f"{kind}: {words[:300]}"
    if "Traceback" in words:
        return f"no sentence: {words[:300]}"
    if found["seconds"] >= SECONDS or found["megabytes"] >= MEGABYTES:
        return f"{found['seconds']:.1f} s, {found['megabytes']:.0f} MB"
    return ""


def shake_each(target: str, seeds: list[Path], numbers: range) -> tuple[dict[str, str], int]:
    """Give a parser changed copies of files, one number each.

    Returns:
        What is wrong, by the file's name and the number; and how many were refused.
    """
    given = [[target, str(seeds[number % len(seeds)]), number] for number in numbers]
    found = measured_each("tests.hostile.fuzz:shake", given)
    said = {f"{Path(str(path)).name} {number}": wrong(one) for (_, path, number), one in zip(given, found, strict=True)}
    return {name: text for name, text in said.items() if text}, sum(one["said"][1] != "taken" for one in found)


def main() -> int:
    """The command; see above."""
    from tests.hostile.seeds import write_seeds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", choices=sorted(TARGETS), help="one parser, with atheris")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seeds = write_seeds(Path(name))
        if args.atheris:
            return _with_atheris(TARGETS[args.atheris], seeds[args.atheris], args.seconds)
        end, bad, batch = time.monotonic() + args.seconds, 0, 100
        for begin in itertools.count(args.seed * 10**6, batch):
            for target in TARGETS:
                found, refused = shake_each(target, seeds[target], range(begin, begin + batch))
                print(f"{target} {begin}: {refused} of {batch} refused, {len(found)} wrong", flush=True)
                bad += len(found)
                for one, how in found.items():
                    print(f"  {one}: {how}", flush=True)
            if time.monotonic() > end:
                return int(bad > 0)
    return 1


def _with_atheris(target: Target, seeds: list[Path], seconds: float) -> int:
    import atheris  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / seeds[0].name

        def once(data: bytes) -> None:
            copy.write_bytes(data)
            with contextlib.suppress(*target.refuses):
                target.read(copy)

        atheris.instrument_all()
        atheris.Setup(["fuzz", f"-max_total_time={seconds:.0f}", str(seeds[0].parent)], once)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
