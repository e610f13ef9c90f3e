"""Files of a result as pairs of a name below the output folder and what it holds, and how each sort is written.

.png   a uint8 picture (height, width[, 3]), or one of Pillow's
.gif   uint8 frames, see shared.images.animations.gif_bytes()
.npz   arrays by name; pairs of name and array are written one after the other, and not compressed
.json  values; .csv, text
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np
from PIL import Image

from shared.images.animations import gif_bytes
from shared.results import Part
from shared.store import RunRecord

Files = Iterator[tuple[str, Any]]
LONGEST_NAME, MOST_FOLDERS = 120, 2
_NO_LETTER = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"\\|?*\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
# Windows opens these instead of a file, whatever follows the dot.
_DEVICE = re.compile("(?:con|prn|aux|nul|conin[$]|conout[$]|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)


def write_file(file: IO[bytes], name: str, content: Any) -> None:
    """Write one file; its name's ending says of which sort it is."""
    if name.endswith(".png"):
        (content if isinstance(content, Image.Image) else Image.fromarray(content)).save(file, "PNG")
    elif name.endswith(".gif"):
        file.write(gif_bytes(content))
    elif name.endswith(".npz") and isinstance(content, Mapping):
        write_npz(file, content.items(), zipfile.ZIP_DEFLATED)
    elif name.endswith(".npz"):
        write_npz(file, content)
    else:
        file.write((json.dumps(content, indent=2) + "\n" if name.endswith(".json") else content).encode())


def file_bytes(name: str, content: Any) -> bytes:
    """What write_file() writes."""
    out = io.BytesIO()
    write_file(out, name, content)
    return out.getvalue()


def write_npz(file: IO[bytes], arrays: Iterable[tuple[str, Any]], way: int = zipfile.ZIP_STORED) -> None:
    """Write an .npz file one array after the other; as it is, for maps hardly compress in the time that it takes."""
    with zipfile.ZipFile(file, "w", way) as archive:
        for name, array in own_names((f"{name}.npy", array) for name, array in arrays):
            with archive.open(name, "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


def file_stem(words: str) -> str:
    """What data says, such as a layer's path, as one name of a file on any system: never a folder, a device, too long.

    Words that are a name already stay as they are; "/" becomes ".", and whatever no file system takes "_".
    """
    name = _NO_LETTER.sub("_", words.replace("/", ".")).strip(" ")
    name = "_" + name.lstrip(".") if name.startswith(".") else name
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ")) or not name:
        name = f"_{name}"
    if len(name.encode()) > LONGEST_NAME:
        cut = name.encode()[: LONGEST_NAME - 9].decode(errors="ignore").rstrip(". ")
        name = f"{cut}~{hashlib.sha256(words.encode(errors='surrogatepass')).hexdigest()[:8]}"
    return name


def own_names(files: Files) -> Files:
    """The same files under names that cannot leave the folder and are each there once, whatever a part was called.

    A writer makes a name of our words and of file_stem() of the data's; this holds for one that forgot.
    """
    taken: set[str] = set()
    for name, content in files:
        *folders, last = name.split("/")
        stem, dot, ending = last.rpartition(".")
        places = [file_stem(folder).rstrip(".") or "_" for folder in folders[-MOST_FOLDERS:]]
        own, number = "/".join([*places, file_stem(stem) + dot + ending]), 1
        while own.lower() in taken:  # some file systems tell no capitals
            number += 1
            own = "/".join([*places, f"{file_stem(stem)}~{number}{dot}{ending}"])
        taken.add(own.lower())
        yield own, content


def files_of_parts(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """Of a kind that has none of its own: NAME.png a picture and arrays.npz with an array a NAME; of several parts
    000_NAME.png and `NAME_000`."""
    several = len(parts) > 1
    for i, part in parts.items():
        before = f"{i:03d}_" if several else ""
        yield from ((f"{before}{file_stem(name)}.png", one) for name, one in part.pictures.items())
    arrays = {f"{n}_{i:03d}" if several else n: a for i, part in parts.items() for n, a in part.arrays.items()}
    yield "arrays.npz", arrays


def manifest(run: RunRecord) -> dict[str, Any]:
    """What made a result, as JSON values.

    Returns:
        `key`, `kind`, `spec`, `status`, `versions`, `device`, `precision`, `timings` (seconds), `metrics`.
    """
    facts = run.facts
    timings = {"seconds": round(run.seconds, 3), **facts.get("timings", {})}
    imported = {"imported": run.origin} if run.origin else {}
    return imported | {
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
