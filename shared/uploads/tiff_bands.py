"""TIFF files of any number of bands, pages or bits, which Pillow does not open: their tables are read here, bounded
before anything is allocated; strips and tiles are unpacked by Pillow's libtiff as plain bytes.

TIFF, Revision 6.0 (Aldus, 1992), with Technical Note 3 (predictor of fractions) and BigTIFF.
"""

import io
import itertools
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from shared.bounds import claims_too_much
from shared.errors import RefusedUpload, message
from shared.uploads.band_files import MAX_BANDS, MAX_BYTES, check_bands, plain_numbers

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PACKING, _COLOURS, _FILL = 254, 256, 257, 258, 259, 262, 266
_STRIPS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANES, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _EXTRA, _FORMAT = 322, 323, 324, 325, 338, 339
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_USUAL = {_SUBFILE: 0, _BITS: 1, _PACKING: 1, _COLOURS: 1, _FILL: 1, _SAMPLES: 1, _PLANES: 1, _PREDICTOR: 1, _FORMAT: 1}
_PACKINGS = (1, 5, 8, 32773, 32946, 50000)
_ALPHA = (1, 2)
# What numbers may mean where they are taken as bands: grey from black, RGB, a sensor's own. All else is another
# quantity under the same numbers, which Pillow converts for ordinary pictures of 8 bits and nobody for others.
_BANDS = (1, 2, 34892)
_OTHER_COLOURS = {
    0: "grey counted from white",
    3: "numbers of a palette",
    4: "a mask",
    5: "inks (CMYK)",
    6: "brightness and colour differences (YCbCr)",
    8: "brightness and colour differences (Lab)",
    9: "brightness and colour differences (Lab)",
    10: "brightness and colour differences (Lab)",
    32803: "a mosaic of a camera's sensor",
    32844: "logarithms of brightness",
    32845: "logarithms of brightness and colour",
}
_EXPORT = "Save it as TIFF without compression, or as a .npy file."
_CONVERT = "Convert it to grey or RGB, or save it as a .npy file."
_DAMAGED = "It is cut off or damaged; copy it again."


class _Page:
    """One picture of a file: its table, and the few things worked out of it."""

    def __init__(self, tags: dict[int, tuple[int, ...]], order: str) -> None:
        self.tags, self.order = tags, order
        self.height, self.width, self.samples = self.one(_HEIGHT), self.one(_WIDTH), self.one(_SAMPLES)

    def one(self, tag: int) -> int:
        """The first number of a tag."""
        if self.tags.get(tag):
            return self.tags[tag][0]
        if tag in _USUAL:
            return _USUAL[tag]
        raise ValueError(f"tag {tag} is missing")

    @property
    def is_picture(self) -> bool:
        """Whether this is an ordinary picture of up to 8 bits: grey, RGB, with transparency or not."""
        plain = self.one(_COLOURS) in (0, 1, 2, 3, 5, 6) and max(self.tags.get(_BITS, (1,))) <= 8
        alpha = self.tags.get(_EXTRA, ()) in ((1,), (2,))
        return plain and self.samples - alpha in ({2: (3,), 6: (3,), 5: (4,)}.get(self.one(_COLOURS), (1,)))

    @property
    def dtype(self) -> np.dtype:
        """Of its numbers, in the file's order of bytes."""
        bits, kind = self.tags.get(_BITS, (1,)), {1: "u", 2: "i", 3: "f"}.get(self.one(_FORMAT), "")
        if len(set(bits)) > 1 or bits[0] not in (8, 16, 32, 64) or not kind or (kind == "f" and bits[0] == 8):
            received = f"{bits[0]} bits a number"
            raise RefusedUpload(message("a TIFF of 8, 16 or 32 bits", received, _EXPORT))
        return np.dtype(f"{self.order}{kind}{bits[0] // 8}")


