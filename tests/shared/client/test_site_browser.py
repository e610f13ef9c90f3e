"""A published site opened from a disk, in a real browser: search, keys, both themes, a phone, nothing foreign."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.analyses import ClassMaximization, FilterAtlas
from shared.client import Client
from shared.client.site import published, write_site
from tests.analyses.attribution.parts import finished
from tests.fixtures.axe import inject, violations
from tests.fixtures.synthetic_ascents import class_part
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
MODEL = "keras/vgg16/random"


@pytest.fixture
def site(client: Client, tmp_path: Path) -> Path:
    """The front page of a site on the disk: two layers, one class."""
    finished_inspection(client, MODEL)
    for layer in ("block1_conv2", "block2_conv1"):
        spec = FilterAtlas(model=MODEL, layer=layer, size=48, steps=6, precision="float32")
        finished_atlas(client.store, spec, 20)
    classes = ClassMaximization(model=MODEL, classes=("3",), naive=False, precision="float32")
    finished(client.store, classes, [class_part(0, 3, "regularised")])
    write_site(client, published(client, MODEL), tmp_path / "site")
    return tmp_path / "site" / "index.html"


def test_it_is_walked_from_the_front_page_to_a_channel_by_keys_and_search(page: Page, site: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.as_uri())
    page.get_by_role("link", name=re.compile("block1_conv2")).click()
    expect(page.get_by_role("heading", name="block1_conv2")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="block2_conv1")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("conv2 channel 7")
    page.get_by_role("link", name="block1_conv2 · channel 7", exact=True).click()
    expect(page.get_by_role("heading", name="Channel 7")).to_be_visible()
    tile = page.get_by_role("img", name=re.compile("channel 7 of block1_conv2"))
    assert tile.evaluate("one => one.naturalWidth") == 48
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Channel 6")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Channel 7")).to_be_visible()
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_a_search_without_a_find_says_so_and_hostile_words_are_only_words(page: Page, site: Path) -> None:
    page.goto(site.as_uri())
    field = page.get_by_role("searchbox")
    field.fill("<img src=x onerror=alert(1)>")
    expect(page.get_by_text("Nothing is called that.")).to_be_visible()
    field.press("Escape")
    expect(page.locator("#found")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_breaks_the_rules_of_accessibility_in_either_theme(
    page: Page, site: Path, theme: str, width: int
) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("index.html", "layers/001-block1_conv2/index.html", "layers/001-block1_conv2/5.html",
                 "classes/3.html"):  # fmt: skip
        page.goto((site.parent / path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        inject(page)
        assert violations(page) == []
