"""A result leaves the dashboard: a share link that outlives Redis, and a report that needs no network."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_atlas

pytestmark = pytest.mark.browser
SECONDS = 20_000
ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(24)), size=64, steps=4, precision="float32"
)


def test_one_person_shares_and_another_opens_it_even_when_redis_is_empty(
    page: Page, browser: Browser, empty_lab: Lab
) -> None:
    finished_atlas(empty_lab.client.store, ATLAS, 24)
    page.goto(f"{empty_lab.url}/?run={ATLAS.key()}&tile=3")
    page.get_by_text("Share ▾").click(timeout=SECONDS)
    page.get_by_role("button", name="7 days", exact=True).click()
    field = page.get_by_role("textbox", name="Share link")
    expect(field).to_have_value(re.compile("/share/"), timeout=SECONDS)
    link = field.input_value()
    page.get_by_role("button", name="Copy share link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    empty_lab.client.store.client.flushall()
    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        other.goto(link)
        expect(other.get_by_text("for reading, until")).to_be_visible()
        sheet = other.get_by_role("img", name="All channels, 24 tiles")
        sheet.focus()
        other.keyboard.press("ArrowRight")
        other.keyboard.press("ArrowRight")
        expect(other.get_by_role("status")).to_contain_text("channel 1, objective")
        expect(other.get_by_role("link", name="Open in the dashboard")).to_have_attribute(
            "href", f"/?run={ATLAS.key()}&tile=3"
        )


def test_the_report_opens_from_disk_with_the_network_off(
    page: Page, browser: Browser, empty_lab: Lab, tmp_path: Path
) -> None:
    finished_atlas(empty_lab.client.store, ATLAS, 24)
    page.goto(f"{empty_lab.url}/?run={ATLAS.key()}")
    page.get_by_text("Export ▾").click(timeout=SECONDS)
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("Report that opens anywhere")).click()
    path = tmp_path / "report.html"
    waiting.value.save_as(path)
    with browser.new_context(offline=True) as alone:
        opened = alone.new_page()
        problems: list[str] = []
        opened.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        opened.goto(path.as_uri())
        sheet = opened.get_by_role("img", name="All channels, 24 tiles")
        expect(sheet).to_be_visible()
        assert sheet.evaluate("image => image.naturalWidth") > 100
        sheet.click(position={"x": 10, "y": 10})
        expect(opened.get_by_role("status")).to_contain_text("channel 0, objective")
        assert problems == []
