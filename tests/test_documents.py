"""The documents name only what exists, and name all that people need: commands, settings, analyses, links."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import typer

import convscope.command_line
import shared.client
from shared.analyses import KINDS, SPEC_TYPES, JobSpec, parse_spec
from shared.analyses.typed_parts import TileFacts
from shared.cli import app, read_options
from shared.client import Result
from shared.settings import Settings
from shared.store import RunRecord
from tests.fixtures.synthetic_runs import tile_part

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [
    README,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# Its example is followed in a copy of the tree, by tests/test_add_an_analysis.py.
EXAMPLE = ROOT / "docs" / "add_an_analysis.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EVERY_DOCUMENT = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
# Variables that are no settings: for the tests, and for the compose file alone.
OTHER_VARIABLES = {"CONVSCOPE_TEST_DATA", "CONVSCOPE_REDIS_PASSWORD", "CONVSCOPE_PUBLISH", "CONVSCOPE_DRIVER"}
OTHER_VARIABLES |= {"CONVSCOPE_TEST_IMAGES"}
# And for the package of scripts, which knows no settings.
OTHER_VARIABLES |= {"CONVSCOPE_URL", "CONVSCOPE_TOKEN"}
OF_THE_PACKAGE = {"kinds", "note", "gate"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    """Code blocks of a language."""
    return [text for name, text in FENCE.findall(path.read_text()) if name == language]


def inline(path: Path) -> list[str]:
    """What stands between single backticks, outside code blocks; a line may end within."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", FENCE.sub("", path.read_text()))]


def commands(path: Path, program: str) -> list[list[str]]:
    """Calls of a program in shell blocks and in the text, as argument lists."""
    lines = [line for text in blocks(path, "sh") for line in text.replace("\\\n", " ").splitlines()]
    found = []
    for line in [*lines, *inline(path)]:
        match = re.search(rf"(?:^|[ /]){program} (.+)", line)
        if match and "http" not in line.partition(program)[0]:
            found.append(shlex.split(match.group(1), comments=True))
    return found


