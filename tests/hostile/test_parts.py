"""Parts that claim more than they hold, or are none: refused by what they claim, before anything is allocated."""

import base64
import contextlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.bounds import DEEPEST, MOST_PART_CONTENTS
from shared.results import Part, decode_part, encode_part, part_header
from tests.hostile.budget import is_refused, measured_each
from tests.hostile.results import encoded_parts, framed

EMPTY: dict[str, Any] = {"index": 0, "name": "", "facts": {}, "pictures": [], "arrays": []}


def png(width: int, height: int, mode: str = "RGB", claimed: tuple[int, int] | None = None) -> bytes:
    """A black picture; of another size by its own words, where one is claimed."""
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    data = bytearray(out.getvalue())
    if claimed:
        data[16:24] = struct.pack(">II", *claimed)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def with_arrays(*rows: list[Any], blobs: bytes = b"") -> bytes:
    """A part of arrays alone."""
    return framed({**EMPTY, "arrays": list(rows)}, blobs)


def with_pictures(*pictures: bytes) -> bytes:
    """A part of pictures alone."""
    rows = [[f"p{i}", len(one)] for i, one in enumerate(pictures)]
    return framed({**EMPTY, "pictures": rows}, b"".join(pictures))


ZEROS = zlib.compress(bytes(10**6), 9)
SHAPES: list[Any] = [
    [-1], [10**10], [10**5, 10**5], [0, 10**30], [2**31, 0], [1.5], ["4"], [None], [[4]], [True], "4", None, {}, 4,
    [1] * 40, [2**62, 4], [-(2**62)], [float(2**30)],
]  # fmt: skip
DTYPES: list[Any] = [
    "|O", "O", "<M8[s]", "|V16", "<f4,<f4", "|S1000000000", "<U999999999", "f4; import", "", None, 4, ["<f4"],
    "(9999999,)f4", "bogus", "<f3", "|b1x", "<g16", "\u0000", "<f" + "9" * 4000,
]  # fmt: skip
HEADERS: list[Any] = [
    b"", b"null", b"[]", b"3", b'"text"', b"{}", b"{", b"[" * 200_000, b'{"a":' * 100_000, b"\xff\xfe", b"NaN",
    b"1" * 10_000, *({k: v for k, v in EMPTY.items() if k != gone} for gone in EMPTY),
    *({**EMPTY, name: wrong} for name in EMPTY for wrong in (None, -1, [[]], 1.5, [{}])), {**EMPTY, "index": "x"},
    {**EMPTY, "index": 10**12}, {**EMPTY, "index": True}, {**EMPTY, "facts": []},
    {**EMPTY, "pictures": [["a", -5]]}, {**EMPTY, "pictures": [["a", 10**12]]}, {**EMPTY, "pictures": [[None, 0]]},
    json.dumps(EMPTY).replace("{}", '{"x": NaN}').encode(),
    json.dumps(EMPTY).replace("{}", '{"x":' + "[" * 50 + "]" * 50 + "}").encode(),
]  # fmt: skip
PICTURES: dict[str, Callable[[], bytes]] = {
    "sixty of 169 megapixels": lambda: with_pictures(*[png(4, 4, claimed=(13000, 13000))] * 60),
    "169 megapixels that are there": lambda: with_pictures(png(13000, 13000, "L"), png(13000, 13000, "L")),
    "four thousand million pixels": lambda: with_pictures(png(4, 4, claimed=(65535, 65535))),
    "a side of two thousand million": lambda: with_pictures(png(4, 4, claimed=(2**31 - 1, 1))),
    "no pixels": lambda: with_pictures(png(4, 4, claimed=(0, 0))),
    "a palette": lambda: with_pictures(png(4, 4, "P")),
    "sixteen bits": lambda: with_pictures(png(4, 4, "I;16")),
    "transparent": lambda: with_pictures(png(4, 4, "RGBA")),
    "bits": lambda: with_pictures(png(4, 4, "1")),
    "cut": lambda: with_pictures(png(64, 64)[:-30]),
    "no picture": lambda: with_pictures(b"GIF89a" + bytes(100)),
    "a web page": lambda: with_pictures(b"<svg onload=alert(1)>"),
    "nothing": lambda: with_pictures(b""),
}


