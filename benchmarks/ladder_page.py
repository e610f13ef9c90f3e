"""The ladder on paper: its table, and a page with the curves of every run."""

import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from textwrap import fill
from typing import Any

from PIL import Image

from shared.analyses import TrainingRun
from shared.client import Result, write_result

HEAD = "| strategy | pictures | epochs | time | an epoch | validation | test | goal | to the strategy before |"
WIDTH = 120
RULE = "|---|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Setting:
    """What is asked of one run.

    Attributes:
        ladder: heading of its table.
        title: in the table.
        goal: share of the test pictures that is to be reached; None where nothing was set.
        fields: of its TrainingRun; what is missing goes by the strategy.
    """

    ladder: str
    title: str
    goal: float | None
    fields: dict[str, Any]


@dataclass(frozen=True)
class LadderRun:
    """A setting that was run.

    Attributes:
        setting: what was asked for.
        spec: its request.
        result: record and epochs.
    """

    setting: Setting
    spec: TrainingRun
    result: Result

    @property
    def test(self) -> float:
        """Share of the test pictures that are named rightly."""
        return float(self.result.run.facts["metrics"]["test_accuracy"])

    @property
    def seconds(self) -> float:
        """Of all epochs, features included."""
        epochs = sum(part.facts["seconds"] for part in self.result.parts.values())
        return float(epochs + self.result.run.facts["timings"].get("features_seconds", 0.0))

    @property
    def phases(self) -> dict[str, list[float]]:
        """Seconds of each epoch by phase: training, or head and fine_tuning."""
        found: dict[str, list[float]] = {}
        for _, part in sorted(self.result.parts.items()):
            found.setdefault(part.facts["phase"], []).append(part.facts["seconds"])
        return found


def table(runs: Sequence[LadderRun]) -> str:
    """Tables in Markdown, one a ladder."""
    found = []
    for ladder, its_runs in groupby(runs, key=lambda one: one.setting.ladder):
        found.append(f"**{ladder}**\n\n" + "\n".join([HEAD, RULE, *_rows(list(its_runs))]))
    return "\n\n".join(found)


def _rows(runs: Sequence[LadderRun]) -> Iterator[str]:
    for before, one in zip([None, *runs], runs, strict=False):
        metrics, phases = one.result.run.facts["metrics"], one.phases.values()
        gain = f"{(one.test - before.test) * 100:+.1f} points" if before else "–"
        cells = (
            one.setting.title, f"{metrics['images']:,}", " + ".join(str(len(phase)) for phase in phases),
            _duration(one.seconds), ", ".join(_duration(median(phase)) for phase in phases),
            f"{metrics['val_accuracy']:.1%} (epoch {metrics['best_epoch']})", f"**{one.test:.1%}**", _goal(one), gain,
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _goal(one: LadderRun) -> str:
    if one.setting.goal is None:
        return "–"
    return f"{one.setting.goal:.1%}, {'reached' if one.test >= one.setting.goal else 'missed'}"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def write_page(folder: Path, runs: Sequence[LadderRun]) -> None:
    """README.md with the tables and the recipes, and the curves of every run as a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [_name(one) for one in runs]
    for name, one in zip(names, runs, strict=True):
        _curves(folder / f"{name}.png", one)
    recipes = "\n".join(_recipe(one) for one in runs)
    curves = "\n\n".join(CURVES.format(title=_title(one), name=name) for name, one in zip(names, runs, strict=True))
    (folder / "README.md").write_text(PAGE.format(
        table=table(runs), features=_features(runs), last_step=_last_step(runs), machine=_machine(runs),
        recipes=recipes, curves=curves,
    ))  # fmt: skip


def _title(one: LadderRun) -> str:
    return f"{one.setting.ladder}: {one.setting.title.lower()}"


def _name(one: LadderRun) -> str:
    return f"{one.setting.ladder}-{one.spec.strategy}".lower().replace(" ", "-").replace("_", "-")


def _curves(path: Path, one: LadderRun) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_result(Path(folder), one.result.run, one.result.parts)
        Image.open(Path(folder) / "curves.png").convert("P", palette=Image.Palette.ADAPTIVE, colors=32).save(path)


def _recipe(one: LadderRun) -> str:
    """A row: the request in words, and its key."""
    fields = {"strategy": one.spec.strategy, **one.spec.changes()}
    words = [f"{name} {value}" for name, value in fields.items() if name not in ("dataset", "model", "augmentation")]
    if one.spec.model:
        words.append("base MobileNetV2 without its head, ImageNet weights")
    if one.spec.augmentation:
        changes = one.spec.augmentation.model_dump(exclude_defaults=True)
        words.append(f"augmentation {' '.join(f'{name}={value:g}' for name, value in changes.items())}")
    return f"| {_title(one)} | {', '.join(words)} | `{one.spec.key()}` |"


def _features(runs: Sequence[LadderRun]) -> str:
    """How much faster an epoch is with features computed once; nothing where one of the two was not run."""
    seconds = {one.spec.strategy: one.result.run.facts["timings"]["epoch_seconds"] for one in runs}
    once, whole = (seconds.get(name) for name in ("feature_extraction", "feature_extraction_augmented"))
    if not once or not whole:
        return ""
    return fill(
        f"An epoch on features that were computed once takes {once:.2f} s, end to end {whole:.0f} s: "
        f"{whole / once:.0f} times as long. So the strategy that goes end to end has few epochs.", WIDTH
    )  # fmt: skip


def _last_step(runs: Sequence[LadderRun]) -> str:
    """What fine-tuning adds to the head that it begins with; nothing where one of the two was not run."""
    test = {one.spec.strategy: one.test for one in runs}
    head, tuned = test.get("feature_extraction"), test.get("fine_tuning")
    if not head or not tuned:
        return ""
    return fill(
        "Fine-tuning begins with the head of feature extraction with features computed once and changes its test "
        f"accuracy by {(tuned - head) * 100:+.1f} points; less than one point may be chance.", WIDTH
    )  # fmt: skip


def _machine(runs: Sequence[LadderRun]) -> str:
    facts = runs[-1].result.run.facts
    versions = ", ".join(f"{name} {value}" for name, value in facts.get("versions", {}).items())
    return f"{facts.get('device', platform.processor())}; Python {platform.python_version()}, {versions}"


CURVES = """**{title}**

![Loss and accuracy of training and validation, epoch by epoch]({name}.png)"""
PAGE = """# The ladder

The book's ladder (F. Chollet, "Deep Learning with Python", 2017, chapters 2 and 5), each strategy a queued
`training_run` of this project on the same pictures. Written by `make ladder`, not by hand.

{table}

The network that is tested is the one of the epoch with the best validation accuracy, and the test pictures are looked
at once, after training. With 1,000 test pictures of cats and dogs, one standard deviation is 0.4 points at 98 % and 1.4
at 75 %; with 10,000 digits it is 0.1.

{last_step}

{features}

Measured on {machine}.
The machine did other work for part of the time, so times are upper bounds, and those of two runs compare only roughly.

## Recipes

| strategy | request | run |
|---|---|---|
{recipes}

What is not listed is the default of the strategy, and of the book's augmentation. Epochs "20 + 6" are 20 of the head
and 6 of fine-tuning; where two times of an epoch are given, the same holds for them.

## Curves

{curves}
"""
