"""`make ladder` writes what the runs say: epochs by phase, whether a goal was reached, and a picture a run."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.ladder import SETTINGS
from benchmarks.ladder_page import LadderRun, Setting, table, write_page
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from tests.analyses.training_run.parts import finished_training

LADDER = "Digits"


def ladder_run(client: Client, test: float, goal: float | None, **fields: Any) -> LadderRun:
    """A setting whose run is there already."""
    asked = {"dataset": "builtin/digits", "epochs": 8, "learning_rate": 1e-3, **fields}
    spec = client.resolve(TrainingRun.model_validate(asked))
    finished_training(client, spec, test)  # type: ignore[arg-type]
    return LadderRun(Setting(LADDER, str(fields["strategy"]), goal, fields), spec, client.run(spec))  # type: ignore[arg-type]


@pytest.fixture
def runs(client: Client) -> list[LadderRun]:
    base = {"model": "keras/mobilenetv2/random"}
    return [
        ladder_run(client, 0.65, 0.7, strategy="scratch"),
        ladder_run(client, 0.95, 0.95, strategy="feature_extraction", **base),
        ladder_run(client, 0.97, None, strategy="fine_tuning", fine_tune_epochs=4, **base),
    ]


def test_a_goal_that_was_missed_is_said_to_be_missed(runs: list[LadderRun]) -> None:
    rows = [line.split(" | ") for line in table(runs).splitlines()[4:]]
    assert [row[-2] for row in rows] == ["70.0%, missed", "95.0%, reached", "–"]
    assert [row[-1].rstrip(" |") for row in rows] == ["–", "+30.0 points", "+2.0 points"]


def test_head_and_fine_tuning_are_counted_apart(runs: list[LadderRun]) -> None:
    assert " | 8 + 4 | " in table(runs) and table(runs).count(" | 8 | ") == 2


def test_the_page_shows_every_run_and_what_the_last_one_adds(runs: list[LadderRun], tmp_path: Path) -> None:
    write_page(tmp_path, runs)
    page = " ".join((tmp_path / "README.md").read_text().split())
    assert "changes its test accuracy by +2.0 points" in page
    assert "end to end" not in page, "that strategy was not run"
    for one in runs:
        assert one.spec.key() in page
    assert {f"]({path.name})" in page for path in tmp_path.glob("*.png")} == {True}
    assert len(list(tmp_path.glob("*.png"))) == len(runs)


def test_every_setting_makes_a_training_run() -> None:
    """Names of models and data sets stand for what the command adds first."""
    assert [TrainingRun.from_fields(setting.fields).kind for setting in SETTINGS] == ["training_run"] * len(SETTINGS)
