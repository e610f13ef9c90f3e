"""Data sets that are kept: what the check says of them, how they are split, and that a reference means one thing."""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from shared.errors import InvalidSpec, RefusedUpload, UnknownDataset
from shared.library import DatasetCard, FileStore
from shared.library.datasets.decode import decode_picture, difference_hash
from shared.library.datasets.report import report
from shared.library.datasets.splits import Shares
from shared.settings import Settings
from tests.fixtures.small_datasets import encoded, pixels, registry, two_classes, write_folder, write_zip

SPLIT = {**two_classes(4, "train"), **two_classes(2, "validation", 50), **two_classes(2, "test", 80)}


def added(folder: Path, files: dict[str, bytes], shares: Shares | None = None, skip: bool = False) -> DatasetCard:
    sets = registry(folder)
    reference = sets.keep(sets.check(write_zip(folder / "set.zip", files)), "pets", shares, skip)
    assert sets.resolve("pets") == reference == sets.resolve(reference)
    return sets.card("pets")


def test_pictures_come_back_as_they_went_in(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    sets.keep(sets.check(write_zip(tmp_path / "set.zip", SPLIT)), "pets")
    dataset = sets.open("pets")
    for number, one in enumerate(dataset.card.pictures):
        assert dataset.data(number) == SPLIT[one.path]
        with Image.open(io.BytesIO(SPLIT[one.path])) as wanted:
            assert np.array_equal(np.asarray(dataset.image(number)), np.asarray(wanted))
        assert one.path.startswith(f"{one.split}/{dataset.card.classes[one.label]}/")
    with pytest.raises(InvalidSpec, match="from 0 to 15"):
        dataset.image(16)


def test_a_card_survives_its_file(tmp_path: Path) -> None:
    card = added(tmp_path, {**SPLIT, "notes.txt": b"x", "train/cats/bad.png": b"x"}, skip=True)
    assert DatasetCard.from_json(card.to_json()) == card
    assert card.skipped[0][0] == "train/cats/bad.png" and card.left_out == 1


def test_a_reference_depends_on_content_and_not_on_packing(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    ways = [
        write_zip(tmp_path / "a.zip", SPLIT),
        write_zip(tmp_path / "b.zip", dict(reversed(SPLIT.items())), zipfile.ZIP_STORED),
        write_folder(tmp_path / "folder", {**SPLIT, ".DS_Store": b"x"}),
    ]
    first, *others = [sets.keep(sets.check(path), "pets") for path in ways]
    assert set(others) == {first}
    changed = {**SPLIT, "train/cats/000.png": encoded(pixels(999))}
    assert sets.keep(sets.check(write_zip(tmp_path / "c.zip", changed)), "others") != first


def test_counts_sizes_modes_and_balance(tmp_path: Path) -> None:
    files = {**SPLIT, "train/cats/grey.png": encoded(pixels(200, 300, 20, grey=True)),
             "train/cats/palette.png": encoded(Image.fromarray(pixels(201)).quantize(8)),
             "train/cats/clear.png": encoded(Image.fromarray(pixels(202)).convert("RGBA"))}  # fmt: skip
    found = report(added(tmp_path, files))
    assert found.counts == {"train": {"cats": 7, "dogs": 4}, "validation": {"cats": 2, "dogs": 2},
                            "test": {"cats": 2, "dogs": 2}}  # fmt: skip
    assert found.modes == {"RGB": 16, "L": 1, "P": 1, "RGBA": 1}
    assert found.sizes["smallest"] == (40, 20) and found.sizes["largest"] == (300, 40)
    assert found.balance == 7 / 4 and found.total == 19
    assert (found.leaks, found.conflicts, found.repeats, found.near) == ((), (), 0, ())


def test_planted_leaks_are_found_by_their_pixels(tmp_path: Path) -> None:
    picture = Image.fromarray(pixels(300, 64, 64))
    files = {
        **SPLIT,
        "train/cats/planted.png": encoded(picture),
        "test/cats/other name.bmp": encoded(picture, "BMP"),  # other bytes, the same pixels
        "train/dogs/planted.webp": encoded(picture, "WEBP", lossless=True),
        "validation/dogs/near.jpg": encoded(picture, "JPEG", quality=70),  # nearly the same
    }
    card = added(tmp_path, files)
    found = report(card)

    def paths(groups: tuple[tuple[int, ...], ...]) -> list[set[str]]:
        return [{card.pictures[i].path for i in group} for group in groups]

    same = {"train/cats/planted.png", "test/cats/other name.bmp", "train/dogs/planted.webp"}
    assert paths(found.leaks) == paths(found.conflicts) == [same]
    assert {frozenset(pair) for pair in paths(found.near)} == {
        frozenset({"validation/dogs/near.jpg", path}) for path in same
    }


def test_pictures_that_stand_twice_in_a_class_are_counted(tmp_path: Path) -> None:
    again = {f"train/cats/again{i}.png": SPLIT["train/cats/000.png"] for i in range(3)}
    found = report(added(tmp_path, {**SPLIT, **again}))
    assert found.repeats == 3 and found.leaks == ()


def test_likeness_forgives_scale_and_quality_and_tells_pictures_apart() -> None:
    def signs(image: Image.Image) -> int:
        return int(difference_hash(image), 16)

    one, other = Image.fromarray(pixels(1, 200, 160)), Image.fromarray(pixels(2, 200, 160))
    with Image.open(io.BytesIO(encoded(one.resize((120, 96)), "JPEG", quality=60))) as again:
        assert (signs(one) ^ signs(again)).bit_count() <= 6
    assert (signs(one) ^ signs(other)).bit_count() > 30


def test_splits_are_made_with_a_seed_and_kept(tmp_path: Path) -> None:
    files = two_classes(20)
    card = added(tmp_path, files, Shares(0.2, 0.1, seed=7))
    assert card.made == {"validation": 0.2, "test": 0.1, "seed": 7}
    assert report(card).counts == {split: {"cats": n, "dogs": n} for split, n in
                                   (("train", 14), ("validation", 4), ("test", 2))}  # fmt: skip
    again = added(tmp_path, files, Shares(0.2, 0.1, seed=7))
    other = added(tmp_path, files, Shares(0.2, 0.1, seed=8))
    assert again == card
    assert {p.path for p in other.pictures if p.split == "test"} != {p.path for p in card.pictures if p.split == "test"}


def test_no_copy_is_ever_parted_by_a_split(tmp_path: Path) -> None:
    files = two_classes(6)
    copies = {f"{label}/copy {i}.png": encoded(pixels(1000 + i)) for i in range(12) for label in ("cats", "dogs")}
    copies |= {f"cats/second {i}.bmp": encoded(pixels(1000 + i), "BMP") for i in range(12)}
    found = report(added(tmp_path, {**files, **copies}))
    assert found.leaks == () and len(found.conflicts) == 12 and found.repeats == 12


def test_splits_that_came_are_left_alone(tmp_path: Path) -> None:
    card = added(tmp_path, SPLIT)
    assert card.made == {} and all(p.path.startswith(f"{p.split}/") for p in card.pictures)
    without = {path: data for path, data in SPLIT.items() if not path.startswith("validation")}
    made = added(tmp_path, without, Shares(0.25, 0.2))
    assert made.made == {"validation": 0.25, "seed": 0}  # its own test split stays
    assert {p.path for p in made.pictures if p.split == "test"} == {p for p in SPLIT if p.startswith("test")}
    assert report(made).counts["validation"] == {"cats": 1, "dogs": 1}


def test_the_order_mixes_classes_and_forgets_names(tmp_path: Path) -> None:
    card = added(tmp_path, two_classes(40), Shares(0, 0))
    labels = [picture.label for picture in card.pictures]
    assert 25 < sum(a != b for a, b in pairwise(labels)) < 55
    renamed = {path.replace("/", "/x"): data for path, data in two_classes(40).items()}
    assert [p.digest for p in added(tmp_path, renamed, Shares(0, 0)).pictures] == [p.digest for p in card.pictures]
    assert card.rows("train") == range(80)
    with pytest.raises(InvalidSpec, match="Choose one of: train"):
        card.rows("test")


def test_unreadable_pictures_are_named_and_skipped_by_choice(tmp_path: Path) -> None:
    cut = encoded(pixels(5, 90, 90), "JPEG")
    bad = {"train/cats/cut.jpg": cut[: len(cut) // 2], "train/dogs/text.png": b"hello",
           "test/cats/tiny.png": encoded(pixels(6, 6, 6))}  # fmt: skip
    with pytest.raises(RefusedUpload, match=r"cut\.jpg: cannot be decoded.*skip-unreadable"):
        added(tmp_path, {**SPLIT, **bad})
    card = added(tmp_path, {**SPLIT, **bad}, skip=True)
    assert {path for path, _ in card.skipped} == set(bad) and len(card.pictures) == len(SPLIT)
    assert dict(card.skipped)["test/cats/tiny.png"] == "6 x 6 pixels, where at least 8 a side are needed"


def test_a_damaged_member_is_one_unreadable_picture(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", SPLIT, zipfile.ZIP_STORED)
    data, bytes_of_one = bytearray(path.read_bytes()), SPLIT["train/cats/000.png"]
    at = data.find(bytes_of_one)
    data[at + 60] ^= 255
    path.write_bytes(data)
    checked = registry(tmp_path).check(path)
    assert [name for name, _ in checked.unreadable] == ["train/cats/000.png"]
    assert "CRC" in checked.unreadable[0][1]


def test_a_class_without_any_readable_picture_is_refused(tmp_path: Path) -> None:
    files = {**two_classes(3), "birds/1.png": b"hello", "birds/2.png": b"hello"}
    with pytest.raises(RefusedUpload, match=r"none in birds; birds/1\.png cannot be decoded"):
        registry(tmp_path).check(write_zip(tmp_path / "set.zip", files))


def test_a_class_too_small_to_be_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match="at least 3 different pictures a class"):
        added(tmp_path, {**two_classes(5), "birds/1.png": encoded(pixels(1)), "birds/2.png": encoded(pixels(2))})
    copies = {f"birds/{i}.png": encoded(pixels(1)) for i in range(9)}
    with pytest.raises(RefusedUpload, match="1 different in birds"):
        added(tmp_path, {**two_classes(5), **copies})


@pytest.mark.parametrize("shares", [(-0.1, 0.1), (0.5, 0.5), (0.9, 0.0)])
def test_shares_that_leave_nothing_to_train_on_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(InvalidSpec, match=r"0 to 0\.8"):
        Shares(*shares)


def test_odd_files_are_kept_as_their_pixels() -> None:
    turned = Image.fromarray(pixels(1, 50, 30))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    look = decode_picture(encoded(turned, "JPEG", exif=exif))
    assert (look.width, look.height, look.problem) == (30, 50, "")
    for data, mode in (
        (encoded(Image.fromarray(pixels(2)).convert("CMYK"), "JPEG"), "CMYK"),
        (encoded(Image.fromarray(pixels(3)), "GIF"), "P"),
        (encoded(Image.fromarray(pixels(4)), "WEBP"), "RGB"),
    ):
        look = decode_picture(data)
        assert look.mode == mode and look.data.startswith(b"\x89PNG")
    plain = encoded(Image.fromarray(pixels(5)), "JPEG")
    assert decode_picture(plain).data is plain


@pytest.mark.parametrize(
    ("image", "kind", "mode", "wanted"),
    [
        (np.full((10, 12), 40_000, np.uint16), "PNG", "L", 156),
        (np.full((10, 12), 40_000, np.uint16), "TIFF", "L", 156),
        (np.full((10, 12, 3), (10, 200, 30), np.uint8), "TIFF", "RGB", (10, 200, 30)),
        (np.full((10, 12, 3), (10, 200, 30), np.uint8), "BMP", "RGB", (10, 200, 30)),
        (Image.new("RGBA", (12, 10), (0, 0, 0, 0)), "PNG", "RGB", (255, 255, 255)),
        (Image.new("LA", (12, 10), (0, 255)), "PNG", "L", 0),
        (Image.new("CMYK", (12, 10), (255, 0, 0, 0)), "TIFF", "RGB", (0, 255, 255)),
        (Image.new("1", (12, 10), 1), "TIFF", "L", 255),
        (Image.new("RGB", (12, 10), (255, 0, 0)).quantize(4), "GIF", "RGB", (255, 0, 0)),
    ],
)
def test_every_kind_of_pixel_is_read_as_it_looks(image: object, kind: str, mode: str, wanted: object) -> None:
    found = decode_picture(encoded(image, kind))  # type: ignore[arg-type]
    assert found.problem == ""
    with Image.open(io.BytesIO(found.data)) as kept:
        assert (kept.format, kept.mode, kept.size, kept.getpixel((3, 3))) == ("PNG", mode, (12, 10), wanted)
    assert found.brightest == (40_000 if isinstance(wanted, int) and wanted == 156 else 0)


def test_other_formats_are_read_where_pillow_reads_them() -> None:
    picture = Image.fromarray(pixels(7))
    for kind in ("WEBP", "AVIF"):
        if features.check(kind.lower()):
            assert decode_picture(encoded(picture, kind)).mode == "RGB"
    frames = [Image.new("L", (12, 10), 80 * i) for i in range(3)]
    moving = decode_picture(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert moving.frames and not decode_picture(encoded(frames[0], "GIF")).frames
    for values in (np.ones((10, 12), np.float32), np.full((10, 12), 70_000, np.int32)):
        found = decode_picture(encoded(values, "TIFF"))
        assert (found.mode, found.ends) == ("1 x float32", (values[0, 0], values[0, 0])), "numbers, whose range is said"


def test_what_was_guessed_stands_on_the_card(tmp_path: Path) -> None:
    assert '"notes"' not in added(tmp_path, SPLIT).to_json(), "cards without notes are what they were"
    frames = [Image.new("L", (12, 10), 80 * i) for i in range(3)]
    odd = {"train/cats/moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
           "test/dogs/deep.png": encoded(np.full((10, 12), 4_000, np.uint16))}  # fmt: skip
    card = added(tmp_path, {**SPLIT, **odd})
    assert "train/cats/moving.gif among them: the first was taken" in card.notes[0]
    assert "65,535 was taken for white, and 4,000 is the brightest" in card.notes[1]
    assert DatasetCard.from_json(card.to_json()) == card


def test_a_refused_data_set_leaves_nothing_behind(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    checked = sets.check(write_zip(tmp_path / "set.zip", {**two_classes(4), "cats/bad.png": b"x"}))
    for name, shares in (("no/such name", None), ("pets", None), ("pets", Shares(0.4, 0.4))):
        with pytest.raises((InvalidSpec, RefusedUpload)):
            sets.keep(checked, name, shares, skip_unreadable=name != "pets")
    assert [p for p in (tmp_path / "data").rglob("*") if p.is_file()] == [] and sets.records() == []


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    registry(tmp_path).check(write_zip(tmp_path / "set.zip", two_classes(40)), lambda *now: seen.append(now))
    assert seen == [(64, 80), (80, 80)]


def test_unknown_data_sets_are_answered_with_those_that_exist(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    for name in ("pets", "sha256:" + "0" * 64):
        with pytest.raises(UnknownDataset, match="builtin/digits"):
            sets.resolve(name)
    with pytest.raises(UnknownDataset, match="builtin/cifar10"):
        sets.resolve("builtin/cifar")
    picture = FileStore(Settings(data=tmp_path / "data").files_address).put_bytes(b"\x89PNG")
    with pytest.raises(UnknownDataset, match="another file"):
        sets.card(picture)
