"""Names inside data are data: whatever a part's strings say, files lie in their folder and can be opened."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.result_files import file_stem, own_names
from shared.client import write_result
from shared.results import Part
from shared.store import RunRecord
from tests.hostile.results import decoded_parts, planted, record_of

WORDS = (
    "../../outside", "../" * 60 + "outside", "/tmp/convscope-planted", "C:\\outside", "C:outside", "\\\\host\\share\\x",
    "..", ".", "", "CON", "nul", "com1.txt", "lpt\u00b9", "x" * 300, "\u00e4" * 300, "a\x00b", "a\nb", "a:stream",
    "~root", "-rf", ".hidden", "a/../../../outside", "\ud800", "a\u202egnp.exe", "trailing. ", "a//b/c/d/e/f",
)  # fmt: skip
DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789\u00b9\u00b2\u00b3"),
}


def is_ours(name: str) -> bool:
    """Whether a component of a path is harmless on any system; worked out apart from file_stem()."""
    bad = set('<>:"/\\|?*') & set(name) or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in name)
    ends = name.startswith((".", " ")) or name.endswith((".", " "))
    return not bad and not ends and 0 < len(name.encode()) <= 255 and name.split(".")[0].strip().lower() not in DEVICES


@pytest.mark.parametrize("word", WORDS)
def test_any_words_make_one_harmless_name(word: str) -> None:
    for name, _ in own_names(iter([(f"{word}.png", 0), (f"tiles/{word}.png", 1), (f"{word}.png", 2)])):
        assert len(name.split("/")) <= 3 and all(map(is_ours, name.split("/"))), name
    assert "/" not in file_stem(word) and len(file_stem(word).encode()) <= 120


@pytest.mark.parametrize(
    "name", ["sheet.png", "tiles/0007.png", "watch/3_001.png", "block1/conv.kernel.npy", "maps.v2.json"]
)
def test_our_own_names_stay(name: str) -> None:
    assert [n for n, _ in own_names(iter([(name, 0)]))] == [name]


def test_names_that_become_equal_stay_apart() -> None:
    made = [n for n, _ in own_names((n, 0) for n in ("a:b.png", "a?b.png", "A_b.png", "a_b~2.png"))]
    assert len({n.lower() for n in made}) == 4


def test_long_words_that_differ_at_their_ends_stay_apart() -> None:
    assert file_stem("x" * 300 + "a") != file_stem("x" * 300 + "b")


# Of the 26 words those that reach furthest; a writer takes any the same way.
PLANTED = ("../../outside", "CON", "x" * 300)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_string_of_a_part_leads_a_file_out_of_its_folder(kind: str, tmp_path: Path) -> None:
    run, parts = record_of(kind), decoded_parts(kind)
    written = sum(_written_inside(run, copy, tmp_path, place) for w in PLANTED for place, copy in planted(parts, w))
    assert written, "no copy could be written: this says nothing"


def _written_inside(run: RunRecord, parts: Mapping[int, Part], folder: Path, place: str) -> bool:
    """Whether the files could be written, all inside and all of them whole; parts that lack a key may be refused."""
    inside = folder / "a" / "b"
    inside.mkdir(parents=True, exist_ok=True)
    try:
        write_result(inside, run, parts)
    except (KeyError, ValueError, IndexError, TypeError, AssertionError):
        return False
    finally:
        assert {p.name for p in folder.iterdir()} == {"a"} and {p.name for p in inside.parent.iterdir()} == {"b"}, place
        found = list(inside.rglob("*"))
        assert all(is_ours(path.name) for path in found), (place, [p.name for p in found])
    for path in found:
        if path.suffix in (".png", ".gif"):
            Image.open(path).verify()
        elif path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                assert all(is_ours(part) for name in archive.namelist() for part in name.split("/")), place
            with np.load(io.BytesIO(path.read_bytes())) as arrays:
                assert all(arrays[name] is not None for name in arrays.files)
    for path in found:
        if path.is_file():
            path.unlink()
    return True
