"""The comparison's page without a browser: what it shows in every state, what its address keeps, what it exports."""

import csv
import io
import json
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.compare_models.channels import compared_url
from dashboard.analyses.compare_models.layer_table import share_words
from dashboard.analyses.compare_models.view import origins
from dashboard.server.downloads import download_url
from shared.analyses import CompareModels
from shared.analyses.report_blocks import Table
from shared.client import Client
from shared.client.report.figures import blocks_of
from shared.images.contact_sheet import GAP
from tests.analyses.compare_models.parts import (
    CHANNELS,
    EDGE,
    LAYERS,
    MODEL,
    OTHER,
    SPEC,
    all_parts,
    comparison,
    layer_part,
    maps_of,
    unmoved,
)
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import begin, report_workers

BASE, TUNED, HEAD = ("sha256:" + digit * 64 for digit in "123")


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def trained(client: Client, **recipe: object) -> None:
    """Three networks in the registry: a base, a head trained on it, and the whole fine-tuned."""
    for name, reference, facts in (
        ("base", BASE, {"source": "file"}),
        ("head", HEAD, {"source": "training_run", "recipe": {"model": BASE, "metrics": {}}}),
        ("tuned", TUNED, {"source": "training_run", "recipe": {"model": BASE, "metrics": {"head_model": HEAD}}}),
    ):
        client.library.files.write_record("models", name, {"reference": reference, **facts, **recipe})


def test_the_layer_that_moved_most_is_shown_first_and_frozen_ones_are_marked(client: Client) -> None:
    page = visit(run=comparison(client))
    assert not page.exception and not page.error and page.header[0].value == "Compare"
    strip, changes, panel = (element(page, key) for key in ("strip", "changes", "moved"))
    assert "4 of 7 layers moved. 2 are frozen: not one bit changed." in words(page)
    assert "In 1 only running statistics moved. 1 layer stands on one side only." in words(page)
    assert [row["still"] for row in strip["layers"]] == [one[4] == "frozen" for one in LAYERS]
    assert [row["detail"] for row in strip["layers"]][3:6] == ["0.8", "∞, from zero", "frozen"]
    assert strip["selected"] == "block/high" and panel["title"] == "high"
    [figure] = element(page, "distances")["figures"]
    assert dict(zip(figure["data"][0]["x"], figure["data"][0]["marker"]["line"]["width"], strict=True)) == {
        "block/low": 0, "block/high": 2, "gate": 0, "top": 0}, "the chosen layer has a frame"  # fmt: skip
    assert [one["channel"] for one in changes["channels"]] == list(CHANNELS)


def test_a_channel_has_both_tiles_both_maps_and_its_page_in_both_networks(client: Client) -> None:
    key = comparison(client)
    data = element(visit(run=key, layer="block/low"), "changes")
    first, second = data["channels"]
    assert first["distance"] == "0.9" and (first["low"], first["high"]) == (
        0,
        pytest.approx(float(maps_of(1, "after")[..., 0].max())),
    )
    assert [side["tile"].split("/")[-1] for side in first["sides"]] == ["before_5.png", "after_5.png"]
    before, after = first["sides"]
    assert "model=keras%2Fmobilenetv2%2Frandom&layer=block%2Flow&channel=5" in before["href"]
    assert "model=keras%2Fmobilenetv2%2Fimagenet&layer=base%2Fblock%2Flow&channel=5" in after["href"]
    assert [side["dead"] for side in second["sides"]] == [False, True]
    for side, one in zip(("before", "after"), (before, after), strict=True):
        values = np.frombuffer(ask_route(one["values"]).content, "<f2").reshape(EDGE, EDGE)
        assert np.array_equal(values, maps_of(1, side)[..., 0])
        tile = np.asarray(Image.open(io.BytesIO(ask_route(one["tile"]).content)))
        assert np.array_equal(tile, layer_part(1).pictures[f"{side}_5"])


