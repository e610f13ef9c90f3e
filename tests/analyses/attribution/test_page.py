"""The heat maps' page without a browser: what it shows, what its address keeps, what its routes answer."""

import io
import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses.attribution.batch import named_class, split
from dashboard.analyses.attribution.lenses import ends_of_stages
from dashboard.analyses.attribution.routes import relative, thumbnail_url
from dashboard.analyses.attribution.stage import request_of
from dashboard.analyses.sanity_check.view import check_of
from dashboard.page_table import script
from dashboard.server.downloads import download_url
from dashboard.widgets.class_choice import refused_class
from dashboard.widgets.heat_map_colouring import heat_url
from shared.analyses.activations.spec import Activations
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_maps import PIXEL_SHARE
from shared.analyses.sanity_check.spec import SanityCheck
from shared.client import Client
from shared.library.images import sample_path
from tests.analyses.activations.parts import finished_activations
from tests.analyses.attribution.parts import (
    AGAINST,
    CLASSES,
    LAYERS,
    SIZE,
    finished_heat_maps,
    maps_of,
    parts_of,
)
from tests.analyses.sanity_check.parts import finished_check
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import begin, finished_inspection, report_workers

MODEL = "keras/mobilenetv2/random"
TWO = Attribution(model=MODEL, image="sample/cat", classes=(386, 101), truths=(386,))
METHODS = TWO.model_copy(update={"methods": ("grad_cam", "integrated_gradients")})
BATCH = Attribution.from_fields({"model": MODEL, "images": "sample/cat,sample/coffee,sample/rocket",
                                 "truths": "386,101,?"})  # fmt: skip
CHECK = SanityCheck(model=MODEL, image="sample/cat", classes=(386,))


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def field(page, name: str):
    """What a control of the page holds."""
    return page.session_state[f"attribution.{name}"]


# One picture


def test_a_link_shows_two_classes_side_by_side_with_their_largest_values(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, TWO))
    assert page.header[0].value == "Heat maps" and not page.error
    stage, classes = element(page, "heat-stage"), element(page, "heat-classes")
    (row,) = stage["rows"]
    assert [one["name"] for one in row["maps"]] == ["African elephant", "tusker"]
    assert [float(one["maximum"]) for one in row["maps"]] == pytest.approx(
        [one["limits"]["maps"][1] for one in row["maps"]], 1e-3
    )
    assert row["maps"][0]["limits"]["maps"][1] > row["maps"][1]["limits"]["maps"][1] > 0
    assert stage["questions"] == ["Why does the network think so?", "And where is it?"]
    assert [one["name"] for one in classes["rows"] if one["chosen"]] == ["African elephant", "tusker"]
    assert len(classes["rows"]) == len(CLASSES) and classes["truth"]["wrong"] is False


def test_the_box_and_what_is_to_be_known_stand_beside_every_map(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, METHODS))
    rows = element(page, "heat-stage")["rows"]
    assert [row["method"] for row in rows] == ["grad_cam", "integrated_gradients"]
    cam, gradients = (dict(row["maps"][0]["facts"]) for row in rows)
    box = rows[0]["maps"][0]["box"]
    assert cam["Explained"] == "logit of class 386 (African_elephant), before the softmax"
    assert cam["Layer"] == "out_relu, 8 × 8" and "before its positive part" in cam["Smallest value"]
    assert gradients["Set to"] == "steps 64, baseline black" and gradients["Layer"].startswith("none")
    assert f"{box['width']} × {box['height']} px" in rows[0]["maps"][0]["where"]
    assert [row["reach_share"] for row in rows] == [1.0, PIXEL_SHARE]
    assert rows[1]["signed"] and "signed" not in rows[1]["urls"], "its own values are signed already"


def test_a_map_without_positive_evidence_says_so_and_offers_the_signed_one(client: Client) -> None:
    spec = TWO.model_copy(update={"classes": (386, AGAINST)})
    page = visit(run=finished_heat_maps(client.store, spec), values="signed")
    stage = element(page, "heat-stage")
    against = stage["rows"][0]["maps"][1]
    assert not against["positive"] and against["nothing"] == "No positive evidence at this layer"
    assert against["box"] is None and "no region is the strongest" in against["where"]
    assert "signed" in stage["rows"][0]["urls"] and stage["colouring"]["values"] == "signed"
    assert against["limits"]["signed"][0] < 0


