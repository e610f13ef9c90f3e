"""Switches in a real browser, on runs that were written without a worker."""

import re

import pytest
from playwright.sync_api import Page, expect

from shared.analyses import FilterAtlas
from tests.analyses.channel_switches.parts import COUNT
from tests.analyses.channel_switches.test_channel_switches import LAYER, MODEL, finished
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
DRAWN = 20_000


def test_a_clicked_switch_answers_and_stands_in_the_address(page: Page, empty_lab: Lab) -> None:
    client = empty_lab.client
    finished_inspection(client, MODEL)
    finished_atlas(client.store, client.resolve(FilterAtlas(model=MODEL, layer=LAYER)), 12)
    on, without = finished(client), finished(client, off="2")
    page.goto(f"{empty_lab.url}/?run={on}")
    switches = page.locator(".switch-board button.switch")
    expect(switches).to_have_count(COUNT, timeout=DRAWN)
    strongest = page.get_by_role("button", name=re.compile(r"^Switch channel off: 2"))
    expect(strongest).to_have_attribute("aria-pressed", "false")
    assert strongest.locator("img").evaluate("p => p.decode().then(() => p.naturalWidth > 1)")
    cat = page.locator(".switch-board .pairs > li").filter(has_text="cat")
    expect(cat).to_contain_text("84.4 %")
    strongest.click()
    expect(strongest).to_have_attribute("aria-pressed", "true")
    expect(cat).to_contain_text("9.0 %", timeout=DRAWN)
    expect(cat).to_contain_text("logit −3")
    expect(page).to_have_url(re.compile(f"run={without}"), timeout=DRAWN)
    # Back on, all at once; by number too.
    page.get_by_role("button", name="All on").click()
    expect(page).to_have_url(re.compile(f"run={on}"), timeout=DRAWN)
    page.get_by_role("spinbutton", name="Channel number").fill("2")
    page.get_by_role("button", name="Switch", exact=True).click()
    expect(page).to_have_url(re.compile(f"run={without}"), timeout=DRAWN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_switches(page: Page, empty_lab: Lab, scheme: str) -> None:
    finished_inspection(empty_lab.client, MODEL)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{empty_lab.url}/?run={finished(empty_lab.client, off='2')}")
    expect(page.locator(".switch-board button.switch")).to_have_count(COUNT, timeout=DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