def refused(data: bytes) -> None:
    """It is refused here and now; the cost is measured below, for all of them in one process."""
    with pytest.raises(ValueError) as error:
        decode_part(data)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
@pytest.mark.parametrize("raw", [[], ["raw"]], ids=["packed", "raw"])
def test_a_shape_that_cannot_be(shape: Any, raw: list[str]) -> None:
    refused(with_arrays(["a", "<f4", shape, *raw, len(ZEROS)], blobs=ZEROS))


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: repr(d)[:30])
def test_a_type_of_array_that_is_not_ours(dtype: Any) -> None:
    refused(with_arrays(["a", dtype, [4], len(ZEROS)], blobs=ZEROS))


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: repr(h)[:40])
def test_a_header_that_is_none(header: Any) -> None:
    refused(framed(header))
    with pytest.raises(ValueError):
        part_header(framed(header))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_is_none_of_ours(name: str) -> None:
    refused(PICTURES[name]())


def test_many_arrays_that_each_fit_are_counted_together() -> None:
    side = MOST_PART_CONTENTS // 8
    refused(with_arrays(*[[f"a{i}", "|u1", [side], len(ZEROS)] for i in range(9)], blobs=ZEROS * 9))


@pytest.mark.parametrize("kind", ["filter_atlas", "training_run", "inspect_model"])
@pytest.mark.parametrize("cut", [0, 3, 4, 7, 8, 20, -1, -100])
def test_a_part_that_was_cut(kind: str, cut: int) -> None:
    refused(encoded_parts(kind)[0][:cut])


@pytest.mark.parametrize("kind", ["filter_atlas", "attribution", "compare_models"])
def test_flipped_bytes_are_refused_or_decoded_but_never_anything_else(kind: str) -> None:
    whole, rng = encoded_parts(kind)[0], np.random.default_rng(0)
    for at in rng.integers(0, len(whole), 150):
        broken = bytearray(whole)
        broken[at] ^= int(rng.integers(1, 256))
        with contextlib.suppress(ValueError):
            decode_part(bytes(broken))


def decode_base64(text: str) -> int:
    """Decode a part in a process of its own."""
    return decode_part(base64.b64decode(text)).index


DEAREST = {
    "10 GB": with_arrays(["a", "<f4", [10**10], len(ZEROS)], blobs=ZEROS),
    "zeros": with_arrays(*[[f"a{i}", "|u1", [10**6 - 1], len(ZEROS)] for i in range(100)], blobs=ZEROS * 100),
    "sixty pictures": PICTURES["sixty of 169 megapixels"](),
    "deep": framed(b'{"a":' + b"[" * 7_000_000),
    "lists": framed(b'{"a":[' + b"[]," * 2_000_000 + b"0]}"),
    "objects": framed(b'{"a":{' + b",".join(b'"%d":{}' % i for i in range(700_000)) + b"}}"),
    "as many values as are read": framed(b'{"a":[' + b"0," * 490_000 + b"0]}"),
}


def test_what_a_refusal_costs() -> None:
    given = [[base64.b64encode(data).decode()] for data in DEAREST.values()]
    found = measured_each("tests.hostile.test_parts:decode_base64", given)
    assert [(n, one) for n, one in zip(DEAREST, found, strict=True) if not is_refused(one, "ValueError")] == []


def test_what_a_worker_makes_is_within_the_bounds() -> None:
    large = np.broadcast_to(np.zeros(1, np.uint8), (MOST_PART_CONTENTS + 1,))
    with pytest.raises(ValueError, match="split"):
        encode_part(Part(0, "", arrays={"a": large}))
    facts: Any = {}
    for _ in range(DEEPEST // 2):
        facts = {"a": facts}
    assert decode_part(encode_part(Part(0, "", facts=facts))).facts == facts
