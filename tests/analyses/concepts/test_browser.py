"""The page of concepts in a real browser, on a run that was written without a worker."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.library.notes import run_subject
from tests.analyses.concepts.test_page import MODEL, written_concepts
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_inspection

pytestmark = pytest.mark.browser
DRAWN = 20_000


def test_from_an_alarm_to_a_verdict_that_a_colleague_sees(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    key = written_concepts(client, tmp_path)
    page.goto(f"{empty_lab.url}/?run={key}")
    expect(page.get_by_text("Concept 2 may be a shortcut for cat")).to_be_visible(timeout=DRAWN)
    # The most suspect comes first, with its pictures.
    expect(page.get_by_text(re.compile(r"Suspicion 0\.70 · importance 0\.90"))).to_be_visible()
    crops = page.get_by_role("img", name="Crops with most of concept 2")
    expect(crops).to_be_visible()
    assert crops.evaluate("p => p.decode().then(() => p.naturalWidth > 1)")
    expect(page.get_by_role("img", name="Where concept 2 stands in their pictures")).to_be_visible()
    first, second = (page.get_by_role("img", name=f"Crops with most of concept {n}").bounding_box() for n in (2, 1))
    assert first and second and first["y"] < second["y"]
    # A verdict is kept, and stands there for whoever opens the link.
    page.get_by_role("radiogroup", name=re.compile("Is concept 2 a cue")).get_by_text("cue", exact=True).click()
    expect(page.get_by_text(re.compile("said cue"))).to_be_visible(timeout=DRAWN)
    assert [note.text for note in client.library.notes.of(run_subject(key))] == ["Concept 2: cue"]
    page.goto("about:blank")
    page.goto(f"{empty_lab.url}/?run={key}")
    expect(page.get_by_text(re.compile("said cue"))).to_be_visible(timeout=DRAWN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_reads_it_without_scrolling_sideways(page: Page, empty_lab: Lab, tmp_path: Path, scheme: str) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{empty_lab.url}/?run={written_concepts(client, tmp_path)}")
    expect(page.get_by_role("img", name="Crops with most of concept 3")).to_be_visible(timeout=DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