def test_the_address_restores_the_whole_view(client: Client) -> None:
    key = finished_heat_maps(client.store, METHODS)
    kept = {"opacity": "40", "threshold": "25", "colour": "viridis", "scale": "own", "box": "off", "values": "signed",
            "at": "integrated_gradients/101", "show": "all"}  # fmt: skip
    page = visit(run=key, **kept)
    colouring, header = element(page, "heat-stage")["colouring"], element(page, "header")
    shown = (colouring[name] for name in ("opacity", "threshold", "colour", "scale", "box", "values", "at"))
    assert tuple(shown) == (40, 25, "viridis", "own", False, "signed", "integrated_gradients/101")
    assert header["steps"][:2] == ["MobileNetV2 · random weights", "cat"] and header["steps"][-1] == "tusker"
    for name, value in kept.items():
        assert f"{name}={value.replace('/', '%2F')}" in header["link"]


def test_an_address_that_says_nonsense_falls_back(client: Client) -> None:
    key = finished_heat_maps(client.store, TWO)
    page = visit(run=key, opacity="700", threshold="x", colour="jet", scale="log", at="magic/9", show="occlusion")
    colouring = element(page, "heat-stage")["colouring"]
    assert not page.exception and not page.error
    assert (colouring["opacity"], colouring["threshold"], colouring["colour"], colouring["scale"]) == (
        65,
        0,
        "inferno",
        "shared",
    )
    assert colouring["at"] == "grad_cam/386"


def test_one_of_several_methods_is_a_lens(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, METHODS), show="integrated_gradients")
    lenses = element(page, "heat-lenses")
    assert [row["method"] for row in element(page, "heat-stage")["rows"]] == ["integrated_gradients"]
    assert lenses["show"] == "integrated_gradients" and not lenses["needs_layer"] and lenses["all"] == "all"
    assert [group["title"] for group in lenses["groups"]] == ["CAM (layer)", "Gradients (pixels)", "Occlusion"]


def test_layers_are_offered_where_stages_end(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, TWO))
    lenses = element(page, "heat-lenses")
    assert [row["path"] for row in lenses["layers"]] == [row["path"] for row in LAYERS]
    assert [row["path"] for row in lenses["layers"] if row["end"]] == ["stem", "block_1/add", "out_relu"]
    assert lenses["used"] == ["out_relu"] and lenses["last"] == "out_relu"
    padded = [*LAYERS[:1], {**LAYERS[0], "path": "pad", "class": "ZeroPadding2D", "height": 33}, *LAYERS[1:]]
    assert ends_of_stages(padded) == {"stem", "block_1/add", "out_relu"}


def test_exports_hold_overlays_numbers_and_what_made_them(client: Client) -> None:
    key = finished_heat_maps(client.store, TWO)
    header = element(visit(run=key), "header")
    urls = {entry["label"]: entry["url"] for entry in header["downloads"]}
    assert {"Grad-CAM, African elephant", "Grad-CAM, tusker", "Numbers of the maps", "What made it"} <= set(urls)
    overlay = Image.open(io.BytesIO(ask_route(urls["Grad-CAM, tusker"]).content))
    assert overlay.size == (SIZE, SIZE)
    with np.load(io.BytesIO(ask_route(urls["Numbers of the maps"]).content)) as arrays:
        np.testing.assert_array_equal(arrays["maps"][0], maps_of("grad_cam", (386, 101)).clip(0))
    assert json.loads(ask_route(urls["What made it"]).content)["kind"] == "attribution"


# Choosing


def test_an_address_without_a_run_restores_the_choices(client: Client) -> None:
    page = visit()
    query = {"model": MODEL, "image": "sample/rocket", "classes": "386,387,388", "methods": "layer_cam,occlusion",
             "window": "32", "layers": "a,b"}  # fmt: skip
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page(script("heat-maps")).run()
    assert [field(page, name) for name in query] == [
        MODEL, "sample/rocket", "386,387,388", "layer_cam,occlusion", 32, "a,b"
    ]  # fmt: skip
    assert "Make the heat maps" in labels(page) and "LayerCAM, Occlusion" in words(page)
    for name in ("classes", "methods", "window"):
        assert page.query_params[name] in (query[name], [query[name]])


def test_making_them_puts_the_run_into_the_address(client: Client) -> None:
    report_workers(client.store)
    page = visit("heat-maps")
    page.button(key="compute").click().run()
    (key,) = [r.key for r in client.store.runs.recent() if r.kind == "attribution"]
    assert page.query_params["run"] in (key, [key])


