"""Training runs of one data set as the book's ladder: a row a run, from the simplest strategy up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dashboard.analyses.training_run.trained_network import epochs_of, kept_network
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.strategy_words import TITLES, strategy_title
from dashboard.widgets.text import count
from shared.analyses.training_run.parts import EpochFacts
from shared.client import Client
from shared.store import RunRecord

STRATEGIES = list(TITLES)
LISTED = 60


@dataclass(frozen=True)
class LadderRow:
    """A training run on the ladder.

    Attributes:
        run: its record.
        epochs: facts of its epochs so far.
        images: training pictures; None where the run has not said.
        seconds: of all its epochs and of the features computed once.
        validation: best validation accuracy so far; None without a validation split, or before the first epoch.
        test: accuracy of the best network on the test split; None until it was measured.
        network: reference of the best network so far; "" for none.
    """

    run: RunRecord
    epochs: Sequence[EpochFacts]
    images: int | None
    seconds: float
    validation: float | None
    test: float | None
    network: str

    @property
    def title(self) -> str:
        """What a person calls it."""
        return strategy_title(self.run.fields["strategy"])


def ladder(client: Client, dataset: str) -> list[LadderRow]:
    """The newest training runs of a data set, by strategy and then by age.

    Args:
        client: of the installation.
        dataset: reference, sha256:...
    """
    runs = islice(client.store.runs.newest({"kind": "training_run"}, {"dataset": dataset}), LISTED)
    return [row_of(run) for run in sorted(runs, key=_place)]


def _place(run: RunRecord) -> tuple[int, float]:
    strategy = run.fields["strategy"]
    return (STRATEGIES.index(strategy) if strategy in STRATEGIES else len(STRATEGIES), run.submitted_at)


def row_of(run: RunRecord) -> LadderRow:
    """What a run has reached."""
    metrics, timings = run.facts.get("metrics", {}), run.facts.get("timings", {})
    epochs = epochs_of(run)
    kept = kept_network(epochs)
    judged = [value for facts in epochs if facts["best"] and (value := facts.get("val_accuracy")) is not None]
    return LadderRow(
        run,
        epochs,
        metrics.get("images", run.fields.get("images")),
        sum(facts["seconds"] for facts in epochs) + float(timings.get("features_seconds") or 0),
        metrics.get("val_accuracy", judged[-1] if judged else None),
        metrics.get("test_accuracy"),
        str(metrics.get("model") or kept.reference),
    )


def differences(rows: Sequence[LadderRow]) -> list[tuple[float, str] | None]:
    """How much better each run is than the one before it, in percentage points, and by which split.

    Test accuracies are compared where both runs have one, else validation accuracies. A run without a number is passed
    over: the next one is compared with the last that has one. None where there is nothing to compare.
    """
    found: list[tuple[float, str] | None] = []
    before: LadderRow | None = None
    for row in rows:
        found.append(_difference(before, row))
        if row.test is not None or row.validation is not None:
            before = row
    return found


def _difference(before: LadderRow | None, row: LadderRow) -> tuple[float, str] | None:
    if before is None:
        return None
    for split, old, new in (("test", before.test, row.test), ("validation", before.validation, row.validation)):
        if old is not None and new is not None:
            return 100 * (new - old), split
    return None


def settings_words(run: RunRecord, names: dict[str, str]) -> str:
    """What tells runs of one strategy apart, in short: base, size, rate, seed."""
    fields: Mapping[str, Any] = run.fields
    words = [
        f"on {model_title(str(fields['model']), names)}" if fields.get("model") else "",
        "compact" if fields.get("network") == "compact" and fields["strategy"] in ("scratch", "augmented") else "",
        f"{fields['size']} px" if fields.get("size") else "",
        f"rate {fields['learning_rate']:g}",
        f"seed {fields['seed']}" if fields.get("seed") else "",
    ]
    return " · ".join(word for word in words if word)


def epochs_words(row: LadderRow) -> str:
    """ "30", "12 of 30": epochs made, of those planned where there are fewer."""
    planned = int(row.run.fields["epochs"]) + int(row.run.fields.get("fine_tune_epochs") or 0)
    made = len(row.epochs)
    return str(made) if made == planned else f"{made} of {planned}"


def chosen_keys(text: str | None, rows: Sequence[LadderRow], most: int) -> list[str]:
    """Keys of the runs whose curves are drawn.

    Args:
        text: ends of keys with commas between, as the address has them; None where it says nothing: then the newest
            run of each strategy that has epochs.
        rows: all runs of the ladder.
        most: how many at most.
    """
    if text is None:
        newest = {row.run.fields["strategy"]: row.run.key for row in rows if row.epochs}
        return list(newest.values())[:most]
    ends = [end for end in text.split(",") if len(end) >= 8]
    return [row.run.key for row in rows if any(row.run.key.endswith(end) for end in ends)][:most]


def pictures_words(row: LadderRow, trained: int) -> str:
    """Training pictures of a run: what it says itself, else all of the data set's, or the most it may take."""
    asked = row.run.fields.get("images")
    return f"{row.images if row.images is not None else min(trained, asked or trained):,}"


def live_words(rows: Sequence[LadderRow]) -> str:
    """ "2 runs wait or run now"; "" for none."""
    live = sum(not row.run.over for row in rows)
    return f"{count(live, 'run')} {'waits or runs' if live == 1 else 'wait or run'} now" if live else ""
