"""The heat maps' page in a real browser, on maps that were written without a worker."""

import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_maps import Grid, enlarge, overlay, reach_of
from shared.analyses.sanity_check.spec import SanityCheck
from tests.analyses.attribution.parts import AGAINST, SIZE, finished_heat_maps, maps_of, picture_of
from tests.analyses.sanity_check.parts import finished_check
from tests.fixtures.browser import Lab
from tests.fixtures.patience import drawn, eventually

pytestmark = pytest.mark.browser
MODEL = "keras/mobilenetv2/imagenet"
TWO = Attribution(model=MODEL, image="sample/cat", classes=(386, 101))
HALF = TWO.model_copy(update={"classes": (386, AGAINST)})
METHODS = TWO.model_copy(update={"methods": ("grad_cam", "integrated_gradients")})
BATCH = Attribution.from_fields({"model": MODEL, "images": "sample/cat,sample/coffee,sample/rocket",
                                 "truths": "386,101,?"})  # fmt: skip
# A network whose convolutions lose a border, as InceptionV3's do: 8 units a side in a part of its 299 pixels.
WIDE, GRID = 299, Grid((61.0, 21.0), 24.0)
# Colours of the canvas are those of overlay() but for the photograph's own enlargement.
NEAR = 6


def opened(page: Page, lab: Lab, spec: Attribution = TWO, more: str = "", **how: Any) -> Locator:
    """Open a run from its link; the canvases once they are painted."""
    finished_heat_maps(lab.client.store, spec, **how)
    page.goto(f"{lab.url}/?run={spec.key()}{more}")
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=20_000)
    return page.locator(".heat-stage .maps canvas")


def pixels(canvas: Locator, size: int = SIZE) -> np.ndarray:
    """uint8 (size, size, 3): a canvas, one value a pixel of the picture."""
    return np.asarray(Image.fromarray(drawn(canvas)).resize((size, size), Image.Resampling.BOX))


def expected(number: int, **how: Any) -> np.ndarray:
    """What overlay() draws of one of the two classes on the scale of both."""
    maps = maps_of("grad_cam", (386, 101)).clip(0)
    return overlay(picture_of(0), maps[number], reach_of(maps), **how)


