"""Where targets of pictures stand: tables, masks and names of files, each with what must not pass."""

from pathlib import Path

import numpy as np
import pytest

from shared.errors import InvalidSpec, RefusedUpload
from shared.library import Dataset, DatasetCard
from shared.library.datasets.splits import Shares
from shared.settings import Settings
from shared.uploads.data_sets import open_source
from shared.uploads.label_tables import MAX_ROWS
from shared.uploads.targets import ALL, NO_CLASS, Column, Labelling, Layout
from tests.fixtures.small_datasets import encoded, pixels, registry, write_folder, write_zip

TINY = b"\x89PNG\r\n\x1a\n"
FOUR = {f"images/{number}.png": TINY for number in range(4)}
OF_FOUR = {"images/0.png": "cat", "images/1.png": "dog", "images/2.png": "cat", "images/3.png": "dog"}


def layout(folder: Path, files: dict[str, bytes | str], source: str = "", kind: str = "") -> Layout:
    data = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    with open_source(write_zip(folder / "set.zip", data), Settings(), Labelling(source, kind)) as opened:
        assert not {place.path for place in opened.places} & set(opened.left_out)
        return opened.layout


def rows(form: str, pairs: dict[str, str], mark: str = "\n") -> str:
    return mark.join(form.format(file, file.rpartition("/")[2], label, file[7]) for file, label in pairs.items())


@pytest.mark.parametrize(
    "table",
    [
        "file,label\n" + rows("{0},{2}", OF_FOUR),
        "label;file\n" + rows("{2};{0}", OF_FOUR, "\r\n"),
        rows("{1}\t{2}", OF_FOUR),
        rows('{2},"{1}"', OF_FOUR) + "\n\n",
        "\ufeffid,breed\n" + rows("{3},{2}", OF_FOUR),
        ",image,class\n" + rows("{3},images\\{1},{2}", OF_FOUR),
        "image,class,width\n" + rows("./{0},{2},{3}.5", OF_FOUR),
    ],
)
def test_a_table_names_the_classes_in_any_order_with_or_without_a_header(tmp_path: Path, table: str) -> None:
    found = layout(tmp_path, {**FOUR, "labels.csv": table})
    assert {place.path: place.label for place in found.places} == OF_FOUR
    assert (found.kind, found.classes, found.columns) == ("classes", ("cat", "dog"), ())
    assert ("--targets numbers" in "".join(found.notes)) is ("width" in table)


def test_names_of_files_are_found_in_other_letters_where_one_is_meant(tmp_path: Path) -> None:
    files = {"a/Caf\u00e9.JPG": TINY, "b/caf\u00e9.jpg": TINY, "b/2.jpg": TINY}
    table = "file,label\na/cafe\u0301.jpg,x\nb/cafe\u0301.jpg,y\n2,x\n"
    found = layout(tmp_path, {**files, "t.csv": table}, "table")
    assert {place.path: place.label for place in found.places} == {
        "a/Caf\u00e9.JPG": "x", "b/caf\u00e9.jpg": "y", "b/2.jpg": "x"
    }  # fmt: skip
    with pytest.raises(RefusedUpload, match="several of them"):
        layout(tmp_path, {**files, "t.csv": table.replace("a/cafe", "CAFE")}, "table")


def test_several_columns_are_several_outputs_in_the_order_of_a_list(tmp_path: Path) -> None:
    table = "file,shape,colour\n" + rows("{0},{2},red", OF_FOUR).replace("dog,red", "dog,blue")
    listed = "output,index,name\nshape,0,dog\nshape,1,cat\nshape,2,hen\ncolour,0,red\ncolour,1,blue\n"
    found = layout(tmp_path, {**FOUR, "labels.csv": table, "classes.csv": listed})
    assert found.columns == (Column("shape", "", ("dog", "cat", "hen")), Column("colour", "", ("red", "blue")))
    assert [place.values for place in found.places] == [(1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0)]
    with pytest.raises(RefusedUpload, match=r"classes of shape that classes\.csv lists.*'cat'"):
        layout(tmp_path, {**FOUR, "labels.csv": table, "classes.csv": listed.replace("cat", "cow")})


