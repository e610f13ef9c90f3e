"""docs/add_an_analysis.md followed to the letter in a copy of the tree: the example works, and touches few files."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "add_an_analysis.md"
KIND = "mean_picture"
MOST_FILES = 12
COPIED = ("shared", "worker", "dashboard", "tests", "docs", "README.md", "pyproject.toml", ".streamlit")
STEP = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`"
    r"|(?:In the table of (?P<table>analyses|output files), in|In) `(?P<old>[^`]+)`, "
    r"below (?:the row )?`(?P<line>[^`]+)`):"
    r"\n\n```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """A new file, or lines to put into an old one below another line."""

    path: str
    text: str
    below: str = ""
    table: str = ""

    def take(self, tree: Path) -> None:
        """Do in a tree what the document says."""
        path = tree / self.path
        if not self.below:
            assert not path.exists(), f"{self.path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
            return
        lines = path.read_text().splitlines(keepends=True)
        found = [n for n, line in enumerate(lines) if self._is_meant(line.rstrip("\n"))]
        assert len(found) == (2 if self.table else 1), f"{self.path} has {len(found)} lines {self.below!r}"
        lines.insert(found[1 if self.table == "output files" else 0] + 1, self.text)
        path.write_text("".join(lines))

    def _is_meant(self, line: str) -> bool:
        return line.startswith(f"| `{self.below}` |") if self.table else line == self.below


def steps() -> list[Step]:
    """What the document says to do, in its order."""
    found = STEP.finditer(DOCUMENT.read_text())
    return [Step(m["new"] or m["old"], m["text"], m["line"] or "", m["table"] or "") for m in found]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which the document was followed."""
    copy = tmp_path_factory.mktemp("tree")
    left_out = shutil.ignore_patterns("__pycache__", "*.png", "*.jpg")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, copy / name)
    for step in steps():
        step.take(copy)
    return copy


def run(tree: Path, *words: str) -> str:
    """What a command of the copied tree prints; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_the_example_touches_few_files() -> None:
    paths = {step.path for step in steps()}
    assert len(paths) <= MOST_FILES, sorted(paths)
    wings = {path.partition("/analyses/")[0] for path in paths if KIND in path}
    assert wings == {"shared", "worker", "dashboard", "tests"}
    assert DOCUMENT.read_text().count("```") == 2 * len(steps()), "a block of the document belongs to no step"


def test_the_examples_own_tests_pass(tree: Path) -> None:
    assert "2 passed" in run(tree, "pytest", "-q", "-p", "no:cacheprovider", f"tests/analyses/{KIND}")


def test_the_copied_tree_keeps_the_rules_of_structure(tree: Path) -> None:
    assert "failed" not in run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_kinds.py")


def test_the_command_line_knows_the_new_kind(tree: Path) -> None:
    printed = run(tree, "shared.cli", "run", KIND, "--fields")
    assert "--size" in printed and "--dataset" in printed


def test_the_example_is_formatted_and_typed(tree: Path) -> None:
    new = [step.path for step in steps() if step.path.endswith(".py")]
    run(tree, "ruff", "check", *new)
    run(tree, "ruff", "format", "--check", *new)
    run(
        tree, "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *[path for path in new if not path.startswith("tests/")]
    )
