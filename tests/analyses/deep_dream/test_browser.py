"""The Deep Dream page in a real browser, on pictures that were written without a worker."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.analyses import DeepDream
from shared.results import encode_part
from tests.analyses.deep_dream.parts import begun_dream, dream_parts, finished_dream
from tests.fixtures.browser import Lab

pytestmark = pytest.mark.browser
DREAM = DeepDream(model="keras/vgg16/imagenet", image="sample/coffee", octaves=3, steps=4, precision="float32")
SPLIT = "e => getComputedStyle(e).getPropertyValue('--split')"


def opened(page: Page, lab: Lab) -> Locator:
    """Open the dream from its link; its octaves' buttons once the last one is shown."""
    finished_dream(lab.client.store, DREAM)
    page.goto(f"{lab.url}/?run={DREAM.key()}")
    expect(page.locator('.dream-compare[data-shown="3"]')).to_be_visible(timeout=20_000)
    return page.locator(".dream-compare .strip button")


def test_the_line_follows_pointer_and_keyboard(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    stage, slider = page.locator(".dream-compare .stage"), page.get_by_label(re.compile("Where the photograph ends"))
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 50, steps=4)
    page.mouse.up()
    assert float(stage.evaluate(SPLIT).strip(" %")) == pytest.approx(20, abs=3)
    slider.focus()
    page.keyboard.press("End")
    assert stage.evaluate(SPLIT).strip() == "100%"
    expect(slider).to_have_attribute("aria-valuetext", "100 % photograph")
    shown = page.locator(".dream-compare .after")
    assert shown.evaluate("e => e.complete && e.naturalWidth") == 60


def test_an_octave_is_chosen_shared_and_found_again(page: Page, empty_lab: Lab) -> None:
    buttons = opened(page, empty_lab)
    expect(buttons).to_have_count(3)
    buttons.nth(1).click()
    expect(page.locator(".dream-compare .tag.right")).to_have_text("dream, octave 2")
    expect(page.get_by_text("The ceiling ended it after 4 steps.")).to_be_visible()
    expect(page).to_have_url(re.compile("octave=2"), timeout=15_000)
    objective = page.get_by_role("group", name=re.compile("^Objective"))
    expect(objective.locator(".scatterlayer .trace")).to_have_count(3)
    assert objective.evaluate("plot => [plot.data[0].y[0], plot.data.at(-1).y.at(-1)]") == [1, 4]
    expect(page.get_by_role("img", name=re.compile("The dream growing"))).to_be_visible()
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Copy link").click()
    page.goto(page.evaluate("() => navigator.clipboard.readText()"))
    expect(page.locator('.dream-compare[data-shown="2"]')).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="octave 2, 43 × 29 pixels")).to_have_attribute("aria-pressed", "true")


def test_a_running_dream_is_followed_octave_by_octave(page: Page, empty_lab: Lab) -> None:
    store, parts = empty_lab.client.store, dream_parts(DREAM)
    fence = begun_dream(store, DREAM, 2)
    page.goto(f"{empty_lab.url}/?run={DREAM.key()}")
    expect(page.locator('.dream-compare[data-shown="1"]')).to_be_visible(timeout=20_000)
    expect(page.locator(".dream-compare .coming")).to_have_count(2)
    store.runs.write(DREAM.key(), fence, (2, encode_part(parts[2])), {"stage": "dreaming"})
    expect(page.locator('.dream-compare[data-shown="2"]')).to_be_visible(timeout=10_000)
    expect(page.get_by_text("3 of 5 pictures")).to_be_visible(timeout=10_000)


def test_the_dream_can_be_downloaded(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    page.get_by_text("Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="The dream").click()
    with open(waiting.value.path(), "rb") as file:
        assert file.read(4) == b"\x89PNG"
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Optimization (animation)").click()
    with open(waiting.value.path(), "rb") as file:
        assert file.read(4) == b"GIF8"
