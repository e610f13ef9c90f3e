"""The training page without a browser: states, curves, table, the network that comes out, choices and address."""

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.analyses.training_run.choices import offered_pictures, watched_numbers
from dashboard.analyses.training_run.curves import epoch_table_data
from dashboard.analyses.training_run.preset_material import material_for
from dashboard.analyses.training_run.trained_network import epochs_of, kept_network
from dashboard.analyses.training_run.view import plan
from dashboard.page_table import script
from dashboard.server.addresses import part_url
from shared.analyses.training_run.parts import best_epoch, fine_tuning_starts
from shared.analyses.training_run.presets import TRAINING_PRESETS, preset_of
from shared.analyses.training_run.spec import WITH_BASE, TrainingRun, usual_values
from shared.client import Client, write_result
from shared.store import WorkerRecord
from tests.analyses.training_run.parts import BEST, HEAD, NEWEST, begun_training, epoch_facts, finished_training
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import element, labels, links, point_dashboard_at, visit, words
from tests.fixtures.small_datasets import two_classes, write_zip

RUN = TrainingRun(dataset="builtin/digits", epochs=8, learning_rate=1e-3)
TUNED = TrainingRun(dataset="builtin/digits", strategy="fine_tuning", model="keras/mobilenetv2/random", epochs=3,
                    fine_tune_epochs=5, size=96)  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def lines(figure: dict[str, Any]) -> dict[str, tuple[list[int], list[float | None]]]:
    """Points of a figure's traces, by name."""
    return {trace["name"]: (trace["x"], trace["y"]) for trace in figure["data"]}


def key_of(page: Any) -> str:
    found = page.query_params["run"]
    return found[0] if isinstance(found, list) else found


# States


def test_absent_says_how_much_there_is_to_do_and_asks_for_it(client: Client) -> None:
    page = visit("training")
    assert "30 epochs, each of 1,079 pictures in 34 steps. 359 pictures validate each epoch." in words(page)
    page.button("compute").click().run()
    run = client.record(key_of(page))
    assert (run.status, run.kind, run.fields["strategy"]) == ("queued", "training_run", "scratch")
    assert "Waiting for a worker." in words(page) and element(page, "curves")["figures"] == []


def test_running_3_of_8_draws_what_is_there_and_leaves_room_for_the_rest(client: Client) -> None:
    spec, _ = begun_training(client, RUN, 3)
    page = visit(run=spec.key())
    loss, accuracy = element(page, "curves")["figures"]
    assert "3 of 8 epochs" in words(page) and "epoch 3, batch 3 of 34" in words(page)
    assert loss["layout"]["xaxis"]["range"][1] > 8
    assert lines(loss)["training"] == ([1, 2, 3], [1.2, 0.6, 0.4])
    assert lines(accuracy)["validation"] == ([1, 2, 3], [0.82, 0.84, 0.86])
    assert lines(accuracy)["best epoch"] == ([3], [0.86]) and not accuracy["layout"].get("shapes")
    assert element(page, "network")["note"] == "The best one so far, of epoch 3. It can be looked into now."
    assert "Cancel" in labels(page)


def test_complete_shows_curves_table_and_network(client: Client) -> None:
    key = finished_training(client, RUN)
    page = visit(run=key)
    assert page.header[0].value == "Training" and not page.error
    header = element(page, "header")
    assert header["steps"] == ["Training", "Digits, 8 × 8, 1,797 of them", "Convnet from scratch"]
    assert [d["note"] for d in header["downloads"]][:4] == ["PNG", "CSV", "npz", "JSON"]
    assert "1,078 pictures" in header["details"]
    assert lines(element(page, "curves")["figures"][1])["best epoch"] == ([6], [0.92])
    facts = dict(element(page, "network")["facts"])
    assert facts["Best epoch"] == "6 of 8" and facts["Validation accuracy"] == "92.0 %"
    assert facts["Test accuracy"] == "90.0 %" and facts["Parameters"] == "93,322"
    assert not {"Cancel", "Retry", "Train the network"} & set(labels(page))


