"""The evaluation's page without a browser: what it shows in every state, and what its address keeps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.analyses.evaluate_model.choices import classifiers, trained_on
from dashboard.runs.run_now import GO
from dashboard.server.downloads import download_url
from shared.analyses import EvaluateModel
from shared.analyses.attribution.spec import Attribution
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from shared.results import Part, encode_part
from tests.analyses.evaluate_model.parts import (
    begun_evaluation,
    digit_answers,
    finished_evaluation,
    mask_parts,
    number_parts,
)
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import FACTS, begin, report_workers

MODEL = "keras/mobilenetv2/random"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.fixture
def spec(client: Client) -> EvaluateModel:
    return client.resolve(EvaluateModel(model=MODEL, dataset="builtin/digits"))


def trained(client: Client, name: str, dataset: str) -> str:
    """A registry's record as a training run leaves it, and the run itself."""
    reference, run = client.library.files.put_bytes(name.encode()), TrainingRun(dataset=dataset, seed=len(name))
    begin(client.store, run, 1)
    recipe = {"dataset": dataset, "strategy": "scratch"}
    client.models._name(name, reference, source="training_run", run=run.key(), recipe=recipe)
    return reference


def cells_of(page: AppTest) -> dict[tuple[str, str], str]:
    """Numbers of the confusion matrix by true and predicted class."""
    [figure] = element(page, "confusion")["figures"]
    return {(true, said): text for trace in figure["data"] for true, row in zip(trace["y"], trace["text"], strict=True)
            for said, text in zip(trace["x"], row, strict=True) if text}  # fmt: skip


# Choices


def test_without_anything_trained_the_page_asks_for_a_data_set() -> None:
    page = visit("evaluation")
    assert not page.exception and page.header[0].value == "Evaluation"
    assert "Choose a network and a data set whose classes it knows" in words(page)
    page.selectbox(key="evaluate_model.dataset").set_value("builtin/digits").run()
    assert "Not computed yet" in words(page) and "359 pictures" in words(page) and "each shown once" in words(page)
    assert page.selectbox(key="evaluate_model.split").value == "test"


def test_a_trained_network_comes_first_and_brings_its_data_set(client: Client, spec: EvaluateModel) -> None:
    old = trained(client, "zero", "builtin/digits")
    new = trained(client, "newer", spec.dataset)
    assert classifiers(client)[:2] == [new, old] and trained_on(client, old) == spec.dataset
    page = visit("evaluation")
    assert page.selectbox(key="evaluate_model.model").value == new
    assert page.selectbox(key="evaluate_model.dataset").value == spec.dataset
    assert "The data set that it was trained on" in words(page)
    key = EvaluateModel(model=new, dataset=spec.dataset).key()
    report_workers(client.store)
    next(b for b in page.button if b.label == "Evaluate the network").click().run()
    assert client.record(key).status == "queued" and "Waiting for a worker" in words(page)


def test_another_network_brings_its_own_data_set_and_a_link_keeps_its_choice(client: Client) -> None:
    ours = trained(client, "ours", "builtin/digits")
    page = visit("evaluation", model=MODEL, dataset="builtin/digits", split="train")
    assert page.selectbox(key="evaluate_model.split").value == "train"
    assert "random weights" in words(page)
    page.selectbox(key="evaluate_model.model").set_value(ours).run()
    assert page.selectbox(key="evaluate_model.dataset").value == client.datasets.resolve("builtin/digits")


def test_networks_that_end_before_their_head_are_not_offered(client: Client) -> None:
    reference = client.library.files.put_bytes(b"weights")
    client.models._name("blocks", reference, source="vgg16 weights", until="block3_pool")
    assert reference not in classifiers(client) and MODEL in classifiers(client)


def test_a_data_set_that_is_gone_is_explained() -> None:
    page = visit("evaluation", model=MODEL, dataset="gone")
    assert "Expected a data set's reference or name" in words(page) and not page.exception


# States


def test_a_finished_run_shows_figures_matrix_reliability_and_classes(client: Client, spec: EvaluateModel) -> None:
    page = visit(run=finished_evaluation(client, spec))
    assert not page.exception and page.header[0].value == "Evaluation"
    labels_of, probabilities, _ = digit_answers(client, spec)
    right = int((probabilities.argmax(1) == labels_of).sum())
    assert (page.metric[0].label, page.metric[0].value) == ("Accuracy", f"{right / 359:.1%}")
    assert f"{right} of 359 pictures right. 95 % interval" in words(page)
    assert int(cells_of(page)["3", "8"]) == ((labels_of == 3) & (probabilities.argmax(1) == 8)).sum() > 3
    assert sum(map(int, cells_of(page).values())) == 359
    [reliability], [accuracy] = (element(page, key)["figures"] for key in ("reliability", "accuracy"))
    assert sum(reliability["data"][2]["y"]) == 359 and "Accuracy" in accuracy["data"][0]["y"]
    table = page.dataframe[0].value
    assert list(table["Class"]) == list("0123456789") and table["Pictures"].sum() == 359
    header = element(page, "header")
    assert header["steps"][1:] == ["Digits, 8 × 8, 1,797 of them", "Test"] and header["downloads"]
    for name in ("confusion.png", "evaluation.json", "arrays.npz", "manifest.json"):
        assert ask_route(download_url(spec.key(), name)).status_code == 200