def rows(path: Path, heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its head."""
    section = re.split(rf"^## {heading}$", path.read_text(), flags=re.MULTILINE)[1]
    section = re.split(r"^## ", section, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(cell: str) -> str:
    return cell.strip("`")


# Commands


@EVERY_DOCUMENT
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for words in commands(path, "make")}
    assert named <= targets


def test_readme_opens_with_a_picture_and_the_two_commands() -> None:
    text = README.read_text()
    assert re.match(r"!\[[^\]]{20,}\]\(docs/screenshots/\w+\.png\)", text)
    first = blocks(README, "sh")[0]
    assert text.index(first) < text.index("\n## ")
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make demo", "make up"]
    assert "`make test`" in text.partition("\n## ")[0]


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that an argument list names, and what is left of the list."""
    found: Any = typer.main.get_command(app)
    left = list(words)
    while left and isinstance(found, typer.core.TyperGroup):
        assert left[0] in found.commands, f"convscope {' '.join(words)}: no command {left[0]!r}"
        found = found.commands[left.pop(0)]
    return found, left


@EVERY_DOCUMENT
def test_convscope_commands_and_their_options_exist(path: Path) -> None:
    for words in commands(path, "convscope"):
        if words[0] in OF_THE_PACKAGE:
            with pytest.raises(SystemExit, match="0"):
                convscope.command_line.parser().parse_args([words[0], "--help"])
            continue
        command, left = resolve(words)
        if command.name == "run":
            check_run(left)
            continue
        known = {option for parameter in command.params for option in parameter.opts}
        if command.name == "add" and left[:1] and left[0] in SPEC_TYPES:  # a plan takes the fields of its kind as well
            known |= {f"--{name.replace('_', '-')}" for name in SPEC_TYPES[left[0]].model_fields}
        assert {word.partition("=")[0] for word in left if word.startswith("--")} <= known, words


def check_run(words: list[str]) -> None:
    """The fields of a `convscope run` make a spec."""
    if not words or "--fields" in words or words[0].startswith("--"):
        return
    options = read_options([word for word in words[1:] if word != "--no-wait"])
    options.pop("output", None)
    parse_spec(words[0], dict(options))


def test_every_command_is_in_the_readme() -> None:
    group: Any = typer.main.get_command(app)
    named = {words[0] for words in commands(README, "convscope")}
    assert set(group.commands) - {"images"} <= named


# Tables


def test_every_analysis_has_a_row_and_a_page() -> None:
    from dashboard.page_table import PAGES

    table = {code(row[0]): row for row in rows(README, "What it does today")}
    assert set(table) == set(SPEC_TYPES)
    for kind, row in table.items():
        assert row[1] in [page.title for page in PAGES if kind in page.kinds]


def test_every_kind_that_writes_files_has_an_output_row() -> None:
    assert {code(row[0]) for row in rows(README, "Command line")} == set(KINDS)


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {code(row[0]): code(row[1]) for row in rows(README, "Settings")}
    wanted = {}
    for name, field in Settings.model_fields.items():
        variable = "REDIS_URL" if name == "redis_url" else f"CONVSCOPE_{name.upper()}"
        wanted[variable] = "–" if field.default in (None, "") else str(field.default)
    assert listed == wanted


@EVERY_DOCUMENT
def test_variables_that_are_named_exist(path: Path) -> None:
    settings = {f"CONVSCOPE_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"CONVSCOPE_[A-Z_]*[A-Z]", path.read_text()))
    assert named <= settings | OTHER_VARIABLES


def test_dependencies_named_as_extras_exist() -> None:
    for path in DOCUMENTS:
        for extras in re.findall(r"\.\[([a-z,]+)\]", path.read_text()):
            assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


# Samples


class FakeClient:
    """Answers every spec at once, so that a sample can run without an installation."""

    seen: list[JobSpec] = []  # noqa: RUF012

    def run(self, spec: JobSpec, watch: object = None) -> Result:
        self.seen.append(spec)
        steps, size = getattr(spec, "steps", 1), getattr(spec, "size", 8)
        tile = np.zeros((size, size, 3), np.uint8)
        facts: TileFacts = {"channel": 7, "dead": False, "objective": 0.0, "objective_start": 0.0, "starts": 1}
        part = tile_part(7, tile, np.zeros(steps, np.float32), facts)
        return Result(RunRecord(spec.key(), "complete", spec.kind, total=8), {7: part})


@pytest.mark.parametrize("sample", [text for path in DOCUMENTS if path != EXAMPLE
                                    for text in blocks(path, "python") if "import convscope" not in text])  # fmt: skip
def test_python_samples_run(sample: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shared.client, "Client", FakeClient)
    FakeClient.seen.clear()
    names: dict[str, Any] = {}
    exec(compile(sample, "sample", "exec"), names)
    assert FakeClient.seen
    assert names["tile"].shape == (96, 96, 3) and names["tiles"].shape == (1, 96, 96, 3)
    assert (tmp_path / "atlas" / "sheet.png").exists()


# Links, paths, headings


def links(path: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)]+)\)", FENCE.sub("", path.read_text())):
        if not target.startswith(("http:", "https:", "mailto:")):
            yield target