def test_predictions_and_layers_of_one_side_are_said(client: Client) -> None:
    panel = element(visit(run=comparison(client)), "moved")
    before, after = panel["predictions"]
    assert before["rows"] is None and [row["name"] for row in after["rows"]] == ["tabby", "tiger cat", "lynx"]
    assert [one["names"] for one in panel["alone"]] == [["head · Dense"]]
    assert panel["note"] == "block/high before, base/block/high after"
    assert ["kernel", "0.8"] in panel["weights"] and ["bias", "frozen"] in panel["weights"]


@pytest.mark.parametrize(
    ("layer", "says"),
    [("late", "it is frozen. What it sees changed all the same"), ("gate", "channels that moved most: 0, 1")],
)
def test_a_layer_without_tiles_says_why_and_offers_them(client: Client, layer: str, says: str) -> None:
    data = element(visit(run=comparison(client), layer=layer), "changes")
    assert data["channels"] == [] and says in data["note"]
    page = visit("compare", **dict(parse_qsl(data["draw"]["url"].partition("?")[2])))
    assert not page.exception and "Make the comparison" in labels(page)
    assert (page.query_params["layers"], page.query_params["most_channels"]) == (layer, "2")


def test_what_cannot_have_changed_is_not_offered(client: Client) -> None:
    first = element(visit(run=comparison(client), layer="stem"), "changes")
    assert first["draw"] is None and "Frozen, like all layers before it" in first["note"]


def test_a_layer_without_maps_is_not_offered(client: Client) -> None:
    data = element(visit(run=comparison(client), layer="top"), "changes")
    assert data["draw"] is None and "A layer which has no height and width" in data["note"]


def test_shares_say_all_of_all_and_none_of_none_only() -> None:
    shares = (0, 1e-6, 0.25, 1 - 1e-6, 1)
    assert [share_words(share) for share in shares] == ["0 %", "below 0.1 %", "25.0 %", "above 99.9 %", "100 %"]


def test_while_layers_come_in(client: Client) -> None:
    page = visit(run=comparison(client, made=2), layer="block/high")
    assert "on their way" in element(page, "changes")["note"] and "Cancel" in labels(page)
    assert element(visit(run=SPEC.key(), layer="block/low"), "changes")["channels"]


def test_before_the_table_only_the_bar_is_there(client: Client) -> None:
    page = visit(run=comparison(client, made=0))
    assert not page.exception and element(page, "distances") is None and "Cancel" in labels(page)


def test_networks_that_are_the_same(client: Client) -> None:
    page = visit(run=unmoved(client))
    assert "Nothing moved" in words(page) and "7 layers are equal, bit for bit" in words(page)
    changes = element(page, "changes")
    assert not page.exception and changes["channels"] == [] and changes["draw"] is None
    assert "both networks respond alike" in changes["note"]


def test_a_failed_run_says_why(client: Client) -> None:
    fence = begin(client.store, SPEC, 1)
    client.store.runs.fail(SPEC.key(), fence, "InvalidSpec", "Expected two networks of the same shape. Received: b.")
    page = visit(run=SPEC.key())
    assert "The comparison failed. Expected two networks of the same shape" in words(page).replace("*", "")


def test_nothing_to_compare_yet(client: Client) -> None:
    page = visit("compare")
    assert not page.exception and not page.error and "two different states" in words(page)


def test_two_networks_offer_the_comparison(client: Client) -> None:
    report_workers(client.store)
    page = visit("compare", other=OTHER)
    page.selectbox(key="compare_models.model").set_value(MODEL).run()
    assert "Make the comparison" in labels(page) and "at most 36 tiles of 128 × 128 pixels" in words(page)
    assert page.query_params["other"] == OTHER


def test_what_was_trained_last_meets_what_it_came_from(client: Client) -> None:
    trained(client)
    assert origins(client, TUNED) == {"Before fine-tuning": HEAD, "Its base": BASE}
    assert origins(client, HEAD) == {"Its base": BASE} and origins(client, BASE) == {}
    page = visit("compare")
    assert (page.selectbox(key="compare_models.model").value, page.selectbox(key="compare_models.other").value) == (
        HEAD,
        TUNED,
    )
    next(button for button in page.button if button.label == "Its base").click().run()
    assert page.selectbox(key="compare_models.model").value == BASE
    next(button for button in page.button if button.label == "Swap before and after").click().run()
    assert (
        page.selectbox(key="compare_models.model").value == TUNED
        and page.selectbox(key="compare_models.other").value == BASE
    )