def test_answers_so_far_are_shown_while_it_runs_and_after_a_cancel(client: Client, spec: EvaluateModel) -> None:
    begun_evaluation(client, spec, made=2)
    page = visit(run=spec.key())
    assert "of the first 128 pictures right" in words(page)
    assert " parts" not in words(page) and "Cancel" in labels(page)
    client.store.runs.end_cancelled(spec.key())
    page = visit(run=spec.key())
    assert "Retry" in labels(page) and element(page, "confusion") is not None


def test_a_failure_says_what_to_do(client: Client, spec: EvaluateModel) -> None:
    fence = begun_evaluation(client, spec, made=0)
    text = "Expected a network for the data set's 10 classes. Received: 1000 outputs."
    client.store.runs.fail(spec.key(), fence, "InvalidSpec", text)
    page = visit(run=spec.key())
    assert "1000 outputs" in words(page) and "Retry" not in labels(page) and element(page, "confusion") is None


# What was clicked


def test_mistakes_come_with_the_surest_first(client: Client, spec: EvaluateModel) -> None:
    page = visit(run=finished_evaluation(client, spec))
    grid = element(page, "evaluation-grid")
    sure = [int(item["label"].split()[1]) for item in grid["items"]]
    assert sure == sorted(sure, reverse=True) and grid["title"] == "The surest mistakes"
    assert all("taken for" in item["name"] for item in grid["items"])
    assert "Choose a picture" in words(page) and "All mistakes" not in labels(page)


def test_a_cell_in_the_address_shows_its_pictures(client: Client, spec: EvaluateModel) -> None:
    key = finished_evaluation(client, spec)
    card = client.datasets.card(spec.dataset)
    page = visit(run=key, cell="3-8")
    grid = element(page, "evaluation-grid")
    assert grid["title"] == "3 taken for 8" and len(grid["items"]) == int(cells_of(page)["3", "8"])
    assert {card.pictures[int(item["value"])].label for item in grid["items"]} == {3}
    layout = element(page, "confusion")["figures"][0]["layout"]
    assert layout["meta"]["selected"] == "3-8" and [shape["type"] for shape in layout["shapes"]] == ["rect"]
    next(b for b in page.button if b.label == "All mistakes").click().run()
    assert "cell" not in page.query_params and element(page, "evaluation-grid")["title"] == "The surest mistakes"
    assert element(visit(run=key, cell="4-4"), "evaluation-grid")["title"] == "4, rightly named"


@pytest.mark.parametrize("cell", ["10-0", "x", "3", "0-11", "99999-1", "³-1"])
def test_an_address_that_makes_no_sense_is_read_as_the_usual(client: Client, spec: EvaluateModel, cell: str) -> None:
    page = visit(run=finished_evaluation(client, spec), cell=cell, picture="99999999")
    assert not page.exception and element(page, "evaluation-grid")["title"] == "The surest mistakes"
    assert "Choose a picture" in words(page)


def mistake(client: Client, spec: EvaluateModel) -> tuple[int, int, int]:
    """Number of a picture, its class and what it was taken for."""
    labels_of, probabilities, numbers = digit_answers(client, spec)
    row = int(np.flatnonzero(probabilities.argmax(1) != labels_of)[0])
    return int(numbers[row]), int(labels_of[row]), int(probabilities[row].argmax())


def test_a_picture_is_shown_with_what_was_said_of_it(client: Client, spec: EvaluateModel) -> None:
    number, true, said = mistake(client, spec)
    page = visit(run=finished_evaluation(client, spec), picture=str(number))
    bars = element(page, "answer-bars")
    assert (bars["truth"], bars["said"], bars["right"]) == (str(true), str(said), False)
    assert [row["name"] for row in bars["rows"] if row["true"]] == [str(true)]
    assert bars["rows"][0]["name"] == str(said)
    _, probabilities, numbers = digit_answers(client, spec)
    assert bars["rows"][0]["value"] == pytest.approx(probabilities[list(numbers).index(number)].max(), abs=1e-6)
    assert client.datasets.card(spec.dataset).pictures[number].path in words(page)


