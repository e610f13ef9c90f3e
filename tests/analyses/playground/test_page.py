"""The playground's page: it asks by itself, says what is wrong where it is wrong, and its address restores it.

Caught by these: titles a step behind their controls, a stage whose numbers move to its neighbour when it is removed.
"""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.playground.routes import stage_url
from dashboard.analyses.playground.window_walk import walk_data
from dashboard.page_table import script
from dashboard.server.downloads import download_url
from shared.analyses.playground.spec import Playground
from shared.client import Client
from shared.results import Part, encode_part
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import AppTest, element, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import FACTS, begin, finished_inspection, layer_rows
from tests.fixtures.worker_context import context
from worker.analyses.playground.analysis import playground

SMALL = Playground(size=(12, 15), stages=[{"type": "convolution", "filters": 3}, {"type": "pooling", "size": 3}])


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def finished(client: Client, spec: Playground, folder: Path) -> str:
    """A complete run, computed here; returns its key."""
    parts = [item for item in playground(spec, context(folder)) if isinstance(item, Part)]
    fence = begin(client.store, spec, len(parts))
    for part in parts:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"stage": "computing"})
    client.store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()


def spec_of(page: AppTest, client: Client) -> Playground:
    """The request that the page's address names."""
    (run,) = [page.query_params["run"]] if isinstance(page.query_params["run"], str) else page.query_params["run"]
    found = Playground.from_fields(client.record(run).fields)
    assert isinstance(found, Playground)
    return found