def test_a_trained_network_alone_in_the_address_is_the_one_after(client: Client) -> None:
    trained(client)
    page = visit("compare", model=HEAD)
    assert (page.selectbox(key="compare_models.model").value, page.selectbox(key="compare_models.other").value) == (
        BASE,
        HEAD,
    )


@pytest.mark.parametrize("wrong", ["/9/before/0", "/1/between/0", "/1/before/7", "/0/before/0"])
def test_what_is_not_there_is_said_in_a_sentence(client: Client, wrong: str) -> None:
    url = compared_url(client.record(comparison(client)), 1, "before", 0)
    response = ask_route(url.replace("/1/before/0", wrong))
    assert response.status_code in (404, 410) and "<" not in response.text


# Files


def test_the_files_of_a_comparison(client: Client) -> None:
    key = comparison(client)
    rows = list(csv.DictReader(io.StringIO(ask_route(download_url(key, "layers.csv")).text)))
    assert [row["path"] for row in rows] == [*(one[0] for one in LAYERS), ""]
    assert rows[0]["state"] == "frozen" and float(rows[0]["distance"]) == 0 and rows[4]["distance"] == "inf"
    assert (rows[-1]["path_after"], rows[-1]["state"], rows[-1]["distance"]) == ("head", "only after", "")
    sheet = Image.open(io.BytesIO(ask_route(download_url(key, "sheets/1_block.low.png")).content))
    assert sheet.size == (4 * (32 + GAP), 2 * (32 + GAP))
    with np.load(io.BytesIO(ask_route(download_url(key, "arrays.npz")).content)) as arrays:
        assert arrays["layers"].tolist() == [one[0] for one in LAYERS] and np.isinf(arrays["distance"][4])
        assert arrays["block.low.distance"].tolist() == list(range(16, 28)), "the channels behind those of two layers"
        assert np.array_equal(arrays["block.high.maps_after"], maps_of(2, "after"))
        assert arrays["block.low.tiles_before"].shape == (2, 32, 32, 3)
        assert arrays["block.low.channels"].tolist() == list(CHANNELS)
    assert json.loads(ask_route(download_url(key, "manifest.json")).content)["spec"]["other"] == OTHER


def test_the_report_lists_every_layer_and_shows_the_sheets(client: Client) -> None:
    run = client.record(comparison(client))
    blocks = {block.title: block for block in blocks_of(run, {part.index: part for part in all_parts()})}
    moved, alone = blocks["How far each layer moved"], blocks["Layers of one network alone"]
    assert isinstance(moved, Table) and isinstance(alone, Table)
    assert [row[0] for row in moved.rows] == [one[0] for one in LAYERS] and moved.rows[4][3] == "infinite"
    assert list(alone.rows) == [("head", "Dense", "after")]
    assert "Sheets · 1 block.low" in blocks


# The request


def test_names_on_both_sides_are_resolved_and_one_network_is_refused(client: Client) -> None:
    from shared.errors import InvalidSpec

    with pytest.raises(InvalidSpec, match="another network than `model`"):
        CompareModels.from_fields({"model": "a", "other": "a"})
    for name, reference in (("one", MODEL), ("two", OTHER), ("again", OTHER)):
        client.library.files.write_record("models", name, {"reference": reference})
    spec = client.resolve(CompareModels(model="one", other="two"))
    assert (spec.model, spec.other) == (MODEL, OTHER)
    with pytest.raises(InvalidSpec, match="two and again, both keras/mobilenetv2/imagenet"):
        client.resolve(CompareModels(model="two", other="again"))


def test_named_layers_make_their_number_play_no_part() -> None:
    named = {"model": MODEL, "other": OTHER, "layers": "b,a"}
    spec = CompareModels.from_fields(named | {"most_layers": 5})
    assert spec.key() == CompareModels.from_fields(named | {"layers": ["a", "b", "a"]}).key()