def test_numbers_are_classes_or_measures_as_the_header_says_or_a_person(tmp_path: Path) -> None:
    ages = "file,age (years)\nimages/0.png,7\nimages/1.png,9.5\nimages/2.png,-2\nimages/3.png,1e2\n"
    found = layout(tmp_path, {**FOUR, "labels.csv": ages})
    assert (found.kind, found.classes, found.columns) == ("numbers", (ALL,), (Column("age", "years"),))
    assert [place.values for place in found.places] == [(7.0,), (9.5,), (-2.0,), (100.0,)]
    whole = "file,{}\nimages/0.png,2\nimages/1.png,10\nimages/2.png,2\nimages/3.png,10\n"
    assert layout(tmp_path, {**FOUR, "labels.csv": whole.format("class_id")}).classes == ("2", "10")
    count = layout(tmp_path, {**FOUR, "labels.csv": whole.format("count")})
    assert count.kind == "numbers" and "--targets classes" in count.notes[0]
    assert layout(tmp_path, {**FOUR, "labels.csv": whole.format("count")}, kind="classes").classes == ("2", "10")
    assert layout(tmp_path, {**FOUR, "labels.csv": whole.format("label")}, kind="numbers").kind == "numbers"
    named = layout(
        tmp_path, {**FOUR, "labels.csv": whole.format("label").replace("10", "1"), "classes.txt": "a\nb\nc\n"}
    )
    assert named.classes == ("a", "b", "c") and [place.label for place in named.places] == ["b", "b", "c", "c"]


def test_columns_that_say_the_same_are_one_and_a_class_may_have_one_picture(tmp_path: Path) -> None:
    table = "file,class_id,wnid,name,width\n" + "".join(
        f"{i}.png,{9 - i},n0000000{i},{name},{100 + i}\n" for i, name in enumerate(("tench", "hen", "cock", "newt"))
    )
    found = layout(tmp_path, {**FOUR, "labels.csv": table})
    assert (found.classes, found.columns) == (("cock", "hen", "newt", "tench"), ())
    assert "Numbers under width" in found.notes[0]


def test_a_listed_class_that_no_picture_shows_is_kept(tmp_path: Path) -> None:
    files = {f"images/{i}.png": encoded(pixels(i)) for i in range(8)}
    table = "file,label\n" + "".join(f"{i}.png,{'ac'[i % 2]}\n" for i in range(8))
    sets = registry(tmp_path)
    files |= {"labels.csv": table.encode(), "classes.txt": b"a\nb\nc\n", "labels.txt": b"of another program\n\nx"}
    sets.keep(sets.check(write_folder(tmp_path / "set", files)), "set")
    card = sets.card("set")
    assert card.classes == ("a", "b", "c") and {picture.label for picture in card.pictures} == {0, 2}
    assert card.splits == ("train", "validation", "test") and card.left_out == 1


def test_two_columns_of_one_name_are_two(tmp_path: Path) -> None:
    table = "file,label,label\n0.png,a,x\n1.png,a,y\n2.png,b,x\n3.png,b,y\n"
    found = layout(tmp_path, {**FOUR, "labels.csv": table})
    assert [column.name for column in found.columns] == ["label", "column 2"] and "label is taken" in found.notes[0]


