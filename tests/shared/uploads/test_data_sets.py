"""Archives and folders that must not become data sets, each with its message; and the layouts that may."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from shared.errors import RefusedUpload
from shared.settings import MEGABYTE, Settings
from shared.uploads.class_folders import Place, places
from shared.uploads.data_sets import MAX_MEMBERS, allowed_folder, open_source
from tests.fixtures.small_datasets import two_classes, write_folder, write_zip

TINY = b"\x89PNG\r\n\x1a\n"
GOOD = {"cats/1.png": TINY, "dogs/1.png": TINY}


def refusal(path: Path, **changes: int) -> str:
    with pytest.raises(RefusedUpload) as caught, open_source(path, Settings(**changes)):  # type: ignore[arg-type]
        raise AssertionError("it was opened")
    words = str(caught.value)
    assert words.startswith("Expected") and "Received" in words
    return words


def zip_of(folder: Path, files: dict[str, bytes]) -> Path:
    return write_zip(folder / "set.zip", files)


def labels(path: Path) -> set[tuple[str, str]]:
    with open_source(path, Settings()) as source:
        return {(place.split, place.label) for place in source.places}


@pytest.mark.parametrize(
    "name", ["../cats/1.png", "cats/../../1.png", "/cats/1.png", "C:/cats/1.png", "..\\cats\\1.png", "C:\\1.png"]
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    words = refusal(zip_of(tmp_path, {**GOOD, name: TINY}))
    assert "outside its folder" in words and "plain names" in words


class OldInfo(zipfile.ZipInfo):
    """An entry whose name is written as a program without UTF-8 does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("cp437"), self.flag_bits


def raw_zip(path: Path, names: dict[str, bytes]) -> Path:
    """A zip whose names are the bytes of another system, without the mark of UTF-8."""
    with zipfile.ZipFile(path, "w") as archive:
        for raw in names.values():
            archive.writestr(OldInfo(raw.decode("cp437")), TINY)
    return path


@pytest.mark.parametrize(
    ("classes", "encoding", "said"),
    [
        (("\u732b", "\u72d7"), "gbk", "GBK"),
        (("\u957f\u9888\u9e7f", "dog"), "gbk", "GBK"),
        (("\u30cd\u30b3", "\u3044\u306c"), "shift-jis", "Shift-JIS"),
        (("\u732b\u30bd", "\u72ac\u8868"), "shift-jis", "Shift-JIS"),  # the second byte of both is a back slash
        (("b\u00e9lier", "\u00e2ne"), "latin-1", "Latin-1"),
        (("B\u00e4r", "Fu\u00dfg\u00e4nger", "m\u00e8re"), "cp437", "437"),
        (("\u00c4rger", "\u00c4hre"), "cp437", "437"),  # as Shift-JIS, each begins with a usual sign
        (("b\u00e9lier", "\u732b"), "utf-8", ""),
    ],
)
def test_names_of_other_systems_are_read_and_the_guess_is_said(
    tmp_path: Path, classes: tuple[str, ...], encoding: str, said: str
) -> None:
    names = {f"{label}/{i}.png": f"set/{label}/{i}.png".encode(encoding) for label in classes for i in range(2)}
    with open_source(raw_zip(tmp_path / "raw.zip", names), Settings()) as source:
        assert {place.label for place in source.places} == set(classes)
        assert all(source.read(place.path) == TINY for place in source.places)
        assert said in "".join(source.notes) and bool(source.notes) is bool(said)
    if encoding == "latin-1":
        root = write_folder(tmp_path / "disk", {})
        for raw in names.values():
            at = os.path.join(os.fsencode(root), raw)
            os.makedirs(os.path.dirname(at), exist_ok=True)
            with open(at, "wb") as file:
                file.write(TINY)
        assert labels(tmp_path / "disk") == {("", label) for label in classes}


def test_back_slashes_of_windows_part_folders(tmp_path: Path) -> None:
    assert labels(zip_of(tmp_path, {"cats\\1.png": TINY, "dogs\\1.png": TINY})) == {("", "cats"), ("", "dogs")}
    assert "cats/1.png twice" in refusal(zip_of(tmp_path, {**GOOD, "cats\\1.png": TINY}))