def test_a_click_on_the_page_asks_and_what_is_there_is_shown_at_once(client: Client) -> None:
    key = finished_heat_maps(client.store, TWO)
    other = finished_heat_maps(client.store, TWO.model_copy(update={"methods": ("layer_cam",)}))
    page = visit(run=key, opacity="30")
    # As the element's callback does, which no test without a browser reaches.
    page.session_state["attribution/go"] = True
    page.multiselect(key="attribution/methods").set_value(["layer_cam"]).run()
    assert page.query_params["run"] in (other, [other]) and page.query_params["opacity"] in ("30", ["30"])
    assert element(page, "heat-stage")["rows"][0]["title"] == "LayerCAM"
    assert page.multiselect(key="attribution/methods").value == ["layer_cam"]


def test_a_click_on_the_page_has_a_new_map_computed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.analyses.attribution.choices.PATIENCE", 0.01)
    page = visit(run=finished_heat_maps(client.store, TWO))
    page.session_state["attribution/go"] = True
    page.text_input(key="attribution.classes").set_value("386,340").run()
    wanted = TWO.model_copy(update={"classes": (386, 340)}).key()
    assert client.record(wanted).status == "queued" and page.query_params["run"] in (wanted, [wanted])
    assert "Cancel" in labels(page)


@pytest.mark.parametrize(("text", "said"), [("5", "a class from 0 to 4"), ("golfish", "Did you mean goldfish?")])
def test_a_class_that_the_model_lacks_is_said_beside_the_control(client: Client, text: str, said: str) -> None:
    finished_inspection(client, TWO.model)
    page = visit("heat-maps")
    page.selectbox(key="attribution.model").set_value(TWO.model).run()
    page.session_state["attribution.classes"] = text
    page.run()
    assert said in words(page) and "Make the heat maps" not in labels(page)
    page.session_state["attribution.classes"] = "Goldfish, 3"
    page.run()
    assert not page.error and "Make the heat maps" in labels(page)
    assert page.multiselect(key="attribution.classes/named").value == ["Goldfish", "3"], "each as it was written"


def test_classes_are_chosen_from_a_list_with_names_and_a_choice_is_what_is_computed(client: Client) -> None:
    finished_inspection(client, TWO.model)
    page = visit("heat-maps")
    page.selectbox(key="attribution.model").set_value(TWO.model).run()
    control = page.multiselect(key="attribution.classes/named")
    assert control.options[:2] == ["tench · 0", "goldfish · 1"] and control.value == []
    control.set_value(["1"]).run()
    assert page.query_params["classes"] in ("1", ["1"]) and page.session_state["attribution.classes"] == "1"


def test_a_class_that_the_model_lacks_leaves_the_last_maps_on_the_page(client: Client) -> None:
    finished_inspection(client, TWO.model)
    page = visit(run=finished_heat_maps(client.store, TWO))
    page.session_state["attribution.classes"] = "golfish"
    page.run()
    assert "golfish" in words(page) and element(page, "heat-stage")["rows"]


def test_the_maps_before_stay_dimmed_until_the_new_ones_are_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.analyses.attribution.choices.PATIENCE", 0.01)
    page = visit(run=finished_heat_maps(client.store, TWO))
    assert "waiting" not in element(page, "heat-stage")
    page.session_state["attribution/go"] = True
    page.multiselect(key="attribution/methods").set_value(["layer_cam"]).run()
    assert "Cancel" in labels(page) and element(page, "heat-stage")["waiting"].startswith("The maps before")
    assert element(page, "heat-lenses")["asked"] == ["layer_cam"]


def test_who_only_looks_has_nothing_computed(client: Client) -> None:
    visit(run=finished_heat_maps(client.store, BATCH))
    visit(run=finished_heat_maps(client.store, TWO))
    assert {run.kind for run in client.store.runs.recent()} == {"attribution"}


def test_without_the_models_classes_nothing_is_refused_here() -> None:
    assert refused_class(["anything", "99999"], []) == ""
    assert refused_class(["1"], ["sick"]) == "", "one sigmoid unit answers for two classes"


def test_a_failure_is_said_and_the_page_lives(client: Client) -> None:
    fence = begin(client.store, TWO, 2)
    client.store.runs.fail(TWO.key(), fence, "UnknownLayer", "Expected a layer with a height and a width.")
    page = visit(run=TWO.key())
    assert "Expected a layer with a height" in words(page) and "Retry" not in labels(page)
    assert field(page, "classes") == "386,101"


def test_parts_that_are_not_made_yet_are_waited_for(client: Client) -> None:
    from shared.results import encode_part

    fence = begin(client.store, METHODS, 3)
    assert not visit(run=METHODS.key()).exception
    first = parts_of(METHODS)[0]
    client.store.runs.write(METHODS.key(), fence, (0, encode_part(first)), {"total": 3})
    page = visit(run=METHODS.key())
    assert not page.exception and [row["maps"] for row in element(page, "heat-stage")["rows"]] == [[], []]
    assert element(page, "heat-classes") is not None


