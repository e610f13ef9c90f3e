"""The site of the bundled network that is kept in docs/site: opened from the disk, all of it is there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.axe import inject, violations
from tests.shared.client.test_site import links

SITE = Path(__file__).parents[3] / "docs" / "site"
MOST_BYTES = 1_000_000


def test_it_is_small_and_every_link_leads_to_a_file_of_it() -> None:
    files = [path for path in SITE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    pages = [path for path in files if path.suffix == ".html"]
    assert len(pages) == 1 + 5 + 5 * 12 + 2
    for page in pages:
        for link in links(page):
            assert link.startswith(("data:", "#")) or (page.parent / link).resolve().is_file(), f"{page}: {link}"


@pytest.mark.browser
def test_it_opens_from_the_disk(page: Page) -> None:
    page.goto((SITE / "index.html").as_uri())
    expect(page.get_by_role("heading", name="Cats and dogs")).to_be_visible()
    inject(page)
    assert violations(page) == []
    page.get_by_role("searchbox").fill("conv5 channel")
    expect(page.locator("#found a")).to_have_count(12)
    page.locator("#found a").first.click()
    assert page.get_by_role("img", name="What excites channel").evaluate("one => one.naturalWidth") == 96
