"""The class images' page: what stands beside each picture, what is said before it is computed, what is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from dashboard.page_table import script
from shared.client import Client
from shared.results import encode_part
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_ascents import class_images, class_preview
from tests.fixtures.synthetic_runs import finished_inspection


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_the_naive_picture_stands_beside_the_regularised_one_with_its_numbers(client: Client) -> None:
    page = visit(run=class_images(client))
    assert not page.exception and page.header[0].value == "Class images"
    rows = element(page, "class-cards")["rows"]
    assert [row["title"] for row in rows] == ["animal 65 · 65", "animal 18 · 18"]
    assert [card["title"] for card in rows[0]["cards"]] == ["Naive", "Regularised"]
    facts = dict(map(tuple, rows[0]["cards"][0]["facts"]))
    assert facts["As shown, the network says"] == "animal 65 98.0 %"
    assert facts["Above 99.9 % from step"] == "6"
    logit, probability = element(page, "logit-curves")["figures"]
    assert [len(trace["y"]) for trace in [*logit["data"], *probability["data"]]] == [21] * 8
    notes = [d["note"] for d in element(page, "header")["downloads"]]
    assert notes[:10] == ["PNG"] * 4 + ["GIF"] * 4 + ["npz", "JSON"]


def test_one_sentence_says_what_so_sure_an_answer_does_not_mean(client: Client) -> None:
    says = element(visit(run=class_images(client)), "class-cards")["rows"][0]["says"]
    assert says.startswith("The network is 99.95 % sure") and "not that the picture shows animal 65" in says


def test_what_is_not_made_yet_has_its_place(client: Client) -> None:
    page = visit(run=class_images(client, made=1))
    cards = element(page, "class-cards")["rows"][0]["cards"]
    assert "url" in cards[0] and cards[1] == {"title": "Regularised", "note": "Not made yet."}
    assert "Cancel" in labels(page)


def test_the_plan_is_said_before_anything_is_computed() -> None:
    page = visit("class-images")
    assert "2 pictures" in words(page) or "2 pictures" in str(page.info)


def test_a_class_that_the_head_does_not_have_is_refused_beside_its_control(client: Client) -> None:
    model = "keras/mobilenetv2/imagenet"
    finished_inspection(client, model, classes=["ant", "bee", "cat"])
    page = visit(run="", model=model, classes="7").switch_page(script("class-images"))
    page.query_params["classes"] = "7"
    page.run()
    assert ["from 0 to 2" in error.value for error in page.error] == [True], "beside the control, and there alone"
    assert "Correct what is marked on the left." in words(page)


def test_the_readings_classes_are_a_click_away() -> None:
    page = visit(model="keras/mobilenetv2/imagenet").switch_page(script("class-images")).run()
    [pills] = [p for p in page.get("button_group") if "Magpie" in str(p.proto)]
    assert pills is not None


def test_a_picture_on_its_way_is_shown_and_called_so(client: Client) -> None:
    key = class_images(client, made=1)
    run = client.record(key)
    image = np.full((8, 8, 3), 90, np.uint8)
    part = class_preview(1, 65, "regularised", 16)
    fence = int(client.store.client.hget(f"convscope:run:{key}", "fence"))
    client.store.previews.write(key, fence, 1, encode_part(part))
    card = element(visit(run=run.key), "class-cards")["rows"][0]["cards"][1]
    assert card["note"] == "Not finished: after step 16 of 64." and "animation" not in card
    with Image.open(io.BytesIO(ask_route(card["url"]).content)) as picture:
        np.testing.assert_array_equal(np.asarray(picture), image)
