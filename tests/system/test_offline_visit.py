"""A first visit on a machine without the internet: all pages are opened, and nothing that must fail is asked for."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.page_table import PAGES
from shared.client import Client
from tests.fixtures.dashboard_process import free_port
from tests.fixtures.installations import Installation

pytestmark = pytest.mark.browser
# As long as somebody looks at a page who does not walk on at once: what is computed by itself is asked for by then.
LOOKED_MS, SECONDS = 2500, 180


def test_opening_every_page_leaves_no_failed_run(page: Page, tmp_path: Path) -> None:
    port = free_port()
    # A proxy that nobody serves: a machine with the internet is cut off as well.
    cut_off = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")} | {"no_proxy": "127.0.0.1"}
    environment = {"KERAS_HOME": str(tmp_path / "keras"), **cut_off}
    installation = Installation(tmp_path / "data", port=port, environment=environment)
    try:
        client = installation.start()
        for one in PAGES:
            page.goto(f"http://127.0.0.1:{port}/{one.path}")
            expect(page.get_by_role("heading").first).to_be_visible(timeout=30_000)
            page.wait_for_timeout(LOOKED_MS)
            expect(page.locator("[data-testid=stAlertContentError]"), one.title).to_have_count(0)
        installation.wait_until(lambda: all(run.over for run in _runs(client)), SECONDS, "all runs over")
        asked = {f"{run.kind} {run.fields.get('model', '')}": run.status for run in _runs(client)}
        assert asked, "some pages compute what takes a blink"
        assert set(asked.values()) == {"complete"}, asked
    finally:
        installation.stop()


def _runs(client: Client):
    return client.store.runs.recent(200)
