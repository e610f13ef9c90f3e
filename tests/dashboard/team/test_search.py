"""Search over everything by name: what is found, where it leads, and that a full store does not slow it down."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.server.caches import clear_caches
from dashboard.server.routes import ROUTES
from dashboard.team.search.box import NAMES
from dashboard.team.search.find import MOST, find
from shared.client import Client
from shared.library.notes import layer_subject
from shared.store import words_of
from shared.store.listing import sets_of
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.browser import Lab
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection
from tests.shared.client.test_entries import png

MODEL = "keras/vgg16/random"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clear_caches()
    point_dashboard_at(client, monkeypatch)


def found(client: Client, text: str) -> dict[str, list[str]]:
    return {group["title"]: [one["name"] for one in group["matches"]] for group in find(client, text)}


def test_each_sort_of_thing_is_found_by_its_name(client: Client) -> None:
    finished_inspection(client, MODEL, classes=["tench", "great_white_shark"])
    client.images.add(png(9), "my-garden")
    key = finished_atlas(client.store, client.resolve(atlas()), 3)
    client.results.pin(key, "Stripes and dots", [])
    client.library.notes.add(layer_subject(MODEL, "block1_conv1"), "mira", channel=5, name="curve detector")
    assert "VGG16 · random weights" in found(client, "vgg16 rand")["Models"]
    assert found(client, "block1_conv2")["Layers"] == ["block1_conv2"]
    assert found(client, "CURVE")["Named channels"] == ["curve detector"]
    assert found(client, "white shark")["Classes"] == ["great white shark"]
    assert found(client, "garden")["Pictures"] == ["my-garden"]
    assert found(client, "digits")["Data sets"]
    assert found(client, "stripes")["Gallery"] == ["Stripes and dots"]
    assert found(client, "mira")["People"] == ["mira"]
    assert found(client, "filter_atlas")["Runs"]
    assert found(client, "cat")["Lessons"]


def test_a_name_given_between_two_searches_is_found_by_the_second(client: Client) -> None:
    assert found(client, "curve") == {}
    client.library.notes.add(layer_subject(MODEL, "block1_conv1"), "mira", channel=5, name="curve detector")
    assert found(client, "curve")["Named channels"] == ["curve detector"]


def test_what_is_found_leads_there(client: Client) -> None:
    finished_inspection(client, MODEL)
    (layer,) = [m for g in find(client, "block3_conv1") if g["title"] == "Layers" for m in g["matches"]]
    assert parse_qs(urlsplit(layer["href"]).query) == {"model": [MODEL], "layer": ["block3_conv1"]}
    assert layer["detail"].startswith("VGG16 · random weights")
    client.images.add(png(9), "my-garden")
    (picture,) = [m for g in find(client, "garden") for m in g["matches"]]
    assert picture["picture"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize("text", ["", "   ", "zxqv", "*", "<b>", "a" * 5000])
def test_nothing_and_nonsense_find_nothing(client: Client, text: str) -> None:
    assert find(client, text) == []


def test_the_route_answers_whom_a_page_gave_its_address(client: Client) -> None:
    from dashboard.server.addresses import sign

    good = ask_route(f"/search/{sign(NAMES)}/{NAMES}.json?text=vgg16", routes=ROUTES)
    assert good.status_code == 200 and good.json()["groups"][0]["title"] == "Models"
    assert ask_route(f"/search/{sign('other')}/{NAMES}.json?text=vgg16", routes=ROUTES).status_code == 403


def test_twenty_thousand_runs_do_not_slow_a_search(client: Client) -> None:
    finished_inspection(client, MODEL)
    key = finished_atlas(client.store, client.resolve(atlas()), 3)
    few = commands_of_a_search(client)
    pipe = client.store.client.pipeline(transaction=False)
    prefix = client.store.runs.listing.prefix
    for i in range(20_000):
        one = f"{key[:-6]}{i:06d}"
        pipe.hset(f"{prefix}:entry", one, sets_of([("trial", "no")], words_of("vgg16")))
        for name in (prefix, f"{prefix}:facet:trial:no", f"{prefix}:word:vgg16"):
            pipe.zadd(name, {one: i})
    pipe.execute()
    assert commands_of_a_search(client) <= few + 4 * MOST, "no more than what is shown is looked at"
    assert all(len(group["matches"]) <= MOST for group in find(client, "vgg16 block3"))


def commands_of_a_search(client: Client) -> int:
    """How often the store is asked for one search, after what is read once for all."""
    asked = lambda: int(client.store.client.info("stats")["total_commands_processed"])  # type: ignore[index] # noqa: E731
    find(client, "vgg16")
    before = asked()
    find(client, "vgg16")
    return asked() - before


@pytest.mark.browser
def test_a_key_opens_the_search_from_any_page_and_it_leads_on(page: Page, empty_lab: Lab) -> None:
    finished_inspection(empty_lab.client, MODEL)
    page.goto(f"{empty_lab.url}/jobs")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible(timeout=30_000)
    page.keyboard.press("Control+k")
    box = page.get_by_role("searchbox", name="Search")
    expect(box).to_be_focused()
    box.fill("block4_conv1")
    link = page.get_by_role("link", name="block4_conv1")
    expect(link).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".panel h3")).to_have_text("block4_conv1", timeout=30_000)
    expect(box).to_be_hidden()
    page.locator("h2").first.click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