def test_accents_in_two_forms_are_one_class(tmp_path: Path) -> None:
    files = {f"{split}/{name}/1.png": TINY for split, names in
             (("train", ("cafe\u0301", "eau")), ("test", ("caf\u00e9", "eau"))) for name in names}  # fmt: skip
    assert {label for _, label in labels(zip_of(tmp_path, files))} == {"caf\u00e9", "eau"}


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
        link = zipfile.ZipInfo("cats/passwords.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "a link, cats/passwords.png" in refusal(path)


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", GOOD)
    (root / "cats" / "2.png").symlink_to("/etc/hostname")
    assert "a link, cats/2.png" in refusal(root)


def test_a_hundred_thousand_members_are_refused_before_the_directory_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in GOOD:
            archive.writestr(name, TINY)
    data = path.read_bytes()
    # The record at the end announces them all; sixteen bits hold the number of a small archive.
    large = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 100_000, 100_000, 6_000_000, 0)
    path.write_bytes(data[:-22] + large + struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data) - 22, 1) + data[-22:])
    words = refusal(path)
    assert f"at most {MAX_MEMBERS:,} files" in words and "100,000" in words


def test_a_hundred_thousand_real_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(zipfile.ZipInfo(f"cats/{number}.png"), b"")
    assert f"at most {MAX_MEMBERS:,} files" in refusal(path)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    files = {"cats/1.png": bytes(80 * MEGABYTE), "dogs/1.png": TINY}
    assert "50-fold" in refusal(zip_of(tmp_path, files))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    assert "at most 4,000 bytes" in refusal(zip_of(tmp_path, {**GOOD, "cats/2.png": bytes(5000)}),
                                            max_dataset_upload=4000)  # fmt: skip
    assert "CONVSCOPE_MAX_DATASET_UPLOAD" in refusal(write_folder(tmp_path / "set", {"cats/2.png": bytes(5000)}),
                                                     max_dataset_upload=4000)  # fmt: skip


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, two_classes(20))
    data = bytearray(path.read_bytes())
    at, places = 0, []
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        places.append(at)
        at += 4
    for place in places:  # every entry claims the whole archive
        data[place + 20 : place + 24] = struct.pack("<L", len(data))
    path.write_bytes(data)
    assert "packed into" in refusal(path)


@pytest.mark.parametrize("name", ["cats/more.zip", "more.tar.gz", "dogs/more.7z"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    assert "Unpack it first" in refusal(zip_of(tmp_path, {**GOOD, name: b"PK\x03\x04"}))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, GOOD)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.find(magic) + offset] |= 1
    path.write_bytes(data)
    assert "password" in refusal(path)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, GOOD)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("cats/1.png", TINY)
    assert "cats/1.png twice" in refusal(path)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for name, data in (("a.zip", b""), ("b.zip", b"hello" * 100), ("c.zip", write_bytes(tmp_path)[:-40])):
        (tmp_path / name).write_bytes(data)
        refusal(tmp_path / name)


def write_bytes(folder: Path) -> bytes:
    return write_zip(folder / "whole.zip", GOOD).read_bytes()


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    assert "one class only, cats" in refusal(zip_of(tmp_path, {"cats/1.png": TINY, "cats/2.png": TINY}))
    assert "one class only, cats" in refusal(zip_of(tmp_path, {"pets/cats/1.png": TINY}))


def test_an_empty_class_is_refused(tmp_path: Path) -> None:
    assert "none in birds" in refusal(zip_of(tmp_path, {**GOOD, "birds/": b""}))
    assert "none in birds" in refusal(zip_of(tmp_path, {**GOOD, "birds/": b"", "birds/.DS_Store": b"x"}))
    root = write_folder(tmp_path / "set", GOOD)
    (root / "birds").mkdir()
    assert "none in birds" in refusal(root)


@pytest.mark.parametrize("layout", ["", "pets/", "train/"])
def test_a_class_of_files_that_are_no_pictures_is_refused_and_not_lost(tmp_path: Path, layout: str) -> None:
    """A phone's folder of .heic photographs: the class was left out with a line about files that are no pictures."""
    files = {f"{layout}{name}": data for name, data in {**GOOD, "birds/1.heic": b"x", "birds/2.heic": b"x"}.items()}
    words = refusal(zip_of(tmp_path, files))
    assert f"none in {layout}birds, but {layout}birds/1.heic and the like" in words and "export them" in words
    assert "none in" in refusal(write_folder(tmp_path / "set", files))


@pytest.mark.parametrize(
    ("start", "kind"), [(b"\x1f\x8b\x08", "tar.gz"), (b"7z\xbc\xaf\x27", "7z"), (b"Rar!\x1a", "RAR")]
)
def test_another_kind_of_archive_is_called_by_its_name(tmp_path: Path, start: bytes, kind: str) -> None:
    (tmp_path / "set.zip").write_bytes(start + bytes(200))
    words = refusal(tmp_path / "set.zip")
    assert (
        f"a {kind} archive" in words.replace("gzip or ", "") and "Pack the folder" in words and "damaged" not in words
    )