def test_a_failed_run_says_why_what_is_kept_and_retries(client: Client) -> None:
    spec, fence = begun_training(client, RUN, 3)
    client.store.runs.fail(spec.key(), fence, "NotFinite", "Expected a finite loss. Received: NaN in epoch 4.")
    page = visit(run=spec.key())
    assert "The training run failed." in words(page) and "NaN in epoch 4" in words(page)
    assert (
        element(page, "network")["note"]
        == "The best one so far, of epoch 3, is kept; Retry goes on from the last epoch."
    )
    assert NEWEST in words(page) and len(element(page, "epochs")["rows"]) == 3
    page.button("retry").click().run()
    assert client.record(spec.key()).status == "queued"


def test_a_cancelled_run_keeps_the_best_network_so_far(client: Client) -> None:
    spec, fence = begun_training(client, RUN, 7)
    client.store.runs.end_cancelled(spec.key(), fence)
    page = visit(run=spec.key())
    assert "Cancelled: 7 of 8 epochs." in words(page) and "Retry" in labels(page)
    assert "of epoch 6, is kept" in element(page, "network")["note"] and BEST in words(page)
    reach = element(page, "curves")["figures"][0]["layout"]["xaxis"]["range"][1]
    assert 7 < reach < 8, "nothing more will come by itself"


def test_lost_says_that_it_recovers(client: Client) -> None:
    spec, _ = begun_training(client, RUN, 3)
    client.store.client.delete(f"convscope:lease:{spec.key()}")
    page = visit(run=spec.key())
    assert "The worker vanished; recovering." in words(page) and "Retry" in labels(page)
    assert lines(element(page, "curves")["figures"][0])["training"][0] == [1, 2, 3]


def test_a_run_cancelled_before_its_first_epoch_says_so(client: Client) -> None:
    spec, fence = begun_training(client, RUN, 0)
    client.store.runs.end_cancelled(spec.key(), fence)
    assert "Cancelled: 0 of 8 epochs." in words(visit(run=spec.key()))


# Curves, table, files


def test_fine_tuning_is_marked_where_it_starts(client: Client) -> None:
    page = visit(run=finished_training(client, TUNED))
    shapes = [figure["layout"]["shapes"][0]["x0"] for figure in element(page, "curves")["figures"]]
    assert shapes == [3.5, 3.5], "between the last epoch of the head and the first that fine-tunes"
    table = element(page, "epochs")
    assert table["columns"][1] == "Phase" and [row["phase"] for row in table["rows"]].index(True) == 3
    assert element(page, "header")["warning"] == "untrained base"


def test_the_address_says_how_smooth_and_nonsense_counts_as_nothing(client: Client) -> None:
    key = finished_training(client, RUN)
    curves = element(visit(run=key, smooth="0.80"), "curves")
    assert curves["smoothing"] == [0.8, 0.8] and lines(curves["figures"][0])["training, smoothed"][1][1] is not None
    assert "smooth=0.80" in element(visit(run=key, smooth="0.80"), "header")["link"]
    assert [element(visit(run=key, smooth=bad), "curves")["smoothing"][0] for bad in ("x", "2", "nan")] == [0, 0, 0]


def test_the_table_of_epochs_worked_out_by_hand(client: Client) -> None:
    key = finished_training(client, RUN)
    run = client.record(key)
    data = epoch_table_data(run, epochs_of(run))
    assert data["columns"] == ["Epoch", "Loss", "Validation loss", "Accuracy", "Validation accuracy", "Rate", "Time"]
    assert data["rows"][5] == {"cells": ["6", "0.2", "0.3", "93.3 %", "92.0 %", "0.001", "1.5 s"], "best": True,
                               "phase": False}  # fmt: skip
    assert [row["best"] for row in data["rows"]].count(True) == 1


