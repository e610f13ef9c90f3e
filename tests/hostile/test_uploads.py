"""Models, pictures, labels and data sets that were made to break their parsers: each is refused within its budget.

What these files should be when they are right is asked in tests/shared/uploads.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from shared.library.datasets.check import check_source
from shared.settings import Settings
from shared.uploads.images import check_image
from shared.uploads.labels import read_labels
from shared.uploads.models import check_model
from tests.fixtures.model_files import dense, layer, sequential
from tests.hostile.budget import is_refused, measured_each
from tests.hostile.pointing_texts import pointing_texts
from tests.hostile.results import zip_of

LONG = b"[" * 400_000


def model(path: str) -> str:
    """Check a model file."""
    return str(check_model(Path(path), Settings()))


def picture(path: str) -> int:
    """Check a picture."""
    return len(check_image(Path(path).read_bytes(), 64_000_000))


def labels(path: str) -> str:
    """Read class names."""
    return str(read_labels(Path(path)))


def data_set(path: str) -> int:
    """Look through a data set."""
    return len(check_source(Path(path), Settings()).pictures)


def chunk(name: bytes, data: bytes) -> bytes:
    """One of a PNG's."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, bits: int = 8, colour: int = 2, body: bytes = b"", between: bytes = b"") -> bytes:
    """A PNG that claims any size."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + between + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def npy(header: bytes) -> bytes:
    """A .npy file of any header."""
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header) + 1) + header + b"\n" + bytes(99)


def keras(config: bytes, **more: bytes) -> bytes:
    """A .keras archive, whole but for its configuration."""
    weights = hdf5(lambda file: file.create_dataset("layers/dense/vars/0", data=np.zeros((8, 4), "float32")))
    metadata = b'{"keras_version": "3.9.0"}'
    return zip_of({"config.json": config, "metadata.json": metadata, "model.weights.h5": weights, **more})


def hdf5(write: Callable[[h5py.File], object]) -> bytes:
    """A file of HDF5."""
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        write(file)
    return out.getvalue()


def _shrunk(name: str, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as file:
        for _ in range(size // 10**6):
            file.write(bytes(10**6))
    return out.getvalue()


def _jpeg_of(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _nested(levels: int) -> bytes:
    config: dict[str, object] = dense()
    for _ in range(levels):
        config = sequential(config)
    return json.dumps(config).encode()


def _graph(count: int, sources: int) -> bytes:
    """A layer that is called so often, each time with so many inputs."""
    start = {**sequential()["config"]["layers"][0], "name": "in", "inbound_nodes": []}
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 8], "keras_history": ["in", 0, 0]}}
    node = {"args": [[tensor] * sources] if sources > 1 else [tensor], "kwargs": {}}
    kind = layer("Concatenate", axis=-1) if sources > 1 else dense()
    called = {**kind, "name": kind["config"]["name"], "inbound_nodes": [node] * count}
    config = {"name": "g", "layers": [start, called], "input_layers": [["in", 0, 0]], "output_layers": []}
    return json.dumps({"module": "keras.src.models.functional", "class_name": "Functional", "config": config}).encode()


def _packed_tiff(side: int) -> bytes:
    out = io.BytesIO()
    Image.new("F", (side, side)).save(out, "TIFF", compression="tiff_adobe_deflate")
    return out.getvalue()


def _empty_png(side: int, mode: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (side, side)).save(out, "PNG")
    return out.getvalue()


def _begins_before(archive: bytes) -> bytes:
    """With a directory that says that it begins a hundred bytes further on than it does."""
    at = archive.rindex(b"PK\x05\x06") + 16
    return archive[:at] + struct.pack("<L", struct.unpack("<L", archive[at : at + 4])[0] + 100) + archive[at + 4 :]


def _set_of(picture: bytes, count: int, ending: str = "png") -> bytes:
    """So many pictures in two classes."""
    return zip_of({f"{'ab'[i % 2]}/{i}.{ending}": picture for i in range(count)})


CODE = {"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}, "module": "keras.layers"}
MODELS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a pickle": lambda: b"\x80\x04cos\nsystem\n(S'touch /tmp/convscope-owned'\ntR.",
    "text": lambda: b"import os",
    "an empty zip": lambda: zip_of({}),
    "an archive without a configuration": lambda: zip_of({"metadata.json": b"{}"}),
    "a configuration that is deep": lambda: keras(LONG),
    "deep in objects": lambda: keras(b'{"config":' * 200_000),
    "no JSON": lambda: keras(b"\xff\xfe\x00"),
    "null": lambda: keras(b"null"),
    "a list": lambda: keras(b"[]"),
    "a number": lambda: keras(b"9" * 10_000),
    "networks in networks": lambda: keras(_nested(200)),
    "a billion units": lambda: keras(json.dumps(sequential(dense(10**9))).encode()),
    "units that are a text": lambda: keras(json.dumps(sequential(dense("x" * 10**6))).encode()),
    "minus one unit": lambda: keras(json.dumps(sequential(dense(-1))).encode()),
    "2,000 layers": lambda: keras(json.dumps(sequential(*[dense()] * 2000)).encode()),
    "a layer that is called 5,000 times": lambda: keras(_graph(5000, 1)),
    "a layer of 15,000 inputs, twice": lambda: keras(_graph(2, 15_000)),
    "names that point at one text": lambda: pointing_texts(),
    "names of weights that point at one text": lambda: pointing_texts("weight_names0", model_config="{}"),
    "names that point at one text, in an archive": lambda: keras(
        json.dumps(sequential(dense())).encode(), **{"model.weights.h5": pointing_texts("x")}
    ),
    "a text of 40 MB": lambda: hdf5(lambda file: file.attrs.__setitem__("model_config", "x" * 40_000_000)),
    "a deep model.json": lambda: zip_of({"model.json": b'{"modelTopology":' * 100_000}),
    "a header of a terabyte": lambda: struct.pack("<Q", 2**40) + b'{"__metadata__":{}}',
    "a deep header": lambda: struct.pack("<Q", 300_000) + b'{"a":' * 60_000,
    "a layer that makes a million of one": lambda: keras(
        json.dumps(sequential(layer("UpSampling2D", size=[10**6, 10**6]), shape=(None, 64, 64, 3))).encode()
    ),
    "a side of a billion": lambda: keras(json.dumps(sequential(dense(), shape=(None, 10**9, 10**9, 3))).encode()),
    "code": lambda: keras(json.dumps(sequential(CODE)).encode()),
    "a class of os": lambda: keras(json.dumps(sequential({**CODE, "class_name": "system", "module": "os"})).encode()),
    "a configuration of a gigabyte": lambda: _shrunk("config.json", 10**9),
    "weights of a gigabyte": lambda: _shrunk("model.weights.h5", 10**9),
    "a name of no letters": lambda: keras(b"{}", QQ=b"x").replace(b"QQ", b"\0Q"),
    "a path outside": lambda: keras(json.dumps(sequential(dense())).encode(), **{"../../x": b"x"}),
    "HDF5 of nothing": lambda: hdf5(lambda file: None),
    "HDF5 cut": lambda: hdf5(lambda file: file.create_dataset("x", data=[1] * 1000))[:900],
    "HDF5 with a deep configuration": lambda: hdf5(lambda f: f.attrs.__setitem__("model_config", LONG[:60_000])),
    "HDF5 with a list of configurations": lambda: hdf5(lambda f: f.attrs.__setitem__("model_config", [b"a"] * 100)),
    "HDF5 with a number": lambda: hdf5(lambda f: f.attrs.__setitem__("model_config", 3)),
    "HDF5 that claims 4 TB": lambda: hdf5(lambda f: f.create_dataset("x", (10**12,), "f4", chunks=(10**6,))),
    "HDF5 that links outside": lambda: hdf5(lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/"))),
    "HDF5 that turns in a ring": lambda: hdf5(lambda f: f.create_group("a").__setitem__("b", f)),
    "ONNX of zeros": lambda: b"\x08\x07" + bytes(100_000),
    "ONNX that claims much": lambda: b"\x08\x07\x3a\xff\xff\xff\xff\x7f" + b"x" * 100,
}  # fmt: skip
PICTURES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"<svg onload=alert(1)>",
    "169 megapixels": lambda: png(13_000, 13_000),
    "four thousand million": lambda: png(65_535, 65_535),
    "a side of two thousand million": lambda: png(2**31 - 1, 1),
    "no pixels": lambda: png(0, 0),
    "36 megapixels of nothing": lambda: _empty_png(6000, "1"),
    "36 megapixels of one colour": lambda: _empty_png(6000, "RGB"),
    "100 MB of nothing in a TIFF": lambda: _packed_tiff(5000),
    ".npy of a header of 60 KB": lambda: npy(b"{'descr': '<f4', 'shape': (4, 4), " + b" " * 60_000 + b"}"),
    ".npy of a deep header": lambda: npy(b"{'descr': '<f4', 'shape': " + b"(" * 3000 + b")" * 3000 + b"}"),
    ".npy of shape minus one": lambda: npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 64), }"),
    ".npy of large elements": lambda: npy(b"{'descr': '|S1000000000', 'fortran_order': False, 'shape': (9, 9), }"),
    "no body": lambda: png(300, 300)[:40],
    "3 bits": lambda: png(64, 64, 3),
    "a colour that is none": lambda: png(64, 64, 8, 5),
    "a text of a gigabyte": lambda: png(64, 64, between=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))),
    "a JPEG of 65,500 by 65,500": lambda: _jpeg_of(65_500, 65_500),
    "a JPEG cut": lambda: _jpeg_of(16, 16)[:200],
    "a GIF": lambda: b"GIF89a" + bytes(1000),
    "WebP of nothing": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(100),
    "TIFF without end": lambda: b"II*\0\x08\0\0\0\xff\xff" + b"\0\1\3\0\1\0\0\0\xff\xff\0\0" * 50,
    "TIFF in a ring": lambda: b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(50),
    ".npy of objects": lambda: npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (64, 64), }"),
    ".npy of 10 GB": lambda: npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (40000, 40000), }"),
    ".npy of code": lambda: npy(b"__import__('os').system('touch /tmp/convscope-owned')"),
}  # fmt: skip
LABELS: dict[str, Callable[[], bytes]] = {
    "nothing.txt": lambda: b"",
    "above 1 MB.txt": lambda: b"cat\n" * 500_000,
    "one long name.txt": lambda: b"x" * 900_000,
    "zeros.txt": lambda: bytes(100_000),
    "deep.json": lambda: LONG,
    "deep objects.json": lambda: b'{"a":' * 150_000,
    "a number.json": lambda: b"9" * 500_000,
    "numbers.json": lambda: b"[" + b"1," * 300_000 + b"1]",
    "far apart.json": lambda: b'{"cat": 0, "dog": 999999999999}',
    "aliases.yaml": lambda: b"names: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(9)),
    "code.yaml": lambda: b"names: !!python/object/apply:os.system ['touch /tmp/convscope-owned']",
    "a header that does not end.npy": lambda: npy(b"{'descr': '<U3', 'fortran_order': False, 'shape': (2,"),
    "10 GB.npy": lambda: npy(b"{'descr': '<U3', 'fortran_order': False, 'shape': (1000000000,), }"),
    "objects.npy": lambda: npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
    "a map.pbtxt": lambda: b"item {" * 100_000,
    "quotes.csv": lambda: b'"' * 500_000,
}  # fmt: skip
DATA_SETS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"PK no zip at all",
    "a gzip": lambda: b"\x1f\x8b" + bytes(1000),
    "an empty zip": lambda: zip_of({}),
    "outside": lambda: zip_of({"../../a/1.png": b"x", "b/2.png": b"x"}),
    "absolute": lambda: zip_of({"/tmp/a/1.png": b"x", "/tmp/b/2.png": b"x"}),
    "a drive": lambda: zip_of({"C:/a/1.png": b"x", "C:/b/2.png": b"x"}),
    "a picture of a gigabyte": lambda: _shrunk("cats/1.png", 10**9),
    "90,000 pictures": lambda: zip_of({f"a/{i}.png": b"" for i in range(90_000)}),
    "400 empty pictures of 36 megapixels": lambda: _set_of(_empty_png(6000, "1"), 400),
    "100 of one colour": lambda: _set_of(_empty_png(3900, "P"), 100),
    "20 TIFFs of 100 MB of nothing": lambda: _set_of(_packed_tiff(5000), 20, "tif"),
    "pictures that claim four thousand million pixels": lambda: _set_of(png(65_535, 65_535), 200),
    "a name of no letters": lambda: zip_of({"a/1.png": b"x", "QQ": b"x"}).replace(b"QQ", b"\0Q"),
    "a member before its file": lambda: _begins_before(zip_of({"a/1.png": b"x", "labels.csv": b"file,label"})),
    "an archive in it": lambda: zip_of({"a/1.zip": b"x", "b/2.png": b"x"}),
    "a directory of a million": lambda: b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 2**31, 0, 0),
    "cut": lambda: zip_of({"a/1.png": b"x" * 1000, "b/2.png": b"x"})[:-30],
}  # fmt: skip


@pytest.mark.parametrize(
    ("parser", "files", "ending"),
    [
        ("model", MODELS, ".keras"),
        ("picture", PICTURES, ".png"),
        ("labels", LABELS, ""),
        ("data_set", DATA_SETS, ".zip"),
    ],
    ids=["models", "pictures", "labels", "data sets"],
)
def test_each_is_refused_in_a_sentence_and_within_its_budget(
    parser: str, files: dict[str, Callable[[], bytes]], ending: str, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}-{name}{ending}" for number, name in enumerate(files)]
    for path, make in zip(paths, files.values(), strict=True):
        path.write_bytes(make())
    before = set(tmp_path.iterdir())
    found = measured_each(f"tests.hostile.test_uploads:{parser}", [[str(path)] for path in paths])
    assert [(n, one) for n, one in zip(files, found, strict=True) if not is_refused(one, "RefusedUpload")] == []
    assert set(tmp_path.iterdir()) == before and not Path("/tmp/convscope-owned").exists()