def test_splits_come_from_a_column_from_tables_of_their_own_or_from_folders(tmp_path: Path) -> None:
    column = "file,label,split\nimages/0.png,a,train\nimages/1.png,b,train\nimages/2.png,a,val\nimages/3.png,b,Test\n"
    two = {"train.csv": "image,label\n0.png,a\n1.png,b\n", "val.csv": "image,label\n2.png,a\n3.png,b\n",
           "sample_submission.csv": "image,label\n0.png,b\n1.png,a\n"}  # fmt: skip
    folders = {f"{split}/{n}.png": TINY for split in ("train", "valid") for n in range(2)}
    lists = {f"{split}/labels.csv": "file,label\n0.png,a\n1.png,b\n" for split in ("train", "valid")}
    for files in ({**FOUR, "labels.csv": column}, {**FOUR, **two}, {**folders, **lists}):
        found = layout(tmp_path, files)
        splits = [place.split for place in found.places]
        assert splits.count("train") == 2 and splits.count("validation") >= 1 and "" not in splits
        assert [place.label for place in found.places][:2] == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("file,label\nimages/0.png,a\n../1.png,b\n", "files inside the folder. Received: '../1.png in line 3"),
        ("file,label\n../../etc/passwd,a\n../../etc/shadow,b\n", "inside the folder. Received: '../../etc/passwd"),
        ("file,label\n/etc/0.png,a\n/etc/1.png,b\n", "files inside the folder"),
        ("file,label\nC:\\\\0.png,a\nC:\\\\1.png,b\n", "files inside the folder"),
        ("file,label\nhttp://x/0.png,a\nhttp://x/1.png,b\n", "files inside the folder"),
        ("file,label\n0.png,a\n9.png,b\n", "line 3 of labels.csv: 9.png, which is none"),
        ("file,label\n0.png,a\n1.png\n", "line 3 of labels.csv: 1 columns"),
        ("file,label\n0.png,a\n1.png,\n", "nothing under label"),
        ("file,label\n0.png,a\n1.png,b\nimages/0.png,b\n", "again, which stands in line 2"),
        ("file,label\n0.png,a\n1.png,a\n", "at least two classes under label"),
        ("file,age\n0.png,1.5\n1.png,nan\n2.png,inf\n3.png,7\n", "a column of classes or of numbers"),
        ("file,label\n" + "0.png,a\n" * (MAX_ROWS + 1), "rows"),
        ("file,label\n0.png," + "a" * 200_000 + "\n", "a table"),
    ],
)
def test_a_table_that_says_too_little_or_leads_outside_is_refused(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(RefusedUpload, match=r"^Expected") as refused:
        layout(tmp_path, {**FOUR, "labels.csv": table})
    assert words in str(refused.value).replace("\\\\", "\\") and len(str(refused.value)) < 500


def test_pictures_without_a_row_and_other_tables_are_left_out(tmp_path: Path) -> None:
    files = {**FOUR, "labels.csv": "file,label\n0.png,a\n1.png,b\n2.png,a\n", "prices.csv": "what,price\nbread,3\n"}
    found = layout(tmp_path, files)
    assert len(found.places) == 3 and "1 pictures stand in no row of labels.csv" in found.notes[0]


def test_folders_come_before_a_table_unless_a_person_says_so(tmp_path: Path) -> None:
    files = {"cats/0.png": TINY, "dogs/1.png": TINY, "t.csv": "file,label\n0.png,x\n1.png,y\n"}
    assert layout(tmp_path, files).classes == () and layout(tmp_path, files, "table").classes == ("x", "y")
    with pytest.raises(RefusedUpload, match="targets from masks"):
        layout(tmp_path, files, "masks")
    with pytest.raises(InvalidSpec, match="folders"):
        Labelling("folder")


@pytest.mark.parametrize("form", ["{0}.{1}.jpg", "{0}_{1:03d}.png", "{0} ({1}).png", "{0}{1}.png", "{1:03d}-{0}.png"])
def test_classes_in_names_of_files_are_offered_and_taken_when_asked_for(tmp_path: Path, form: str) -> None:
    files = {f"{split}/{form.format(name, i)}": TINY for split in ("train", "test") for name in ("cat", "big dog")
             for i in range(2)}  # fmt: skip
    with pytest.raises(RefusedUpload, match=r"tell big dog \(4\), cat \(4\).*--labels-from names"):
        layout(tmp_path, files)
    found = layout(tmp_path, files, "names")
    assert [(p.split, p.label) for p in found.places] == [
        (split, name) for split in ("train", "test") for name in ("big dog", "cat") for _ in range(2)
    ]
    with pytest.raises(RefusedUpload, match="names such as"):
        layout(tmp_path, {"1.png": TINY, "2.png": TINY}, "names")


def masked(folder: Path, masks: list[np.ndarray], form: tuple[str, str], kind: str = "PNG", **more: bytes) -> Dataset:
    """A data set of pictures with these masks, kept."""
    files = dict(more)
    for number, mask in enumerate(masks):
        files[form[0].format(number)] = encoded(pixels(number, mask.shape[1], mask.shape[0]))
        files[form[1].format(number)] = encoded(mask, kind)
    sets = registry(folder)
    sets.keep(sets.check(write_folder(folder / "set", files)), "set", Shares(0, 0))
    return sets.open("set")


def halves(*values: int | tuple[int, int, int]) -> np.ndarray:
    """A mask of stripes of these values."""
    found = np.zeros((12, 8 * len(values), *np.shape(values[0])), np.uint8)
    for place, value in enumerate(values):
        found[:, 8 * place : 8 * place + 8] = value
    return found


def classes_of(dataset: Dataset, number: int) -> list[int]:
    """Class of each stripe."""
    mask = dataset.mask(number)
    assert mask.shape == (12, dataset.card.pictures[number].width) and mask.dtype == np.uint8
    return mask[0, ::8].tolist()


@pytest.mark.parametrize(
    "form",
    [("images/{}.png", "masks/{}.png"), ("train/images/{}.png", "train/labels/{}_mask.png"),
     ("a/img/{}.jpg.png", "a/SegmentationClass/{}.jpg.png"), ("{}.png", "{}_mask.png"), ("x/{}.png", "x/{}-seg.png")],
)  # fmt: skip
def test_masks_are_paired_by_name_and_come_back_as_classes(tmp_path: Path, form: tuple[str, str]) -> None:
    dataset = masked(tmp_path, [halves(0, 255), halves(255, 0), halves(255, 255)], form)
    card = dataset.card
    assert (card.kind, card.classes, card.columns) == (
        "masks", (ALL,), (Column("mask", "", ("background", "object")),)
    )  # fmt: skip
    assert len(card.pictures) == 3 and DatasetCard.from_json(card.to_json()) == card
    wanted = {"0": [0, 1], "1": [1, 0], "2": [1, 1]}
    for number, one in enumerate(card.pictures):
        stem = one.path.rpartition("/")[2][0]
        assert classes_of(dataset, number) == wanted[stem] and dataset.image(number).size == (one.width, one.height)


def test_values_and_colours_of_masks_become_numbers_of_classes(tmp_path: Path) -> None:
    form = ("images/{}.png", "masks/{}.png")
    edges = masked(tmp_path / "a", [halves(0, 2, 255), halves(0, 5, 255)], form)
    assert edges.card.columns[0].classes == ("0", "1", "2", "3", "4", "5")
    assert sorted(classes_of(edges, i) for i in range(2)) == [[0, 2, NO_CLASS], [0, 5, NO_CLASS]]
    colours = masked(tmp_path / "b", [halves((0, 0, 0), (128, 0, 0), (0, 0, 64))], form)
    assert colours.card.columns[0].classes == ("0", "64", "#800000") and classes_of(colours, 0) == [0, 2, 1]
    named = masked(tmp_path / "c", [halves(1, 2, 3)], form, **{"classes.txt": b"cat\nedge\nrest\n"})
    assert named.card.columns[0].classes == ("cat", "edge", "rest") and classes_of(named, 0) == [0, 1, 2]
    blurred = masked(tmp_path / "d", [halves(0, 255)], form, "JPEG")
    assert classes_of(blurred, 0) == [0, 1]
    with pytest.raises(RefusedUpload, match="names of the 2 classes"):
        masked(tmp_path / "e", [halves(0, 255)], form, **{"classes.txt": b"a\nb\nc\n"})


def test_a_picture_without_its_mask_is_named(tmp_path: Path) -> None:
    files = {"images/1.png": TINY, "images/2.png": TINY, "masks/1.png": TINY}
    with pytest.raises(RefusedUpload, match=r"a mask for every picture\. Received: 'none for images/2\.png'"):
        layout(tmp_path, files)
    good = {f"{kind}/{i}.png": encoded(halves(0, 255)) for kind in ("images", "masks") for i in range(3)}
    for bad, words in (
        (encoded(np.zeros((20, 20), np.uint8)), "20 × 20 pixels, the picture 16 × 12"),
        (b"hello", "its mask cannot be decoded"),
        (encoded(np.arange(20 * 20, dtype=np.uint16).reshape(20, 20)), "its mask has 20 × 20 pixels"),
    ):
        checked = registry(tmp_path).check(write_zip(tmp_path / "bad.zip", {**good, "masks/1.png": bad}))
        assert checked.unreadable[0][0] == "images/1.png" and words in checked.unreadable[0][1]