def test_without_validation_the_columns_are_gone_and_training_chooses(client: Client) -> None:
    key = finished_training(client, RUN, test_accuracy=None, validated=False)
    run = client.record(key)
    assert epoch_table_data(run, epochs_of(run))["columns"] == ["Epoch", "Loss", "Accuracy", "Rate", "Time"]
    facts = dict(element(visit(run=key), "network")["facts"])
    assert facts["Training accuracy"] == "93.3 %" and "Test accuracy" not in facts


def test_the_table_as_a_file(client: Client) -> None:
    key = finished_training(client, RUN)
    response = ask_route(element(visit(run=key), "epochs")["download"])
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["epoch"] for row in rows] == [str(n) for n in range(1, 9)]
    assert (rows[1]["loss"], rows[1]["val_accuracy"], rows[5]["best"]) == ("0.6", "0.84", "True")


def test_best_start_and_kept_network_worked_out_by_hand() -> None:
    epochs = [epoch_facts(TUNED, n) for n in range(1, 9)]
    assert (best_epoch(epochs), fine_tuning_starts(epochs)) == (6, 4)
    assert kept_network(epochs[:4]).reference == NEWEST and kept_network(epochs[:4]).epoch == 4
    assert (kept_network(epochs).reference, kept_network(epochs).epoch, kept_network(epochs).value) == (BEST, 6, 0.92)
    assert kept_network([]).reference == "" and best_epoch([]) == 0
    unsaved = [{**epochs[0], "network": ""}]
    assert kept_network(unsaved).reference == ""


def test_watched_pictures_stand_side_by_side_epoch_by_epoch(client: Client) -> None:
    spec, _ = begun_training(client, RUN.model_copy(update={"watch": (1500, 1600)}), 7)
    strip = element(visit(run=spec.key()), "watched")
    assert [row["title"].split(" ")[-1] for row in strip["rows"]] == ["#1500", "#1600"]
    cells = strip["rows"][1]["cells"]
    assert [cell["label"] for cell in cells] == [f"epoch {n}" for n in range(1, 8)]
    assert cells[2]["url"] == part_url(spec.key(), 2, "watch_1600") and cells[5]["note"] == "best"
    assert cells[2]["sure"] == "30.0 %" and cells[2]["alt"].endswith("after epoch 3, 30.0 % sure")
    assert ask_route(cells[2]["url"]).status_code == 200


# Ways on


def test_the_network_leads_to_its_layers_atlas_activations_and_heat_map(client: Client) -> None:
    page = visit(run=finished_training(client, RUN))
    found = dict(links(page))
    assert {"Its layers", "Atlas of a layer"} <= set(found) and BEST.replace(":", "%3A") in found["Atlas of a layer"]
    assert "Heat map of the sample cat" not in found, "a photograph tells nothing of a network of digits"


def test_fine_tuning_is_compared_with_the_network_before_it(client: Client) -> None:
    page = visit(run=finished_training(client, TUNED))
    found = dict(links(page))
    if label := next((name for name in found if name.startswith("Compare")), None):
        assert HEAD.replace(":", "%3A") in found[label] and BEST.replace(":", "%3A") in found[label]


def test_a_test_picture_is_taken_among_the_pictures_for_its_heat_map(client: Client) -> None:
    page = visit(run=finished_training(client, RUN))
    page.button("test-picture").click().run()
    assert page.header[0].value == "Heat maps"
    image = page.query_params["image"]
    assert client.images.path(image[0] if isinstance(image, list) else image).exists()


# Choices


def test_epochs_and_rates_follow_the_strategy_unless_they_were_chosen(client: Client) -> None:
    page = visit("training")
    for strategy in ("dense", "augmented", "fine_tuning"):
        page.selectbox(key="training_run.strategy").select(strategy).run()
        usual = usual_values(strategy)
        assert page.number_input(key="training_run.epochs").value == usual["epochs"]
        assert page.session_state["training_run.dropout"] == usual["dropout"] and not page.exception
    page.number_input(key="training_run.epochs").set_value(7).run()
    page.selectbox(key="training_run.strategy").select("scratch").run()
    assert page.number_input(key="training_run.epochs").value == 7


