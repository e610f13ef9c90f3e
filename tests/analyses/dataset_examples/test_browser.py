"""The examples page in a real browser, on runs that were written without a worker."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.analyses.channel_portrait.spec import ChannelPortrait
from tests.analyses.channel_portrait.parts import finished_portrait
from tests.analyses.dataset_examples.parts import CHANNELS, LAYER, MODEL, SILENT, pets, written_examples
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_inspection

pytestmark = pytest.mark.browser
DRAWN = 15_000


def loaded(picture: Locator) -> bool:
    """Whether a picture has arrived and is not blank."""
    return bool(picture.evaluate("p => p.decode().then(() => p.naturalWidth > 1)"))


def test_from_a_channels_tile_to_its_pictures_and_to_the_channels_page(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    key = written_examples(client, pets(client, tmp_path / "pets"))
    finished_portrait(client.store, ChannelPortrait(model=MODEL, layer=LAYER, channel=8, precision="float32"))
    page.goto(f"{empty_lab.url}/?run={key}")
    sheet = page.get_by_role("listbox", name=re.compile(f"Pictures that excite {LAYER}"))
    expect(sheet.get_by_role("option")).to_have_count(CHANNELS, timeout=DRAWN)
    expect(page.get_by_text(f"{CHANNELS} channels · 1 silent")).to_be_visible()
    # Tiles in sight are fetched, each a picture of its own.
    first = sheet.get_by_role("option", name=re.compile("^channel 0,"))
    expect(first).to_have_css("background-image", re.compile("/img/pieces/"), timeout=DRAWN)
    assert "silent" in (sheet.get_by_role("option").nth(SILENT).get_attribute("aria-label") or "")
    # By mouse, then by keyboard.
    sheet.get_by_role("option").nth(7).click()
    expect(page.get_by_role("heading", name="Channel 7")).to_be_visible(timeout=DRAWN)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Channel 8")).to_be_visible(timeout=DRAWN)
    expect(page).to_have_url(re.compile("tile=8"))
    # The pieces, then the whole pictures with the piece framed.
    pieces = page.locator(".example-panel .piece")
    expect(pieces).to_have_count(9)
    assert loaded(pieces.first.locator("img"))
    page.get_by_role("button", name="the whole picture").click()
    expect(page.locator(".example-panel .piece i")).to_have_count(9)
    assert loaded(pieces.first.locator("img"))
    # The strongest first, and the address keeps that.
    page.get_by_role("button", name="strongest response").click()
    expect(page).to_have_url(re.compile("sort=best"))
    # The picture on the Data sets page; the address brings one back to the same channel.
    back = page.url
    pieces.first.click()
    expect(page).to_have_url(re.compile(r"/datasets\?.*picture=\d+"), timeout=DRAWN)
    expect(page.get_by_role("img", name=re.compile(r"Picture \d+: "))).to_be_visible(timeout=DRAWN)
    page.goto(back)
    expect(page.get_by_role("heading", name="Channel 8")).to_be_visible(timeout=DRAWN)
    # The channel's page has them beside the synthetic picture, and leads back.
    page.get_by_role("link", name="Open this channel").click()
    expect(page).to_have_url(re.compile("channel=8"), timeout=DRAWN)
    real = page.get_by_role("img", name=re.compile("In real pictures"))
    expect(real).to_be_visible(timeout=DRAWN)
    assert loaded(real)
    real.click()
    expect(page).to_have_url(re.compile(f"run={key}.*tile=8"), timeout=DRAWN)


def test_tiles_get_better_while_pictures_are_looked_at_and_nothing_moves(
    page: Page, empty_lab: Lab, tmp_path: Path
) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    dataset = pets(client, tmp_path / "pets")
    key = written_examples(client, dataset, shards=1, finish=False)
    page.goto(f"{empty_lab.url}/?run={key}&tile=9")
    tile = page.get_by_role("option", name=re.compile("^channel 9,"))
    expect(tile).to_have_css("background-image", re.compile("/img/pieces/"), timeout=DRAWN)
    before = tile.evaluate("t => t.style.backgroundImage")
    client.store.runs.wait_again(key, client.record(key).job)
    written_examples_go_on(client, dataset, key)
    expect(tile).not_to_have_css("background-image", before, timeout=DRAWN)
    expect(tile).to_have_attribute("aria-selected", "true")


def written_examples_go_on(client, dataset: str, key: str) -> None:  # type: ignore[no-untyped-def]
    """The next shard of a run that waits."""
    from shared.results import encode_part
    from tests.analyses.dataset_examples.parts import shard

    fence = client.store.runs.begin(key, client.record(key).job)
    for index in (1, 2):
        client.store.runs.write(key, fence, (index, encode_part(shard(client, dataset, index))), {"total": 4})
