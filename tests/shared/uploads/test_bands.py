"""Pictures of any number of bands: .npy and TIFF files, their numbers, their range, and what is refused unread."""

import io
import struct
import tracemalloc

import numpy as np
import pytest
import tifffile
from PIL import Image

from shared.errors import InvalidSpec, RefusedUpload
from shared.images.bands import BandPicture, fit_words, open_picture, shown_bands, with_range
from shared.uploads.images import check_image
from shared.uploads.tiff_bands import tiff_bands

LIMIT = 4 * 1024 * 1024
SHAPE = (12, 20, 6)
VALUES = np.random.default_rng(0).integers(0, 7000, SHAPE).astype(np.uint16)


def _npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _tiff(values: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="minisblack", **options)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_the_numbers_of_an_array_are_kept(dtype: str) -> None:
    kept = open_picture(check_image(_npy(VALUES.astype(dtype)), LIMIT))
    assert kept.values.dtype == dtype
    assert np.array_equal(kept.values, VALUES.astype(dtype))


def test_an_array_in_columns_and_of_two_axes_and_of_the_other_order_of_bytes() -> None:
    assert np.array_equal(open_picture(check_image(_npy(np.asfortranarray(VALUES)), LIMIT)).values, VALUES)
    assert open_picture(check_image(_npy(VALUES[..., 0]), LIMIT)).values.shape == (12, 20, 1)
    assert np.array_equal(open_picture(check_image(_npy(VALUES.astype(">u2")), LIMIT)).values, VALUES)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize(
    "packed", [{}, {"compression": "zlib"}, {"tile": (16, 16)}, {"byteorder": ">", "bigtiff": True}]
)
def test_a_tiff_of_bands(dtype: str, planar: str, packed: dict[str, object]) -> None:
    values = VALUES.astype(dtype)
    data = _tiff(values if planar == "contig" else values.transpose(2, 0, 1), planarconfig=planar, **packed)
    assert np.array_equal(tiff_bands(data), values)


@pytest.mark.parametrize(("mode", "dtype"), [("I;16", "uint16"), ("F", "float32"), ("L", "uint8")])
@pytest.mark.parametrize(
    ("packing", "predictor"),
    [
        ("raw", 1),
        ("packbits", 1),
        ("tiff_lzw", 1),
        ("tiff_lzw", 2),
        ("tiff_adobe_deflate", 2),
        ("tiff_adobe_deflate", 3),
    ],
)
def test_pages_are_bands(mode: str, dtype: str, packing: str, predictor: int) -> None:
    predictor = 2 if predictor == 3 and mode != "F" else predictor  # the third is for fractions alone
    values = VALUES.astype(dtype)
    pages = [Image.fromarray(values[..., band]) for band in range(6)]
    assert [page.mode for page in pages] == [mode] * 6
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], compression=packing, tiffinfo={317: predictor})
    assert np.array_equal(tiff_bands(file.getvalue()), values)


def test_smaller_copies_in_a_file_are_no_bands() -> None:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as out:
        out.write(VALUES, photometric="minisblack", planarconfig="contig", subifds=0)
        out.write(VALUES[::2, ::2], photometric="minisblack", planarconfig="contig", subfiletype=1)
    assert np.array_equal(tiff_bands(file.getvalue()), VALUES)


@pytest.mark.parametrize(
    ("colours", "bands", "dtype"),
    [("cielab", 3, "uint8"), ("separated", 4, "uint16"), ("miniswhite", 1, "uint16"), ("cfa", 1, "uint16")],
)
def test_numbers_that_mean_another_quantity_are_no_bands(colours: str, bands: int, dtype: str) -> None:
    file, values = io.BytesIO(), np.full((12, 20, bands), 90, dtype)
    tifffile.imwrite(file, values if bands > 1 else values[..., 0], photometric=colours)  # type: ignore[arg-type]
    with pytest.raises(RefusedUpload, match=r"Expected bands as they are.*Convert it to grey or RGB"):
        tiff_bands(file.getvalue())


def test_a_photograph_as_tiff_is_an_ordinary_picture() -> None:
    for mode in ("RGB", "RGBA", "L", "1", "P", "CMYK"):
        file = io.BytesIO()
        Image.new("RGB", (20, 12), "teal").convert(mode).save(file, "TIFF")
        assert tiff_bands(file.getvalue()) is None
        assert open_picture(check_image(file.getvalue(), LIMIT)).colours


