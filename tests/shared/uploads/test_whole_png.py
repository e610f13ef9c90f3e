"""Which PNGs are whole: each of these opens in viewers, and only the first ones in every program."""

import struct
import zlib

import pytest
from PIL import Image

from shared.uploads.whole_png import is_whole_png
from tests.fixtures.small_datasets import encoded, pixels

GOOD = encoded(pixels(1))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_pixels(packed: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """The same picture with other packed pixels, and chunks before and after them; every checksum is right."""
    at = GOOD.find(b"IDAT") - 4
    return GOOD[:at] + before + chunk(b"IDAT", packed) + after + chunk(b"IEND", b"")


def packed_pixels() -> bytes:
    at = GOOD.find(b"IDAT")
    return GOOD[at + 4 : at + 4 + struct.unpack(">I", GOOD[at - 4 : at])[0]]


ROWS = zlib.decompress(packed_pixels())


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD + b"behind the end",
        with_pixels(packed_pixels()[:50], after=chunk(b"IDAT", packed_pixels()[50:])),
        with_pixels(packed_pixels(), before=chunk(b"tEXt", b"Title\0x")),
        encoded(pixels(2, grey=True)),
        encoded(Image.new("1", (13, 9))),
        encoded(Image.new("P", (13, 9))),
        encoded(Image.new("RGBA", (13, 9))),
        encoded(Image.new("I;16", (13, 9))),
    ],
)
def test_a_whole_file_is_called_so(data: bytes) -> None:
    assert is_whole_png(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-12],
        GOOD[:-1],
        GOOD.replace(b"IDAT" + packed_pixels()[:9], b"IDAT" + packed_pixels()[:8] + b"x"),
        with_pixels(zlib.compress(ROWS[:-1])),
        with_pixels(zlib.compress(ROWS + b"x")),
        with_pixels(packed_pixels()[:-4] + b"xxxx"),
        with_pixels(packed_pixels()[:-4]),
        with_pixels(packed_pixels(), before=chunk(b"ABCD", b"")),
        with_pixels(zlib.compress(bytes(200_000_000), 1)),
        encoded(pixels(3), "JPEG"),
    ],
)
def test_what_another_program_may_refuse_is_not(data: bytes) -> None:
    assert not is_whole_png(data)
