"""The words of every page: a title, one paragraph, and, of an analysis, how to read it and whose method it is."""

import re
from pathlib import Path

import pytest

import dashboard
from dashboard.page_table import PAGES
from dashboard.runs.page import words_of
from shared.client import Client
from tests.fixtures.dashboard_visits import point_dashboard_at, visit

ROOT = Path(dashboard.__file__).parent
PAGE_FILES = {page.title: ROOT / page.file for page in PAGES}
ANALYSES = [page.title for page in PAGES if page.kinds]
LONGEST_LINE = 120
# Home greets instead.
NAMED_OTHERWISE = ("Home",)
# A paper by its title in italics and its year, a book with them.
PAPER = re.compile(r"(?<!\*)\*(?![*\s])[^*]{12,}(?<!\s)\*(?!\*)[^*]{0,90}\b(19|20)\d\d\b", re.DOTALL)
NO_PAPER = "No paper: "
LINK = re.compile(r"\[[^\[\]]+\]\(https://[^\s()]+\)")


@pytest.mark.parametrize("title", PAGE_FILES)
def test_a_page_is_called_alike_everywhere_and_says_what_it_shows(title: str) -> None:
    words = words_of(PAGE_FILES[title])
    assert words.title == title or title in NAMED_OTHERWISE
    assert words.sentence and "\n\n" not in words.sentence and "#" not in words.sentence


@pytest.mark.parametrize("title", ANALYSES)
def test_an_analysis_says_how_to_read_it_and_names_its_paper(title: str) -> None:
    reading = words_of(PAGE_FILES[title]).reading
    assert PAPER.search(reading) or NO_PAPER in reading


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.md")), ids=lambda path: path.parent.name)
def test_a_reading_is_well_formed(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# ") and text.endswith("\n") and path.with_name("page.py").exists()
    assert max(map(len, text.splitlines())) <= LONGEST_LINE
    assert text.count("](") == len(LINK.findall(text)) and "](" not in LINK.sub("", text)
    assert text.count("**") % 2 == 0 and "http" not in LINK.sub("", text)


def test_a_reading_is_set_when_its_fold_is_opened(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    page = visit("twins")
    page.session_state["reading/Filter twins"] = True
    page.run()
    assert any("Likeness" in markdown.value for markdown in page.markdown)
