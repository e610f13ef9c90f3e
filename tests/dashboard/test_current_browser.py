"""What somebody works on outlives a reload, in their browser alone; what a cookie says is believed of nothing else."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.widgets.current_cookie import COOKIE, LONGEST_TEXT, MOST, read_current
from tests.fixtures.browser import Lab
from tests.fixtures.synthetic_runs import finished_inspection

MODEL, LAYER = "keras/vgg16/random", "block1_conv2"
GOOD = {"model": MODEL, "image": "sample/coffee", "dataset": "builtin/digits", "layer": LAYER, "channel": 7,
        "classes": [1, "tabby"]}  # fmt: skip


def test_what_fits_is_read_as_it_was_kept() -> None:
    assert read_current(json.dumps(GOOD)) == GOOD


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "3", "null", "{", json.dumps({"model": 3, "layer": "", "image": None, "dataset": ["x"]}),
     json.dumps({"channel": -1, "classes": "abc"}), json.dumps({"channel": True, "classes": [None]}),
     json.dumps({"channel": 10**9, "classes": []}), json.dumps({"model": "x" * (LONGEST_TEXT + 1)}),
     json.dumps({"classes": list(range(MOST + 1))}), json.dumps({"run": "k", "__proto__": "x"}),
     json.dumps({**GOOD, "image": "x" * 5000})],
)  # fmt: skip
def test_what_does_not_fit_is_left_out(text: str) -> None:
    assert read_current(text) == {}


def kept(page: Page) -> None:
    """The browser holds what is worked on."""
    page.wait_for_function("name => document.cookie.includes(`${name}=`)", arg=COOKIE)


@pytest.mark.browser
def test_a_reload_keeps_the_model_and_the_picture_and_another_browser_knows_nothing(
    browser: Browser, page: Page, empty_lab: Lab
) -> None:
    finished_inspection(empty_lab.client, MODEL)
    page.goto(f"{empty_lab.url}/heat-maps?model={MODEL}&image=sample/coffee")
    kept(page)
    for path in ("heat-maps", "activations", "dream"):
        page.goto(f"{empty_lab.url}/{path}")
        expect(page.locator(".header-line")).to_contain_text("VGG16 · random weights")
        expect(page.locator(".header-line")).to_contain_text("coffee")
    page.goto(f"{empty_lab.url}/atlas?model={MODEL}&layer={LAYER}")
    expect(page.get_by_role("heading", name="Layer atlas", exact=True)).to_be_visible()
    page.wait_for_function("word => decodeURIComponent(document.cookie).includes(word)", arg=LAYER)
    page.goto(f"{empty_lab.url}/channel")
    expect(page.locator(".header-line")).to_contain_text(LAYER)
    other = browser.new_page()
    other.goto(f"{empty_lab.url}/heat-maps")
    expect(other.locator(".header-line")).to_contain_text("Cats and dogs (bundled)")
    other.close()


ELSEWHERE = [
    {"model": "keras/gone/imagenet"},
    {"model": "../../x", "layer": "<b>", "channel": 5},
    {"image": "sha256:" + "0" * 64, "model": MODEL, "layer": "no_such_layer"},
]


@pytest.mark.browser
@pytest.mark.parametrize("said", ELSEWHERE)
def test_a_cookie_of_what_is_not_here_does_no_harm(page: Page, empty_lab: Lab, said: dict[str, object]) -> None:
    finished_inspection(empty_lab.client, MODEL)
    page.context.add_cookies([{"name": COOKIE, "value": quote(json.dumps(said)), "url": empty_lab.url}])
    for path, title in (("heat-maps", "Heat maps"), ("channel", "Channel"), ("models", "Models")):
        page.goto(f"{empty_lab.url}/{path}")
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
        expect(page.get_by_text(re.compile("could not be drawn"))).to_have_count(0)
