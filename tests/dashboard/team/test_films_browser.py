"""A film in a real browser: the slider moves all pictures, by hand, by keys and by itself; it grows while one looks."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.axe import inject, violations
from tests.fixtures.browser import Lab
from tests.fixtures.film import made_film

pytestmark = pytest.mark.browser


def sources(page: Page) -> list[str]:
    """Where the pictures that are shown come from."""
    page.wait_for_function("[...document.querySelectorAll('.film-reel img')].every((one) => one.complete)")
    return page.locator(".film-reel img:visible").evaluate_all("all => all.map((one) => one.src)")


def test_the_slider_moves_every_picture_and_play_runs_to_the_end(page: Page, empty_lab: Lab) -> None:
    film = made_film(empty_lab.client, epochs=4)
    page.goto(f"{empty_lab.url}/films?film={film.id}")
    slider = page.get_by_role("slider", name="Epoch")
    expect(page.locator(".film-reel output")).to_contain_text("4 · loss 0.25")
    last = sources(page)
    assert len(last) == 14
    assert page.locator(".film-reel img:visible").evaluate_all("all => all.every((one) => one.naturalWidth > 31)")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 1")
    first = sources(page)
    assert not set(first) & set(last)
    slider.press("ArrowRight")
    expect(page.locator(".film-reel figure.silent")).to_have_count(2)  # conv1's channel 2; conv2's 5 always is
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".film-reel output")).to_contain_text("4 ·")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert sources(page) == last
    inject(page)
    assert violations(page) == []


def test_a_film_grows_while_one_looks_and_the_place_is_kept(page: Page, empty_lab: Lab) -> None:
    film = made_film(empty_lab.client, epochs=2)
    page.goto(f"{empty_lab.url}/films?film={film.id}")
    expect(page.locator(".film-reel output")).to_contain_text("2 ·")
    longer = made_film(empty_lab.client, epochs=3)
    empty_lab.client.library.films.write(type(longer)(**{**vars(longer), "id": film.id}))
    expect(page.locator(".film-reel output")).to_contain_text("3 ·")  # whoever stands at the end goes on with it
    page.get_by_role("slider", name="Epoch").press("Home")
    longer = made_film(empty_lab.client, epochs=4)
    empty_lab.client.library.films.write(type(longer)(**{**vars(longer), "id": film.id}))
    expect(page.get_by_role("slider", name="Epoch")).to_have_attribute("max", "3")
    expect(page.locator(".film-reel output")).to_contain_text("1 ·")


def test_a_tile_opens_its_channel_and_back_comes_back(page: Page, empty_lab: Lab) -> None:
    film = made_film(empty_lab.client)
    page.goto(f"{empty_lab.url}/films")
    page.get_by_role("button", name="Open").first.click()
    expect(page).to_have_url(re.compile(f"film={film.id}|film="))
    page.get_by_role("link", name=re.compile("channel 3, epoch 3")).first.click()
    expect(page).to_have_url(re.compile("/channel.*channel=3"))
    page.go_back()
    expect(page.locator(".film-reel")).to_be_visible()


def test_a_phone_shows_it_within_its_width(page: Page, empty_lab: Lab) -> None:
    film = made_film(empty_lab.client)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{empty_lab.url}/films?film={film.id}")
    expect(page.locator(".film-reel img:visible").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