def off(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean distance of two pictures, in grey levels."""
    return float(np.abs(found.astype(int) - wanted.astype(int)).mean())


def test_the_canvas_shows_what_the_export_shows_on_one_scale(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab, more="&box=off")
    for number in (0, 1):
        assert off(pixels(canvases.nth(number)), expected(number)) < NEAR
    page.get_by_role("button", name="each its own").click()
    own = maps_of("grad_cam", (386, 101)).clip(0)[1]
    alone = overlay(picture_of(0), own, float(own.max()))
    assert off(pixels(canvases.nth(1)), alone) < off(pixels(canvases.nth(1)), expected(1))


def test_opacity_threshold_and_colours_change_without_a_new_run(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab, more="&box=off")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Opacity").fill("0")
    assert off(pixels(canvases.first), picture_of(0)) < NEAR / 2, "the photograph alone"
    page.get_by_label("Opacity").fill("90")
    page.get_by_label("Threshold").fill("50")
    page.get_by_role("button", name="viridis").click()
    assert off(pixels(canvases.first), expected(0, opacity=0.9, threshold=0.5, colour="viridis")) < NEAR
    expect(page).to_have_url(re.compile("opacity=90"), timeout=10_000)
    expect(page).to_have_url(re.compile("threshold=50"))
    expect(page).to_have_url(re.compile("colour=viridis"), timeout=10_000)
    assert not [url for url in asked if "/img/" in url], "nothing was fetched again"
    assert [run.key for run in empty_lab.client.store.runs.recent()] == [TWO.key()]


def test_the_value_under_the_pointer_in_both_maps(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab)
    box = canvases.first.bounding_box()
    assert box is not None
    x, y = 22, 25
    page.mouse.move(box["x"] + box["width"] * (x + 0.5) / SIZE, box["y"] + box["height"] * (y + 0.5) / SIZE)
    readouts = page.locator(".heat-stage .numbers output")
    expect(readouts.first).to_contain_text(f"at {x}, {y}: ")
    for number, heat in enumerate(maps_of("grad_cam", (386, 101)).clip(0)):
        value = float((readouts.nth(number).text_content() or "").rpartition(" ")[2])
        assert value == pytest.approx(enlarge(heat, SIZE, SIZE)[y, x], rel=0.01, abs=1e-4)
    canvases.first.focus()
    page.keyboard.press("ArrowDown")
    expect(readouts.first).to_contain_text(f"at {x}, {y + 1}: ")


def test_no_positive_evidence_is_said_and_the_signed_map_is_one_click_away(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab, HALF, "&box=off")
    band = page.locator(".heat-stage .band", has_text="No positive evidence at this layer")
    expect(band.locator("visible=true")).to_have_count(1)
    assert off(pixels(canvases.nth(1)), picture_of(0)) < NEAR / 2
    band.get_by_role("button", name="Show what speaks against it").click()
    expect(band.locator("visible=true")).to_have_count(0)
    whole = maps_of("grad_cam", (386, AGAINST))
    signed = overlay(picture_of(0), whole[1], reach_of(whole, signed=True), signed=True)
    assert off(pixels(canvases.nth(1)), signed) < NEAR < off(pixels(canvases.nth(1)), picture_of(0))
    expect(page).to_have_url(re.compile("values=signed"), timeout=10_000)


def test_the_box_is_drawn_where_the_facts_say(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab)
    words = page.locator(".heat-stage .where-words").text_content() or ""
    width, height, left, top = (int(n) for n in re.findall(r"(\d+) (?:× (?=\d)|px)", words))
    framed = drawn(canvases.first).astype(int)
    page.get_by_role("button", name="Box", exact=True).click()
    plain = drawn(canvases.first).astype(int)
    changed = np.argwhere(np.abs(framed - plain).sum(-1) > 60) * SIZE / len(framed)
    assert np.abs(changed.min(0) - [top, left]).max() < 1
    assert np.abs(changed.max(0) - [top + height, left + width]).max() < 1


def coloured(found: np.ndarray) -> np.ndarray:
    """Where a map colours the wide picture."""
    return np.asarray(np.abs(found.astype(int) - picture_of(0, WIDE).astype(int)).sum(-1) > 60)


def region(found: np.ndarray) -> tuple[int, ...]:
    """Left, top, width and height of what a map coloured, in pixels of the wide picture."""
    rows, columns = np.nonzero(coloured(found))
    return columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1


def assert_placed(canvas: Locator) -> None:
    """The upper half of the first class's map lies where enlarge() puts it by its grid, and not where it puts it
    without one."""
    heat = maps_of("grad_cam", (386,)).clip(0)[0]
    large = [enlarge(heat, WIDE, WIDE, grid) for grid in (GRID, None)]
    placed, even = (region(overlay(picture_of(0, WIDE), one, heat.max(), threshold=0.5)) for one in large)
    found = region(pixels(canvas, WIDE))
    np.testing.assert_allclose(found, placed, atol=3)
    assert np.abs(np.subtract(found, even)).max() > 15


def test_a_map_of_a_network_that_loses_its_border_lies_where_its_units_look(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab, TWO, "&box=off&threshold=50", size=WIDE, grid=GRID)
    assert_placed(canvases.first)
    page.get_by_label("Threshold").fill("0")
    maps, ground = maps_of("grad_cam", (386, 101)).clip(0), picture_of(0, WIDE)
    for number in (0, 1):
        wanted = overlay(ground, maps[number], reach_of(maps), grid=GRID)
        even = overlay(ground, maps[number], reach_of(maps))
        found = pixels(canvases.nth(number), WIDE)
        assert off(found, wanted) < NEAR / 2 < off(found, even)


def test_many_such_maps_lie_there_on_their_smaller_pictures(page: Page, empty_lab: Lab) -> None:
    spec = BATCH.model_copy(update={"truths": (), "classes": (386,)})
    finished_heat_maps(empty_lab.client.store, spec, WIDE, GRID)
    page.goto(f"{empty_lab.url}/?run={spec.key()}&box=off&threshold=50")
    canvas = page.locator(".heat-grid .tiles canvas").first
    eventually(lambda: pixels(canvas, WIDE), lambda found: coloured(found).any())
    assert_placed(canvas)


def test_a_link_brings_a_colleague_to_the_same_view(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab, METHODS)
    page.locator(".heat-stage canvas[data-at='integrated_gradients/101']").click()
    expect(page.get_by_role("heading", name="Integrated Gradients for tusker")).to_be_visible()
    page.get_by_label("Opacity").fill("80")
    page.get_by_role("button", name="Box", exact=True).click()
    expect(page).to_have_url(re.compile("opacity=80"), timeout=10_000)
    expect(page).to_have_url(re.compile("box=off"), timeout=10_000)
    before = pixels(page.locator(".heat-stage .maps canvas").last)
    page.get_by_role("button", name="Copy link").click()
    page.goto(page.evaluate("() => navigator.clipboard.readText()"))
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="Integrated Gradients for tusker")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Box", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_label("Opacity")).to_have_value("80")
    assert off(pixels(page.locator(".heat-stage .maps canvas").last), before) < 1


def test_a_lens_keeps_the_place(page: Page, empty_lab: Lab) -> None:
    finished_heat_maps(empty_lab.client.store, TWO.model_copy(update={"methods": ("layer_cam",)}))
    opened(page, empty_lab, more="&opacity=30")
    page.get_by_role("button", name="LayerCAM").click()
    expect(page.locator(".heat-stage h4", has_text=re.compile("^LayerCAM$"))).to_be_visible(timeout=15_000)
    expect(page).to_have_url(re.compile("opacity=30"))
    expect(page.get_by_label("Opacity")).to_have_value("30")
    expect(page.locator(".heat-stage figcaption b")).to_have_text(["African elephant", "tusker"])


def test_a_prediction_is_a_click_away_from_its_map(page: Page, empty_lab: Lab) -> None:
    finished_heat_maps(empty_lab.client.store, HALF.model_copy(update={"classes": (386, 101, AGAINST)}))
    opened(page, empty_lab)
    page.get_by_role("button", name=re.compile("^zebra ?1.0 %")).click()
    expect(page.locator(".heat-stage figcaption b")).to_have_text(
        ["African elephant", "tusker", "zebra"], timeout=15_000
    )
    expect(page.get_by_role("textbox", name="Classes")).to_have_value(f"386,101,{AGAINST}")


def test_many_pictures_sifted_and_opened(page: Page, empty_lab: Lab) -> None:
    finished_heat_maps(empty_lab.client.store, BATCH)
    page.goto(f"{empty_lab.url}/?run={BATCH.key()}")
    tiles = page.locator(".heat-grid .tiles li")
    expect(tiles).to_have_count(3, timeout=20_000)
    page.get_by_role("button", name="Only those it gets wrong").click()
    expect(tiles.locator("visible=true")).to_have_count(1)
    expect(page.locator(".heat-grid .count")).to_have_text("1 of 3 pictures · 1 wrong")
    expect(page).to_have_url(re.compile("wrong=1"), timeout=10_000)
    page.get_by_role("button", name=re.compile("^coffee: African elephant, 81.0 %. It shows tusker")).click()
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=15_000)
    expect(page.locator(".heat-classes")).to_contain_text("✗ Wrong: it shows tusker")
    page.get_by_role("button", name="All pictures").click()
    expect(tiles.locator("visible=true")).to_have_count(1, timeout=15_000)


def test_a_check_shows_depths_curves_and_what_they_mean(page: Page, empty_lab: Lab) -> None:
    finished_check(empty_lab.client.store, SanityCheck(model=MODEL, image="sample/cat", classes=(386,)))
    opened(page, empty_lab)
    check = page.locator(".sanity-row")
    expect(check.locator("li")).to_have_count(4, timeout=15_000)
    expect(check.get_by_text("✓ Randomised weights: depends on the trained weights")).to_be_visible()
    page.locator(".charts").scroll_into_view_if_needed(timeout=15_000)
    deletion = page.get_by_role("group", name=re.compile("^Deletion"))
    expect(deletion.locator(".legend")).to_contain_text("this map, area 0.2", timeout=15_000)
    expect(deletion.locator(".legend")).to_contain_text("random maps, area 0.37")
    canvas = check.locator("canvas").first
    expect(canvas).to_have_js_property("width", 260)
    assert off(pixels(canvas), picture_of(0)) > 5, "the map lies on the picture"


def test_the_keyboard_reaches_lenses_classes_tools_and_maps(page: Page, empty_lab: Lab) -> None:
    canvases = opened(page, empty_lab)
    expect(canvases.first).to_have_attribute("aria-label", re.compile(r"^Grad-CAM for African elephant \(81.0 %\)"))
    expect(page.get_by_role("group", name="Methods: CAM (layer)")).to_be_visible()
    expect(page.get_by_role("group", name="Layers, from input to output")).to_be_visible()
    page.get_by_role("button", name="Occlusion").focus()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("""() => { let e = document.activeElement;
            while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
            return e?.getAttribute('aria-label') || e?.labels?.[0]?.textContent || e?.textContent || ''; }""")
        )
    for name in ("out_relu", "African elephant81.0 %", "Opacity", "inferno", "Box", "Grad-CAM for tusker"):
        assert any(name in text for text in reached), f"{name} is not reached: {reached}"
