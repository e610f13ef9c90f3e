"""The activations page in a real browser, on maps that were written without a worker."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.analyses import Activations
from tests.analyses.activations.parts import LAYERS, finished_activations, maps_of
from tests.fixtures.browser import Lab
from tests.fixtures.charts_on_a_page import click_at

pytestmark = pytest.mark.browser
CAT = Activations(model="keras/vgg16/imagenet", image="sample/cat")
COFFEE = CAT.model_copy(update={"image": "sample/coffee"})
FIRST, LAST = LAYERS[0][0], LAYERS[-1][0]


def opened(page: Page, lab: Lab, more: str = "") -> Locator:
    """Open the cat's maps from their link; the tiles once the sheet is drawn."""
    finished_activations(lab.client.store, CAT)
    page.goto(f"{lab.url}/?run={CAT.key()}{more}")
    shown(page)
    return page.locator(".map-sheet .tile")


def shown(page: Page, number: int = 0) -> None:
    expect(page.locator(".map-sheet[data-shown]").nth(number)).to_be_visible(timeout=20_000)


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", name=text, exact=True)


def painted(canvas: Locator) -> int:
    """How many different colours a canvas shows; 1 means nothing was drawn."""
    return canvas.evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    )


def test_the_cat_is_followed_from_the_first_layer_to_the_last_and_shared(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab).nth(5).click()
    expect(heading(page, f"Channel 5 of {FIRST}")).to_be_visible(timeout=15_000)
    page.locator(".layer-strip .chip").first.focus()
    for path, *_ in LAYERS[1:]:
        page.keyboard.press("ArrowRight")
        expect(heading(page, f"Channel 5 of {path}")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="sparsity").click()
    page.get_by_label("Scale").select_option("all")
    page.get_by_label("Colours").select_option("inferno")
    expect(page).to_have_url(re.compile("colour=inferno"), timeout=15_000)
    expect(page).to_have_url(re.compile("sort=zeros.*scale=all|scale=all.*sort=zeros"))
    expect(page.locator(".map-sheet")).to_have_attribute("data-shown", re.compile("/all/inferno/"), timeout=15_000)
    before = page.locator(".map-sheet").get_attribute("data-shown")
    page.get_by_role("button", name="Copy link").click()
    page.goto(page.evaluate("() => navigator.clipboard.readText()"))
    shown(page)
    expect(heading(page, f"Channel 5 of {LAST}")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="sparsity")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Scale")).to_have_value("all")
    assert page.locator(".map-sheet").get_attribute("data-shown") == before


def test_the_value_and_the_field_of_the_unit_under_the_pointer(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab, f"&layer={LAST}&channel=3")
    canvas = page.locator(".map-panel .map canvas")
    expect(page.locator(".map-panel .readout")).to_contain_text("row", timeout=15_000)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 2.5 / 6, box["y"] + box["height"] * 4.5 / 6)
    expect(page.locator(".map-panel .readout")).to_contain_text("row 4, column 2")
    text = page.locator(".map-panel .readout").text_content() or ""
    assert float(text.rpartition(" ")[2]) == pytest.approx(float(maps_of(1, 3)[4, 2, 3]), rel=1e-3, abs=1e-6)
    view = page.locator(".map-panel .view canvas")
    # The middle of unit (4, 2): 1.5 + 4·4 pixels down, 1.5 + 2·4 to the right; its field reaches 5.5 to each side.
    zoom = 440 / 24
    edge = view.evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data]",
        [round((9.5 - 5.5) * zoom), round(17.5 * zoom)],
    )
    assert edge[:3] == [255, 255, 255]
    canvas.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".map-panel .readout")).to_contain_text("row 3, column 2")


def test_the_opacity_lays_the_map_over_the_picture(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab, f"&layer={FIRST}&channel=3")
    expect(page.locator(".map-panel .readout")).to_contain_text("row", timeout=15_000)
    view, slider = page.locator(".map-panel .view canvas"), page.get_by_label("Map over picture")
    slider.fill("0")
    bare = view.evaluate("c => c.toDataURL()")
    slider.fill("100")
    assert view.evaluate("c => c.toDataURL()") != bare


def test_a_tile_under_the_pointer_shows_the_picture_through_it(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab, "&layer=stem/relu").nth(2).hover()
    through = page.locator(".map-sheet .through")
    expect(through).to_be_visible(timeout=10_000)
    assert painted(through) > 50
    page.mouse.move(5, 5)
    expect(through).to_have_count(0)


def test_the_chart_leads_to_a_layer(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab)
    chart = page.get_by_role("group", name=re.compile("^Share of zeros"))
    chart.scroll_into_view_if_needed()
    expect(page.locator(".charts[data-drawn='4']")).to_be_visible(timeout=20_000)
    click_at(page, chart, LAST, 0.3)
    expect(page).to_have_url(re.compile("layer=block%2Frelu"), timeout=15_000)
    expect(page.locator(".header-line")).to_contain_text(LAST)


def test_two_pictures_on_one_scale(page: Page, empty_lab: Lab) -> None:
    finished_activations(empty_lab.client.store, COFFEE, 2)
    opened(page, empty_lab, "&image2=sample/coffee&scale=layer&layer=stem/conv")
    shown(page, 1)
    legends = page.locator(".map-sheet .legend").all_text_contents()
    assert len(legends) == 2 and legends[0] == legends[1]
    page.locator(".map-sheet").nth(1).locator(".tile").nth(4).click()
    expect(heading(page, f"Channel 4 of {FIRST}")).to_have_count(2, timeout=15_000)


def test_the_keyboard_alone_reaches_layers_maps_and_units(page: Page, empty_lab: Lab) -> None:
    tiles = opened(page, empty_lab)
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(heading(page, f"Channel 1 of {FIRST}")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("listbox", name=re.compile("layers from input to output"))).to_be_visible()
    labels = tiles.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert re.fullmatch(r"channel 4, maximum [\d.e+-]+, mean [\d.e+-]+, \d+ % zeros", labels[4])
    expect(page.locator(".map-panel .map canvas")).to_have_attribute("aria-label", re.compile("Arrow keys move over"))


def test_the_maps_can_be_downloaded_and_lead_to_the_atlas(page: Page, empty_lab: Lab) -> None:
    opened(page, empty_lab, f"&layer={LAST}&channel=3")
    link = page.get_by_role("link", name="Channel 3 in the layer atlas")
    expect(link).to_have_attribute("href", "/atlas?model=keras%2Fvgg16%2Fimagenet&layer=block%2Frelu&tile=3")
    page.get_by_text("Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Maps of all layers").click()
    with open(waiting.value.path(), "rb") as file:
        assert file.read(2) == b"PK"
