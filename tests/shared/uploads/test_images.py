"""Pictures that are kept, and pictures that are refused with a message that says why."""

import contextlib
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from shared.errors import RefusedUpload
from shared.images.bands import open_picture
from shared.uploads import images
from shared.uploads.images import changes_of, check_image

LIMIT = 4 * 1024 * 1024


def _save(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _kept(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(check_image(data, LIMIT)))
    assert image.format == "PNG"
    return image


def _noise(width: int = 40, height: int = 24) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def _png_of_size(width: int, height: int) -> bytes:
    """A few bytes that announce any size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": 1}), ("TIFF", {})]
)
def test_formats(kind: str, options: dict[str, int]) -> None:
    kept = _kept(_save(_noise(), kind, **options))
    assert (kept.mode, kept.size) == ("RGB", (40, 24))
    if kind != "JPEG":
        assert np.array_equal(np.asarray(kept), np.asarray(_noise()))


def test_what_is_kept_is_accepted_again_unchanged() -> None:
    once = check_image(_save(_noise()), LIMIT)
    assert check_image(once, LIMIT) == once


def test_orientation_is_applied_and_place_is_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "a camera"
    data = _save(_noise(), "JPEG", exif=exif.tobytes())
    kept = _kept(data)
    assert b"a camera" in data
    assert kept.size == (24, 40)
    assert not kept.getexif()
    assert set(kept.info) == set()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_refuse_the_picture() -> None:
    assert _kept(_save(_noise(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).size == (40, 24)


def test_grey_of_16_bits_keeps_its_numbers() -> None:
    values = np.linspace(0, 65_535, 32 * 32).reshape(32, 32).astype(np.uint16)
    kept = open_picture(check_image(_save(Image.fromarray(values)), LIMIT))
    assert np.array_equal(kept.values[..., 0], values)
    assert (kept.low, kept.high) == (0, 65_535)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_places_are_shown_white(mode: str) -> None:
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    kept = check_image(_save(clear.convert(mode)), LIMIT)
    assert Image.open(BytesIO(kept)).mode == ("L" if mode == "LA" else "RGBA")
    assert np.asarray(open_picture(kept).image).min() == 255


def test_palette_with_transparent_bytes() -> None:
    image = Image.new("P", (16, 16), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    kept = check_image(_save(image, transparency=bytes([255, 0])), LIMIT)
    assert open_picture(kept).image.getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "kept"), [("1", "L"), ("L", "L"), ("CMYK", "RGB")])
def test_modes(mode: str, kept: str) -> None:
    assert _kept(_save(_noise().convert(mode), "JPEG" if mode == "CMYK" else "PNG")).mode == kept


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_first_frame_of_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
    data = _save(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert getattr(Image.open(BytesIO(data)), "n_frames") == 3  # noqa: B009
    assert _kept(data).getpixel((0, 0)) == (255, 0, 0)


def test_too_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    monkeypatch.setattr(images, "MAX_FRAMES", 2)
    with pytest.raises(RefusedUpload, match=r"at most 2 frames\. Received: '3 frames'\. Export one frame"):
        check_image(_save(frames[0], save_all=True, append_images=frames[1:]), LIMIT)


REFUSED = {
    "empty": (b"", r"Expected a picture file\. Received: '0 bytes'\. The file is empty"),
    "fits": (
        b"SIMPLE  =   T / conforms",
        r"PNG, JPEG, WebP or TIFF picture, or a \.npy file\. Received: 'a FITS file'\. Open it",
    ),
    "text": (b"name,age\nAda,36\n", r"Received: .*text file that begins with .*name,age.*export it as PNG"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", r"Received: 'an SVG drawing'.*export it as PNG"),
    "svg with header": (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", r"perhaps an SVG drawing"),
    "gif": (_save(_noise(), "GIF"), r"Received: 'a GIF file'"),
    "truncated tiff": (_save(_noise(), "TIFF")[:400], r"a whole .* TIFF.*copy it again"),
    "binary": (bytes(range(200, 256)), r"begins with the bytes c8 c9"),
    "wav": (b"RIFF\x10\0\0\0WAVEfmt \x10\0\0\0", r"a whole PNG, JPEG, WebP or TIFF picture.*cannot be decoded"),
    "truncated png": (_save(_noise())[:1500], r"a whole PNG.*cannot be decoded.*cut off or damaged; copy"),
    "truncated jpeg": (_save(_noise(400, 400), "JPEG")[:9000], r"cannot be decoded.*cut off or damaged"),
    "truncated webp": (_save(_noise(400, 400), "WEBP")[:9000], r"cannot be decoded.*cut off or damaged"),
    "only magic": (b"\x89PNG\r\n\x1a\n", r"cannot be decoded.*cut off or damaged"),
    "1x1": (_save(_noise(1, 1)), r"sides of at least 8 pixels\. Received: '1 x 1 pixels'\. Use a larger"),
    "too wide": (_save(Image.new("L", (20_000, 8))), r"at most 16,384 pixels.*'20,000 x 8 pixels'\. Cut"),
    "41 megapixels": (_png_of_size(8_200, 5_000), r"at most 40,000,000 pixels.*8,200 x 5,000.*smaller"),
    "100 megapixels": (_png_of_size(10_000, 10_000), r"at most 40,000,000 pixels.*Make the picture smaller"),
    "bomb": (_png_of_size(60_000, 60_000), r"at most 40,000,000 pixels.*Make the picture smaller"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words):
        check_image(data, LIMIT)


def test_over_the_byte_limit() -> None:
    data = _save(_noise(300, 300))
    with pytest.raises(RefusedUpload, match=r"at most 1,000 bytes\. Received: '\d+,\d+ bytes'\. Make"):
        check_image(data, 1_000)


def test_damage_anywhere_gives_a_refusal_or_a_picture() -> None:
    """No class of error of the decoder comes out, wherever a file is damaged."""
    random = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "WEBP"):
        good = np.frombuffer(_save(_noise(), kind), np.uint8)
        for _ in range(60):
            bad = good.copy()
            bad[random.integers(0, len(bad), 4)] = random.integers(0, 256, 4)
            with contextlib.suppress(RefusedUpload):
                check_image(bad.tobytes(), LIMIT)


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _save(_noise(), "JPEG", exif=exif)


def _deep(colours: int, channels: int) -> bytes:
    """A PNG of 16 bits a value, of a colour type."""
    rows = b"".join(b"\0" + bytes(range(16 * channels)) * 2 for _ in range(16))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 16, colours, 0, 0, 0)), (b"IDAT", zlib.compress(rows)),
              (b"IEND", b"")]  # fmt: skip
    written = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_save(_noise()), ""),
        (_save(_noise().convert("CMYK"), "JPEG"), "Of the file: CMYK made colours."),
        (_save(_noise().convert("P")), "Of the file: a palette made colours."),
        (_save(_noise().convert("1"), "TIFF"), "Of the file: two colours made grey."),
        (_save(_noise().convert("LA")), "Of the file: transparent places made white."),
        (_save(_noise(), "WEBP", save_all=True, append_images=[_noise().rotate(180)]), "Of the file: the first of"),
        (_turned(), "Of the file: turned upright, as its camera noted."),
        (_deep(2, 3), "Of the file: 16 bits a colour kept as 8."),
        (_deep(6, 4), "Of the file: 16 bits a colour kept as 8."),
        (_deep(0, 1), ""),
    ],
)
def test_what_is_changed_of_a_file_is_said(data: bytes, said: str) -> None:
    check_image(data, 10_000_000)
    found = changes_of(data)
    assert found.startswith(said) and bool(found) == bool(said)
