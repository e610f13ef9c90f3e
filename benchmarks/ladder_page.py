"""The ladder on paper: its table, and a page with the curves of every rung."""

import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PIL import Image

from shared.client import Result
from shared.job_specs import TrainingRun
from shared.result_files import write_result

HEAD = "| rung | pictures | epochs | time | an epoch | validation | test | to the rung before |"
RULE = "|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Climbed:
    """A rung that was run.

    Attributes:
        ladder: heading of its table.
        title: in the table.
        spec: its request.
        result: record and epochs.
    """

    ladder: str
    title: str
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


def table(climbed: Sequence[Climbed]) -> str:
    """Tables in Markdown, one a ladder."""
    found = []
    for ladder, rungs in groupby(climbed, key=lambda one: one.ladder):
        found.append(f"**{ladder}**\n\n" + "\n".join([HEAD, RULE, *_rows(list(rungs))]))
    return "\n\n".join(found)


def _rows(rungs: Sequence[Climbed]) -> Iterator[str]:
    for before, one in zip([None, *rungs], rungs, strict=False):
        facts = one.result.run.facts
        metrics, timings = facts["metrics"], facts["timings"]
        gain = f"{(one.test - before.test) * 100:+.1f} points" if before else "–"
        cells = (
            one.title, f"{metrics['images']:,}", str(metrics["epochs"]), _duration(one.seconds),
            _duration(timings["epoch_seconds"]), f"{metrics['val_accuracy']:.1%} (epoch {metrics['best_epoch']})",
            f"**{one.test:.1%}**", gain,
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def write_page(folder: Path, climbed: Sequence[Climbed]) -> None:
    """README.md with the tables and the recipes, and the curves of every rung as a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [_name(one) for one in climbed]
    for name, one in zip(names, climbed, strict=True):
        _curves(folder / f"{name}.png", one)
    recipes = "\n".join(_recipe(one) for one in climbed)
    curves = "\n\n".join(CURVES.format(title=_title(one), name=name) for name, one in zip(names, climbed, strict=True))
    (folder / "README.md").write_text(PAGE.format(
        table=table(climbed), features=_features(climbed), machine=_machine(climbed), recipes=recipes, curves=curves,
    ))  # fmt: skip


def _title(one: Climbed) -> str:
    return f"{one.ladder}: {one.title.lower()}"


def _name(one: Climbed) -> str:
    return f"{one.ladder}-{one.spec.strategy}".lower().replace(" ", "-").replace("_", "-")


def _curves(path: Path, one: Climbed) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_result(Path(folder), one.result.run, one.result.parts)
        Image.open(Path(folder) / "curves.png").convert("P", palette=Image.Palette.ADAPTIVE, colors=32).save(path)


def _recipe(one: Climbed) -> str:
    """The request as a command; names instead of references."""
    fields = {"strategy": one.spec.strategy, **one.spec.changed()}
    hidden = ("dataset", "model", "precision", "augmentation")
    words = [f"{name} {value}" for name, value in fields.items() if name not in hidden]
    return f"- {_title(one)}: {', '.join(words)}; `{one.spec.key()}`"


def _features(climbed: Sequence[Climbed]) -> str:
    """How much faster an epoch is with features computed once; nothing where one of the two was not run."""
    seconds = {one.spec.strategy: one.result.run.facts["timings"]["epoch_seconds"] for one in climbed}
    once, whole = (seconds.get(name) for name in ("feature_extraction", "feature_extraction_augmented"))
    return f"An epoch on features that were computed once takes {once:.2f} s, end to end {whole:.0f} s: " \
           f"{whole / once:.0f} times as long." if once and whole else ""  # fmt: skip


def _machine(climbed: Sequence[Climbed]) -> str:
    facts = climbed[-1].result.run.facts
    versions = ", ".join(f"{name} {value}" for name, value in facts.get("versions", {}).items())
    return f"{facts.get('device', platform.processor())}; Python {platform.python_version()}, {versions}"


CURVES = """**{title}**

![Loss and accuracy of training and validation, epoch by epoch]({name}.png)"""
PAGE = """# The ladder

The book's ladder (F. Chollet, "Deep Learning with Python", 2017, chapters 2 and 5), each rung a queued `training_run`
of this project on the same pictures. Written by `make ladder`, not by hand.

{table}

The network that is tested is the one of the epoch with the best validation accuracy, and the test pictures are looked
at once, after training. With 1,000 test pictures of cats and dogs, one standard deviation is 0.4 points at 98 % and 1.4
at 75 %; with 10,000 digits it is 0.1.

{features}

Measured on {machine}.
The machine did other work meanwhile, so times are upper bounds.

## Recipes

{recipes}

What is not listed is the default of the strategy.

## Curves

{curves}
"""
