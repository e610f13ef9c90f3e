"""`convscope datasets`: what it prints and how it refuses. No server is needed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from shared.cli import app
from shared.settings import get_settings
from tests.fixtures.small_datasets import encoded, pixels, two_classes, write_folder, write_zip

Call = Callable[..., Result]


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """The commands, in this process, on a folder of the test's own."""
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, ["datasets", *map(str, words)])
    get_settings.cache_clear()


def test_a_folder_is_checked_reported_and_kept(datasets: Call, tmp_path: Path) -> None:
    leak = encoded(pixels(5, 60, 60))
    files = {**two_classes(6, "train"), **two_classes(2, "val", 60), "train/cats/a.png": leak, "val/cats/b.png": leak}
    added = datasets("add", write_folder(tmp_path / "pets", files), "--name", "pets")
    assert added.exit_code == 0, added.output
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", added.stdout.strip())
    for words in ("train: 13 (cats 7, dogs 6)", "validation: 5 (cats 3, dogs 2)", "train/cats/a.png = val/cats/b.png",
                  "warning: the same picture in several splits, 1 times"):  # fmt: skip
        assert words in added.stderr
    shown = datasets("show", "pets")
    assert "2 classes, 18 pictures" in shown.stdout and "train/cats/a.png = val/cats/b.png" in shown.stdout
    listed = datasets("list").stdout
    assert "2 classes; train 13, validation 5" in listed and "builtin/digits  Digits" in listed


def test_unreadable_pictures_need_a_word(datasets: Call, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "pets.zip", {**two_classes(6), "cats/bad.png": b"x"})
    refused = datasets("add", path, "--name", "pets")
    assert refused.exit_code == 1 and "cats/bad.png: cannot be decoded" in refused.stderr
    assert "--skip-unreadable" in refused.stderr and "Traceback" not in refused.output
    kept = datasets("add", path, "--name", "pets", "--skip-unreadable", "--test", "0", "--seed", "3")
    assert kept.exit_code == 0 and "unreadable: cats/bad.png" in kept.stderr
    assert "splits made here: seed 3, validation 0.2" in datasets("show", "pets").stdout


def test_what_is_missing_is_said(datasets: Call, tmp_path: Path) -> None:
    for words, message in (
        (("add", tmp_path), "--name NAME"),
        (("add", tmp_path / "nothing.zip", "--name", "a"), "a zip archive or a folder"),
        (("add", "builtin/cats"), "Choose one of: builtin/digits"),
        (("show", "pets"), "builtin/digits"),
    ):
        refused = datasets(*words)
        assert refused.exit_code == 1 and message in " ".join(refused.stderr.split()), refused.output


def test_the_digits_are_added_without_a_file(datasets: Call) -> None:
    assert datasets("add", "builtin/digits").stdout.startswith("sha256:")
    assert "10 classes, 1,797 pictures" in datasets("show", "builtin/digits").stdout
