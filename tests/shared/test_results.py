"""The bytes of a part: what goes in comes out, and what is not a part is refused."""

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from shared.results import (
    MAGIC,
    MAX_PART_BYTES,
    RAW_BYTES,
    Part,
    decode_part,
    decode_picture,
    encode_part,
    encode_picture,
    part_header,
    picture_bytes,
)

RGB = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
GREY = np.arange(4 * 5, dtype=np.uint8).reshape(4, 5)

ARRAYS = {
    "float32": np.array([[1.5, -0.0], [1e-38, 3.4e38]], np.float32),
    "float16": np.array([0.1, 65504, np.inf, np.nan], np.float16),
    "float64": np.array([np.pi]),
    "bool": np.array([[True, False, True]]),
    "uint8": GREY,
    "int8": np.array([-128, 127], np.int8),
    "int64": np.array([2**62, -1]),
    "empty": np.zeros((0, 4), np.float32),
    "number": np.array(7.5, np.float32),
    "every second": np.arange(10, dtype=np.int32)[::2],
    "columns first": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "big-endian": np.array([1, 258], ">u2"),
}


def _frame(header: object, *blobs: bytes) -> bytes:
    head = json.dumps(header).encode()
    return b"".join([MAGIC, struct.pack("<I", len(head)), head, *blobs])


def _two_pictures() -> Part:
    return Part(7, "channel 7", {"tile": RGB, "mask": GREY}, {"curve": ARRAYS["float32"]}, {"channel": 7})


@pytest.mark.parametrize("picture", [RGB, GREY], ids=["rgb", "grey"])
def test_a_picture_comes_back_pixel_for_pixel(picture: np.ndarray) -> None:
    back = decode_picture(encode_picture(picture))
    assert (back.dtype, back.shape) == (np.uint8, picture.shape)
    assert (back == picture).all()


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_with_its_values_type_and_shape(array: np.ndarray) -> None:
    back = decode_part(encode_part(Part(0, arrays={"a": array}))).arrays["a"]
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


def test_a_whole_part_comes_back() -> None:
    part = Part(
        3, "épi 3", {"tile": RGB, "mask": GREY}, ARRAYS, {"dead": False, "objective": 1.5, "note": "é", "x": None}
    )
    back = decode_part(encode_part(part))
    assert (back.index, back.name, back.facts) == (3, "épi 3", part.facts)
    assert list(back.pictures) == ["tile", "mask"]
    assert list(back.arrays) == list(ARRAYS)
    assert (back.pictures["mask"] == GREY).all()


def test_a_part_of_facts_alone_is_a_part() -> None:
    assert decode_part(encode_part(Part(0, facts={"layers": [{"path": "conv"}]}))).facts["layers"] == [{"path": "conv"}]


def test_the_header_tells_what_is_inside_without_decoding() -> None:
    header = part_header(encode_part(_two_pictures()))
    assert (header["index"], header["name"], header["facts"]) == (7, "channel 7", {"channel": 7})
    assert [name for name, _ in header["pictures"]] == ["tile", "mask"]
    assert header["arrays"][0][:3] == ["curve", "<f4", [2, 2]]


@pytest.mark.parametrize(("name", "picture"), [("tile", RGB), ("mask", GREY)])
def test_a_picture_is_cut_out_as_the_png_that_went_in(name: str, picture: np.ndarray) -> None:
    data = picture_bytes(encode_part(_two_pictures()), name)
    assert data == encode_picture(picture)
    assert Image.open(io.BytesIO(data)).format == "PNG"


def test_a_picture_that_is_not_there_is_none() -> None:
    assert picture_bytes(encode_part(_two_pictures()), "curve") is None


@pytest.mark.parametrize(
    "picture",
    [RGB / 255.0, RGB.astype(np.float32), RGB.astype(np.int32), GREY > 3, GREY[0], RGB[None], RGB[..., :2],
     np.zeros((4, 5, 4), np.uint8), np.zeros((4, 5, 5), np.uint8)],
    ids=["float64", "float32", "int32", "bool", "1 axis", "4 axes", "2 channels", "4 channels", "5 channels"],
)  # fmt: skip
def test_only_uint8_pictures_of_one_or_three_channels_are_taken(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected a uint8 picture .* received \w+ of shape"):
        encode_part(Part(0, pictures={"tile": picture}))


@pytest.mark.parametrize(
    "array",
    [np.array([{"a": 1}], object), np.array([b"ab"], "V2"), np.zeros(2, [("x", "f4")])],
    ids=["objects", "raw bytes", "records"],
)
def test_arrays_whose_type_would_be_lost_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="numbers"):
        encode_part(Part(0, arrays={"a": array}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_never_enters_the_facts(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_part(Part(0, facts={"objective": value}))


def test_a_part_that_would_block_the_server_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, MAX_PART_BYTES, np.uint8)  # does not compress
    with pytest.raises(ValueError, match=rf"part 5 has \d+ bytes; split what is above {MAX_PART_BYTES}"):
        encode_part(Part(5, arrays={"a": noise}))


def test_it_is_the_encoded_size_that_counts() -> None:
    encode_part(Part(0, arrays={"a": np.zeros(2 * MAX_PART_BYTES, np.uint8)}))


def test_large_floats_are_kept_as_they_are_and_small_ones_are_packed() -> None:
    zeros = np.zeros((2, RAW_BYTES // 4), np.float16)
    data = encode_part(Part(0, arrays={"maps": zeros, "curve": zeros[0, :10]}))
    assert len(data) > RAW_BYTES
    rows = part_header(data)["arrays"]
    assert rows[0][3:] == ["raw", RAW_BYTES] and len(rows[1]) == 4
    np.testing.assert_array_equal(decode_part(data).arrays["maps"], zeros)


def test_a_part_cut_anywhere_is_refused() -> None:
    whole = encode_part(_two_pictures())
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            decode_part(whole[:length])


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(ValueError, match="cut"):
        decode_part(encode_part(_two_pictures()) + b"x")


@pytest.mark.parametrize(
    "data",
    [b"", b"CVP1", b"\x80\x04\x95 a pickle", encode_picture(RGB), MAGIC + b"\xff" * 40, _frame([]), _frame(3),
     _frame({}),
     _frame({"pictures": [["a"]], "arrays": []}), _frame({"pictures": None, "arrays": None})],
    ids=["nothing", "magic alone", "pickle", "png", "noise", "list", "number", "no fields", "short row", "null rows"],
)  # fmt: skip
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        part_header(data)


def test_a_damaged_array_is_refused() -> None:
    whole = encode_part(Part(0, arrays={"a": np.arange(100)}))
    with pytest.raises(ValueError, match="damaged"):
        decode_part(whole[:-20] + bytes(20))


def test_a_damaged_picture_is_refused() -> None:
    whole = encode_part(Part(0, pictures={"tile": RGB}))
    start = whole.index(b"\x89PNG")
    with pytest.raises(ValueError, match="damaged"):
        decode_part(whole[:start] + bytes(len(whole) - start))
