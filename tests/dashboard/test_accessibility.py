"""Every page, light and dark, wide and narrow, as axe-core judges it: nothing serious, text contrast at least 4.5."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.page_table import PAGES, page_of_kind
from shared.analyses import KINDS
from tests.fixtures.axe import inject, violations
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.old_installation import Old
from tests.fixtures.synthetic_runs import report_workers

pytestmark = pytest.mark.browser
WIDTHS = ((1440, 900), (1920, 1080), (390, 844))
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def addresses(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One installation with a finished run of every kind; the address of every page, with its run where it has one."""
    folder = tmp_path_factory.mktemp("installation")
    old = Old(folder)
    report_workers(old.client.store)
    runs = {page_of_kind(kind).path: f"?run={old.key(kind)}" for kind in reversed(KINDS) if page_of_kind(kind)}
    with dashboard(folder / "data") as (url, _):
        yield {page.path: f"{url}/{page.path}{runs.get(page.path, '')}" for page in PAGES}
    old.server.stop()


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[Page]:
    """One tab for all pages, so that what they share is fetched once."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_nothing_serious_is_wrong_with_a_page(addresses: dict[str, str], visitor: Page, path: str) -> None:
    visitor.goto(addresses[path])
    expect(visitor.get_by_role("heading").first).to_be_visible()
    inject(visitor)
    found = []
    for theme in THEMES:
        visitor.emulate_media(color_scheme=theme)
        for width, height in WIDTHS:
            visitor.set_viewport_size({"width": width, "height": height})
            found += [f"{theme}, {width} px: {line}" for line in violations(visitor)]
    assert not found, "\n".join(found)
