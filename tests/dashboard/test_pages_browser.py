"""All pages in a real browser: themes, keyboard, and the store away and back."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from tests.fixtures.browser import SIZE, Lab
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers, write_tiles

pytestmark = pytest.mark.browser
ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet",
    layer="block1_conv1",
    channels=tuple(range(24)),
    size=64,
    steps=6,
    precision="float32",
)
PAGES = {"": "A microscope for convolutional networks", "models": "Models", "heat-maps": "Heat maps",
         "atlas": "Layer atlas", "jobs": "Jobs"}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_drawn_in_both_themes(browser: Browser, empty_lab: Lab, theme: str) -> None:
    finished_inspection(empty_lab.client, ATLAS.model)
    finished_atlas(empty_lab.client.store, ATLAS, 24)
    report_workers(empty_lab.client.store)
    context = browser.new_context(viewport=SIZE, color_scheme=theme)
    for path, title in PAGES.items():
        page = context.new_page()
        page.goto(f"{empty_lab.url}/{path}")
        expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=15000)
        page.wait_for_timeout(300)
        ground = np.asarray(Image.open(_shot(page)).convert("L"))[-40:, -300:].mean()
        assert ground > 200 if theme == "light" else ground < 60
        expect(page.get_by_text("Traceback")).to_have_count(0)
        expect(page.get_by_text("Deploy")).to_have_count(0)
        page.close()
    context.close()


def _shot(page: Page):
    import io

    return io.BytesIO(page.screenshot())


def test_no_request_leaves_this_machine(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, ATLAS, 24)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for path in (*PAGES, f"?run={ATLAS.key()}"):
        page.goto(f"{empty_lab.url}/{path}")
        expect(page.get_by_role("heading").first).to_be_visible(timeout=15000)
        page.wait_for_timeout(500)
    assert [url for url in asked if not url.startswith((empty_lab.url, "data:", "blob:"))] == []


def test_jobs_are_brought_up_to_date_and_can_be_cancelled(page: Page, empty_lab: Lab) -> None:
    store = empty_lab.client.store
    fence = begin(store, ATLAS, 24)
    page.goto(f"{empty_lab.url}/jobs")
    row = page.locator(".run-list tbody tr").first
    expect(row).to_contain_text("Running", timeout=15000)
    write_tiles(store, ATLAS, fence, 24, 0, 12)
    expect(row).to_contain_text("12 of 24")
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    row.get_by_role("button", name=re.compile("^Cancel")).click()
    assert not store.runs.cancel_requested(ATLAS.key()), "it asks first"
    row.get_by_role("button", name=re.compile("^Stop it")).click()
    expect(row).to_contain_text("Stopping")
    assert store.runs.cancel_requested(ATLAS.key())


def test_open_leads_from_a_job_to_its_view(page: Page, empty_lab: Lab) -> None:
    finished_atlas(empty_lab.client.store, ATLAS, 24)
    page.goto(f"{empty_lab.url}/jobs")
    page.get_by_role("link", name=re.compile("^Open ")).first.click()
    expect(page.locator(".tile-sheet[data-shown]")).to_be_visible(timeout=15000)


def test_a_selected_layer_leads_to_its_atlas(page: Page, empty_lab: Lab) -> None:
    finished_inspection(empty_lab.client, ATLAS.model)
    page.goto(f"{empty_lab.url}/models?model={ATLAS.model}")
    expect(page.locator(".header-line")).to_contain_text("VGG16", timeout=15000)
    page.get_by_text("Table", exact=True).click()
    page.locator(".layer-table tbody button", has_text="block1_conv2").click()
    page.get_by_role("button", name="Layer atlas of this layer").click(timeout=15000)
    expect(page).to_have_url(re.compile("/atlas.*layer=block1_conv2"), timeout=15000)
    expect(page.locator(".header-line")).to_contain_text("block1_conv2")


def test_a_start_goes_to_its_run(page: Page, empty_lab: Lab) -> None:
    page.goto(empty_lab.url)
    page.get_by_role("button", name="Show the redrawn coffee").click(timeout=15000)
    expect(page).to_have_url(re.compile("/atlas.*run=filter_atlas-v3-"), timeout=15000)
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    expect(page.locator(".header-line")).to_contain_text("from sample/coffee")


def test_the_store_away_is_said_and_the_page_comes_back_by_itself(page: Page, lab: Lab) -> None:
    lab.client.store.client.flushall()
    fence = begin(lab.client.store, ATLAS, 24)
    write_tiles(lab.client.store, ATLAS, fence, 24, 0, 5)
    page.goto(f"{lab.url}/?run={ATLAS.key()}")
    expect(page.locator(".tile.made")).to_have_count(5, timeout=15000)
    lab.server.kill()
    expect(page.get_by_text("Store unreachable.")).to_be_visible(timeout=15000)
    lab.server.start()
    expect(page.get_by_text("Store unreachable.")).to_have_count(0, timeout=15000)
    expect(page.locator(".tile.made")).to_have_count(5, timeout=15000)


def test_a_page_opened_while_the_store_is_away_comes_up_with_it(page: Page, lab: Lab) -> None:
    lab.server.kill()
    page.goto(f"{lab.url}/jobs")
    expect(page.get_by_text("Store unreachable.")).to_be_visible(timeout=15000)
    lab.server.start()
    expect(page.get_by_role("heading", name="Workers")).to_be_visible(timeout=15000)


@pytest.mark.parametrize("path", ["atlas", "jobs", "models"])
def test_the_first_visit_of_a_process_may_be_to_any_page(
    browser: Browser, page: Page, tmp_path: Path, path: str
) -> None:
    with dashboard(tmp_path) as (url, _):
        page.goto(f"{url}/{path}")
        expect(page.get_by_text("Store unreachable.")).to_be_visible(timeout=15000)
        page.wait_for_timeout(500)
        expect(page.get_by_text("Page not found")).to_have_count(0)
