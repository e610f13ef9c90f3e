"""Files that are right, to be changed: one of every sort that a parser takes."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses import KINDS
from tests.fixtures.model_file_cases import OPENS
from tests.hostile.results import RECORD, encoded_parts, members_of, zip_of


def write_seeds(folder: Path) -> dict[str, list[Path]]:
    """Write them below a folder; by the name of the parser."""
    made = {"model": _models, "picture": _pictures, "labels": _labels, "data_set": _data_sets, "arrays": _arrays,
            "part": _parts, "record": _records, "spec": _specs}  # fmt: skip
    found: dict[str, list[Path]] = {}
    for target, make in made.items():
        (where := folder / target).mkdir()
        found[target] = []
        for name, data in make(where):
            path = where / name
            path.write_bytes(data)
            found[target].append(path)
    return found


def _models(folder: Path) -> Iterator[tuple[str, bytes]]:
    for number, make in enumerate(OPENS.values()):
        (place := folder / f"{number}").mkdir()
        path = make(place)
        yield f"{number}{path.suffix}", path.read_bytes()


def _pictures(_folder: Path) -> Iterator[tuple[str, bytes]]:
    values = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    picture = Image.fromarray(values)
    for name, mode in (("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "1"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
                       ("WEBP", "RGB"), ("TIFF", "RGB"), ("TIFF", "F"), ("TIFF", "L")):  # fmt: skip
        out = io.BytesIO()
        picture.convert("L" if mode == "F" else "RGB").convert(mode).save(out, name)
        yield f"{name}-{mode}.{name.lower()}", out.getvalue()
    out = io.BytesIO()
    np.save(out, values.astype(np.float32))
    yield "bands.npy", out.getvalue()


def _labels(_folder: Path) -> Iterator[tuple[str, bytes]]:
    yield "names.txt", b"cat\ndog\nsea snake\n"
    yield "numbered.csv", b"index,name\n0,cat\n1,dog\n2,sea snake\n"
    yield "list.json", b'["cat", "dog", "sea snake"]'
    yield "index.json", b'{"0": ["n01", "cat"], "1": ["n02", "dog"]}'
    yield "map.yaml", b"names:\n  0: cat\n  1: dog\n"
    yield "map.pbtxt", b'item {\n  id: 1\n  name: "cat"\n}\nitem {\n  id: 2\n  name: "dog"\n}\n'
    out = io.BytesIO()
    np.save(out, np.array(["cat", "dog"]))
    yield "names.npy", out.getvalue()


def _data_sets(_folder: Path) -> Iterator[tuple[str, bytes]]:
    pictures = [data for name, data in _pictures(_folder) if name.startswith(("PNG", "JPEG"))]
    yield "classes.zip", zip_of({f"{'ab'[i % 2]}/{i}.png": data for i, data in enumerate(pictures)})
    table = b"file,label\n" + b"".join(b"p/%d.png,%s\n" % (i, b"ab"[i % 2 : i % 2 + 1]) for i in range(len(pictures)))
    yield "table.zip", zip_of({"labels.csv": table, **{f"p/{i}.png": data for i, data in enumerate(pictures)}})


def _arrays(_folder: Path) -> Iterator[tuple[str, bytes]]:
    """As Keras hands out the data sets that an administrator puts there."""
    values, out = np.random.default_rng(0), io.BytesIO()
    made = {f"{what}_{split}": values.integers(0, 9, (6, 28, 28) if what == "x" else 6).astype(np.uint8)
            for what in "xy" for split in ("train", "test")}  # fmt: skip
    np.savez_compressed(out, **made)
    yield "arrays.npz", out.getvalue()


def _parts(_folder: Path) -> Iterator[tuple[str, bytes]]:
    for kind in sorted(KINDS):
        for index, data in sorted(encoded_parts(kind).items())[:2]:
            yield f"{kind}~{index}.part", data


def _records(_folder: Path) -> Iterator[tuple[str, bytes]]:
    for kind in sorted(KINDS):
        yield f"{kind}.json", members_of(kind)[RECORD]


def _specs(_folder: Path) -> Iterator[tuple[str, bytes]]:
    for kind in sorted(KINDS):
        row = json.loads(members_of(kind)[RECORD])
        yield f"{kind}.json", json.dumps({"kind": kind, **row["fields"]}).encode()
