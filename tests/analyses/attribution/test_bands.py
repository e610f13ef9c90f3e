"""Heat maps of a picture of six bands: which three are shown, and each band's own map."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.widgets.shown_bands import seen_url
from shared.analyses.attribution.spec import Attribution
from shared.client import Client
from shared.results import Part, encode_picture
from shared.store import Store
from tests.analyses.attribution.parts import SIZE, finished, parts_of
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.browser import Lab
from tests.fixtures.dashboard_visits import element, point_dashboard_at, visit

SPEC = Attribution(model="keras/mobilenetv2/random", image="sample/cat", classes=(386,), methods=("saliency",))
BANDS = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 6)).astype(np.uint8)
BANDS[..., 3:] = [250, 10, 20]  # the last three are one colour


def six_bands() -> list[Part]:
    """The parts of a run on a picture of six bands, whose fifth has most of the map."""
    picture, method = parts_of(SPEC)
    picture = replace(picture, pictures={"picture": BANDS[..., :3]}, arrays={**picture.arrays, "picture_bands": BANDS})
    maps = method.arrays["maps"]
    bands = np.stack([maps * share for share in (0.1, 0.1, 0.1, 0.1, -0.5, 0.1)], -1).astype(np.float32)
    rows = [{**row, "band_shares": [0.1, 0.1, 0.1, 0.1, 0.5, 0.1]} for row in method.facts["maps"]]
    return [picture, replace(method, arrays={**method.arrays, "bands": bands}, facts={**method.facts, "maps": rows})]


def made(store: Store) -> str:
    """The run; returns its key."""
    return finished(store, SPEC, six_bands())


@pytest.fixture
def pointed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.mark.usefixtures("pointed")
def test_the_chosen_bands_are_what_the_picture_is_asked_in(client: Client) -> None:
    page = visit(run=made(client.store), bands="4,5,6")
    url = element(page, "heat-stage")["picture"]["url"]
    assert parse_qs(urlsplit(url).query) == {"bands": ["4,5,6"]}
    assert ask_route(url).content == encode_picture(BANDS[..., 3:])
    assert ask_route(seen_url(SPEC.key(), 0, "picture")).content == encode_picture(BANDS[..., :3]), "of no address"


@pytest.mark.usefixtures("pointed")
def test_one_band_has_its_own_map_limits_and_address(client: Client) -> None:
    key, method = made(client.store), six_bands()[1]
    row = element(visit(run=key, band="5"), "heat-stage")["rows"][0]
    values = np.abs(method.arrays["bands"][0, ..., 4])
    assert row["maps"][0]["limits"]["maps"] == pytest.approx([values.min(), values.max()])
    sent = np.frombuffer(ask_route(row["urls"]["maps"]).content, "<f2").reshape(values.shape)
    assert np.abs(sent - values / values.max()).max() < 1e-3
    whole = element(visit(run=key), "heat-stage")["rows"][0]
    shares = dict(whole["maps"][0]["facts"])["Bands"]
    assert shares.startswith("5: 50")
    assert element(visit(run=key, band="9"), "heat-stage")["rows"][0]["urls"] == whole["urls"]


@pytest.mark.browser
def test_bands_are_chosen_once_for_the_page_and_stand_in_its_address(page: Page, empty_lab: Lab) -> None:
    key = made(empty_lab.client.store)
    page.goto(f"{empty_lab.url}/?run={key}&opacity=0&box=off")
    expect(page.locator(".heat-stage[data-painted]")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Shown: bands 1, 2, 3").click()
    for colour, band in (("Red", "4"), ("Green", "5"), ("Blue", "6")):
        page.get_by_role("combobox", name=colour).click()
        page.get_by_role("option", name=band, exact=True).click()
    expect(page.get_by_role("button", name="Shown: bands 4, 5, 6")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["bands"] == ["4,5,6"]
    expect(page.locator(".heat-classes img").first).to_have_attribute("src", re.compile("bands=4,5,6$"))
    page.get_by_role("combobox", name="Heat maps of").click()
    page.get_by_role("option", name="band 5").click()
    expect(page.get_by_text("Band 5 alone.")).to_be_visible()
