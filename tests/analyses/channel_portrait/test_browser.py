"""The channel page in a real browser, on portraits that were written without a worker."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.analyses import Activations, FilterAtlas
from shared.analyses.channel_portrait.spec import ChannelPortrait
from tests.analyses.activations.parts import LAYERS, finished_activations
from tests.analyses.channel_portrait.parts import finished_portrait
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
MODEL, LAYER = "keras/vgg16/imagenet", "block1_conv2"
ATLAS = FilterAtlas(model=MODEL, layer=LAYER, size=48, steps=6, precision="float32")
FIVE = ChannelPortrait(model=MODEL, layer=LAYER, channel=5, precision="float32")
SIX = FIVE.model_copy(update={"channel": 6})
DRAWN = 15_000


def place(page: Page) -> Locator:
    return page.locator(".header-line")


def loaded(picture: Locator) -> bool:
    """Whether a picture has arrived and is not blank."""
    return bool(picture.evaluate("p => p.decode().then(() => p.naturalWidth > 1)"))


def lens(page: Page, name: str) -> None:
    """Look through another lens."""
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.locator(f".portrait-stage[data-lens={name.lower()}]")).to_be_visible(timeout=DRAWN)


def test_from_an_atlas_tile_through_the_lenses_to_the_next_channel_and_a_shared_link(
    page: Page, empty_lab: Lab
) -> None:
    finished_inspection(empty_lab.client, MODEL)
    finished_atlas(empty_lab.client.store, ATLAS, 64)
    for spec in (FIVE, SIX):
        finished_portrait(empty_lab.client.store, spec)
    page.goto(f"{empty_lab.url}/?run={ATLAS.key()}&tile=5")
    page.get_by_role("link", name="Open this channel").click()
    expect(place(page)).to_contain_text("channel 5", timeout=DRAWN)
    assert loaded(page.get_by_alt_text(f"What excites it most: channel 5 of {LAYER}"))
    page.get_by_role("button", name="Show the facets").first.click()
    expect(page.locator(".portrait-stage[data-lens=facets]")).to_be_visible(timeout=DRAWN)
    expect(page.get_by_role("radio", name="Facets", exact=True)).to_be_checked()
    lens(page, "Opposite")
    expect(page.locator(".portrait-stage figure")).to_have_count(2)
    lens(page, "Facets")
    expect(page.locator(".portrait-stage figure")).to_have_count(4)
    lens(page, "History")
    expect(page.locator(".portrait-stage .player output")).to_contain_text("of 6", timeout=DRAWN)
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(place(page)).to_contain_text("channel 6", timeout=DRAWN)
    expect(page).to_have_url(re.compile(r"channel=6"))
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert f"/channel?model=keras%2Fvgg16%2Fimagenet&layer={LAYER}&channel=6" in link
    page.goto(link)
    expect(place(page)).to_contain_text("channel 6", timeout=DRAWN)
    expect(page.locator(".portrait-stage[data-lens=history] canvas")).to_be_visible(timeout=DRAWN)


def test_the_history_plays_stops_and_goes_to_a_frame(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={finished_portrait(empty_lab.client.store, FIVE)}&lens=history")
    output, canvas = page.locator(".portrait-stage .player output"), page.locator(".portrait-stage canvas")
    expect(output).to_contain_text("of 6", timeout=DRAWN)
    # It plays by itself: no frame is waited for by its number, a slow machine may never look at the right moment.
    expect(output).not_to_have_text(output.inner_text(), timeout=DRAWN)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider", name="Frame").fill("0")
    expect(output).to_have_text("1 of 6")
    grey = canvas.evaluate("c => new Set(c.getContext('2d').getImageData(0, 0, 64, 64).data).size")
    page.get_by_role("slider", name="Frame").fill("5")
    assert canvas.evaluate("c => new Set(c.getContext('2d').getImageData(0, 0, 64, 64).data).size") > grey + 50


def test_neighbours_and_keys_walk_through_the_layer(page: Page, empty_lab: Lab) -> None:
    finished_inspection(empty_lab.client, MODEL)
    finished_atlas(empty_lab.client.store, ATLAS, 64)
    finished_portrait(empty_lab.client.store, FIVE)
    page.goto(f"{empty_lab.url}/channel?model={MODEL}&layer={LAYER}&channel=5")
    tiles = page.get_by_role("navigation", name="Neighbours in the layer").get_by_role("link")
    expect(tiles).to_have_count(9, timeout=DRAWN)
    expect(tiles.nth(4)).to_have_attribute("aria-current", "page")
    assert loaded(tiles.nth(0).locator("img"))
    assert tiles.nth(7).get_attribute("href") == f"/channel?model=keras%2Fvgg16%2Fimagenet&layer={LAYER}&channel=8"
    tiles.nth(7).click()
    expect(place(page)).to_contain_text("channel 8", timeout=DRAWN)
    page.keyboard.press("p")
    expect(place(page)).to_contain_text("channel 7", timeout=DRAWN)
    page.keyboard.press("n")
    expect(place(page)).to_contain_text("channel 8", timeout=DRAWN)
    expect(page.get_by_role("button", name="Make the portrait")).to_be_visible()


def test_the_kernel_and_its_numbers(page: Page, empty_lab: Lab) -> None:
    first = FIVE.model_copy(update={"layer": "block1_conv1"})
    page.goto(f"{empty_lab.url}/?run={finished_portrait(empty_lab.client.store, first, kernel=True)}&lens=kernel")
    tables = page.locator(".portrait-stage table")
    expect(tables).to_have_count(3, timeout=DRAWN)
    assert tables.locator("caption").all_text_contents() == ["red", "green", "blue"]
    assert tables.nth(0).locator("td").all_text_contents()[0] == "−1"
    assert loaded(page.get_by_alt_text("Kernel of channel 5 of block1_conv1, 3 by 3 pixels"))


def test_the_map_lens_leads_from_the_maps_and_back(page: Page, empty_lab: Lab) -> None:
    path = LAYERS[-1][0]
    run = finished_activations(empty_lab.client.store, Activations(model=MODEL, image="sample/cat"))
    page.goto(f"{empty_lab.url}/?run={run}&layer={path}&channel=3")
    page.get_by_role("link", name="Open this channel").click()
    expect(page).to_have_url(re.compile(r"/channel\?.*channel=3"), timeout=DRAWN)
    expect(page.locator(".map-panel .readout")).to_contain_text("row", timeout=DRAWN)
    expect(page.get_by_role("heading", name=f"Channel 3 of {path}", exact=True)).to_be_visible()