def test_no_picture_at_all_is_refused(tmp_path: Path) -> None:
    assert "no picture at all" in refusal(zip_of(tmp_path, {"notes.txt": b"hello"}))


def test_pictures_outside_of_classes_are_refused(tmp_path: Path) -> None:
    assert "outside of any class, 3.png" in refusal(zip_of(tmp_path, {**GOOD, "3.png": TINY}))


def test_labels_that_differ_between_splits_are_refused(tmp_path: Path) -> None:
    files = {"train/cats/1.png": TINY, "train/dogs/1.png": TINY, "val/cats/2.png": TINY, "val/Dogs/2.png": TINY}
    words = refusal(zip_of(tmp_path, files))
    assert "validation lacks dogs; validation has Dogs, which train has not" in words
    del files["val/Dogs/2.png"]
    assert "validation lacks dogs" in refusal(zip_of(tmp_path, files))


def test_splits_without_training_and_splits_beside_classes_are_refused(tmp_path: Path) -> None:
    assert "a folder train" in refusal(zip_of(tmp_path, {f"{s}/{c}/1.png": TINY for s in ("val", "test")
                                                         for c in ("cats", "dogs")}))  # fmt: skip
    assert "either splits or classes" in refusal(zip_of(tmp_path, {"train/cats/1.png": TINY, "dogs/a/1.png": TINY}))


@pytest.mark.parametrize("word", ["val", "valid", "Validation", "dev"])
def test_usual_spellings_of_validation_are_understood(tmp_path: Path, word: str) -> None:
    files = {f"{split}/{name}/1.png": TINY for split in ("Training", word, "testing") for name in ("cats", "dogs")}
    splits = ("train", "validation", "test")
    assert labels(zip_of(tmp_path, files)) == {(split, name) for split in splits for name in ("cats", "dogs")}


def test_folders_around_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    files = {f"my set/inner/{name}": data for name, data in GOOD.items()}
    hidden = {"__MACOSX/my set/._1.png": b"x", "my set/.DS_Store": b"x", "my set/inner/cats/Thumbs.db": b"x",
              "my set/inner/.cache/": b"", "my set/inner/cats/read me.txt": b"x"}  # fmt: skip
    with open_source(zip_of(tmp_path, files | hidden), Settings()) as source:
        assert [place.label for place in source.places] == ["cats", "dogs"]
        assert source.left_out == ("my set/inner/cats/read me.txt",)


def test_pictures_are_known_by_their_content_where_their_name_says_nothing(tmp_path: Path) -> None:
    files = {"cats/0001": TINY, "cats/photo.17": b"\xff\xd8\xff\xe0", "dogs/1.jfif": b"x", "dogs/2.TIFF": b"x",
             "dogs/README": b"hello", "dogs/2.txt": TINY, "dogs/3": b"\0\0\0\x20ftypavif"}  # fmt: skip
    for path in (zip_of(tmp_path, files), write_folder(tmp_path / "set", files)):
        with open_source(path, Settings()) as source:
            assert [place.path for place in source.places] == [
                "cats/0001", "cats/photo.17", "dogs/1.jfif", "dogs/2.TIFF", "dogs/3"
            ]  # fmt: skip
            assert source.left_out == ("dogs/2.txt", "dogs/README")


def test_places_do_not_depend_on_the_order_of_packing() -> None:
    names = ["b/2.png", "a/1.png", "a/0.png", "b/1.png"]
    assert places(names) == places(sorted(names)) == places(reversed(names))
    assert places(names)[0] == Place("a/0.png", "", "a")


def test_a_class_may_be_called_like_a_split_only_where_splits_are(tmp_path: Path) -> None:
    files = {"train/train/1.png": TINY, "train/bus/1.png": TINY}
    assert labels(zip_of(tmp_path, files)) == {("train", "train"), ("train", "bus")}


def test_a_folder_on_the_server_must_be_allowed(tmp_path: Path) -> None:
    inside = tmp_path / "sets" / "pets"
    inside.mkdir(parents=True)
    (tmp_path / "sets" / "way out").symlink_to(tmp_path)
    nothing, some = Settings(), Settings(dataset_folders=f"{tmp_path / 'sets'}:{tmp_path / 'other'}")
    with pytest.raises(RefusedUpload, match="CONVSCOPE_DATASET_FOLDERS"):
        allowed_folder(str(inside), nothing)
    assert allowed_folder(str(inside), some) == inside
    for outside in (str(tmp_path), str(inside / ".." / ".."), str(tmp_path / "sets" / "way out"), ""):
        with pytest.raises(RefusedUpload, match="a folder below"):
            allowed_folder(outside, some)
    with pytest.raises(RefusedUpload, match="none of this name"):
        allowed_folder(str(inside / "nothing"), some)
