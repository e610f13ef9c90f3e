"""Training runs side by side: order and differences, curves over each other, the address, and the start."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.page_table import script
from dashboard.team.ladder.rows import LadderRow, chosen_keys, differences, epochs_words, ladder, settings_words
from dashboard.team.ladder.start import strategy_specs
from shared.analyses.training_run.spec import TrainingRun, usual_values
from shared.client import Client
from shared.store import RunRecord
from tests.analyses.training_run.parts import BEST, begun_training, finished_training
from tests.fixtures.dashboard_visits import element, labels, point_dashboard_at, visit, words

DIGITS = "builtin/digits"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def run_of(strategy: str, **fields: Any) -> TrainingRun:
    base = {"model": "keras/mobilenetv2/random"} if strategy in ("feature_extraction", "fine_tuning") else {}
    return TrainingRun.model_validate(
        {"dataset": DIGITS, "strategy": strategy, "epochs": 8, "learning_rate": 1e-3, **base, **fields}
    )


def open_ladder(**query: str) -> Any:
    page = visit()
    for name, value in {"dataset": DIGITS, **query}.items():
        page.query_params[name] = value
    return page.switch_page(script("ladder")).run()


def row(test: float | None, validation: float | None = None) -> LadderRow:
    return LadderRow(RunRecord("k"), (), None, 0.0, validation, test, "")


def test_without_runs_the_page_offers_the_next_step(client: Client) -> None:
    page = open_ladder()
    assert "Nobody has trained a network on this data set yet." in words(page) and not page.exception
    assert "Queue 5 runs" in labels(page) and element(page, "ladder") is None


def test_runs_stand_from_the_simplest_strategy_up(client: Client) -> None:
    finished_training(client, run_of("augmented"), 0.93)
    finished_training(client, run_of("dense"), 0.90)
    finished_training(client, run_of("scratch", seed=3), None)
    begun_training(client, run_of("fine_tuning", fine_tune_epochs=2), 2)
    rows = element(open_ladder(), "ladder")["rows"]
    assert [row["title"] for row in rows] == ["Dense layers only", "Convnet from scratch", "Convnet with augmentation",
                                              "Fine-tuning"]  # fmt: skip
    assert rows[0]["cells"] == ["1,078", "8", "12 s", "92.0 %", "90.0 %"] and rows[0]["difference"] == ""
    assert (rows[1]["difference"], rows[1]["note"].split(",")[0]) == (
        "+0.0",
        "percentage points of validation accuracy",
    )
    assert rows[2]["top"] and not rows[0]["top"] and rows[1]["detail"] == "rate 0.001 · seed 3"
    assert rows[3]["cells"][1] == "2 of 10" and rows[3]["state"] == "running"
    assert "MobileNetV2 · random weights" in rows[3]["detail"]
    assert BEST.replace(":", "%3A") in rows[0]["network"] and rows[0]["open"].endswith(rows[0]["key"])


def test_runs_of_other_data_sets_are_left_out(client: Client) -> None:
    key = finished_training(client, run_of("dense"))
    other = client.record(key).fields | {"dataset": "sha256:" + "e" * 64}
    begun_training(client, run_of("scratch"), 1)
    assert len(ladder(client, client.datasets.resolve(DIGITS))) == 2
    assert ladder(client, str(other["dataset"])) == []


def test_differences_worked_out_by_hand() -> None:
    """Test accuracies where both have one, else validation; a run without a number is passed over."""
    found = differences([row(0.70, 0.75), row(None, 0.80), row(None, None), row(0.90, 0.85), row(0.88, 0.86)])
    assert [None if one is None else (round(one[0], 6), one[1]) for one in found] == [
        None, (5.0, "validation"), None, (5.0, "validation"), (-2.0, "test"),
    ]  # fmt: skip


def test_the_address_chooses_whose_curves_are_drawn_over_each_other(client: Client) -> None:
    keys = [finished_training(client, run_of(name)) for name in ("dense", "scratch", "augmented")]
    curves = element(open_ladder(runs=f"{keys[0][-8:]},{keys[2][-8:]}", smooth="0.80"), "together")
    lines = {t["name"]: t["line"]["color"] for t in curves["figures"][0]["data"] if "best epoch" not in t["name"]}
    assert {name.partition(",")[0] for name in lines} == {"Dense layers only", "Convnet with augmentation"}
    assert curves["smoothing"][0] == 0.8 and len(set(lines.values())) == 2, "a colour a run"
    page = open_ladder(runs=f"{keys[0][-8:]},{keys[2][-8:]}")
    assert [row["colour"] for row in element(page, "ladder")["rows"]] == [0, None, 1]
    assert element(open_ladder(runs="none"), "together")["figures"] == []


def test_without_a_choice_the_newest_run_of_each_strategy_is_drawn(client: Client) -> None:
    finished_training(client, run_of("scratch"))
    newest = finished_training(client, run_of("scratch", seed=1))
    dense = finished_training(client, run_of("dense"))
    rows = ladder(client, client.datasets.resolve(DIGITS))
    assert chosen_keys(None, rows, 7) == [dense, newest]
    assert chosen_keys(None, rows, 1) == [dense] and chosen_keys("short,zzzzzzzz", rows, 7) == []
    drawn = element(open_ladder(runs=f"{newest[-8:]}"), "together")["figures"][0]["data"]
    assert {trace["name"].partition(",")[0] for trace in drawn} == {f"Convnet from scratch · {newest[-4:]}"}


def test_a_cancelled_run_says_how_far_it_came(client: Client) -> None:
    spec, fence = begun_training(client, run_of("scratch"), 3)
    client.store.runs.end_cancelled(spec.key(), fence)
    found = ladder(client, client.datasets.resolve(DIGITS))[0]
    assert epochs_words(found) == "3 of 8" and found.validation == 0.86 and found.network
    assert settings_words(replace(found.run, fields={**found.run.fields, "size": 64}), {}).startswith("64 px")


def test_one_click_queues_the_strategies_in_order_and_joins_what_is_there(client: Client) -> None:
    page = open_ladder()
    page.multiselect(key="ladder.strategies").set_value(["scratch", "dense"]).run()
    page.number_input(key="ladder.epochs").set_value(8).run()
    page.button("ladder/ask").click().run()
    newest = client.store.runs.recent()
    assert [run.fields["strategy"] for run in newest] == ["scratch", "dense"], (
        "the simplest strategy was asked for first"
    )
    assert all(run.status == "queued" and run.fields["epochs"] == 8 for run in newest)
    assert "All 2 are there already or under way." in words(page) and not page.exception
    page.multiselect(key="ladder.strategies").set_value(["scratch", "dense", "augmented"]).run()
    assert "Queue 1 run" in labels(page) and "2 of 3 are there already" in words(page)


def test_strategies_take_their_usual_epochs_or_as_many_as_asked() -> None:
    dense, tuned = strategy_specs(DIGITS, ["dense", "fine_tuning"], "keras/vgg16/imagenet", None)
    assert dense == TrainingRun(dataset=DIGITS, strategy="dense") and tuned.model == "keras/vgg16/imagenet"
    assert tuned.fine_tune_epochs == usual_values("fine_tuning")["fine_tune_epochs"] > 3
    assert [(s.epochs, s.fine_tune_epochs) for s in strategy_specs(DIGITS, ["scratch", "fine_tuning"], "m", 3)] == [
        (3, 0), (3, 3),
    ]  # fmt: skip


def test_a_data_set_leads_to_training_and_to_its_runs(client: Client) -> None:
    page = visit("datasets")
    page.button("datasets/train").click().run()
    assert page.header[0].value == "Training" and not page.error
    assert page.selectbox(key="training_run.dataset").value == client.datasets.resolve(DIGITS)
    page = visit("datasets")
    page.button("datasets/runs").click().run()
    assert page.header[0].value == "Training runs" and not page.error
