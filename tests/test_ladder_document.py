"""`make ladder` writes what the runs say: epochs by phase, whether a goal was reached, and a picture a rung."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.ladder import RUNGS
from benchmarks.ladder_page import LadderRun, Rung, table, write_page
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from tests.analyses.training_run.parts import finished_training

LADDER = "Digits"


def ladder_run(client: Client, test: float, goal: float | None, **fields: Any) -> LadderRun:
    """A rung whose run is there already."""
    asked = {"dataset": "builtin/digits", "epochs": 8, "learning_rate": 1e-3, **fields}
    spec = client.resolve(TrainingRun.model_validate(asked))
    finished_training(client, spec, test)  # type: ignore[arg-type]
    return LadderRun(Rung(LADDER, str(fields["strategy"]), goal, fields), spec, client.run(spec))  # type: ignore[arg-type]


@pytest.fixture
def rungs(client: Client) -> list[LadderRun]:
    base = {"model": "keras/mobilenetv2/random"}
    return [
        ladder_run(client, 0.65, 0.7, strategy="scratch"),
        ladder_run(client, 0.95, 0.95, strategy="feature_extraction", **base),
        ladder_run(client, 0.97, None, strategy="fine_tuning", fine_tune_epochs=4, **base),
    ]


def test_a_goal_that_was_missed_is_said_to_be_missed(rungs: list[LadderRun]) -> None:
    rows = [line.split(" | ") for line in table(rungs).splitlines()[4:]]
    assert [row[-2] for row in rows] == ["70.0%, missed", "95.0%, reached", "–"]
    assert [row[-1].rstrip(" |") for row in rows] == ["–", "+30.0 points", "+2.0 points"]


def test_head_and_fine_tuning_are_counted_apart(rungs: list[LadderRun]) -> None:
    assert " | 8 + 4 | " in table(rungs) and table(rungs).count(" | 8 | ") == 2


def test_the_page_shows_every_rung_and_what_the_last_one_adds(rungs: list[LadderRun], tmp_path: Path) -> None:
    write_page(tmp_path, rungs)
    page = " ".join((tmp_path / "README.md").read_text().split())
    assert "changes its test accuracy by +2.0 points" in page
    assert "end to end" not in page, "that rung was not run"
    for one in rungs:
        assert one.spec.key() in page
    assert {f"]({path.name})" in page for path in tmp_path.glob("*.png")} == {True}
    assert len(list(tmp_path.glob("*.png"))) == len(rungs)


def test_every_rung_makes_a_training_run() -> None:
    """Names of models and data sets stand for what the command adds first."""
    assert [TrainingRun.from_fields(rung.fields).kind for rung in RUNGS] == ["training_run"] * len(RUNGS)
