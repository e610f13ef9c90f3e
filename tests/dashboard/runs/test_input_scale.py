"""A scale that is only assumed stands in the line above every picture, and another way is one click away."""

from pathlib import Path
from typing import Any

import pytest

from shared.analyses import DeepDream, FilterAtlas
from shared.analyses.inspect_model.parts import WayIn
from shared.client import Client, report_html
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.synthetic_runs import begin, finished_atlas, finished_inspection

WAYS: list[WayIn] = [
    {"preprocess": "0..1", "top": [{"output": 0, "name": "cat", "probability": 0.6}]},
    {"preprocess": "-1..1", "top": [{"output": 1, "name": "", "probability": 0.9}]},
]
FOUND: dict[str, Any] = {
    "parameters": 10, "preprocess": "0..1", "assumed": True, "layers": [],
    "proof": {"difference": 2e-7, "allowed": 1e-3, "declared": "float32"}, "ways": WAYS,
}  # fmt: skip


@pytest.fixture
def reference(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file's network that was opened, and whose scale nothing tells."""
    point_dashboard_at(client, monkeypatch)
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 3)))
    reference = client.models.add_file(path, "net")
    client.models.proofs.note(reference, FOUND)
    return reference


def atlas(reference: str) -> FilterAtlas:
    return FilterAtlas(model=reference, layer="odd", channels=(0, 1), size=16, steps=4, precision="float32")


def test_every_kind_says_it_beside_its_pictures(client: Client, reference: str) -> None:
    for page, spec in (
        ("", atlas(reference)),
        ("dream", DeepDream(model=reference, image="sample/cat", layers=("odd",))),
    ):
        begin(client.store, spec, 2)
        shown = visit(page, run=spec.key())
        assert element(shown, "header")["warning"] == "assumed 0…1"
        assert not shown.exception


def test_it_is_said_before_anything_is_computed(client: Client, reference: str) -> None:
    finished_inspection(client, reference)
    page = visit("atlas", model=reference, layer="block1_conv1")
    assert "Not computed yet." in words(page)
    assert element(page, "header")["warning"] == "assumed 0…1"


def test_a_run_says_it_by_itself_where_nobody_kept_what_was_found(client: Client, reference: str) -> None:
    client.models.proofs.note(reference, {**FOUND, "assumed": False})
    key = finished_atlas(client.store, atlas(reference), 2, assumed_scales={reference: "0..1"})
    assert element(visit(run=key), "header")["warning"] == "assumed 0…1"


def test_a_scale_that_is_known_is_no_warning(client: Client, reference: str) -> None:
    client.models.proofs.note(reference, {**FOUND, "assumed": False})
    assert element(visit(run=finished_atlas(client.store, atlas(reference), 2)), "header")["warning"] == ""


def test_another_way_is_a_click_and_keeps_the_name(client: Client, reference: str) -> None:
    finished_inspection(client, reference, **FOUND)
    page = visit("models", model=reference)
    assert {"Keep 0…1", "Use −1…1"} <= set(labels(page))
    assert "cat 60%" in words(page).replace("\\", "") and "class 1 90%" in words(page).replace("\\", "")
    page.button(f"models/{reference}/-1..1").click().run()
    new = client.models.resolve("net")
    assert new != reference and client.models.card("net").preprocess == "-1..1"
    assert page.query_params["model"] in (new, [new])
    assert not page.exception


def test_what_nobody_opened_is_said_on_the_models_page(client: Client, reference: str) -> None:
    assert "not opened yet" not in words(visit("models"))
    client.models.with_preprocess(reference, "0..1")
    assert "net: not opened yet" in words(visit("models"))


def test_a_page_and_a_report_say_what_went_in_and_what_is_assumed(client: Client, reference: str) -> None:
    line = "RGBA, 40 × 30 px. Into the network: its middle, resized to 8 × 8 px; values 0…1."
    facts: dict[str, Any] = {"assumed_scales": {reference: "0..1"}, "pictures_in": {"sample/cat": line}}
    key = finished_atlas(client.store, atlas(reference), 2, **facts)
    assert line in words(visit(run=key))
    run = client.record(key)
    report = report_html(run, {})
    assert line in report and "values 0…1: nothing in the network" in report


def test_another_rule_for_other_sizes_is_chosen_beside_the_ways_in(client: Client, reference: str) -> None:
    finished_inspection(client, reference, **FOUND)
    page = visit("models", model=reference)
    page.selectbox(f"models/resize/{reference}").set_value("pad").run()
    assert client.models.card("net").resize == "pad"
    assert page.query_params["model"] in (new := client.models.resolve("net"), [new])
    assert not page.exception
