"""A whole result as one zip: what people look at, and what another installation needs to show it as it was.

manifest.json, sheet.png, tiles/0000.png ...    as `convscope run --output` writes them
report.html                                     the same, to open in a browser
convscope/run.json                              the run's record
convscope/parts/00000.part                      its parts as they were stored
convscope/signature.json                        which installation made it; see signatures.py
"""

import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO

from shared.analyses.band_arrays import in_bands
from shared.analyses.base import canonical, key_of
from shared.client.report import report_html
from shared.client.result import write_result
from shared.client.signatures import digest_of
from shared.library.titles import Titles
from shared.results import decode_part
from shared.store import RunRecord

FOLDER = "convscope/"
RUN, PARTS, SIGNATURE = f"{FOLDER}run.json", f"{FOLDER}parts/", f"{FOLDER}signature.json"
PART_NAME = re.compile(r"convscope/parts/([0-9]{5,6})\.part")
# What a record says about the queue it went through means nothing elsewhere.
_OF_THE_QUEUE = (
    "job",
    "stage",
    "free",
    "fraction",
    "attempts",
    "stuck",
    "cancelling",
    "evicted",
    "now",
    "error",
    "error_kind",
)


def write_zip(
    file: IO[bytes], run: RunRecord, parts: Mapping[int, bytes], names: Titles, sign: Callable[[str], bytes],
    bands: Sequence[int] = (),
) -> None:  # fmt: skip
    """Write a result.

    Args:
        file: open for writing.
        run: its record.
        parts: encoded parts by number.
        names: what people call references, for the report.
        sign: makes the signature of a digest; what was imported is exported unsigned, for it was not made here.
        bands: that people look at, of pictures with other than one or three; parts have all, as they were stored.
    """
    decoded = {index: in_bands(decode_part(data), bands) for index, data in sorted(parts.items())}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_result(folder, run, decoded)
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                archive.write(path, path.relative_to(folder).as_posix(), _way(path.name))
        archive.writestr("report.html", report_html(run, decoded, names, bands=bands))
        kept = {name: value for name, value in asdict(run).items() if name not in _OF_THE_QUEUE}
        if run.origin:  # under the key of its request, as whoever made it exported it
            kept["key"] = key_of(run.kind, run.version, canonical(run.fields))
        record = json.dumps(kept, indent=2, sort_keys=True).encode()
        archive.writestr(RUN, record)
        for index, data in sorted(parts.items()):
            archive.writestr(f"{PARTS}{index:05d}.part", data, zipfile.ZIP_STORED)
        if not run.origin:
            digests = {index: hashlib.sha256(data).hexdigest() for index, data in parts.items()}
            archive.writestr(SIGNATURE, sign(digest_of(record, digests)))


def _way(name: str) -> int:
    return zipfile.ZIP_DEFLATED if name.endswith((".json", ".csv")) else zipfile.ZIP_STORED
