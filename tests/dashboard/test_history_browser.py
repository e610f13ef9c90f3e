"""Back and Forward lead to where one was: over ten steps, by the browser's own keys and by its history."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.library.collections import CollectionStep
from tests.analyses.channel_portrait.parts import finished_portrait
from tests.fixtures.browser import Lab
from tests.fixtures.dashboard_process import chromium
from tests.fixtures.real_keys import have_real_keys, press, screen, window
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection

pytestmark = pytest.mark.browser
MODEL, LAYER = "keras/vgg16/random", "block1_conv2"
ATLAS = FilterAtlas(model=MODEL, layer=LAYER, size=48, steps=6, precision="float32")
HOME = ("A microscope for convolutional networks", "", ":[0-9]+/$")
Step = Callable[[], None]
Way = tuple[Page, Step, Step]
Steps = list[tuple[Step, tuple[str, str, str]]]


@pytest.fixture(params=["keys", "history"])
def way(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Way]:
    """A page, and how to go back and forward on it."""
    if request.param == "history":
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        yield page, *(lambda n=n: page.evaluate(f"history.go({n})") for n in (-1, 1))
        page.close()
    elif not have_real_keys():
        pytest.skip("keys of a real window need Xvfb and xdotool")
    else:
        with screen() as display, window(browser.browser_type, chromium(), display) as page:
            yield page, *(lambda k=k: press(display, f"alt+{k}") for k in ("Left", "Right"))


def installation(lab: Lab) -> None:
    """Results of one network, so that every page has something to show."""
    finished_inspection(lab.client, MODEL)
    finished_atlas(lab.client.store, ATLAS, 64)
    for channel in (6, 7):
        finished_portrait(lab.client.store, ChannelPortrait(model=MODEL, layer=LAYER, channel=channel,
                                                            precision="float32"))  # fmt: skip
    for one in lab.client.collections.all():
        lab.client.collections.delete(one.id)
    lab.client.collections.make("Week 3", "", [CollectionStep(ATLAS.key(), title) for title in ("Stripes", "The same")])


def menu(page: Page, group: str, title: str) -> None:
    """Open a page by the menu."""
    page.get_by_test_id("stTopNavSection").filter(has_text=group).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()


def shows(page: Page, title: str, place: str, address: str) -> None:
    """What a page is called, what its header names, and how its address ends."""
    expect(page.get_by_role("heading", name=title, level=2, exact=True)).to_be_visible()
    expect(page.locator(".header-line").filter(has_text=place)).to_have_count(1 if place else 0)
    expect(page).to_have_url(re.compile(address))
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def steps_of(page: Page) -> Steps:
    """Ten steps of a visit: what a person does, and what the page shows then."""
    tile = lambda n: page.locator(".tile-sheet").get_by_role("option").nth(n)  # noqa: E731
    return [
        (lambda: page.get_by_test_id("stTopNavLink").filter(has_text="Jobs").click(), ("Jobs", "", "/jobs$")),
        (lambda: page.locator(f"a[href*={ATLAS.key()}]").last.click(), ("Layer atlas", LAYER, "/atlas.run=[^&]*$")),
        (lambda: tile(5).click(), ("Layer atlas", "channel 5", "run=.*tile=5$")),
        (lambda: tile(6).click(), ("Layer atlas", "channel 6", "run=.*tile=6$")),
        (lambda: page.get_by_role("link", name="Open this channel").click(), ("Channel", "channel 6", "channel=6")),
        (lambda: page.keyboard.press("n"), ("Channel", "channel 7", "channel=7")),
        (lambda: page.keyboard.press("n"), ("Channel", "channel 8", "channel=8$")),
        (lambda: page.get_by_role("radio", name="Map", exact=True).click(), ("Channel", "channel 8", "lens=map")),
        (lambda: menu(page, "Team", "Storage"), ("Storage", "", "/storage$")),
        (lambda: page.get_by_test_id("stTopNavLink").filter(has_text="Home").click(), HOME),
    ]


def steps_of_a_lesson(page: Page) -> Steps:
    """Ten steps over lessons, the search, the network map and a collection."""
    lesson, layer = (
        "How a convolution layer works",
        lambda name: page.locator(".network-map button.layer", has_text=name),
    )
    go = lambda name: page.get_by_role("button", name=name).first.click()  # noqa: E731
    return [
        (lambda: menu(page, "Learn", "Lessons"), ("Lessons", "", "/lessons$")),
        (lambda: go("Start: One filter makes one map"),
         ("1. One filter makes one map", f"{lesson}›step 1", "lesson=convolution-layer&step=1")),
        (lambda: go("Next: Six filters make six maps"),
         ("2. Six filters make six maps", f"{lesson}›step 2", "lesson=convolution-layer&step=2")),
        (lambda: search(page, "block1_conv2"), ("Models", "VGG16", "/models.*layer=block1_conv2")),
        (lambda: layer("block2_conv1").click(), ("Models", "VGG16", "/models.*layer=block2_conv1")),
        (lambda: page.get_by_role("radio", name="Table").click(), ("Models", "VGG16", "view=table")),
        (lambda: menu(page, "Learn", "Lessons"), ("Lessons", "", "/lessons$")),
        (lambda: go("Start: Stripes"), ("1. Stripes", "Week 3›step 1", "collection=[0-9a-f]+&step=1")),
        (lambda: go("Next: The same"), ("2. The same", "Week 3›step 2", "collection=[0-9a-f]+&step=2")),
        (lambda: page.get_by_role("link", name="Open it on the page Layer atlas").click(),
         ("Layer atlas", LAYER, "/atlas.*run=.*from=collection")),
    ]  # fmt: skip


def search(page: Page, text: str) -> None:
    """Find something by the keys alone, and go there."""
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search").fill(text)
    expect(page.get_by_role("link", name=text).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("steps", [steps_of, steps_of_a_lesson])
def test_back_and_forward_over_ten_steps(way: Way, empty_lab: Lab, steps: Callable[[Page], Steps]) -> None:
    page, back, forward = way
    installation(empty_lab)
    page.goto(f"{empty_lab.url}/")
    shows(page, *HOME)
    places = [HOME]
    for act, place in steps(page):
        act()
        shows(page, *place)
        places.append(place)
    for place in places[-2::-1]:
        back()
        shows(page, *place)
    for place in places[1:]:
        forward()
        shows(page, *place)
