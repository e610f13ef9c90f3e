"""Files of a result as pairs of a name below the output folder and what it holds, and how each sort is written.

.png   a uint8 picture (height, width[, 3]), or one of Pillow's
.gif   uint8 frames, see shared.images.animations.gif_bytes()
.npz   arrays by name; pairs of name and array are written one after the other, and not compressed
.json  values; .csv, text
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np
from PIL import Image

from shared.images.animations import gif_bytes
from shared.results import Part
from shared.store import RunRecord

Files = Iterator[tuple[str, Any]]


def write_file(file: IO[bytes], name: str, content: Any) -> None:
    """Write one file; its name's ending says of which sort it is."""
    if name.endswith(".png"):
        (content if isinstance(content, Image.Image) else Image.fromarray(content)).save(file, "PNG")
    elif name.endswith(".gif"):
        file.write(gif_bytes(content))
    elif name.endswith(".npz") and isinstance(content, Mapping):
        np.savez_compressed(file, **{key: np.asarray(array) for key, array in content.items()})  # type: ignore[arg-type]
    elif name.endswith(".npz"):
        write_npz(file, content)
    else:
        file.write((json.dumps(content, indent=2) + "\n" if name.endswith(".json") else content).encode())


def file_bytes(name: str, content: Any) -> bytes:
    """What write_file() writes."""
    out = io.BytesIO()
    write_file(out, name, content)
    return out.getvalue()


def write_npz(file: IO[bytes], arrays: Iterable[tuple[str, np.ndarray]]) -> None:
    """Write an .npz file one array after the other; as it is, for maps hardly compress in the time that it takes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


def file_stem(path: str) -> str:
    """A layer's path as a name in a folder or an archive."""
    return path.replace("/", ".")


def files_of_parts(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """Of a kind that has none of its own: NAME.png a picture and arrays.npz with an array a NAME; of several parts
    000_NAME.png and `NAME_000`."""
    several = len(parts) > 1
    for i, part in parts.items():
        yield from ((f"{i:03d}_{name}.png" if several else f"{name}.png", one) for name, one in part.pictures.items())
    arrays = {f"{n}_{i:03d}" if several else n: a for i, part in parts.items() for n, a in part.arrays.items()}
    yield "arrays.npz", arrays


def manifest(run: RunRecord) -> dict[str, Any]:
    """What made a result, as JSON values.

    Returns:
        `key`, `kind`, `spec`, `status`, `versions`, `device`, `precision`, `timings` (seconds), `metrics`.
    """
    facts = run.facts
    timings = {"seconds": round(run.seconds, 3), **facts.get("timings", {})}
    return {
        "key": run.key,
        "kind": run.kind,
        "spec": run.fields,
        "status": run.status,
        "versions": facts.get("versions", {}),
        "device": facts.get("device", ""),
        "precision": facts.get("precision", "float32"),
        "timings": timings,
        # Random weights show no learned patterns: whoever gets the folder must see which they were.
        "metrics": {
            "parts": run.done,
            "total": run.total,
            "weights": facts.get("weights", ""),
            **facts.get("metrics", {}),
        },
    }