def _bomb(**tags: int) -> bytes:
    """A hundred bytes that announce anything."""
    known = {256: 16_000, 257: 2_000, 258: 16, 259: 8, 262: 1, 273: 8, 277: 200, 278: 2_000, 279: 20}
    rows = sorted({**known, **{int(tag[1:]): value for tag, value in tags.items()}}.items())
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in rows)
    return b"II*\0" + struct.pack("<IH", 8, len(rows)) + table + b"\0" * 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_bomb(), "at most 256 MB unpacked"),
        (_bomb(t256=4_000_000_000), "at most 40,000,000 pixels"),
        (_bomb(t277=4_000_000_000), "at most 512 bands"),
        (_bomb(t256=64, t257=64, t277=2, t322=1 << 30, t323=1 << 30, t324=8, t325=20), "pieces of"),
        (_bomb(t256=64, t257=64, t277=2, t278=64), "cannot be read"),
        (_bomb()[:-4] + struct.pack("<I", 8), "lead back to each other"),
        (_npy(VALUES)[:-1], "a whole .npy file"),
        (_npy(VALUES).replace(b"(12, 20, 6)", b"(12, 20,9**9)"), "a .npy file"),
        (_npy(VALUES).replace(b"(12, 20, 6), }    ", b"(9000, 9000, 6), }"), "at most 40,000,000 pixels"),
        (_npy(np.moveaxis(VALUES, -1, 0)), "numpy.moveaxis"),
        (_npy(np.array([VALUES], object)), "of object"),
        (_npy(np.full(SHAPE, np.nan, np.float32)), "finite numbers"),
        (_npy(VALUES[0, 0]), "an array (height, width, band)"),
        (_npy(VALUES.astype(complex)), "of complex128"),
    ],
)  # fmt: skip
def test_refused_before_anything_is_allocated(data: bytes, words: str) -> None:
    tracemalloc.start()
    with pytest.raises(RefusedUpload, match=words.replace("(", r"\(").replace(")", r"\)")):
        check_image(data, LIMIT)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_damage_anywhere_gives_a_refusal_or_a_picture() -> None:
    random = np.random.default_rng(1)
    good = np.frombuffer(_tiff(VALUES, planarconfig="contig", compression="zlib"), np.uint8)
    for _ in range(200):
        bad = good.copy()
        bad[random.integers(0, 500, 4)] = random.integers(0, 256, 4)
        try:
            check_image(bad.tobytes(), LIMIT)
        except RefusedUpload:
            continue


def test_what_is_black_and_white() -> None:
    deep = VALUES.astype(np.int16)
    assert [(p.low, p.high) for p in map(with_range, (VALUES, deep, deep - 9, VALUES / np.float32(7000)))] == [
        (0, 65_535), (0, 32_767), (-32_768, 32_767), (0, 1),
    ]  # fmt: skip
    assert (with_range(VALUES, "minmax").low, with_range(VALUES, "minmax").high) == (VALUES.min(), VALUES.max())
    given = with_range(VALUES, "100,4095")
    assert np.array_equal(given.unit(), np.clip((VALUES.astype(np.float32) - 100) / np.float32(3995), 0, 1))
    for words in ("5,5", "0,nan", "9,1", "white"):
        with pytest.raises(InvalidSpec, match="a range LOW,HIGH"):
            with_range(VALUES, words)


def test_another_range_is_another_picture() -> None:
    one, other = (check_image(_npy(VALUES), LIMIT, span) for span in ("own", "0,10000"))
    assert one != other
    assert np.array_equal(open_picture(one).values, open_picture(other).values)


def test_three_bands_are_shown() -> None:
    assert np.array_equal(shown_bands(VALUES, (5, 3, 1)), VALUES[..., [4, 2, 0]])
    assert np.array_equal(shown_bands(VALUES, (5,)), VALUES[..., 4])
    assert np.array_equal(shown_bands(VALUES, (7, 1, 1)), VALUES[..., :3]), "there is no seventh"
    assert np.array_equal(shown_bands(VALUES[..., :2]), VALUES[..., 0])


def test_what_does_not_fit_is_refused_and_what_is_changed_is_said() -> None:
    six, grey = BandPicture(VALUES, 0, 7000), BandPicture(VALUES[..., :1], 0, 7000)
    rgb, rgba = (BandPicture(np.zeros((8, 8, n), np.uint8), 0, 255, True) for n in (3, 4))
    assert fit_words(six, 6) == fit_words(rgba, 4) == ""
    assert "same values" in fit_words(grey, 3)
    assert "made grey" in fit_words(rgb, 1)
    assert "white" in fit_words(rgba, 3)
    with pytest.raises(InvalidSpec, match=r"6 bands, as the network takes\. Received: '3 bands.*\.npy file .*, 6\)"):
        fit_words(rgb, 6)
    with pytest.raises(InvalidSpec, match=r"4 bands.*RGBA"):
        fit_words(rgb, 4)
    with pytest.raises(InvalidSpec, match="3 bands"):
        fit_words(six, 3)


@pytest.mark.parametrize(
    ("values", "span"),
    [
        (np.eye(9, dtype=bool), (0, 1)),
        (np.full((9, 9, 3), 200, np.int64), (0, 255)),
        (np.linspace(0, 250, 81, dtype=np.float32).reshape(9, 9), (0, 255)),
        (np.linspace(0.1, 1, 81, dtype=np.float64).reshape(9, 9), (0, 1)),
        (np.linspace(0.5, 250.25, 81, dtype=np.float32).reshape(9, 9), (0.5, 250.25)),
        (np.arange(81, dtype=np.int64).reshape(9, 9) // 9, (0, 8)),
        (np.linspace(-1, 1, 81, dtype=np.float32).reshape(9, 9), (-1, 1)),
        (np.full((9, 9), 3000, np.int32), (3000, 3001)),
    ],
)
def test_what_is_black_and_white_in_an_array_nobody_said_anything_of(
    values: np.ndarray, span: tuple[float, float]
) -> None:
    file = io.BytesIO()
    np.save(file, values)
    found = open_picture(check_image(file.getvalue(), 10**6))
    assert (found.low, found.high) == span
    assert np.array_equal(found.values.reshape(values.shape), values.astype(found.values.dtype))
