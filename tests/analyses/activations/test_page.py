"""The activations page without a browser: what it shows, what its address keeps, what its routes answer."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.activations.routes import layer_url
from dashboard.page_table import script
from dashboard.server.addresses import part_url
from dashboard.server.downloads import download_url
from dashboard.widgets.feature_maps import Painting, values_url
from shared.analyses import Activations
from shared.client import Client
from shared.images.contact_sheet import GAP, columns_for
from shared.images.feature_maps import (
    colour_limits,
    is_signed,
    map_sheet,
    palette,
    shared_limits,
    steps_of,
    tile_edge,
    zscore,
)
from shared.library.images import sample_path
from tests.analyses.activations.parts import LAYERS, finished_activations, layer_part, maps_of
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import begin, report_workers

CAT = Activations(model="keras/vgg16/random", image="sample/cat")
COFFEE = CAT.model_copy(update={"image": "sample/coffee"})


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_a_link_shows_the_first_layer_with_picture_and_predictions(client: Client) -> None:
    page = visit(run=finished_activations(client.store, CAT))
    assert page.header[0].value == "Activations" and not page.error
    strip, sheet, panel = (element(page, key) for key in ("strip", "maps-0", "map-0"))
    assert [row["path"] for row in strip["layers"]] == [layer[0] for layer in LAYERS]
    [figure] = element(page, "sparsity")["figures"]
    assert figure["data"][1]["y"] == pytest.approx([0, 0.0833, 0.0833, 0.0333], abs=1e-4), "one map of 12, 12 and 30"
    assert figure["data"][0]["x"] == [row["path"] for row in strip["layers"]]
    assert "blank maps: 4 % and 6 %" in words(page)
    assert strip["selected"] == "stem/conv" and sheet["title"] == "Feature maps of stem/conv"
    assert (sheet["sort"], sheet["scale"], sheet["colour"], sheet["signed"]) == ("channel", "channel", "viridis", True)
    assert [row["name"] for row in panel["groups"][0]["rows"]] == ["tabby", "tiger cat", "lynx"]
    assert panel["map"] is None and panel["picture"]["height"] == 24


def test_the_address_restores_the_whole_view(client: Client) -> None:
    key = finished_activations(client.store, CAT)
    page = visit(run=key, layer="block/relu", channel="7", sort="zeros", scale="all", colour="grey", tiles="S")
    sheet, panel, header = (element(page, name) for name in ("maps-0", "map-0", "header"))
    assert (sheet["selected"], sheet["sort"], sheet["scale"], sheet["colour"]) == (7, "zeros", "all", "grey")
    assert sheet["size"] == "S" and panel["title"] == "Channel 7 of block/relu"
    assert header["steps"] == ["VGG16 · random weights", "cat", "block/relu", "channel 7"]
    assert header["warning"] == "untrained"
    for name in ("layer=block%2Frelu", "channel=7", "sort=zeros", "scale=all", "colour=grey", "tiles=S"):
        assert name in header["link"]


def test_a_picture_is_called_by_the_name_that_somebody_gave_it(client: Client) -> None:
    reference = client.images.add(sample_path("coffee").read_bytes(), "my_cup")
    page = visit(run=finished_activations(client.store, CAT.model_copy(update={"image": reference})))
    assert element(page, "header")["steps"][1] == page.session_state["activations.image"] == "my_cup"
    assert element(page, "map-0")["picture"]["alt"].startswith("my_cup, 24 × 24 pixels")
    assert labels(page).count("Make the feature maps") == 0, "a name is the same choice as its reference"


def test_an_address_that_names_nothing_here_falls_back(client: Client) -> None:
    key = finished_activations(client.store, CAT)
    page = visit(run=key, layer="nowhere", channel="99", sort="taste", scale="log", colour="mauve")
    sheet = element(page, "maps-0")
    assert not page.exception and not page.error
    assert (sheet["title"], sheet["selected"], sheet["sort"]) == ("Feature maps of stem/conv", None, "channel")
    assert (sheet["scale"], sheet["colour"]) == ("channel", "viridis")


def test_an_address_without_a_run_restores_the_choices(client: Client) -> None:
    page = visit()
    for name, value in {"model": CAT.model, "image": "sample/rocket", "resize": "fit", "layers": "conv1,conv2"}.items():
        page.query_params[name] = value
    page.switch_page(script("activations")).run()
    assert [page.session_state[f"activations.{n}"] for n in ("model", "image", "resize", "layers")] == [
        CAT.model, "sample/rocket", "fit", "conv1,conv2"
    ]  # fmt: skip
    assert "Make the feature maps" in labels(page) and "Not computed yet." in words(page)


def test_making_them_puts_the_run_into_the_address(client: Client) -> None:
    report_workers(client.store)
    page = visit("activations")
    page.button(key="compute").click().run()
    (key,) = [r.key for r in client.store.runs.recent() if r.kind == "activations"]
    assert page.query_params["run"] in (key, [key])


def test_the_picture_can_be_changed_and_back(client: Client) -> None:
    key = finished_activations(client.store, CAT)
    page = visit(run=key, layer="block/relu")
    page.selectbox(key="activations.image").set_value("sample/coffee").run()
    assert "Not computed yet." in words(page) and "run" not in page.query_params
    page.selectbox(key="activations.image").set_value("sample/cat").run()
    assert page.query_params["run"] in (key, [key])
    assert element(page, "maps-0")["title"] == "Feature maps of block/relu"


def test_a_second_picture_stands_beside_on_the_same_scale(client: Client) -> None:
    key = finished_activations(client.store, CAT, 1)
    finished_activations(client.store, COFFEE, 2)
    page = visit(run=key, image2="sample/coffee", layer="block/relu", scale="layer", channel="3")
    first, second = element(page, "maps-0"), element(page, "maps-1")
    assert first["ends"] == second["ends"] and first["reach"] == second["reach"]
    assert first["reach"][0] == pytest.approx(max(maps_of(1, 3).max(), maps_of(2, 3).max()), rel=1e-3)
    assert first["picture"] != second["picture"]
    assert element(page, "map-1")["title"] == "Channel 3 of block/relu"


def test_a_second_picture_is_computed_only_when_somebody_asks(client: Client) -> None:
    report_workers(client.store)
    page = visit(run=finished_activations(client.store, CAT), image2="sample/coffee")
    assert client.record(COFFEE.key()).status == "absent"
    assert "coffee stands beside cat" in words(page) and "Make the maps of coffee" in labels(page)
    assert element(page, "maps-0") is not None
    page.button(key="compute").click().run()
    assert client.record(COFFEE.key()).status == "queued"
    assert "Cancel" in labels(page) and element(page, "maps-0") is not None


def test_a_second_picture_that_failed_says_why_beside_the_first(client: Client) -> None:
    first = finished_activations(client.store, CAT)
    fence = begin(client.store, COFFEE, 5)
    client.store.runs.fail(COFFEE.key(), fence, "InvalidSpec", "Expected a larger picture. Received: 8 × 8.")
    page = visit(run=first, image2="sample/coffee")
    assert "The maps of coffee failed. Expected a larger picture" in words(page).replace("*", "")
    assert "Retry" not in labels(page) and element(page, "maps-0") is not None


def test_a_second_picture_that_is_not_there_leaves_the_first_alone(client: Client) -> None:
    page = visit(run=finished_activations(client.store, CAT), image2="lost-picture")
    assert "No second picture." in words(page) and element(page, "maps-0") is not None


def test_layers_that_are_not_made_yet_are_waited_for(client: Client) -> None:
    begin(client.store, CAT, 5)
    page = visit(run=CAT.key())
    assert not page.exception and element(page, "strip") is None


def test_a_failure_is_said_and_the_page_lives(client: Client) -> None:
    fence = begin(client.store, CAT, 5)
    client.store.runs.fail(CAT.key(), fence, "InvalidSpec", "Expected a larger picture. Received: 8 × 8.")
    page = visit(run=CAT.key())
    assert "Expected a larger picture" in words(page) and "Retry" not in labels(page), "it would fail again"
    assert page.selectbox(key="activations.image").value == "sample/cat"


def test_a_bad_upload_is_refused_beside_the_control(client: Client) -> None:
    page = visit("activations")
    page.session_state["activations.image/refusal"] = "Expected a PNG, JPEG or WebP picture. Received: a PDF file."
    page.run()
    assert "Received: a PDF file." in words(page) and page.selectbox(key="activations.image").value == "sample/cat"


# Routes


def test_the_sheet_has_every_map_at_its_place(client: Client) -> None:
    run = client.record(finished_activations(client.store, CAT))
    response = ask_route(layer_url(run, 2, Painting("channel", "viridis")))
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert "immutable" in response.headers["cache-control"]
    picture = np.asarray(Image.open(io.BytesIO(response.content)).convert("RGBA"))
    part, edge = layer_part(1, 1), tile_edge(24, 24, 128)
    steps = steps_of(part.arrays["maps"], colour_limits(part.facts, part.arrays, "channel", 0))
    assert edge == 72
    for channel in (0, 7, 11):
        top, left = (channel // columns_for(12) * (edge + GAP), channel % columns_for(12) * (edge + GAP))
        tile = picture[top : top + edge : 3, left : left + edge : 3]
        np.testing.assert_array_equal(tile[..., :3], palette("viridis")[steps[..., channel]])
        assert (tile[..., 3] == 255).all()
    assert picture[0, edge, 3] == 0, "between the tiles the page shines through"


def test_values_come_as_they_were_stored(client: Client) -> None:
    run = client.record(finished_activations(client.store, CAT))
    response = ask_route(values_url(run, 4, 5))
    np.testing.assert_array_equal(np.frombuffer(response.content, "<f2").reshape(6, 6), maps_of(1, 3)[..., 5])


def test_the_picture_is_the_one_the_network_saw(client: Client) -> None:
    run = client.record(finished_activations(client.store, CAT))
    assert np.asarray(Image.open(io.BytesIO(ask_route(part_url(run.key, 0, "picture")).content))).shape == (24, 24, 3)


@pytest.mark.parametrize("change", ["/0/channel", "/9/channel", "/2/log"])
def test_what_is_not_there_is_said_in_a_sentence(client: Client, change: str) -> None:
    run = client.record(finished_activations(client.store, CAT))
    response = ask_route(layer_url(run, 2, Painting("channel", "viridis")).replace("/2/channel", change))
    assert response.status_code in (404, 410) and response.headers["cache-control"] == "no-store"


def test_a_token_of_another_run_is_refused(client: Client) -> None:
    run, other = (client.record(finished_activations(client.store, spec)) for spec in (CAT, COFFEE))
    right = values_url(other, 1, 0)
    stolen = values_url(run, 1, 0).split("/")[3]
    assert ask_route(right.replace(right.split("/")[3], stolen)).status_code == 403
    assert ask_route(right).status_code == 200


def test_all_maps_can_be_downloaded(client: Client) -> None:
    key = finished_activations(client.store, CAT)
    with np.load(io.BytesIO(ask_route(download_url(key, "arrays.npz")).content)) as arrays:
        assert set(arrays.files) == {"logits", *(path.replace("/", ".") for path, *_ in LAYERS)}
        np.testing.assert_array_equal(arrays["block.relu"], maps_of(1, 3))
    assert json.loads(ask_route(download_url(key, "manifest.json")).content)["kind"] == "activations"


# Colours


def test_limits_start_at_zero_or_are_centred_on_it() -> None:
    facts, arrays = {"minimum": 0.0, "maximum": 8.0}, {"minimum": np.zeros(2), "maximum": np.array([2.0, 8.0])}
    assert [x.tolist() for x in colour_limits(facts, arrays, "channel", 20)] == [[0, 0], [2, 8]]
    assert [x.tolist() for x in colour_limits(facts, arrays, "layer", 20)] == [[0, 0], [8, 8]]
    assert [x.tolist() for x in colour_limits(facts, arrays, "all", 20)] == [[0, 0], [20, 20]]
    signed = {"minimum": np.array([-6.0, 0]), "maximum": np.array([2.0, 0])}
    low, high = colour_limits({"minimum": -6.0, "maximum": 2.0}, signed, "channel", 20)
    assert (low.tolist(), high.tolist()) == ([-6, -1], [6, 1]), "a channel of zeros gets the colour of zero"
    assert is_signed(0.0, "zscore") and not is_signed(0.0, "all")


def test_two_pictures_share_the_wider_limits_and_zero_stays_in_the_middle() -> None:
    first, second = (np.array([-1.0]), np.array([1.0])), (np.array([0.0]), np.array([3.0]))
    assert [x.tolist() for x in shared_limits(first, second)] == [[-3], [3]]


def test_zero_is_the_first_colour_of_one_map_and_the_middle_of_the_other() -> None:
    values = np.array([[[0.0], [4.0]]])
    assert steps_of(values, (np.array([0.0]), np.array([4.0]))).ravel().tolist() == [0, 254]
    assert steps_of(values, (np.array([-4.0]), np.array([4.0]))).ravel().tolist() == [127, 254]
    assert palette("diverging")[127].tolist() == [247, 247, 247]


def test_a_z_score_hides_zero_and_scale() -> None:
    maps = np.array([0.0, 1.0, 2.0, 3.0], np.float16).reshape(2, 2, 1)
    np.testing.assert_allclose(zscore(maps), zscore(10 * maps + 5), rtol=1e-3)
    assert (zscore(np.ones((2, 2, 1), np.float16)) == 0).all()


def test_maps_that_are_not_square_stand_in_the_middle() -> None:
    picture = np.asarray(map_sheet(np.zeros((2, 4, 1), np.uint8), palette("grey"), 8))
    assert (picture[:2] == 255).all() and (picture[2:6, :8] == 0).all() and (picture[6:] == 255).all()
