"""Two people: one shares and names, the other opens, comments, compares, exports; then Redis is emptied."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from shared.library.notes import layer_subject
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_atlas

pytestmark = pytest.mark.browser
SECONDS = 20_000
ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(12)), size=48, steps=4, precision="float32"
)
OTHER = ATLAS.model_copy(update={"layer": "block1_conv2"})


def test_what_one_person_finds_another_opens_names_compares_and_takes_along(
    page: Page, browser: Browser, empty_lab: Lab, tmp_path: Path
) -> None:
    client = empty_lab.client
    for spec in (ATLAS, OTHER):
        finished_atlas(client.store, spec, 12)
    # The first person pins both atlases and shares one.
    for spec, title in ((ATLAS, "Edges"), (OTHER, "Colours")):
        page.goto(f"{empty_lab.url}/?run={spec.key()}")
        page.get_by_role("button", name="Pin", exact=True).click(timeout=SECONDS)
        page.get_by_role("textbox", name="Title").fill(title)
        page.get_by_role("textbox", name="Tags").fill("first layer, edges")
        page.get_by_role("button", name="Pin it").click()
        expect(page.get_by_role("button", name="Pinned", exact=True)).to_be_visible(timeout=SECONDS)
    page.get_by_text("Share ▾").click()
    page.get_by_role("button", name="30 days").click()
    field = page.get_by_role("textbox", name="Share link")
    expect(field).to_have_value(re.compile("/share/"), timeout=SECONDS)
    link = field.input_value()
    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        # The second one opens the link, goes on in the dashboard, and names a channel.
        other.goto(link)
        other.get_by_role("link", name="Open in the dashboard").click()
        expect(other.locator(".header-line")).to_contain_text("block1_conv2", timeout=SECONDS)
        client.library.notes.add(layer_subject(OTHER.model, OTHER.layer), "ben", name="green to red", channel=3)
        other.goto(f"{empty_lab.url}/?run={OTHER.key()}&tile=3")
        expect(other.get_by_role("heading", name="Channel 3 · green to red")).to_be_visible(timeout=SECONDS)
        other.get_by_text("Notes", exact=True).click()
        other.get_by_role("textbox", name="Note", exact=True).fill("Look at **3** beside 7")
        other.get_by_role("button", name="Add the note").click()
        expect(other.get_by_text("Look at **3** beside 7", exact=True)).to_be_visible(timeout=SECONDS)
        # Compares it with the other atlas of the gallery, under one zoom.
        other.goto(f"{empty_lab.url}/gallery?tag=edges")
        other.get_by_role("button", name="Compare Edges").click(timeout=SECONDS)
        other.get_by_role("button", name="Compare Colours").click()
        expect(other).to_have_url(re.compile("side-by-side"), timeout=SECONDS)
        frames = other.locator(".zoom-panes .frame")
        expect(frames).to_have_count(2, timeout=SECONDS)
        frames.first.focus()
        other.keyboard.press("+")
        scales = [frames.nth(i).locator("img").evaluate("image => image.style.transform") for i in range(2)]
        assert scales[0] == scales[1] and scales[0].startswith("scale(1.25)")
        # Takes everything along.
        other.goto(f"{empty_lab.url}/?run={ATLAS.key()}")
        other.get_by_text("Export ▾").click(timeout=SECONDS)
        with other.expect_download() as waiting:
            other.get_by_role("link", name=re.compile("Everything in one file")).click()
        waiting.value.save_as(tmp_path / "result.zip")
        assert "convscope/run.json" in zipfile.ZipFile(tmp_path / "result.zip").namelist()
        # Redis is emptied: the link, the gallery and the notes are still there.
        client.store.client.flushall()
        other.goto(link)
        expect(other.get_by_text("for reading, until")).to_be_visible()
        other.goto(f"{empty_lab.url}/gallery")
        expect(other.get_by_text("Colours", exact=True)).to_be_visible(timeout=SECONDS)
        other.goto(f"{empty_lab.url}/?run={OTHER.key()}&tile=3")
        expect(other.get_by_role("heading", name="Channel 3 · green to red")).to_be_visible(timeout=SECONDS)