def anchor_of(heading: str) -> str:
    """What a link to a heading ends in."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


@EVERY_DOCUMENT
def test_relative_links_and_pictures_lead_somewhere(path: Path) -> None:
    for target in links(path):
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            assert anchor in set(map(anchor_of, headings))


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path != EXAMPLE], ids=lambda p: p.name)
def test_files_named_in_the_text_exist(path: Path) -> None:
    """`shared/…`, `worker/…` and the like; names with a placeholder are left out."""
    folders = ("shared", "dashboard", "worker", "tests", "docs", "deploy", "benchmarks")
    for name in inline(path):
        if re.fullmatch(rf"({'|'.join(folders)})/[\w./-]*", name):
            assert (ROOT / name).exists() or (ROOT / f"{name}.py").exists(), name


def test_the_tree_in_contributing_is_the_tree() -> None:
    """Two levels of folders: those of the wings and of the tests, none left out and none that is gone."""
    above, named = "", set()
    for line in blocks(ROOT / "CONTRIBUTING.md", "text")[0].splitlines():
        folder = line.split()[0].rstrip("/")
        above = above if line.startswith(" ") else folder
        named.add(f"{above}/{folder}" if line.startswith(" ") else folder)
    tops = {name for name in named if "/" not in name}
    assert {"shared", "worker", "dashboard", "tests"} <= tops and all((ROOT / name).is_dir() for name in tops)
    rooms = {path.parent for name in ("shared", "worker", "dashboard", "tests") for path in (ROOT / name).rglob("*.py")}
    two_deep = {"/".join(room.relative_to(ROOT).parts[:2]) for room in rooms}
    assert named - tops == two_deep - tops


def test_the_changelog_has_a_section_for_this_version_or_the_next() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings
    first = headings[0].lower()
    assert "unreleased" in first or first.startswith(PROJECT["version"])
    assert any(heading.startswith(PROJECT["version"]) for heading in headings)


def test_decisions_say_what_why_and_what_was_rejected_in_about_ten_lines() -> None:
    head, *sections = re.split(r"^## ", (ROOT / "docs" / "decisions.md").read_text(), flags=re.MULTILINE)
    assert head.startswith("# Decisions") and len(sections) >= 10
    titles = [section.splitlines()[0] for section in sections]
    assert len(set(titles)) == len(titles)
    for section in sections:
        lines = [line for line in section.splitlines()[1:] if line.strip()]
        points = re.findall(r"^- \*\*(\w+)\.\*\*", section, re.MULTILINE)
        assert points == ["What", "Why", "Rejected", "Measured"], section.splitlines()[0]
        assert 4 <= len(lines) <= 14, f"{section.splitlines()[0]}: {len(lines)} lines"


def test_every_decision_is_in_the_index_once_under_a_subject() -> None:
    head, *sections = re.split(r"^## ", (ROOT / "docs" / "decisions.md").read_text(), flags=re.MULTILINE)
    listed, subject = [], ""
    for line in head.splitlines():
        subject = line.strip("*") if re.fullmatch(r"\*\*.+\*\*", line) else subject
        if entry := re.fullmatch(r"- \[(.+)\]\(#(.+)\)", line):
            assert subject, f"under no subject: {entry[1]}"
            assert entry[2] == anchor_of(entry[1])
            listed.append(entry[1])
    titles = [section.splitlines()[0] for section in sections]
    assert sorted(listed) == sorted(titles), "give a decision one line in the index at the top of docs/decisions.md"


def texts() -> Iterator[Path]:
    """Files of text that belong to the repository."""
    suffixes = {".md", ".py", ".toml", ".yml", ".txt", ".conf", ".js", ".css", ".html", ".Dockerfile", ".example"}
    folders = ("shared", "dashboard", "worker", "tests", "benchmarks", "docs", "deploy", ".ci", ".streamlit")
    yield from (p for p in ROOT.iterdir() if p.is_file() and (p.suffix in suffixes or p.name == "Makefile"))
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder
        yield from (p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in suffixes)


def test_no_text_holds_a_path_of_somebodys_machine() -> None:
    # The containers' own user is nobody's machine.
    somebody = re.compile(r"(?<![\w.])/(?:home/(?!convscope\b)\w|Users/\w|root/|work/)|\b[A-Z]:\\Users")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in texts()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if somebody.search(line)
    ]
    assert not found


def test_no_document_is_left_in_the_middle_of_a_merge() -> None:
    mark = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert [path.name for path in DOCUMENTS if mark.search(path.read_text())] == []


def test_lines_of_the_documents_fit() -> None:
    """120 characters; tables and links cannot be broken."""
    long = [
        f"{path.name}:{number}"
        for path in DOCUMENTS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120 and not line.startswith(("|", "- ["))
    ]
    assert not long


HOLDS_UP = README.read_text().partition("## How it holds up")[2].partition("\n## ")[0]
PROMISES = re.findall(r"^- \*\*.*?(?=^- |\Z)", HOLDS_UP, re.MULTILINE | re.DOTALL)
SECURITY = [line for line in (ROOT / "docs" / "security.md").read_text().splitlines() if line.startswith("| ")][1:]


def named_tests(text: str) -> list[str]:
    """Tests and folders of tests that a text names."""
    return re.findall(r"`(tests/[\w/.:]+)`", text)


@pytest.mark.parametrize("promise", [*PROMISES, *SECURITY], ids=lambda text: text[:40])
def test_every_promise_names_a_test_that_is_there(promise: str) -> None:
    names = named_tests(promise)
    assert names, "name the test that holds it"
    for name in names:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), f"{path} is gone"
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{path} has no {test}"


@pytest.mark.parametrize("row", SECURITY)
def test_every_promise_says_against_whom_and_what_is_not_covered(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 4 and all(cells)


def test_the_promises_are_found() -> None:
    assert len(PROMISES) >= 8 and len(SECURITY) >= 15


def test_each_section_on_deployment_says_what_was_tried_and_what_was_not() -> None:
    sections = re.split(r"^## ", (ROOT / "docs" / "deployment.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(sections) > 8
    silent = [
        text.partition("\n")[0] for text in sections if not re.search(r"\*\*not (?:tried|run)", text, re.IGNORECASE)
    ]
    assert not silent