def test_a_prediction_on_the_activations_page_leads_here(client: Client) -> None:
    activations = Activations(model=MODEL, image="sample/coffee", resize="fit")
    panel = element(visit(run=finished_activations(client.store, activations)), "map-0")
    page = visit()
    for name, (value,) in parse_qs(urlsplit(panel["groups"][0]["rows"][1]["why"]).query).items():
        page.query_params[name] = value
    page.switch_page(script("heat-maps")).run()
    assert [field(page, name) for name in ("model", "image", "resize", "classes")] == [
        MODEL, "sample/coffee", "fit", "1"
    ]  # fmt: skip
    assert "Make the heat maps" in labels(page)


# Several pictures


def test_several_pictures_stand_in_a_grid_with_those_that_are_wrong_marked(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, BATCH), wrong="1")
    grid = element(page, "heat-grid")
    assert [tile["title"] for tile in grid["tiles"]] == ["cat", "coffee", "rocket"]
    assert [tile["wrong"] for tile in grid["tiles"]] == [False, True, None]
    assert grid["wrong"] and grid["known"] and grid["tiles"][1]["truth"] == "tusker"
    assert field(page, "images") == "sample/cat,sample/coffee,sample/rocket"
    assert element(page, "heat-stage") is None and "3 pictures" in element(page, "header")["steps"]


def test_a_picture_of_many_is_opened_from_its_link_and_left_again(client: Client) -> None:
    page = visit(run=finished_heat_maps(client.store, BATCH), picture="1")
    assert "coffee" in element(page, "header")["steps"] and element(page, "heat-classes")["truth"]["wrong"] is True
    urls = [entry["url"] for entry in element(page, "header")["downloads"]]
    assert any("/01/grad_cam_386.png" in url for url in urls) and ask_route(urls[0]).status_code == 200
    page.button(key="walk-Next").click().run()
    assert "rocket" in element(page, "header")["steps"]
    page.button(key="walk-All pictures").click().run()
    assert element(page, "heat-grid") is not None


def test_the_names_of_pictures_can_say_what_they_show(client: Client) -> None:
    finished_inspection(client, TWO.model)
    for name in ("goldfish-2", "somebody"):
        client.images.add(sample_path("cat" if name == "somebody" else "coffee").read_bytes(), name)
    page = visit("heat-maps")
    page.selectbox(key="attribution.model").set_value(TWO.model).run()
    page.segmented_control(key="attribution/several").set_value(True).run()
    page.multiselect(key="attribution/images").set_value(["goldfish-2", "somebody"]).run()
    page.button(key="attribution.truths/names").click().run()
    assert field(page, "truths") == "goldfish,?" and not page.error
    page.session_state["attribution.truths/fold"] = True
    page.run()
    assert [page.selectbox(key=f"attribution.truths/{n}").value for n in (0, 1)] == ["1", "?"]
    page.selectbox(key="attribution.truths/1").select("3").run()
    assert field(page, "truths") == "1,3" and not page.error
    page.session_state["attribution.truths"] = "goldfish"
    page.run()
    assert "Expected one class a picture, 2 in all" in words(page)
    assert "Make the heat maps" in labels(page), "the pictures can be looked at without"


def test_a_class_is_found_by_a_pictures_name() -> None:
    known = ["African_elephant", "tabby"]
    assert [named_class(f"{n}", ["0", "1", "10", "2"]) for n in (10, 2, 7)] == ["2", "3", "?"], "numbers, of names"
    assert named_class("tench_1", ["hen", "tench, Tinca tinca"]) == "1"
    assert named_class("african elephant_03", known) == "African_elephant" and named_class("sample/cat", known) == "?"
    assert split(" a, ,b") == ["a", "b"] and split(None) == []


# Routes


def test_values_keep_their_proportions_however_small_they_are(client: Client) -> None:
    run = client.record(finished_heat_maps(client.store, TWO))
    response = ask_route(heat_url(run, 1, "signed"))
    whole = maps_of("grad_cam", (386, 101))
    found = np.frombuffer(response.content, "<f2").reshape(whole.shape)
    np.testing.assert_allclose(found * np.abs(whole).max((1, 2), keepdims=True), whole, atol=2e-5)
    assert "immutable" in response.headers["cache-control"]
    tiny = relative(np.array([[[1e-9, -2e-9]], [[0.0, 0.0]]]))
    np.testing.assert_allclose(tiny, [[[0.5, -1]], [[0, 0]]])


