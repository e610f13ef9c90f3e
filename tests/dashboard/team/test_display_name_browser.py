"""The name that somebody gives stays in their browser, and theirs alone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import Lab

pytestmark = pytest.mark.browser
QUESTION = "What shall colleagues see as your name?"


def test_a_name_outlives_the_visit_in_this_browser_alone(browser: Browser, page: Page, empty_lab: Lab) -> None:
    page.goto(empty_lab.url)
    page.get_by_role("textbox", name=QUESTION).fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name=QUESTION)).to_have_count(0)
    page.wait_for_function("document.cookie.includes('convscope_name=Ada%20Lovelace')")
    page.goto(f"{empty_lab.url}/jobs")
    page.goto(empty_lab.url)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_role("button", name="Show the maps")).to_be_visible()
    expect(page.get_by_role("textbox", name=QUESTION)).to_have_count(0)
    other = browser.new_page()
    other.goto(empty_lab.url)
    expect(other.get_by_role("textbox", name=QUESTION)).to_be_visible()
    other.close()
