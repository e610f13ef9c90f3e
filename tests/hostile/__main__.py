"""Gives every parser every file made to break it, each group in one new process, and counts what was refused.

    python -m tests.hostile

Refused means in a sentence, within 10 s of a processor and 512 MB above what the process had, with nothing written
beside the files. The exit status is 1 where anything was not.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.hostile import test_parts, test_result_zips, test_specs, test_uploads
from tests.hostile.budget import is_refused, measured_each

Group = tuple[str, dict[str, Any], tuple[str, ...]]
SPEC_ERRORS = ("InvalidSpec", "UnknownKind", "UnknownModel")


def parts() -> dict[str, bytes]:
    """Encoded parts by what is wrong with them."""
    arrays = {
        f"shape {shape!r}{' raw' * raw}": test_parts.with_arrays(
            ["a", "<f4", shape, *["raw"] * raw, len(test_parts.ZEROS)], blobs=test_parts.ZEROS)
        for shape in test_parts.SHAPES for raw in (0, 1)
    }  # fmt: skip
    arrays |= {
        f"type {repr(dtype)[:40]}": test_parts.with_arrays(
            ["a", dtype, [4], len(test_parts.ZEROS)], blobs=test_parts.ZEROS)
        for dtype in test_parts.DTYPES
    }  # fmt: skip
    headers = {f"header {n}": test_parts.framed(header) for n, header in enumerate(test_parts.HEADERS)}
    return arrays | headers | {name: make() for name, make in test_parts.PICTURES.items()} | test_parts.DEAREST


def groups(folder: Path) -> Iterator[Group]:
    """What is called, with which argument by name, and the errors that refuse it.

    Args:
        folder: for the files.
    """
    encoded = {name: base64.b64encode(data).decode() for name, data in parts().items()}
    yield "tests.hostile.test_parts:decode_base64", encoded, ("ValueError", "JSONDecodeError")
    yield "tests.hostile.test_specs:read_spec", {text[:60]: text for text in test_specs.TEXTS}, SPEC_ERRORS
    fields = {f"{name[:20]}={repr(value)[:40]}": json.dumps([name, value]) for name, value in test_specs.FIELDS}
    yield "tests.hostile.test_specs:read_field", fields, SPEC_ERRORS
    for parser, made in UPLOADS.items():
        yield f"tests.hostile.test_uploads:{parser}", _files(folder / parser, made), ("RefusedUpload",)
    zips = {n: (lambda n=n: test_result_zips.tampered(test_result_zips.KIND, test_result_zips.TAMPERED[n]))
            for n in test_result_zips.TAMPERED}  # fmt: skip
    found = _files(folder / "results", {**zips, **test_result_zips.FILES})
    yield "tests.hostile.test_result_zips:read_file", found, ("RefusedUpload", "VersionMismatch")


UPLOADS: Mapping[str, Mapping[str, Callable[[], bytes]]] = {
    "model": test_uploads.MODELS, "picture": test_uploads.PICTURES, "labels": test_uploads.LABELS,
    "data_set": test_uploads.DATA_SETS,
}  # fmt: skip


def _files(folder: Path, made: Mapping[str, Callable[[], bytes]]) -> dict[str, str]:
    folder.mkdir()
    paths = {name: folder / f"{number}-{Path(name).name}" for number, name in enumerate(made)}
    if folder.name in ("model", "data_set", "results"):
        ending = ".keras" if folder.name == "model" else ".zip"
        paths = {name: path.with_name(f"{path.name}{ending}") for name, path in paths.items()}
    for name, path in paths.items():
        path.write_bytes(made[name]())
    return {name: str(path) for name, path in paths.items()}


def main() -> int:
    """Print a line a group, and what was not refused."""
    refused = total = 0
    with tempfile.TemporaryDirectory() as name:
        for what, given, errors in groups(Path(name)):
            before = sorted(Path(name).rglob("*"))
            found = measured_each(what, [[one] for one in given.values()])
            bad = {n: one for n, one in zip(given, found, strict=True) if not is_refused(one, *errors)}
            seconds, megabytes = (max(one[unit] for one in found) for unit in ("seconds", "megabytes"))
            print(f"{what.partition(':')[2]}: {len(given) - len(bad)} of {len(given)} refused, "
                  f"the dearest {seconds:.1f} s, {megabytes:.0f} MB")  # fmt: skip
            for one, how in bad.items():
                print(f"  not refused: {one}: {how}")
            if sorted(Path(name).rglob("*")) != before or Path("/tmp/convscope-owned").exists():
                print("  something was written")
                total += 1
            refused, total = refused + len(given) - len(bad), total + len(given)
    print(f"{refused} of {total} refused")
    return int(refused < total)


if __name__ == "__main__":
    sys.exit(main())
