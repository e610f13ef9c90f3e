"""What `--output DIR` and the download buttons hold: a manifest, and the files of the run's kind."""

import json
from collections.abc import Mapping
from pathlib import Path

from shared.analyses import KINDS
from shared.analyses.manifest import manifest
from shared.results import Part
from shared.store import RunRecord


def write_result(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> Path:
    """Write a result into a folder, made when missing.

    Args:
        folder: where to.
        run: its record; a cancelled run's finished parts are written too.
        parts: its parts by number.

    Returns:
        Path of manifest.json, written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if parts and run.kind in KINDS:
        KINDS[run.kind].write(folder, run, parts)
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest(run), indent=2, sort_keys=True) + "\n")
    return path
