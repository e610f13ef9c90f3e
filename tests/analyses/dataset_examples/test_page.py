"""The examples page without a browser: tiles of real pieces, the chosen channel's, and the channel page beside them."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.server.caches import clear_caches
from dashboard.widgets.channel_examples import EDGES, pieces_start, pieces_url, read_examples
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.analyses.dataset_examples.numbers import tile_side
from shared.client import Client
from shared.store import RunRecord
from tests.analyses.channel_portrait.parts import finished_portrait
from tests.analyses.dataset_examples.parts import CHANNELS, LAYER, MODEL, SILENT, pets, written_examples
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_inspection


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.fixture
def dataset(client: Client, tmp_path: Path) -> str:
    finished_inspection(client, MODEL)
    return pets(client, tmp_path / "pets")


def _picture(url: str) -> Image.Image:
    response = ask_route(url)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    return Image.open(io.BytesIO(response.content))


def test_every_channel_has_a_tile_of_its_own_pieces(client: Client, dataset: str) -> None:
    page = visit(run=written_examples(client, dataset))
    assert not page.exception and page.header[0].value == "Examples"
    sheet, header = element(page, "examples-"), element(page, "header")
    assert header["steps"] == ["VGG16 · random weights", LAYER]
    assert {"pets", "train", "best 9"} <= set(header["details"])
    assert sheet["channels"] == list(range(CHANNELS)) and not sheet["live"]
    assert [not end for end in sheet["ends"]] == [channel == SILENT for channel in range(CHANNELS)]
    assert len(set(sheet["ends"])) == CHANNELS
    assert _picture(sheet["start"] + sheet["ends"][0]).size == (tile_side(EDGES[0], 9),) * 2
    assert [d["note"] for d in header["downloads"]][:3] == ["PNG", "npz", "JSON"]


def test_a_tile_changes_its_address_only_with_its_pieces(client: Client, dataset: str) -> None:
    key = written_examples(client, dataset, shards=1, finish=False)
    before = element(visit(run=key), "examples-")
    clear_caches()
    again = element(visit(run=key), "examples-")
    assert again["ends"] == before["ends"] and before["live"]


def test_what_is_best_so_far_is_shown_while_pictures_are_looked_at(client: Client, dataset: str) -> None:
    page = visit(run=written_examples(client, dataset, shards=2, finish=False))
    assert " parts" not in words(page) and "Cancel" in labels(page)
    assert ["Pictures", "16 of 16"] in element(page, "panel")["facts"]
    assert element(page, "examples-")["channels"] == list(range(CHANNELS))


def test_the_chosen_channels_pieces_stand_large_with_their_pictures(client: Client, dataset: str) -> None:
    page = visit(run=written_examples(client, dataset), tile="11")
    panel, card = element(page, "panel"), client.datasets.card(dataset)
    assert panel["title"] == "Channel 11" and len(panel["pieces"]) == 9 and panel["across"] == 3
    values = [float(piece["value"]) for piece in panel["pieces"]]
    assert values == sorted(values, reverse=True) and values[0] > 20
    first = panel["pieces"][0]
    number = int(first["href"].rpartition("picture=")[2])
    assert card.classes[card.pictures[number].label] == first["label"]
    assert "split=train" in first["href"] and first["href"].startswith("/datasets?")
    assert "channel=11" in panel["channel"]
    assert ["A unit sees", "10 × 10 of 224 × 224 px"] in panel["facts"]


def test_the_frame_lies_around_the_piece_in_the_whole_picture(client: Client, dataset: str) -> None:
    piece = element(visit(run=written_examples(client, dataset), tile="11"), "panel")["pieces"][0]
    whole, alone = _picture(piece["whole"]), _picture(piece["url"])
    top, left, height, width = (share / 100 * EDGES[2] for share in piece["frame"])
    framed = whole.crop((round(left), round(top), round(left + width), round(top + height)))
    seen, shown = (np.asarray(one.convert("L").resize((7, 7), Image.Resampling.BOX), float) for one in (framed, alone))
    assert np.abs(seen - shown).mean() < 20
    assert np.corrcoef(seen.ravel(), shown.ravel())[0, 1] > 0.9


def test_a_silent_channel_says_so(client: Client, dataset: str) -> None:
    panel = element(visit(run=written_examples(client, dataset), tile=str(SILENT)), "panel")
    assert panel["note"] == "No picture made this channel respond." and panel["pieces"] == []


def test_without_a_choice_stand_the_numbers(client: Client, dataset: str) -> None:
    page = visit(run=written_examples(client, dataset))
    panel = element(page, "panel")
    assert ["Pictures", "24 of 24"] in panel["facts"] and ["Silent", "1"] in panel["facts"]
    ranks = element(page, "ranks")["figures"][0]["data"][0]["y"]
    assert len(ranks) == CHANNELS - 1 and ranks == sorted(ranks, reverse=True)


def test_a_request_says_how_many_pictures_it_looks_at(client: Client, dataset: str) -> None:
    page = visit("examples", model=MODEL, layer=LAYER, dataset=dataset)
    assert "24 pictures, once through the network as far as this layer." in words(page)
    assert "Make the examples" in labels(page)


def test_a_split_that_the_data_set_lacks_is_not_offered(client: Client, dataset: str) -> None:
    page = visit("examples", model=MODEL, layer=LAYER, dataset=dataset)
    assert page.selectbox(key="dataset_examples.split").options == ["train", "validation", "test"]
    digits = visit("examples", model=MODEL, layer=LAYER, dataset="builtin/digits")
    assert not digits.exception and "train" in digits.selectbox(key="dataset_examples.split").options


def test_a_result_from_elsewhere_shows_the_sheet_that_was_kept(
    client: Client, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = written_examples(client, dataset)
    monkeypatch.setattr("dashboard.analyses.dataset_examples.view.card_of", lambda client, dataset: None)
    page = visit(run=key)
    assert not page.exception and "not on this installation" in words(page)
    assert element(page, "examples-") is None


@pytest.mark.parametrize(
    "url",
    [
        "{start}1/99999-0-0-9-9.jpg", "{start}1/0-0-0-9-9999.jpg", "{start}1/0-9-0-9-9.jpg", "{start}26/0-0-0-9-9.jpg",
        "{start}1/nonsense.jpg", "{start}1/0-0-0-9-9_0-0-0-9-9.jpg", "{other}1/0-0-0-9-9.jpg",
    ],
)  # fmt: skip
def test_addresses_that_were_not_made_here_are_refused(client: Client, dataset: str, url: str) -> None:
    start = pieces_start(dataset, EDGES[0])
    response = ask_route(url.format(start=start, other=start.replace(f"/{EDGES[0]}/", "/5000/")))
    assert response.status_code in (400, 404) and len(response.text) < 200


def test_a_signature_of_another_data_set_opens_nothing(client: Client, dataset: str) -> None:
    other = pieces_url("sha256:" + "0" * 64, [(0, 0, 0, 9, 9)], EDGES[0])
    token = other.split("/")[3]
    mine = pieces_url(dataset, [(0, 0, 0, 9, 9)], EDGES[0])
    assert ask_route(mine.replace(mine.split("/")[3], token)).status_code == 403


PORTRAIT = ChannelPortrait(model=MODEL, layer=LAYER, channel=7, precision="float32")


def test_the_channel_page_shows_the_real_pieces_beside_the_synthetic_picture(client: Client, dataset: str) -> None:
    key = written_examples(client, dataset)
    stage = element(visit(run=finished_portrait(client.store, PORTRAIT)), "stage")
    assert stage["real"]["note"] == "best 9 of pets, train" and stage["offer"] is None
    assert stage["real"]["href"] == f"/?run={key}&tile=7"
    assert _picture(stage["real"]["url"]).size == (tile_side(EDGES[1], 9),) * 2
    assert "real" not in element(visit(run=PORTRAIT.key(), lens="facets"), "stage")


def test_where_there_are_none_the_channel_page_offers_the_way_to_them(client: Client, dataset: str) -> None:
    stage = element(visit(run=finished_portrait(client.store, PORTRAIT)), "stage")
    assert stage["real"] is None
    assert stage["offer"]["url"] == "/examples?model=keras%2Fvgg16%2Frandom&layer=block2_conv1"


def test_a_channel_that_no_picture_excites_says_so_beside_its_portrait(client: Client, dataset: str) -> None:
    written_examples(client, dataset)
    spec = PORTRAIT.model_copy(update={"channel": SILENT})
    real = element(visit(run=finished_portrait(client.store, spec)), "stage")["real"]
    assert real["url"] == "" and real["note"] == "silent on all pictures of pets, train"


def test_a_run_that_is_read_slowly_holds_up_no_other(
    client: Client, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation that was tried: one lock for all runs, held while they are read."""
    quick, slow = client.record(written_examples(client, dataset)), RunRecord("slow", "running", done=1)
    begun, go, read = threading.Event(), threading.Event(), client.store.parts.indices

    def indices(key: str) -> set[int]:
        if key == slow.key:
            begun.set()
            assert go.wait(10)
        return read(key)

    monkeypatch.setattr(client.store.parts, "indices", indices)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(read_examples, client, slow)
        assert begun.wait(10)
        found = pool.submit(read_examples, client, quick).result(10)
        go.set()
        assert found is not None and waiting.result(10) is None