def test_the_base_is_asked_for_only_where_it_plays_a_part(client: Client) -> None:
    page = visit("training")
    for strategy in ("dense", "scratch", "feature_extraction", "augmented", "fine_tuning"):
        page.selectbox(key="training_run.strategy").select(strategy).run()
        shown = [box.label for box in page.selectbox]
        assert ("Base" in shown) == (strategy in WITH_BASE) and not page.exception and not page.error
    assert page.selectbox(key="training_run.model").value == client.models.resolve("bundled/cats_and_dogs")


def _add_mnist(client: Client, folder: Path) -> None:
    pixels, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20, dtype=np.uint8) % 10
    pixels += np.arange(20, dtype=np.uint8)[:, None, None]
    np.savez(folder / "mnist.npz", x_train=pixels, y_train=labels, x_test=pixels + 100, y_test=labels)
    client.datasets.add_builtin("builtin/mnist", folder / "mnist.npz")


def test_the_books_settings_fill_the_controls_and_bring_their_data_set(client: Client, tmp_path: Path) -> None:
    _add_mnist(client, tmp_path)
    mnist = client.datasets.resolve("builtin/mnist")
    page = visit("training")
    for name in ("mnist_dense", "mnist_convnet"):
        page.selectbox(key="training_run/recipe").select(name).run()
        assert not page.exception and not page.error
        assert page.selectbox(key="training_run/recipe").value == name
        assert page.selectbox(key="training_run.dataset").value == mnist
        assert page.selectbox(key="training_run.strategy").value == TRAINING_PRESETS[name].spec().strategy
    page.button("compute").click().run()
    fields = client.record(key_of(page)).fields
    assert (fields["dataset"], fields["size"], fields["batch"]) == (mnist, 28, 64)
    page.number_input(key="training_run.epochs").set_value(2).run()
    assert page.selectbox(key="training_run/recipe").value == ""


@pytest.mark.parametrize("name", TRAINING_PRESETS)
def test_a_preset_says_what_it_needs_and_cannot_be_started_without(client: Client, name: str) -> None:
    """Only the digits of 8 × 8 are here: neither MNIST, nor cats and dogs, nor VGG16's weights."""
    page = visit("training")
    page.selectbox(key="training_run/recipe").select(name).run()
    assert page.selectbox(key="training_run/recipe").value == name and not page.exception
    needed = "MNIST" if name.startswith("mnist") else "photographs of cats and dogs"
    buttons = [button.key for button in page.button]
    assert not page.error and needed in page.info[0].value and "compute" not in buttons
    assert any("Data sets" in label for label, _ in links(page))
    assert ("ImageNet weights" in page.info[0].value) == name.startswith("vgg")
    assert ("preset/stand-in" in buttons) != name.startswith("vgg")
    if "preset/stand-in" in buttons:
        page.button(key="preset/stand-in").click().run()
        assert page.selectbox(key="training_run.dataset").value == client.datasets.resolve("builtin/digits")
        assert page.button("compute")
        assert page.number_input(key="training_run.size").value == TRAINING_PRESETS[name].fields["size"]
    page.selectbox(key="training_run/recipe").select("").run()
    assert not page.error and page.button("compute")


def test_a_preset_is_not_trained_on_another_data_set(client: Client, tmp_path: Path) -> None:
    _add_mnist(client, tmp_path)
    page = visit("training")
    page.selectbox(key="training_run/recipe").select("mnist_convnet").run()
    digits = client.datasets.resolve("builtin/digits")
    page.selectbox(key="training_run.dataset").select(digits).run()
    assert "for MNIST, and Digits" in page.info[0].value.replace("\\", "") and not page.error
    assert "compute" not in [button.key for button in page.button]
    page.button(key="preset/own").click().run()
    assert page.selectbox(key="training_run.dataset").value != digits and page.button("compute")
    page.selectbox(key="training_run.dataset").select(digits).run()
    page.button(key="preset/stand-in").click().run()
    assert not page.error and page.button("compute")
    assert page.number_input(key="training_run.size").value == 28, "the settings stay; they are one's own now"