def test_why_opens_the_heat_maps_of_both_classes_and_has_them_made(client: Client, spec: EvaluateModel) -> None:
    number, true, said = mistake(client, spec)
    report_workers(client.store)
    page = visit(run=finished_evaluation(client, spec), picture=str(number))
    next(b for b in page.button if b.label == "Why? Heat map").click().run()
    assert not page.exception and page.header[0].value == "Heat maps"
    image = page.session_state["attribution.image"]
    pixels = client.datasets.open(spec.dataset).image(number)
    with Image.open(client.images.path(image)) as kept:
        assert np.array_equal(np.asarray(kept), np.asarray(pixels))
    wanted = Attribution(model=spec.model, image=image, classes=(said, true), truths=(true,))
    assert client.record(wanted.key()).status == "queued" and GO not in page.session_state


def test_activations_open_with_the_same_picture(client: Client, spec: EvaluateModel) -> None:
    number, *_ = mistake(client, spec)
    page = visit(run=finished_evaluation(client, spec), picture=str(number))
    next(b for b in page.button if b.label == "Activations").click().run()
    assert page.header[0].value == "Activations" and not page.exception
    assert page.session_state["activations.image"].startswith("sha256:")
    assert page.session_state["activations.model"] == MODEL


# What nobody may overlook


def test_the_pictures_that_it_learnt_from_are_called_so(client: Client, spec: EvaluateModel) -> None:
    ours = trained(client, "ours", spec.dataset)
    asked = EvaluateModel(model=ours, dataset=spec.dataset, split="train")
    assert "the pictures that it learnt from" in words(visit(run=finished_evaluation(client, asked)))
    other = asked.model_copy(update={"split": "test"})
    assert "the pictures that it learnt from" not in words(visit(run=finished_evaluation(client, other)))


def test_left_out_classes_and_other_names_are_said(client: Client, spec: EvaluateModel) -> None:
    page = visit(run=finished_evaluation(client, spec, left_out=["ten", "eleven"]))
    assert "Without pictures of ten, eleven" in words(page)
    other = spec.model_copy(update={"split": "validation"})
    page = visit(run=finished_evaluation(client, other, called=[f"digit {i}" for i in range(10)]))
    assert "Paired by order: the network calls the classes digit 0, digit 1" in words(page)


def test_numbers_that_are_sorted_as_text_are_pointed_out_where_nothing_names_the_classes(
    client: Client, spec: EvaluateModel
) -> None:
    said = "its first outputs are taken for 0, 1, 10, 2"
    mixed = ["0", "1", "10", *map(str, range(2, 9))]
    assert said in words(visit(run=finished_evaluation(client, spec, classes=mixed)))
    other = spec.model_copy(update={"split": "validation"})
    assert said not in words(visit(run=finished_evaluation(client, other)))


def test_exchanged_classes_are_pointed_out(
    client: Client, spec: EvaluateModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.analyses.evaluate_model import parts as synthetic_evaluations

    plain = synthetic_evaluations.digit_answers

    def moved(*given: object) -> object:
        labels_of, probabilities, numbers = plain(*given)  # type: ignore[arg-type]
        return labels_of, probabilities[:, [1, 2, 3, 4, 5, 0, 6, 7, 8, 9]], numbers

    monkeypatch.setattr(synthetic_evaluations, "digit_answers", moved)
    text = words(visit(run=finished_evaluation(client, spec)))
    assert "Are the classes in the right order?" in text and "1 → 0" in text


def test_a_data_set_that_left_keeps_the_figures(client: Client, spec: EvaluateModel, tmp_path: Path) -> None:
    key = finished_evaluation(client, spec)
    client.library.files.local_path(spec.dataset).unlink()
    client.datasets._cards.cache_clear()
    page = visit(run=key)
    assert not page.exception and "The pictures cannot be shown" in words(page)
    assert element(page, "confusion") is not None and element(page, "evaluation-grid") is None


# Numbers and masks


@pytest.mark.parametrize(
    ("parts", "said", "chart"),
    [
        (number_parts, "Always saying the median", "predicted-0"),
        (mask_parts, "intersection over their union", "pixels"),
    ],
)
def test_an_evaluation_of_numbers_or_masks_shows_its_figures_and_worst_pictures(
    client: Client, spec: EvaluateModel, parts: Callable[[], dict[int, Part]], said: str, chart: str
) -> None:
    made = parts()
    fence = begin(client.store, spec, len(made))
    for index, part in made.items():
        client.store.runs.write(spec.key(), fence, (index, encode_part(part)), {"stage": "running"})
    client.store.runs.finish(spec.key(), fence, FACTS)
    page = visit("evaluation", run=spec.key())
    assert not page.exception and said in words(page)
    assert element(page, chart)["figures"]
