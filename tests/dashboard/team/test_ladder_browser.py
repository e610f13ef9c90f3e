"""The table of training runs in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from shared.analyses.training_run.spec import TrainingRun
from tests.analyses.training_run.parts import finished_training
from tests.fixtures.browser import Lab

pytestmark = pytest.mark.browser
SECONDS = 20_000


def test_the_table_sorts_by_a_column_from_the_keyboard(page: Page, empty_lab: Lab) -> None:
    for epochs in (5, 8, 6):
        finished_training(empty_lab.client, TrainingRun(dataset="builtin/digits", epochs=epochs))
    page.goto(f"{empty_lab.url}/ladder?dataset=builtin/digits")
    rows = page.locator(".ladder-table tbody tr")
    expect(rows).to_have_count(3, timeout=SECONDS)
    table = page.locator(".ladder-table")
    title, header = table.get_by_role("button", name="Epochs"), table.get_by_role("columnheader", name="Epochs")

    def epochs() -> list[str]:
        return [row.locator("td").nth(2).inner_text().split()[0] for row in rows.all()]

    given = epochs()
    title.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    assert epochs() == ["8", "6", "5"]
    expect(title).to_be_focused()
    title.press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert epochs() == ["5", "6", "8"]
    title.press("Enter")
    expect(header).not_to_have_attribute("aria-sort", re.compile("."))
    assert epochs() == given
