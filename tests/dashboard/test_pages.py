"""Every page launches, its address alone restores it, and what people wrote stays text."""

import json
from pathlib import Path

import pytest

from dashboard.app import PAGES
from dashboard.page_table import page_of_run, script
from dashboard.runs.run_list import run_row
from dashboard.team.home.examples import STARTS, starts_with
from shared.analyses import SPEC_TYPES, FilterAtlas, Playground
from shared.analyses.ascent_modes import mode_defaults
from shared.client import Client
from shared.errors import RefusedUpload
from shared.store import RunRecord
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.old_model_files import ONE_CONVOLUTION, saved_apart
from tests.fixtures.onnx_networks import NETWORKS
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection, report_workers

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block2_conv1", channels=(3, 5, 9), size=16, steps=4, seed=7,
    precision="float32",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def test_every_kind_has_one_page() -> None:
    assert sorted(kind for page in PAGES for kind in page.kinds) == sorted(SPEC_TYPES)


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_every_page_launches_on_an_empty_installation(path: str) -> None:
    page = visit(path)
    assert not page.exception and not page.error
    assert len(page.header) == 1


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_every_page_launches_on_a_busy_installation(path: str, client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    finished_atlas(client.store, ATLAS, 3)
    live = ATLAS.model_copy(update={"seed": 8})
    begin(client.store, live, 3)
    report_workers(client.store, live.key())
    page = visit(path)
    assert not page.exception and not page.error


def test_a_permalink_opens_the_page_of_its_kind_and_keeps_the_rest(client: Client) -> None:
    key = finished_atlas(client.store, ATLAS, 3)
    page = visit(run=key, tile="5", sort="objective")
    assert page.header[0].value == "Layer atlas"
    shown = element(page, "tiles-")
    assert (shown["selected"], shown["sort"]) == (5, "objective")
    assert "Channel 5" in json.dumps(element(page, "panel"))


def test_a_layer_tables_permalink_opens_the_models_page(client: Client) -> None:
    page = visit(run=finished_inspection(client, "keras/resnet50/random", title="ResNet50", weights="random"))
    assert page.header[0].value == "Models"
    assert page.selectbox[0].value == "keras/resnet50/random"
    assert element(page, "header")["warning"] == "untrained"


def test_the_models_page_says_which_code_is_not_kerass_and_who_trusted_it(client: Client, tmp_path: Path) -> None:
    config = sequential(layer("Lambda", function={"class_name": "__lambda__"}), shape=(None, 8, 8, 1))
    path = keras_file(tmp_path / "code.keras", config)
    reference = client.models.add_file(path, "code", trusted_by="Ada")
    page = visit(run=finished_inspection(client, reference, title="code", weights="file"))
    said = words(page)
    assert "Lambda of" in said and "Ada" in said and "runs in the workers" in said


def test_a_permalink_fills_in_the_choices(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    page = visit(run=finished_atlas(client.store, ATLAS, 3))
    values = {w.label: w.value for w in [*page.selectbox, *page.number_input, *page.text_input]}
    expected = {
        "Model": ATLAS.model,
        "Layer": "block2_conv1",
        "Mode": "lucid",
        "Size": 16,
        "Steps": 4,
        "Channels": "",
    }
    assert values == expected | {"Channels": "3,5,9"}
    assert page.session_state["filter_atlas.seed"] == 7


def test_steps_follow_the_mode_unless_they_were_chosen(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    page = visit(model=ATLAS.model)
    page = page.switch_page(script("atlas")).run()
    for mode in ("classic", "lucid"):
        page.selectbox(key="filter_atlas.mode").select(mode).run()
        assert page.number_input(key="filter_atlas.steps").value == mode_defaults(mode).steps
        assert page.session_state["filter_atlas.step_size"] == mode_defaults(mode).step_size
    page.number_input(key="filter_atlas.steps").set_value(7).run()
    page.selectbox(key="filter_atlas.mode").select("maco").run()
    assert page.number_input(key="filter_atlas.steps").value == 7


def test_changing_a_choice_leaves_the_run_and_going_back_returns_to_it(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    key = finished_atlas(client.store, ATLAS, 3)
    page = visit(run=key)
    page.number_input[1].set_value(6).run()
    assert "Not computed yet." in words(page) and "run" not in page.query_params
    assert page.query_params["steps"] in ("6", ["6"])
    page.number_input[1].set_value(4).run()
    assert page.query_params["run"] in (key, [key])
    assert element(page, "tiles-")["key"] == key


def test_an_address_without_a_run_restores_the_choices(client: Client) -> None:
    finished_inspection(client, ATLAS.model)
    page = visit()
    for name, value in {"model": ATLAS.model, "layer": "block3_conv1", "size": "64", "channels": "0-3"}.items():
        page.query_params[name] = value
    page.switch_page(script("atlas")).run()
    values = {w.label: w.value for w in [*page.selectbox, *page.number_input, *page.text_input]}
    assert (values["Layer"], values["Size"], values["Channels"]) == ("block3_conv1", 64, "0-3")


def test_an_impossible_address_is_not_a_stack_trace(client: Client) -> None:
    finished_inspection(client, "keras/vgg16/imagenet")
    page = visit()
    for name, value in {"model": "keras/nonsense/imagenet", "size": "-4", "channels": "x"}.items():
        page.query_params[name] = value
    page.switch_page(script("atlas")).run()
    assert not page.exception
    assert "Expected an architecture of keras.applications" in words(page)


def test_random_weights_are_labelled(client: Client) -> None:
    spec = ATLAS.model_copy(update={"model": "keras/vgg16/random"})
    page = visit(run=finished_atlas(client.store, spec, 3, weights="random"))
    header = element(page, "header")
    assert header["warning"] == "untrained" and header["steps"][0] == "VGG16 · random weights"


def test_markdown_in_an_error_is_shown_as_written(client: Client) -> None:
    fence = begin(client.store, ATLAS, 3)
    evil = "![x](http://evil/p.png) <b>$x$</b> :smile: [a](http://evil)"
    client.store.runs.fail(ATLAS.key(), fence, "X", evil)
    shown = visit(run=ATLAS.key()).error[0].value
    assert "![" not in shown and "](" not in shown and "<b>" not in shown and ":smile:" not in shown
    assert evil in shown.replace("\\", "")


def test_markdown_in_a_refused_files_name_is_shown_as_written(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_models: object, _path: Path, name: str, *_: object, **_named: object) -> str:
        raise RefusedUpload(f"Expected a model file. Received: ![{name}](http://evil/p.png). Change it.")

    monkeypatch.setattr("shared.library.models.ModelRegistry.add_file", refuse)
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    page.file_uploader[0].set_value([("![x](http://evil/p.png).keras", b"PK", "application/zip")])
    page.text_input("add-file/name").set_value("mine")
    next(b for b in page.button if b.label == "Add model").click().run()
    shown = page.error[0].value
    assert "Not added" in shown and "](" not in shown.replace("\\](", "").replace("\\]\\(", "")


def test_a_file_that_its_name_alone_tells_is_refused_by_what_it_is(client: Client) -> None:
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    page.file_uploader[0].set_value(("network.ONNX", b"something else", "application/octet-stream"))
    page.text_input("add-file/name").set_value("mine")
    next(b for b in page.button if b.label == "Add model").click().run()
    assert "whose name says ONNX" in page.error[0].value


def test_a_network_of_onnx_is_added_as_any_other(client: Client) -> None:
    sketch, outputs = NETWORKS["inverted"]()
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    page.file_uploader[0].set_value(
        ("net.onnx", sketch.model(*outputs).SerializeToString(), "application/octet-stream")
    )
    page.text_input("add-file/name").set_value("from-pytorch")
    next(b for b in page.button if b.label == "Add model").click().run()
    assert not page.error
    (record,) = [one for one in client.models.records() if one["name"] == "from-pytorch"]
    assert record["upgraded_from"] == "ONNX (pytorch 2.9.0)"


def test_weights_that_were_saved_alone_are_added_with_their_networks_json(client: Client, tmp_path: Path) -> None:
    files = saved_apart(tmp_path, *ONE_CONVOLUTION)
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    page.file_uploader[0].set_value([(one.name, one.read_bytes(), "application/octet-stream") for one in files])
    next(b for b in page.button if b.label == "Add model").click().run()
    assert not page.error
    (record,) = [one for one in client.models.records() if one["name"] == "flowers"]
    assert record["title"] == "flowers.h5 with model.json" and record["upgraded_from"] == "Keras 2.3.1"


def test_several_models_at_once_are_refused(client: Client) -> None:
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    page.file_uploader[0].set_value([(name, b"PK", "application/zip") for name in ("a.keras", "b.keras")])
    next(b for b in page.button if b.label == "Add model").click().run()
    assert "Add models one at a time" in page.error[0].value


def test_adding_a_model_without_a_file_asks_for_one() -> None:
    page = visit("models")
    page.session_state["models/add"] = True
    page.run()
    next(b for b in page.button if b.label == "Add model").click().run()
    assert "Choose a file, then add it." in words(page)


def test_a_start_submits_and_goes_to_its_run(client: Client) -> None:
    page = visit()
    assert sum(label.startswith("Show the ") for label in labels(page)) == len(STARTS)
    page.button("start-redrawn").click().run()
    assert page.header[0].value == "Layer atlas"
    run = client.store.runs.recent()[-1]
    recent = [r for r in client.store.runs.recent() if r.kind == "filter_atlas"]
    assert run.kind and [r.fields["image"] for r in recent] == ["sample/coffee"]


def test_a_start_that_is_made_already_is_opened(client: Client) -> None:
    start = next(one.spec for one in starts_with({}) if one.name == "atlas")
    spec = client.resolve(start)
    assert isinstance(spec, FilterAtlas)
    finished_atlas(client.store, spec, 64)
    page = visit()
    assert labels(page).count("Open the atlas") == 1 and "Show the atlas" not in labels(page)


def test_jobs_lists_runs_with_what_can_be_done(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 3)
    client.submit(ATLAS.model_copy(update={"seed": 8}))
    runs = element(visit("jobs"), "jobs")["runs"]
    assert [(r["state"], [a["name"] for a in r["actions"]]) for r in runs] == [("queued", ["cancel"]), ("complete", [])]
    assert runs[1]["link"] == f"/?run={ATLAS.key()}"


def test_jobs_leaves_playground_runs_out_until_they_are_asked_for(client: Client) -> None:
    client.submit(Playground())
    finished_inspection(client, "keras/vgg16/imagenet")
    page = visit("jobs")
    assert [run["title"].partition(" ")[0] for run in element(page, "jobs")["runs"]] == ["Layer"]
    page.toggle(key="jobs/trials").set_value(True).run()
    assert len(element(page, "jobs")["runs"]) == 2 and page.query_params["trials"] in ("1", ["1"])


def test_jobs_shows_workers_with_what_they_do(client: Client) -> None:
    begin(client.store, ATLAS, 3)
    report_workers(client.store, ATLAS.key())
    table = visit("jobs").dataframe[0].value
    assert list(table["Does"]) == ["Idle", "Layer atlas · VGG16 · ImageNet · block2_conv1"]
    assert list(table["Memory"]) == ["910 MB", "910 MB"]


@pytest.mark.parametrize(
    ("status", "actions"),
    [
        ("running", ["cancel"]),
        ("failed", ["retry"]),
        ("cancelled", ["retry"]),
        ("lost", ["retry"]),
        ("absent", ["retry"]),
    ],
)
def test_a_row_offers_what_its_state_allows(status: str, actions: list[str]) -> None:
    run = RunRecord(ATLAS.key(), status, "filter_atlas", 1, ATLAS.model_dump(mode="json"))  # type: ignore[arg-type]
    assert [a["name"] for a in run_row(run, {})["actions"]] == actions


def test_a_key_of_no_kind_has_no_page() -> None:
    assert page_of_run("nonsense-v1-00") is None and page_of_run("") is None


@pytest.mark.parametrize("model", ["keras/nonsense/imagenet", "keras/vgg16", "a b", "<b>", "sha256:" + "0" * 64])
@pytest.mark.parametrize("path", ["models", "atlas"])
def test_a_model_that_is_none_is_explained(path: str, model: str) -> None:
    page = visit()
    page.query_params["model"] = model
    page.switch_page(script(path)).run()
    assert not page.exception
    assert "Expected" in words(page)
