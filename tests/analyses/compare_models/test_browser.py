"""The comparison's page in a real browser, on two networks that were compared without a worker."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.analyses.compare_models.parts import CHANNELS, EDGE, comparison, maps_of, unmoved
from tests.fixtures.browser import Lab
from tests.fixtures.charts_on_a_page import click_at
from tests.fixtures.patience import drawn

pytestmark = pytest.mark.browser


def opened(page: Page, lab: Lab, more: str = "") -> Locator:
    """Open a run from its link; the maps' canvases once they are painted."""
    page.goto(f"{lab.url}/?run={comparison(lab.client)}{more}")
    expect(page.locator(".channel-changes[data-painted]")).to_be_visible(timeout=20_000)
    return page.locator(".channel-changes canvas")


def pixels(canvas: Locator) -> np.ndarray:
    """float (EDGE, EDGE): how bright a canvas is, one value a unit."""
    return np.asarray(Image.fromarray(drawn(canvas)).resize((EDGE, EDGE), Image.Resampling.BOX)).astype(float)


def test_maps_of_both_sides_lie_over_the_picture_on_one_scale(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab)
    expect(canvases).to_have_count(2 * len(CHANNELS))
    covered = [pixels(canvases.nth(i)) for i in (0, 1)]
    page.get_by_label("Map over picture").fill("0")
    bare = [pixels(canvases.nth(i)) for i in (0, 1)]
    assert np.abs(bare[0] - bare[1]).max() < 2, "the photograph alone, on both sides"
    changed = [np.abs(a - b).sum(-1) for a, b in zip(covered, bare, strict=True)]
    halves = [(one[:, : EDGE // 2].sum(), one[:, EDGE // 2 :].sum()) for one in changed]
    assert halves[0][0] > 2 * halves[0][1] and halves[1][1] > 2 * halves[1][0], "the hill moved to the right"
    expect(page).to_have_url(re.compile("opacity=0"), timeout=10_000)


def test_the_value_of_one_unit_in_all_maps(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab)
    canvases.first.scroll_into_view_if_needed()
    box = canvases.first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 2.5 / EDGE, box["y"] + box["height"] * 4.5 / EDGE)
    readouts = page.locator(".channel-changes output")
    expect(readouts.first).to_contain_text("row 4, column 2: ")
    for number, side in enumerate(("before", "after")):
        value = float((readouts.nth(number).text_content() or "").rpartition(" ")[2])
        assert value == pytest.approx(float(maps_of(2, side)[4, 2, 0]), rel=0.01, abs=1e-4)
    canvases.nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(readouts.first).to_contain_text("row 4, column 3: ")
    expect(canvases.nth(1)).to_have_attribute("aria-label", re.compile("Row 4, column 3"))


def test_a_click_on_a_bar_shows_that_layer_and_the_link_keeps_it(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    expect(page.locator(".charts[data-drawn]")).to_be_visible(timeout=20_000)
    click_at(page, page.get_by_role("group", name=re.compile("^Distance from before")), "block/low", 0.2)
    expect(page.get_by_role("heading", name="Channels of low that changed most")).to_be_visible(timeout=10_000)
    expect(page).to_have_url(re.compile("layer=block%2Flow"))
    page.get_by_role("button", name="Copy link").click()
    page.goto(page.evaluate("() => navigator.clipboard.readText()"))
    expect(page.get_by_role("heading", name="Channels of low that changed most")).to_be_visible(timeout=20_000)


def test_arrow_keys_walk_along_the_layers_and_frozen_ones_say_so(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    page.get_by_role("option", name=re.compile("^high")).focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("option", selected=True)).to_have_attribute(
        "title", "stem · Conv2D · frozen: not one bit changed"
    )
    expect(page.locator(".channel-changes")).to_contain_text("Frozen, like all layers before it", timeout=10_000)


def test_a_channel_leads_to_its_page_in_both_networks_and_a_layer_to_its_tiles(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    link = page.get_by_role("link", name=f"Page of channel {CHANNELS[0]} in the network after")
    assert "layer=base%2Fblock%2Fhigh" in (link.get_attribute("href") or "")
    page.get_by_role("option", name=re.compile("^late")).click()
    page.get_by_role("link", name="Draw late").click(timeout=10_000)
    expect(page.get_by_role("button", name="Make the comparison")).to_be_visible(timeout=20_000)
    expect(page).to_have_url(re.compile("layers=late"))


def test_the_same_network_twice(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={unmoved(empty_lab.client)}")
    expect(page.get_by_role("heading", name=re.compile("^Nothing moved"))).to_be_visible(timeout=20_000)
    expect(page.locator(".channel-changes")).to_contain_text("both networks respond alike")
