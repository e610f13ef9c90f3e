"""Class names as people keep them: every form gives the same names in the same order, or says what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.uploads.labels import LABEL_BYTES, MOST_NAMES, ClassNames, read_labels

NAMES = ("cat", "dog", "T-shirt, white", "C++")
INDEX = {"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n01484850", "great_white_shark"]}
FISH = ("tench", "goldfish", "great_white_shark")


def read(folder: Path, text: str | bytes, name: str = "labels.txt") -> ClassNames:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labels(folder / name)


def numbered(form: str, start: int = 0, reverse: bool = False) -> str:
    rows = [form.format(number, name) for number, name in enumerate(NAMES, start)]
    return "\n".join(reversed(rows) if reverse else rows) + "\n"


FORMS = {
    "lines": ("\r\n".join(NAMES) + "\r\n\r\n", "labels.txt"),
    "a number in front": (numbered("{} {}"), "labels.txt"),
    "a number in front, another order": (numbered("{} {}", reverse=True), "labels.txt"),
    "a number and a colon": (numbered("{}: {}"), "labels.txt"),
    "a number behind": (numbered("{1} {0}"), "labels.txt"),
    "a colon and a number behind, another order": (numbered("{1}: {0}", reverse=True), "labels.txt"),
    "a bar and another order": (numbered("{}|{}", reverse=True), "labels.txt"),
    "as NumPy prints it": (f"array({list(NAMES)},\n      dtype='<U12')", "labels.txt"),
    "as fastai prints it": (f"(#{len(NAMES)}) {list(NAMES)}", "labels.txt"),
    "tabs": (numbered("{}\t{}"), "labels.txt"),
    "WordNet ids": (numbered("n0144{0:04} {1}"), "synset_words.txt"),
    "a list": (json.dumps(NAMES), "labels.json"),
    "Python's list": (repr(list(NAMES)), "labels.txt"),
    "Python's dict": (repr(dict(enumerate(NAMES))), "labels.txt"),
    "names to numbers": (json.dumps({name: i for i, name in reversed(list(enumerate(NAMES)))}), "class_indices.json"),
    "numbers to names": (json.dumps(dict(reversed(list(enumerate(NAMES))))), "labels.json"),
    "objects": (json.dumps([{"id": i, "name": n, "supercategory": "x"} for i, n in enumerate(NAMES)]), "labels.json"),
    "inside metadata": (json.dumps({"version": "1", "labels": NAMES, "size": 224}), "metadata.json"),
    "of a hub": (json.dumps({"id2label": dict(enumerate(NAMES)), "label2id": {"cat": 0}}), "config.json"),
    "a table": ("index,name\n" + numbered('{},"{}"'), "labels.csv"),
    "a table without a header": (numbered('{},"{}"', reverse=True), "labels.csv"),
    "a table, numbers last": ("class_name;class_id\n" + numbered("{1};{0}"), "labels.csv"),
    "a column": ("name\n" + numbered('"{1}"'), "labels.csv"),
    "a label map": (numbered("item {{\n  id: {0}\n  name: '/m/{0}'\n  display_name: \"{1}\"\n}}"), "map.pbtxt"),
    "a line of a program": (f"CLASSES = {list(NAMES)}\n", "classes.py"),
    "a list with dashes": (numbered("- {1}"), "labels.txt"),
    "YAML, a list": ("# set\npath: x\nnc: 4\nnames:\n" + numbered("- '{1}'") + "train: y\n", "data.yaml"),
    "YAML, numbers": ("names:\n" + numbered("  {}: '{}'"), "coco.yaml"),
    "YAML in one line": (f"train: x\nnames: {list(NAMES)}  # all\n", "data.yaml"),
    "YAML, a dict in one line": (f"names: {dict(enumerate(NAMES))}\n", "data.yaml"),
}


@pytest.mark.parametrize(("text", "name"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_form_gives_the_names_in_the_order_of_the_outputs(
    tmp_path: Path, text: str, name: str, encoding: str
) -> None:
    found = read(tmp_path, text.encode(encoding), name)
    assert (found.names, dict(found.outputs)) == (NAMES, {})
    assert any("UTF-16" in note for note in found.notes) is (encoding == "utf-16")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("+\n-\n(\n=\n", ("+", "-", "(", "=")),
        ("(\n+\n)\n", ("(", "+", ")")),
        ("[\n{\n}\n]\n", ("[", "{", "}", "]")),
        ("1\n", ("1",)),
        ("\n".join(map(str, range(12))), tuple(map(str, range(12)))),
        ("7\n2\n9\n", ("7", "2", "9")),
        ("C\nC#\nC++\n", ("C", "C#", "C++")),
        ("room 0\nroom 1\nroom 2\n", ("room 0", "room 1", "room 2")),
        ("0 - cat\n1 - dog-like\n", ("cat", "dog-like")),
        ("1 -> cat\n0 -> dog\n", ("dog", "cat")),
        ("0 -\n1 +\n", ("-", "+")),
        ("0 -cat\n1 -dog\n", ("-cat", "-dog")),
        ("1 euro\n2 euro\n", ("1 euro", "2 euro")),
        ("2 doors\n4 doors\n5 seats\n", ("2 doors", "4 doors", "5 seats")),
        ('["tench", 3, 2.50, true]', ("tench", "3", "2.50", "true")),
        ('{"0": 1, "1": 0}', ("1", "0")),
        ('{"0": "1", "1": "0"}', ("1", "0")),
        ("names:\n- yes\n- no\n- 1.0\n", ("yes", "no", "1.0")),
        (json.dumps(dict(reversed(INDEX.items()))), FISH),
        (json.dumps(list(INDEX.values())), FISH),
        ("cafe\u0301\nthe\u0301\n", ("caf\u00e9", "th\u00e9")),
        ("\u732b\n\u72ac\n", ("\u732b", "\u72ac")),
    ],
)
def test_signs_numbers_and_words_with_numbers_are_names(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert read(tmp_path, text).names == names


@pytest.mark.parametrize(
    ("names", "encoding", "said"),
    [
        (("chat", "b\u00e9lier", "\u00e2ne", "\u00e9l\u00e9phant"), "latin-1", "Latin-1"),
        (("\u732b", "\u72d7", "\u957f\u9888\u9e7f"), "gbk", "GBK"),
        (("\u732b", "\u72ac", "\u30ad\u30ea\u30f3", "\u3059\u305a\u3081"), "shift-jis", "Shift-JIS"),
    ],
)
def test_an_old_encoding_is_guessed_and_said(tmp_path: Path, names: tuple[str, ...], encoding: str, said: str) -> None:
    found = read(tmp_path, "\n".join(names).encode(encoding))
    assert found.names == names and said in found.notes[0]


def test_arrays_of_text_are_read_and_arrays_of_objects_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "classes.npy", np.array(NAMES))
    assert read_labels(tmp_path / "classes.npy").names == NAMES
    np.save(tmp_path / "objects.npy", np.array(NAMES, object), allow_pickle=True)
    for name, data in (("objects.npy", None), ("numbers.npy", np.arange(3)), ("cut.npy", b"\x93NUMPY\x01\0")):
        if data is not None:
            (tmp_path / name).write_bytes(data) if isinstance(data, bytes) else np.save(tmp_path / name, data)
        with pytest.raises(RefusedUpload, match=r"an array of text.*astype\(str\)"):
            read_labels(tmp_path / name)


def test_numbers_from_one_and_repeated_names_are_said(tmp_path: Path) -> None:
    found = read(
        tmp_path, "item { id: 2 name: 'dog' } item { id: 1 name: 'cat' } item { name: 'dog' id: 3 }", "m.pbtxt"
    )
    assert found.names == ("cat", "dog", "dog")
    assert "begin with 1" in found.notes[0] and "dog (outputs 1, 2)" in found.notes[1]
    assert read(tmp_path, "1. cat\n2. dog\n3. cow").names == ("cat", "dog", "cow")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("output,index,name\nb,1,y\na,0,p\nb,0,x\na,1,q\n", "classes.csv"),
        ('{"a": ["p", "q"], "b": {"y": 1, "x": 0}}', "classes.json"),
    ],
)
def test_names_of_several_outputs(tmp_path: Path, text: str, name: str) -> None:
    found = read(tmp_path, text, name)
    assert (found.names, dict(found.outputs)) == ((), {"a": ("p", "q"), "b": ("x", "y")})


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("cat\n\nhorse\n", "labels.txt", "a blank line, number 2"),
        ("", "labels.txt", "nothing in"),
        (" \n\n", "labels.txt", "blank lines only"),
        ("0: cat\n1: dog\n3: cow\n", "labels.txt", "no number 2 before 3"),
        ("0 cat\n1 dog\n1 cow\n", "labels.txt", "number 1 twice"),
        ('{"cat": 0, "dog": 2}', "labels.json", "no number 1 before 2"),
        ('{"cat": 0, "cat": 1}', "labels.json", "twice"),
        ('{"cat": 0.5, "dog": 1}', "labels.json", "0.5"),
        ('["cat", null]', "labels.json", "null"),
        ('["cat", ""]', "labels.json", "no name"),
        ('["cat", "dog"', "labels.json", "breaks off"),
        ("[__import__('os').system('touch /tmp/run')]", "labels.txt", "JSON"),
        ("item { id: 1 name: 'cat' } item { id: 2 name: 'd", "m.pbtxt", "breaks off"),
        ("nc: 3\nnames: [cat, dog]\n", "data.yaml", "announces 3"),
        ("names: [cat, dog\n", "data.yaml", "breaks off"),
        ("a,b,c\nd,e,f\n", "labels.csv", "columns that could be the names"),
        ("0,cat\n1\n", "labels.csv", "1 columns in row 2"),
        (b"\x89PNG\r\n\x1a\n\0\0", "labels.txt", "bytes"),
        ("cat\ndo\x07g\n", "labels.txt", "printable"),
        ("x" * 300 + "\ny\n", "labels.txt", "printable"),
        ("a\n" * (MOST_NAMES + 1), "labels.txt", "100,001"),
        ("a" * (LABEL_BYTES + 1), "labels.txt", "1,048,576 bytes"),
        ("[" * 100_000 + "'" + "]" * 100_000, "labels.txt", "brackets"),
        ("[" * 100_000 + '"a"' + "]" * 100_000, "labels.json", "class names"),
        ('{"cat": ' + "9" * 5000 + "}", "labels.json", "number"),
    ],
)
def test_what_leaves_the_order_open_is_refused_in_one_sentence(
    tmp_path: Path, text: str | bytes, name: str, words: str
) -> None:
    with pytest.raises(RefusedUpload, match=r"^Expected .*Received") as refused:
        read(tmp_path, text, name)
    assert words in str(refused.value) and len(str(refused.value)) < 400 and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["a" * 500_000 + "\nb", "names: [" + "a " * 250_000, "item {" * 80_000, "#" * 500_000 + "\nx",
     "x" + " " * 500_000 + "y\nz",     "names: ['" + "\\'" * 200_000, "a: " * 150_000 + "\n", "0 " * 250_000 + "\n1"],
)  # fmt: skip
@pytest.mark.timeout(5)
def test_no_text_takes_long(tmp_path: Path, text: str) -> None:
    for name in ("labels.txt", "labels.yaml", "labels.json", "labels.csv", "labels.pbtxt"):
        with pytest.raises(RefusedUpload):
            read(tmp_path, text, name)
