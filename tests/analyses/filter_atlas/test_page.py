"""The atlas's page while tiles are at a first look: on the sheet and beside it."""

import io

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_of, sheet_url
from dashboard.analyses.filter_atlas.view import overview_data, sheet_data, unfinished_data
from dashboard.server.live import live_state
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.images.contact_sheet import stitch
from shared.store import RunRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import atlas_part, begin, striped_tile, write_tiles

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(4)), size=32, steps=4, precision="float32"
)
KEY = ATLAS.key()


@pytest.fixture
def fence(client: Client, monkeypatch: pytest.MonkeyPatch) -> int:
    """An attempt with a finished tile 0, and tiles 1 and 2 at a first look (drawn as channels 11 and 12)."""
    point_dashboard_at(client, monkeypatch)
    fence = begin(client.store, ATLAS, 4)
    write_tiles(client.store, ATLAS, fence, 4, 0, 1)
    for index in (1, 2):
        client.store.previews.write(KEY, fence, index, atlas_part(index, 10 + index, 32))
    return fence


def sheet_now(client: Client) -> tuple[Sheet, RunRecord]:
    run = client.record(KEY)
    sheet = sheet_of(client, run)
    assert sheet is not None
    return sheet, run


def picture_of(path: str) -> np.ndarray:
    response = ask_route(path)
    assert response.status_code == 200
    return np.asarray(Image.open(io.BytesIO(response.content))).astype(int)


def test_the_sheet_shows_first_looks_where_tiles_will_be(client: Client, fence: int) -> None:
    sheet, _ = sheet_now(client)
    expected = stitch({0: striped_tile(0, 32), 1: striped_tile(11, 32), 2: striped_tile(12, 32)}, 4).astype(int)
    assert np.abs(picture_of(sheet_url(sheet)) - expected).mean() < 10


def test_a_finished_tile_takes_the_place_of_its_look(client: Client, fence: int) -> None:
    before = sheet_url(sheet_now(client)[0])
    write_tiles(client.store, ATLAS, fence, 4, 1, 2)
    sheet, run = sheet_now(client)
    assert (set(sheet.facts), set(sheet.looks)) == ({0, 1}, {2})
    assert sheet_url(sheet) != before
    expected = stitch({0: striped_tile(0, 32), 1: striped_tile(1, 32), 2: striped_tile(12, 32)}, 4).astype(int)
    assert np.abs(picture_of(sheet_url(sheet)) - expected).mean() < 10
    assert picture_of(before).shape == expected.shape, "a page that is a moment behind is shown the fuller sheet"
    assert (run.done, run.previews) == (2, 1)


def test_the_page_says_which_tiles_are_coarse(client: Client, fence: int) -> None:
    sheet, run = sheet_now(client)
    data = sheet_data(run, sheet, range(4))
    assert data["looks"] == [False, True, True, False]
    assert [value is None for value in data["objectives"]] == [False, True, True, True], "only finished ones are sorted"
    facts = dict(overview_data(run, sheet, [0, 1, 2, 3])["facts"])
    assert (facts["Channels"], facts["At a first look"]) == ("1 of 4 made", "2")


def test_a_coarse_tile_is_shown_large_and_called_so(client: Client, fence: int) -> None:
    sheet, run = sheet_now(client)
    look = unfinished_data(run, sheet, 2, 2)
    assert "first look" in look["note"] and "its turn" in look["note"]
    np.testing.assert_array_equal(picture_of(look["url"]), striped_tile(12, 32))
    write_tiles(client.store, ATLAS, fence, 4, 2, 3)
    np.testing.assert_array_equal(picture_of(look["url"]), striped_tile(2, 32))
    assert "url" not in unfinished_data(run, sheet, 3, 3)


def test_a_cancelled_atlas_keeps_its_looks_and_offers_to_refine_them(client: Client, fence: int) -> None:
    client.store.runs.end_cancelled(KEY, fence)
    sheet, run = sheet_now(client)
    assert (run.status, set(sheet.looks)) == ("cancelled", {1, 2})
    assert "Retry refines it" in unfinished_data(run, sheet, 1, 1)["note"]


def test_the_bar_draws_the_page_anew_for_every_look(client: Client, fence: int) -> None:
    before = live_state(client, client.record(KEY), "tile")["done"]
    client.store.previews.write(KEY, fence, 3, atlas_part(3, 13, 32))
    middle = live_state(client, client.record(KEY), "tile")["done"]
    write_tiles(client.store, ATLAS, fence, 4, 3, 4)
    assert before < middle < live_state(client, client.record(KEY), "tile")["done"]