def query(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def control(page: AppTest, label: str, stage: int = 0) -> object:
    """The control of this label in the given one of the open stages."""
    found = [w for w in [*page.number_input, *page.selectbox, *page.text_area] if w.label == label]
    return found[stage]


def test_the_first_visit_asks_for_the_cat_by_itself(client: Client) -> None:
    page = visit("playground")
    (run,) = client.store.runs.recent()
    assert (run.status, run.fields["image"]) == ("queued", "sample/cat")
    assert spec_of(page, client).key() == Playground.from_fields({"preset": "three_3x3"}).key() == run.key


def test_a_finished_run_shows_every_stage_with_its_arithmetic(client: Client, tmp_path: Path) -> None:
    page = visit(run=finished(client, SMALL, tmp_path))
    assert page.header[0].value == "Playground"
    cards = element(page, "stages")["cards"]
    assert [c["title"] for c in cards] == ["The picture", "1 · 3 filters of 3 × 3, random", "2 · max pooling 3 × 3"]
    rows = dict(cards[1]["rows"])
    assert rows["Height"] == "(12 − 3 + 2·0)/1 + 1 = 10"
    assert rows["Parameters"] == "3·3·3·3 + 3 = 84"
    assert rows["A dense layer"] == "210,990 (2,512 times as many)"
    assert cards[2]["warnings"] == [
        "In height, 7 is not a multiple of the stride 3: the last row is never seen.",
        "In width, 10 is not a multiple of the stride 3: the last column is never seen.",
    ]
    assert "the last row is never seen" in words(page)


def test_a_permalink_fills_in_the_controls(client: Client, tmp_path: Path) -> None:
    page = visit(run=finished(client, SMALL, tmp_path))
    assert [e.label for e in page.expander if "·" in e.label] == ["1 · Convolution", "2 · Pooling"]
    assert control(page, "Filters").value == 3 and control(page, "Size").value == 3
    assert page.selectbox("playground.preset").value is None


@pytest.mark.parametrize("name", ["cat", "relu_max_pool", "lenet_3_1", "layer_next"])
def test_a_figure_of_the_readings_is_one_choice(client: Client, name: str) -> None:
    page = visit("playground")
    page.selectbox("playground.preset").set_value(name).run()
    assert not page.exception and not page.error
    assert spec_of(page, client).key() == Playground.from_fields({"preset": name}).key()
    assert page.selectbox("playground.preset").value == name


def test_a_folded_stage_says_what_it_is() -> None:
    page = visit("playground")
    page.selectbox("playground.preset").set_value("lenet_3_1").run()
    assert "3 filters of 5 × 5, random" in words(page) and "ReLU" in words(page)


def test_a_pooling_stride_follows_its_size_until_it_is_set(client: Client) -> None:
    page = visit("playground")
    page.button("playground/add-pooling").click().run()
    control(page, "Size").set_value(5).run()
    assert spec_of(page, client).stages[1].step == 5
    control(page, "Stride", 1).set_value(3).run()
    control(page, "Size").set_value(4).run()
    assert (spec_of(page, client).stages[1].size, spec_of(page, client).stages[1].step) == (4, 3)


def test_a_changed_control_asks_anew(client: Client) -> None:
    page = visit("playground")
    control(page, "Kernel").set_value(7).run()
    assert spec_of(page, client).stages[0].kernel == 7
    assert page.selectbox("playground.preset").value is None


def test_stages_are_added_moved_and_removed(client: Client) -> None:
    page = visit("playground")
    control(page, "Filters").set_value(2).run()
    page.button("playground/add-pooling").click().run()
    page.button("playground/add-convolution").click().run()
    assert [s.type for s in spec_of(page, client).stages] == ["convolution", "pooling", "convolution"]
    first, second, _ = [s["id"] for s in page.session_state["playground/stages"]]
    page.button(f"playground.{first}/down").click().run()
    assert [s.type for s in spec_of(page, client).stages] == ["pooling", "convolution", "convolution"]
    page.button(f"playground.{second}/remove").click().run()
    left = spec_of(page, client).stages
    assert [(s.type, s.filters) for s in left] == [("convolution", 2), ("convolution", 1)]


def test_no_more_stages_than_there_can_be() -> None:
    page = visit("playground")
    for _ in range(7):
        page.button("playground/add-activation").click().run()
    assert page.button("playground/add-activation").disabled and "the most stages" in words(page)


def test_weights_bring_their_own_controls(client: Client) -> None:
    page = visit("playground")
    labels = {w.label for w in page.number_input}
    assert {"Kernel", "Seed"} <= labels
    control(page, "Weights").set_value("sobel_x").run()
    assert not {"Kernel", "Seed"} & {w.label for w in page.number_input}
    assert spec_of(page, client).stages[0].weights == "sobel_x"
    control(page, "Weights").set_value("typed").run()
    assert spec_of(page, client).stages[0].grid == ((0, 1, 0), (1, -4, 1), (0, 1, 0))
    control(page, "Weights").set_value("model").run()
    assert spec_of(page, client).stages[0].model == client.models.names()["bundled/cats_and_dogs"], "it is always there"


def test_the_functions_stand_side_by_side_with_their_ranges(client: Client) -> None:
    page = visit("playground")
    data = element(page, "functions")
    [figure] = element(page, "function-curves")["figures"]
    assert [trace["name"] for trace in figure["data"]] == [one["name"] for one in data["curves"]]
    tanh = next(one for one in data["curves"] if one["name"] == "tanh")
    assert (tanh["range"], tanh["points"][0][0], tanh["points"][-1][0]) == ("−1 to 1", -7, 7)
    assert len(data["curves"]) + len(data["across"]) == 28


def test_a_model_that_somebody_added_lends_first(client: Client) -> None:
    client.library.files.write_record("models", "mine", {"reference": "sha256:" + "a" * 64})
    page = visit("playground")
    control(page, "Weights").set_value("model").run()
    assert control(page, "Model").value == "sha256:" + "a" * 64


def test_text_in_a_kernel_is_said_beside_it_and_the_rest_stays(client: Client, tmp_path: Path) -> None:
    typed = Playground(size=(12, 15), stages=[{"type": "convolution", "weights": "typed", "grid": "1 0\n0 1"}])
    page = visit(run=finished(client, typed, tmp_path))
    control(page, "Kernel").set_value("1 0\n0 cat").run()
    assert not page.exception
    assert "numbers only, not 'cat' in row 2" in page.sidebar.error[0].value.replace("\\", "")
    assert "Correct what is marked" in words(page)
    assert len(element(page, "stages")["cards"]) == 2, "the last picture stays"
    restored = visit()
    for name in ("stages", "size", "image"):
        restored.query_params[name] = query(page, name)
    restored.switch_page(script("playground")).run()
    assert control(restored, "Kernel").value == "1 0\n0 cat"
    control(page, "Kernel").set_value("1 0\n0 1").run()
    assert query(page, "run") == typed.key() and not page.error


def test_a_kernel_larger_than_its_picture_is_said_beside_it(client: Client) -> None:
    page = visit("playground")
    page.session_state["playground/size"] = True
    page.run()
    control(page, "Height").set_value(20).run()
    control(page, "Kernel").set_value(21).run()
    assert "no larger than the 20 × 400 that it slides over" in page.sidebar.error[0].value.replace("\\", "")
    assert "run" not in page.query_params


@pytest.mark.parametrize(
    "address",
    [{"stages": "x"}, {"stages": "[1]"}, {"stages": '[{"type":"dropout"}]'}, {"size": "big"},
     {"run": "playground-v1-0"},
     {"image": "sample/unicorn"}, {"stages": '[{"type":"convolution","kernel":900}]'}, {"stages": "{}"},
     {"stages": '[{"type":"convolution","weights":"magic","padding":"odd","filters":"many"}]'},
     {"stages": '[{"type":"activation","function":"swoosh"}]'}, {"stages": "[]"}, {"stages": "null"}],
)  # fmt: skip
def test_an_impossible_address_is_not_a_stack_trace(address: dict[str, str]) -> None:
    page = visit()
    for name, value in address.items():
        page.query_params[name] = value
    page.switch_page(script("playground")).run()
    assert not page.exception and "could not be drawn" not in words(page)
    assert len(page.header) == 1 and page.error


def test_filters_of_an_untrained_model_are_labelled(client: Client, tmp_path: Path) -> None:
    lent = {"type": "convolution", "weights": "model", "model": "keras/mobilenetv2/random", "filters": 3}
    page = visit(run=finished(client, Playground(size=(12, 15), stages=[lent]), tmp_path))
    assert element(page, "header")["warning"] == "untrained"
    rows = dict(element(page, "stages")["cards"][1]["rows"])
    assert rows["Weights"] == "first filters of MobileNetV2 (untrained)"
    assert rows["Height"] == "(12 − 3 + 2·0)/1 + 1 = 10"


def test_pictures_of_a_stage_by_address(client: Client, tmp_path: Path) -> None:
    key = finished(client, SMALL, tmp_path)
    shapes = {}
    for name in ("input", "composite", "each", "0", "2", "kernel-1"):
        response = ask_route(stage_url(key, 0, name))
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
        shapes[name] = np.asarray(Image.open(io.BytesIO(response.content))).shape
    assert shapes == {"input": (12, 15, 3), "composite": (10, 13, 3), "each": (10, 13, 3), "0": (10, 13), "2": (10, 13),
                      "kernel-1": (3, 3, 3)}  # fmt: skip
    for index, name in ((0, "3"), (0, "kernel-3"), (1, "kernel-0"), (1, "input"), (9, "0"), (0, "../0")):
        assert ask_route(stage_url(key, index, name)).status_code in (404, 410)
    assert ask_route(re.sub(r"stage/[^/]+", "stage/0.x", stage_url(key, 0, "0"))).status_code == 403


def test_each_channel_of_a_picture_is_scaled_by_itself(client: Client, tmp_path: Path) -> None:
    key = finished(client, SMALL, tmp_path)
    together = np.asarray(Image.open(io.BytesIO(ask_route(stage_url(key, 0, "each")).content)))
    for channel in range(3):
        alone = np.asarray(Image.open(io.BytesIO(ask_route(stage_url(key, 0, str(channel))).content)))
        np.testing.assert_array_equal(together[..., channel], alone)


def test_downloads(client: Client, tmp_path: Path) -> None:
    key = finished(client, SMALL, tmp_path)
    with np.load(io.BytesIO(ask_route(download_url(key, "arrays.npz")).content)) as arrays:
        assert arrays["stage_01"].shape == (3, 4, 3)
    assert Image.open(io.BytesIO(ask_route(download_url(key, "stage_01.png")).content)).size == (4, 3)
    assert json.loads(ask_route(download_url(key, "manifest.json")).content)["kind"] == "playground"
    assert ask_route(download_url(key, "stage_07.png")).status_code == 410


def test_the_walks_choices_come_from_the_address() -> None:
    page = visit()
    page.query_params["walk"] = "max-2-1-2-0"
    page.switch_page(script("playground")).run()
    walk = element(page, "walk")
    assert (walk["operation"], walk["channels"], walk["stride"]) == ("max", 2, 2)


def test_numbers_typed_into_the_arithmetic_come_from_the_address() -> None:
    page = visit()
    page.query_params["numbers"] = "i0.12~5_k1.0.4~-0.5_u2.24~1e-3"
    page.switch_page(script("playground")).run()
    assert element(page, "walk")["numbers"] == [["i0.12", 5], ["k1.0.4", -0.5], ["u2.24", 0.001]]


@pytest.mark.parametrize(
    "numbers", ["cat", "i0.25~1", "i3.0~1", "k0.0.9~1", "i0.1~nan", "i0.1~", "x0.1~1", "i0.1~1e999"]
)
def test_a_place_or_a_number_that_is_none_is_left_out(numbers: str) -> None:
    assert walk_data("", numbers)["numbers"] == []


@pytest.mark.parametrize(
    ("scale", "levels", "wanted"), [("true", "each", ("true", "each")), ("", "x", ("fill", "one"))]
)
def test_the_cards_switches_come_from_the_address_and_stay_in_the_link(
    client: Client, tmp_path: Path, scale: str, levels: str, wanted: tuple[str, str]
) -> None:
    page = visit(run=finished(client, SMALL, tmp_path), scale=scale, levels=levels)
    cards = element(page, "stages")
    assert (cards["scale"], cards["levels"]) == wanted
    assert ("scale=true&levels=each" in element(page, "header")["link"]) == (scale == "true")


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([{"filters": 6}], "at most 5 filters, as many as stem/conv has"),
        ([{"weights": "random", "filters": 4}, {"filters": 2}], "an input of 3 channels"),
        ([{"filters": 2}, {"weights": "random", "kernel": 30}], "no larger than the 18 × 18"),
        ([{"weights": "model", "model": "nobody-knows"}], "nobody-knows"),
    ],
)
def test_a_misfit_around_borrowed_filters_is_said_beside_its_stage(
    client: Client, stages: list[dict[str, Any]], expected: str
) -> None:
    lender = "keras/vgg16/random"
    first = {**layer_rows()[0], "path": "stem/conv", "class": "Conv2D", "channels": 5, "receptive_field": 3}
    finished_inspection(client, lender, layers=[first])
    page = visit()
    lent = {"type": "convolution", "weights": "model", "model": lender}
    page.query_params["stages"] = json.dumps([lent | s for s in stages])
    page.query_params["size"] = "20x20"
    page.switch_page(script("playground")).run()
    assert not page.exception and "Correct what is marked" in words(page)
    assert expected in page.sidebar.error[-1].value.replace("\\", "")


@pytest.mark.parametrize("walk", ["", "max", "max-4-1-2-0", "magic-1-1-1-0"])
def test_a_walk_that_is_none_begins_at_the_first(walk: str) -> None:
    assert walk_data(walk) == walk_data("convolution-1-1-1-0")
