"""The atlas page in a real browser, on atlases that were written without a worker."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.analyses import FilterAtlas
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers, write_tiles

pytestmark = pytest.mark.browser
LARGE = FilterAtlas(
    model="keras/vgg16/imagenet",
    layer="block4_conv2",
    channels=tuple(range(512)),
    size=64,
    steps=6,
    precision="float32",
)
SMALL = LARGE.model_copy(update={"layer": "block1_conv1", "channels": tuple(range(24))})
# Generous, for a busy machine; benchmarks/open_atlas.py measures.
OPEN_SECONDS = 15.0


def opened(page: Page, lab: Lab, spec: FilterAtlas, more: str = "") -> Locator:
    """Open an atlas from its link; its tiles once the sheet is drawn."""
    page.goto(f"{lab.url}/?run={spec.key()}{more}")
    expect(page.locator(".tile-sheet[data-shown]")).to_be_visible(timeout=OPEN_SECONDS * 1000)
    return page.locator(".tile-sheet .tile")


def chosen(page: Page) -> str | None:
    """Label of the selected tile."""
    return page.locator('.tile-sheet .tile[aria-selected="true"]').get_attribute("aria-label")


def test_a_finished_atlas_of_512_tiles_opens_from_its_link(page: Page, empty_lab: Lab) -> None:
    finished_inspection(empty_lab.client, LARGE.model)
    finished_atlas(empty_lab.client.store, LARGE, 512)
    start = time.monotonic()
    tiles = opened(page, empty_lab, LARGE)
    assert time.monotonic() - start < OPEN_SECONDS
    assert tiles.count() == 512
    assert page.locator(".tile.made").count() == 512 and page.locator(".tile.dead").count() == 30
    expect(page.get_by_text("512 of 512 tiles · 30 dead")).to_be_visible()
    assert page.url.endswith(f"/atlas?run={LARGE.key()}")


def test_a_click_shows_the_tile_large_and_puts_it_into_the_address(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL).nth(3).click()
    expect(page.get_by_role("heading", name="Channel 3", exact=True)).to_be_visible()
    picture = page.get_by_alt_text("Picture that excites channel 3 of block1_conv1")
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 64
    expect(page.locator(".header-line")).to_contain_text("channel 3")
    expect(page).to_have_url(re.compile(r"[?&]tile=3\b"), timeout=15000)


def test_the_curve_comes_after_the_sheet(page: Page, empty_lab: Lab) -> None:
    """Mutation: a chart that waits for nothing fetches 4.8 MB of script while the sheet is on its way."""
    finished_atlas(empty_lab.client.store, SMALL, 24)
    page.route("**/img/sheet/**", lambda route: (time.sleep(1.5), route.continue_()))
    page.goto(f"{empty_lab.url}/?run={SMALL.key()}&tile=3")
    curve = page.get_by_role("group", name=re.compile("^Objective at each step"))
    curve.scroll_into_view_if_needed(timeout=OPEN_SECONDS * 1000)
    expect(page.locator(".charts[data-drawn]")).to_be_visible(timeout=OPEN_SECONDS * 1000)
    asked = "part => performance.getEntriesByType('resource').find(one => one.name.includes(part))"
    sheet, script = (page.evaluate(asked, part) for part in ("/img/sheet/", "plotly"))
    assert script["startTime"] > sheet["responseEnd"] > 1500
    assert len(curve.evaluate("plot => plot.data[0].y")) == SMALL.steps + 1


def test_reload_keeps_tile_sort_and_size(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL).nth(9).click()
    page.get_by_role("button", name="objective").click()
    page.get_by_role("button", name="small").click()
    expect(page).to_have_url(re.compile("tiles=S"), timeout=15000)
    expect(page).to_have_url(re.compile("sort=objective"), timeout=15000)
    page.reload()
    expect(page.get_by_role("heading", name="Channel 9", exact=True)).to_be_visible(timeout=15000)
    expect(page.get_by_role("button", name="objective")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="small")).to_have_attribute("aria-pressed", "true")
    assert str(chosen(page)).startswith("channel 9,")


def test_arrow_keys_walk_over_the_tiles(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    tiles = opened(page, empty_lab, SMALL)
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Channel 2", exact=True)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("heading", name="Channel 23", exact=True)).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", name="Channel 0", exact=True)).to_be_visible()
    across = page.evaluate(
        "() => { const g = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.grid'))"
        ".find(Boolean); return getComputedStyle(g).gridTemplateColumns.split(' ').length }"
    )
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name=f"Channel {across}", exact=True)).to_be_visible()


def test_the_keyboard_alone_reaches_a_tile(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL)
    page.get_by_role("button", name="large").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Channel 0", exact=True)).to_be_visible()


def test_tiles_say_what_they_are(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL)
    expect(page.get_by_role("listbox")).to_have_attribute("aria-label", re.compile("24 of 24 tiles"))
    labels = page.get_by_role("option").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert re.fullmatch(r"channel 5, objective -?[\d.e-]+, dead on 3 starts", labels[5])
    assert re.fullmatch(r"channel 6, objective [\d.]+", labels[6])


def test_sorting_by_objective_puts_the_highest_first_and_the_dead_last(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL)
    page.get_by_role("button", name="objective").click()
    rows = page.get_by_role("option").evaluate_all(
        "all => all.sort((a, b) => a.style.order - b.style.order).map(e => e.getAttribute('aria-label'))"
    )
    heights = [float(re.search(r"objective (-?[\d.e+-]+)", row)[1]) for row in rows if "dead" not in row]
    assert heights == sorted(heights, reverse=True)
    assert all("dead" in row for row in rows[len(heights) :]) and len(heights) < 24


def test_the_best_64_are_the_highest_living_ones_and_a_link_keeps_them(page: Page, empty_lab: Lab) -> None:
    many = SMALL.model_copy(update={"channels": tuple(range(96))})
    finished_atlas(empty_lab.client.store, many, 96)
    opened(page, empty_lab, many)
    page.get_by_role("button", name="best 64").click()
    shown = page.locator(".tile:visible")
    expect(shown).to_have_count(64)
    labels = page.locator(".tile").evaluate_all("all => all.map(e => [!e.hidden, e.getAttribute('aria-label')])")
    heights = {kept: [float(re.search(r"objective (-?[\d.e+-]+)", row)[1]) for k, row in labels
                      if k == kept and "dead" not in row] for kept in (True, False)}  # fmt: skip
    assert len(heights[True]) == 64 and min(heights[True]) >= max(heights[False])
    expect(page).to_have_url(re.compile("sort=best"), timeout=15000)
    page.reload()
    expect(shown).to_have_count(64, timeout=15000)


def test_tiles_arrive_while_the_run_is_live_and_polling_stops_at_its_end(page: Page, empty_lab: Lab) -> None:
    store = empty_lab.client.store
    fence = begin(store, SMALL, 24)
    write_tiles(store, SMALL, fence, 24, 0, 5)
    opened(page, empty_lab, SMALL)
    expect(page.get_by_text("5 of 24 tiles", exact=False).first).to_be_visible()
    assert page.locator(".tile.waiting").count() == 19
    write_tiles(store, SMALL, fence, 24, 5, 11)
    expect(page.locator(".tile.made")).to_have_count(11)
    write_tiles(store, SMALL, fence, 24, 11, 24)
    store.runs.finish(SMALL.key(), fence, {})
    expect(page.locator(".tile.made")).to_have_count(24)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    page.wait_for_timeout(1500)
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append("frame")))
    page.wait_for_timeout(2500)
    assert frames == []


def test_cancel_is_asked_for_at_once(page: Page, empty_lab: Lab) -> None:
    store = empty_lab.client.store
    fence = begin(store, SMALL, 24)
    write_tiles(store, SMALL, fence, 24, 0, 5)
    opened(page, empty_lab, SMALL)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopping after the present step")).to_be_visible()
    assert store.runs.cancel_requested(SMALL.key())
    store.runs.end_cancelled(SMALL.key(), fence)
    expect(page.get_by_text("Cancelled: 5 of 24 tiles")).to_be_visible()
    assert page.locator(".tile.made").count() == 5
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_the_link_that_is_copied_brings_a_colleague_to_the_same_view(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL).nth(7).click()
    expect(page.locator(".header-line")).to_contain_text("channel 7")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == f"{empty_lab.url}/?run={SMALL.key()}&tile=7"
    page.goto(link)
    expect(page.get_by_role("heading", name="Channel 7", exact=True)).to_be_visible(timeout=15000)


def test_the_sheet_can_be_downloaded(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, SMALL, 24)
    opened(page, empty_lab, SMALL)
    page.get_by_text("Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Sheet").click()
    assert waiting.value.suggested_filename.endswith("sheet.png")
    with open(waiting.value.path(), "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_layer_is_two_clicks_away_from_its_atlas(page: Page, empty_lab: Lab) -> None:
    report_workers(empty_lab.client.store)
    finished_inspection(empty_lab.client, "keras/vgg16/imagenet")
    page.goto(f"{empty_lab.url}/atlas?model=keras/vgg16/imagenet&layer=block3_conv2&size=64")
    expect(page.get_by_text("Not computed yet.")).to_be_visible(timeout=15000)
    expect(page.locator(".header-line")).to_contain_text("block3_conv2")
    page.get_by_role("button", name="Make the atlas").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    expect(page).to_have_url(re.compile("run=filter_atlas-v3-"), timeout=15000)