def test_small_pictures_of_a_batch(client: Client) -> None:
    run = client.record(finished_heat_maps(client.store, BATCH))
    assert Image.open(io.BytesIO(ask_route(thumbnail_url(run, 2)).content)).size == (SIZE, SIZE)


@pytest.mark.parametrize(("index", "array"), [(0, "maps"), (9, "maps"), (1, "nothing")])
def test_what_is_not_there_is_said_in_a_sentence(client: Client, index: int, array: str) -> None:
    response = ask_route(heat_url(client.record(finished_heat_maps(client.store, TWO)), index, array))
    assert response.status_code == 410 and response.headers["cache-control"] == "no-store"


def test_a_token_of_another_run_is_refused(client: Client) -> None:
    run, other = (client.record(finished_heat_maps(client.store, spec)) for spec in (TWO, BATCH))
    right = heat_url(other, 1, "maps")
    assert ask_route(right.replace(right.split("/")[3], heat_url(run, 1, "maps").split("/")[3])).status_code == 403
    assert ask_route(right).status_code == 200


# Sanity check


def test_a_check_is_offered_for_the_map_that_is_looked_at(client: Client) -> None:
    report_workers(client.store)
    page = visit(run=finished_heat_maps(client.store, METHODS), at="integrated_gradients/101")
    assert "Integrated Gradients for tusker" in words(page)
    page.button(key="compute").click().run()
    (run,) = [r for r in client.store.runs.recent() if r.kind == "sanity_check"]
    assert run.fields["methods"] == ["integrated_gradients"] and run.fields["classes"] == [101]
    assert element(page, "heat-stage") is not None and "Cancel" in labels(page)


def test_a_finished_check_stands_below_its_map(client: Client) -> None:
    finished_check(client.store, CHECK)
    page = visit(run=finished_heat_maps(client.store, TWO))
    check = element(page, "sanity-row")
    assert [step["title"] for step in check["steps"]][:2] == ["As trained", "+ conv … bn"]
    assert check["steps"][3]["rank_text"] == "rank correlation 0.00" and check["steps"][0]["rank_text"] == ""
    assert (
        check["verdict"]["sentence"].startswith("This map depends") and "does not say" in check["verdict"]["not_said"]
    )
    deletion, insertion = element(page, "deletion-insertion")["figures"]
    assert [trace["name"] for trace in deletion["data"]][::2] == ["random maps, area 0.37", "this map, area 0.2"]
    assert insertion["data"][-1]["name"] == "this map, area 0.53" and len(deletion["data"][0]["x"]) == 9
    assert not check["signed"] and "/grad_cam.f16" in check["steps"][0]["url"]
    other = visit(run=TWO.key(), at="grad_cam/101")
    assert element(other, "sanity-row") is None, "the check is of another class"


def test_a_link_of_a_check_opens_its_map_with_the_check_below(client: Client) -> None:
    spec = CHECK.model_copy(update={"depths": 3})
    maps = finished_heat_maps(client.store, Attribution(model=MODEL, image="sample/cat", classes=(386,)))
    page = visit(run=finished_check(client.store, spec))
    assert page.header[0].value == "Heat maps" and page.query_params["run"] in (maps, [maps])
    assert page.query_params["check"] in (spec.key(), [spec.key()])
    assert element(page, "sanity-row")["link"].endswith(spec.key()), "not the usual check, the one that was named"


def test_a_check_has_the_maps_own_settings() -> None:
    spec = METHODS.model_copy(update={"layers": ("block_1/add",), "resize": "fit", "steps": 32})
    check = check_of(spec, "sample/rocket", "integrated_gradients", 340)
    assert (check.layers, check.resize, check.steps, check.image) == (("block_1/add",), "fit", 32, "sample/rocket")
    assert check.methods == ("integrated_gradients",) and check.classes == (340,)


def test_a_run_says_what_it_was_asked_for(client: Client) -> None:
    assert request_of(client.record(finished_heat_maps(client.store, BATCH))) == BATCH.model_copy(
        update={"resize": "crop"}
    )
    assert ask_route(download_url(finished_check(client.store, CHECK), "arrays.npz")).status_code == 200


def test_a_map_that_is_faint_beside_the_others_has_no_box_around_its_noise(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.analyses.attribution.stage.FAINT", 0.99)  # the second class's map is weaker
    strong, faint = element(visit(run=finished_heat_maps(client.store, TWO)), "heat-stage")["rows"][0]["maps"]
    assert strong["box"] and "Strongest region" in strong["where"]
    assert faint["box"] is None and faint["where"].startswith("Faint: its largest value is")