def tiff_bands(data: bytes) -> np.ndarray | None:
    """The bands of a TIFF file: those of each page, page after page.

    Args:
        data: bytes of the file.

    Returns:
        uint8, uint16, int16 or float32 (height, width, band); None for an ordinary picture of 8 bits, which Pillow
        opens. Smaller copies of the picture in the file are passed over.

    Raises:
        RefusedUpload: it is damaged, too large, or written in a way that is not read here.
    """
    try:
        pages = [page for page in _pages(data) if not page.one(_SUBFILE) & 1]
        if not pages:
            raise ValueError("no picture in it")
        if pages[0].is_picture and (pages[0].one(_COLOURS) not in (0, 1) or len(pages) == 1):
            return None
        _check(pages)
        unpacked = sum(page.height * page.width * page.samples * page.dtype.itemsize for page in pages)
        if claims_too_much(unpacked // 3, len(data)):  # three bytes are a pixel of an ordinary picture
            received = f"{unpacked:,} bytes packed into {len(data):,}"
            raise RefusedUpload(
                message("a TIFF that holds something", received, "It is nearly empty: cut the picture.")
            )
        return plain_numbers(np.concatenate([_values(page, data) for page in pages], axis=-1))
    except (ValueError, struct.error, OSError, OverflowError, KeyError) as error:
        raise RefusedUpload(message("a whole TIFF file", f"one that cannot be read ({error})", _DAMAGED)) from None


def unpacked_bytes(data: bytes) -> int:
    """What the pages of a TIFF file take when they are unpacked, by their tables alone.

    Raises:
        Exception: of several sorts, where it is damaged.
    """
    return sum(p.height * p.width * p.samples * max(1, p.tags.get(_BITS, (8,))[0] // 8) for p in _pages(data))


def _pages(data: bytes) -> Iterator[_Page]:
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    at = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, 8 if big else 4)[0]
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) > MAX_BANDS:
            received = "pages that lead back to each other" if at in seen else f"more than {MAX_BANDS}"
            raise RefusedUpload(message(f"at most {MAX_BANDS} pages", received, "Save the pages that matter."))
        seen.add(at)
        tags, at = _table(data, at, order, big)
        yield _Page(tags, order)


def _table(data: bytes, at: int, order: str, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """The whole numbers of a page's table, and where the next one lies; 0 for none."""
    head, entry, size = ("Q", "HHQ8s", 20) if big else ("H", "HHI4s", 12)
    (count,) = struct.unpack_from(order + head, data, at)
    at += struct.calcsize(order + head)
    if count * size > len(data):
        raise ValueError("a table is longer than the file")
    tags = {}
    for place in range(count):
        tag, kind, number, value = struct.unpack_from(order + entry, data, at + place * size)
        if kind not in _INTEGERS or number > len(data):
            continue
        form = f"{order}{number}{_INTEGERS[kind]}"
        if struct.calcsize(form) > len(value):
            (where,) = struct.unpack(order + ("Q" if big else "I"), value)
            tags[tag] = struct.unpack_from(form, data, where)
        else:
            tags[tag] = struct.unpack_from(form, value)
    return tags, struct.unpack_from(order + ("Q" if big else "I"), data, at + count * size)[0]


def _check(pages: list[_Page]) -> None:
    """Judge everything by the tables alone."""
    first = pages[0]
    for page in pages:
        if (page.height, page.width, page.dtype) != (first.height, first.width, first.dtype):
            one, other = (f"{p.width} x {p.height} of {p.dtype.name}" for p in (first, page))
            raise RefusedUpload(message("pages of one size and one type", f"{one} and {other}", "Save them alike."))
        if page.one(_PACKING) not in _PACKINGS or page.one(_FILL) != 1 or page.one(_PREDICTOR) not in (1, 2, 3):
            raise RefusedUpload(
                message("a TIFF packed with LZW, deflate, PackBits or not at all", "another way", _EXPORT)
            )
        if page.one(_PREDICTOR) == 3 and page.dtype.kind != "f":
            raise RefusedUpload(message("a predictor for whole numbers", "one for fractions", _EXPORT))
        if page.one(_COLOURS) not in _BANDS:
            received = _OTHER_COLOURS.get(page.one(_COLOURS), f"colours of kind {page.one(_COLOURS)}")
            raise RefusedUpload(message("bands as they are: grey or RGB, black as 0", received, _CONVERT))
    check_bands(first.height, first.width, sum(page.samples for page in pages), first.dtype)


@dataclass(frozen=True)
class _Cut:
    """How a page is cut into pieces: strips or tiles of so many rows and columns."""

    rows: int
    columns: int
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]
    tiled: bool


def _cut(page: _Page) -> _Cut:
    if _TILES in page.tags or _TILE_WIDTH in page.tags:
        rows, columns = page.one(_TILE_HEIGHT), page.one(_TILE_WIDTH)
        return _Cut(rows, columns, page.tags[_TILES], page.tags[_TILE_BYTES], True)
    rows = min(page.tags.get(_ROWS, (page.height,))[0], page.height)
    return _Cut(rows, page.width, page.tags[_STRIPS], page.tags[_STRIP_BYTES], False)


def _values(page: _Page, data: bytes) -> np.ndarray:
    """(height, width, sample) of one page."""
    cut, together = _cut(page), page.one(_PLANES) == 1
    samples = page.samples if together else 1
    if min(cut.rows, cut.columns) < 1 or cut.rows * cut.columns * samples * page.dtype.itemsize > MAX_BYTES:
        raise ValueError(f"pieces of {cut.columns} x {cut.rows} pixels")
    tops, lefts = range(0, page.height, cut.rows), range(0, page.width, cut.columns)
    places = list(itertools.product(range(1 if together else page.samples), tops, lefts))
    if len(places) > min(len(cut.offsets), len(cut.lengths)):
        raise ValueError(f"{len(cut.offsets)} pieces where {len(places)} are needed")
    found = np.empty((page.height, page.width, page.samples), page.dtype.newbyteorder("="))
    for (plane, top, left), offset, length in zip(places, cut.offsets, cut.lengths, strict=False):
        rows = cut.rows if cut.tiled else min(cut.rows, page.height - top)
        piece = _piece(page, data[offset : offset + length], (rows, cut.columns, samples))
        here = found[top : top + rows, left : left + cut.columns]
        part = piece[: here.shape[0], : here.shape[1]]
        here[..., slice(None) if together else slice(plane, plane + 1)] = part
    return found


def _piece(page: _Page, packed: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """One strip or tile, (row, column, sample), whatever packs it."""
    rows, columns, samples = shape
    flat = _unpacked(packed, page, columns * samples * page.dtype.itemsize, rows)
    if page.one(_PREDICTOR) == 3:
        return _fractions(flat, page.dtype.itemsize, shape)
    values = flat.reshape(-1).view(page.dtype).reshape(shape).astype(page.dtype.newbyteorder("="))
    if page.one(_PREDICTOR) == 2:
        kind = np.dtype(f"u{page.dtype.itemsize}")
        return np.cumsum(values.view(kind), axis=1, dtype=kind).view(values.dtype)
    return values


def _fractions(flat: np.ndarray, size: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Undo predictor 3: differences of bytes a row, in which the most significant bytes of all numbers come first."""
    steps = np.cumsum(flat.reshape(shape[0], -1, shape[2]), axis=1, dtype=np.uint8).reshape(shape[0], size, -1)
    return np.ascontiguousarray(steps.transpose(0, 2, 1)).reshape(-1).view(f">f{size}").reshape(shape)


def _unpacked(packed: bytes, page: _Page, width: int, rows: int) -> np.ndarray:
    """uint8 (row, byte): exactly as many as the table says, however much is packed."""
    if page.one(_PACKING) == 1:
        if len(packed) < width * rows:
            raise ValueError("the file ends too early")
        return np.frombuffer(packed, np.uint8, width * rows).reshape(rows, width)
    # The bytes alone are a grey TIFF of 8 bits, as wide as a row has bytes: libtiff writes into that and not beyond.
    rows_of = [(_WIDTH, width), (_HEIGHT, rows), (_BITS, 8), (_PACKING, page.one(_PACKING)), (_COLOURS, 1),
               (_STRIPS, 8), (_SAMPLES, 1), (_ROWS, rows), (_STRIP_BYTES, len(packed))]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in rows_of)
    file = io.BytesIO(
        b"".join(
            [b"II*\0", struct.pack("<I", 8 + len(packed)), packed, struct.pack("<H", len(rows_of)), table, b"\0" * 4]
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its size was judged above
        with Image.open(file, formats=("TIFF",)) as opened:
            return np.asarray(opened).reshape(rows, width)
