"""The ablation's page in a real browser, on runs that were written without a worker."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.analyses import FilterAtlas
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.client import Client
from shared.results import encode_part
from tests.analyses.channel_ablation.parts import COUNT, PICTURES, ablation_parts
from tests.analyses.dataset_examples.parts import LAYER, MODEL, pets, written_examples
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import FACTS, begin, finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
DRAWN = 20_000


def written_ablation(client: Client, dataset: str) -> str:
    """A finished run of six channels; its key."""
    spec = client.resolve(ChannelAblation(model=MODEL, layer=LAYER, dataset=dataset))
    parts = ablation_parts(path=LAYER)
    fence = begin(client.store, spec, len(parts))
    for part in parts:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    metrics = {"pictures": PICTURES, "channels": COUNT}
    client.store.runs.finish(spec.key(), fence, {**FACTS, "metrics": metrics})
    return spec.key()


def test_from_a_class_to_the_channel_that_it_rests_on(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    dataset = pets(client, tmp_path / "pets")
    written_examples(client, dataset)
    finished_atlas(client.store, client.resolve(FilterAtlas(model=MODEL, layer=LAYER)), 12)
    page.goto(f"{empty_lab.url}/?run={written_ablation(client, dataset)}")
    rows = page.locator(".effect-list button.effect")
    expect(rows).to_have_count(COUNT, timeout=DRAWN)
    expect(rows.first).to_contain_text("Channel 1")
    expect(rows.first).to_contain_text("−3.1 to −2.9")
    # Each with its tile, and with the pictures that excite it.
    for name in ("Tile of channel 1", "Pictures that excite channel 1"):
        picture = rows.first.get_by_role("img", name=name)
        expect(picture).to_be_visible()
        assert picture.evaluate("p => p.decode().then(() => p.naturalWidth > 1)")
    # A click shows the channel at the right, with the pictures that flip; a second one takes it back.
    rows.first.click()
    expect(page).to_have_url(re.compile("channel=1"))
    expect(page.get_by_role("heading", name="Channel 1")).to_be_visible(timeout=DRAWN)
    expect(page.get_by_role("button", name="cat becomes dog")).to_have_count(2, timeout=DRAWN)
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    # Another class has another order, and stands in the address.
    page.get_by_role("combobox", name=re.compile("Class")).click()
    page.get_by_role("option", name="dog").click()
    expect(rows.first).to_contain_text("Channel 5", timeout=DRAWN)
    expect(page).to_have_url(re.compile("class=1"))
    again = page.url
    page.goto("about:blank")
    page.goto(again)
    expect(rows.first).to_contain_text("Channel 5", timeout=DRAWN)
    # By keyboard to the channel's own page.
    rows.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Channel 5")).to_be_visible(timeout=DRAWN)
    page.get_by_role("link", name="Open this channel").click()
    expect(page).to_have_url(re.compile(r"/channel\?.*channel=5"), timeout=DRAWN)
    # Which says the same, and leads to its switch.
    expect(page.get_by_text("dog −2 (−2.1 to −1.9)")).to_be_visible(timeout=DRAWN)
    page.get_by_role("link", name="Switch it off for a photograph").click()
    expect(page).to_have_url(re.compile(r"/switches\?.*off=5"), timeout=DRAWN)


def test_an_atlas_is_sorted_by_the_effect_on_a_class(page: Page, empty_lab: Lab, tmp_path: Path) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    key = finished_atlas(client.store, client.resolve(FilterAtlas(model=MODEL, layer=LAYER)), 12)
    page.goto(f"{empty_lab.url}/?run={key}")
    tiles = page.get_by_role("option", name=re.compile("^channel "))
    expect(tiles).to_have_count(12, timeout=DRAWN)
    expect(page.get_by_role("button", name=re.compile("effect"))).to_have_count(0)  # nothing was switched off yet
    written_ablation(client, pets(client, tmp_path / "pets"))
    page.reload()
    page.get_by_role("button", name="effect on cat").click()
    first = page.get_by_role("option", name=re.compile("^channel 1,.*cat loses 3.00 without it"))
    expect(first).to_have_css("order", "0", timeout=DRAWN)
    page.get_by_role("combobox", name=re.compile("By effect on")).click()
    page.get_by_role("option", name="dog", exact=True).click()
    best = page.get_by_role("option", name=re.compile("^channel 5,.*dog loses 2.00 without it"))
    expect(best).to_have_css("order", "0", timeout=DRAWN)
    expect(page).to_have_url(re.compile("effect=1"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_reads_it_without_scrolling_sideways(page: Page, empty_lab: Lab, tmp_path: Path, scheme: str) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{empty_lab.url}/?run={written_ablation(client, pets(client, tmp_path / 'pets'))}")
    expect(page.locator(".effect-list button.effect")).to_have_count(COUNT, timeout=DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".effect-list button.effect").first.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