def test_cats_and_dogs_are_known_by_their_classes_and_weights_by_their_network(client: Client, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "pets.zip", two_classes())
    pets = client.datasets.keep(client.datasets.check(archive), "pets")
    found = material_for(client, "vgg_features", "builtin/digits")
    assert found.dataset == pets and [path for _, path in found.missing] == ["models"]
    now = time.time()
    client.store.workers.report(
        WorkerRecord("batch-1", "batch", "idle", started_at=now, seen_at=now, imagenet=("vgg16",))
    )
    assert material_for(client, "vgg_features", pets).model == "keras/vgg16/imagenet"
    assert material_for(client, "vgg_features", pets).missing == ()


def test_every_preset_is_itself_and_no_other() -> None:
    assert [preset_of(preset.spec()) for preset in TRAINING_PRESETS.values()] == list(TRAINING_PRESETS)
    assert preset_of(RUN) == ""


def test_a_permalink_fills_in_the_choices_augmentation_included(client: Client) -> None:
    spec = TrainingRun(dataset="builtin/digits", strategy="augmented", epochs=4, augmentation={"rotation": 15.0},
                       watch=(1500, 1501, 1502), images=500, learning_rate=2e-5)  # fmt: skip
    page = visit(run=finished_training(client, spec))
    state = page.session_state
    assert state["training_run.augment.rotation"] == 15.0 and state["training_run.images"] == 500
    assert state["training_run.watch"] == [1500, 1501, 1502] and state["training_run.learning_rate"] == 2e-5
    page.number_input(key="training_run.epochs").set_value(5).run()
    address = {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}
    assert json.loads(address["augmentation"])["rotation"] == 15.0 and address["watch"] == "1500-1502"
    again = visit()
    for name, value in address.items():
        again.query_params[name] = value
    again.switch_page(script("training")).run()
    assert again.session_state["training_run.augment.rotation"] == 15.0 and not again.error
    assert (
        again.session_state["training_run.watch"] == [1500, 1501, 1502]
        and again.session_state["training_run.epochs"] == 5
    )


def test_an_impossible_address_is_a_sentence(client: Client) -> None:
    page = visit()
    for name, value in {"dataset": "no-such-set", "epochs": "-3", "augmentation": "{broken"}.items():
        page.query_params[name] = value
    page.switch_page(script("training")).run()
    assert not page.exception and "no-such-set" in words(page)


def test_watched_numbers_are_read_from_text(client: Client) -> None:
    assert list(watched_numbers("3,17-19")) == [3, 17, 18, 19] and list(watched_numbers("x")) == []
    card = client.datasets.card("builtin/digits")
    assert {card.pictures[number].split for number in offered_pictures(card)} == {"test"}


def test_the_plan_counts_steps_by_hand(client: Client) -> None:
    spec = RUN.model_copy(update={"batch": 500, "images": 1000})
    assert plan(spec).startswith("8 epochs, each of 1,000 pictures in 2 steps.")
    assert plan(TUNED).startswith("3 epochs, then 5 that fine-tune, each of")


def test_jobs_call_a_training_run_by_its_data_set_and_strategy(client: Client) -> None:
    begun_training(client, RUN, 2)
    row = element(visit("jobs"), "jobs")["runs"][0]
    assert row["title"] == "Training · Digits, 8 × 8, 1,797 of them · Convnet from scratch"
    assert "None" not in row["detail"] and row["progress"].startswith("2 of 8")


def test_the_files_of_a_run(client: Client, tmp_path: Path) -> None:
    key = finished_training(client, RUN)
    write_result(tmp_path / "out", client.record(key), client.result(key).parts)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"curves.png", "epochs.csv", "arrays.npz", "manifest.json"}
