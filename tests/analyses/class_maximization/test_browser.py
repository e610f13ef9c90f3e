"""Class images and filter twins in a real browser, on runs that were written without a worker."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_ascents import class_images, twins

pytestmark = pytest.mark.browser
DRAWN = 20_000


def test_two_classes_side_by_side_and_the_way_there(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={class_images(empty_lab.client)}")
    cards = page.locator(".class-card")
    expect(cards).to_have_count(4, timeout=DRAWN)
    naive = page.get_by_alt_text("Naive picture for animal 65")
    assert naive.evaluate("p => p.decode().then(() => p.naturalWidth)") == 64
    expect(page.get_by_text(re.compile("The network is 99.95 % sure of the naive picture")).first).to_be_visible()
    way = cards.first.get_by_role("button", name="Play the optimization")
    way.click()
    expect(way).to_have_attribute("aria-pressed", "true")
    assert naive.evaluate("p => p.decode().then(() => [p.naturalWidth, p.src.includes('.gif')])") == [24, True]
    way.click()
    assert naive.evaluate("p => p.decode().then(() => p.naturalWidth)") == 64


def test_twins_from_the_figure_to_a_pair_and_a_shared_link(page: Page, empty_lab: Lab) -> None:
    page.goto(f"{empty_lab.url}/?run={twins(empty_lab.client)}")
    pairs = page.locator(".twin-pair")
    expect(pairs).to_have_count(1, timeout=DRAWN)
    expect(page.locator(".twin-figure")).to_contain_text("2 groups at likeness ≥ 0.8 of 3 living filters")
    turned = page.get_by_alt_text("Channel 3, turned 90°")
    assert turned.evaluate("p => getComputedStyle(p).transform") == "matrix(0, -1, 1, 0, 0, 0)"  # against the clock
    page.get_by_role("radio", name="kernels").click()
    expect(page.locator(".twin-words", has_text="≈").first).to_contain_text("1.00", timeout=DRAWN)
    expect(page).to_have_url(re.compile("by=kernels"))
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".twin-words", has_text="≈").first).to_contain_text("1.00", timeout=DRAWN)
    expect(other.get_by_alt_text("Channel 5, as it is").first).to_be_visible()
