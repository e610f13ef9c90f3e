"""What a plan costs, estimated from runs of the same kind that were made here, and how far it is."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shared.analyses import JobSpec
from shared.store import RunRecord, Status, Store

Likeness = Literal["same", "model", "other"]
# So many of the newest runs of a kind are asked for their pace.
ASKED = 40
# Runs are alike where these fields are equal; the first row of which there are any says the pace.
ALIKE: dict[Likeness, tuple[str, ...]] = {
    "same": ("model", "dataset", "strategy", "layer"),
    "model": ("model", "dataset"),
    "other": (),
}


@dataclass(frozen=True)
class Estimate:
    """What runs will take.

    Attributes:
        seconds: of one worker; None where nothing of the kind was made here yet.
        measured: number of runs it was measured on.
        alike: how like these were, the least where there are several: of the same network, data set and layer ("same"),
            of the same network and data set at least ("model"), of others ("other").
        runs: number that still has to be computed.
        done: number whose result is there already.
    """

    seconds: float | None
    measured: int
    runs: int
    done: int
    alike: Likeness = "same"


@dataclass(frozen=True)
class PlanState:
    """How far a plan is.

    Attributes:
        counts: runs by status.
        share: of all the work, 0 to 1, each run weighing the same.
        over: whether nothing more will happen by itself.
        failures: key and message of each failed run.
    """

    counts: Counter[Status]
    share: float
    over: bool
    failures: tuple[tuple[str, str], ...] = field(default=())

    @property
    def complete(self) -> int:
        """Number of runs whose result is there."""
        return self.counts["complete"]


def work_of(spec: JobSpec, parts: int | None) -> float:
    """The work of a run in units that runs of one kind share: pictures, times steps, times pixels where it has them."""
    fields = spec.model_dump()
    size, steps = fields.get("size"), fields.get("steps")
    pixels = float(size) ** 2 if isinstance(size, int | float) and size else 1.0
    listed = len(fields.get("channels") or fields.get("classes") or ())
    many = listed or getattr(spec, "planned_epochs", None) or parts or 1
    return many * pixels * (float(steps) if isinstance(steps, int | float) and steps else 1.0)


def estimate(
    store: Store, specs: Sequence[JobSpec], records: Sequence[RunRecord], workers: int = 1, parts: int | None = None
) -> Estimate:
    """What specs will take, by the median pace of the newest runs of their kinds, those most alike.

    Args:
        store: of the installation.
        specs: resolved.
        records: their runs as they are now.
        workers: that share them.
        parts: that each has where it does not say so itself; by default as many as such runs had.
    """
    left = [spec for spec, run in zip(specs, records, strict=True) if run.status != "complete"]
    done = len(specs) - len(left)
    seconds, measured, alike = 0.0, 0, next(iter(ALIKE))
    made = {kind: _newest(store, kind) for kind in {spec.kind for spec in left}}
    for spec in left:
        likeness, runs = _most_alike(made[spec.kind], spec)
        if not runs:
            return Estimate(None, 0, len(left), done)
        seconds += _pace(runs) * work_of(spec, parts or _usual_parts(runs))
        measured, alike = max(measured, len(runs)), max(alike, likeness, key=list(ALIKE).index)
    return Estimate(seconds / max(1, workers), measured, len(left), done, alike)


def _newest(store: Store, kind: str) -> list[RunRecord]:
    keys = store.runs.listing.find({"kind": kind, "state": "complete"}, count=ASKED).keys
    runs = [run for run in store.runs.get_many(keys) if run.seconds > 0 and run.done and not run.attempt_done]
    return [run for run in runs if run.spec() is not None]


def _most_alike(runs: Sequence[RunRecord], spec: JobSpec) -> tuple[Likeness, list[RunRecord]]:
    wanted = spec.model_dump(mode="json")
    for likeness, names in ALIKE.items():
        if found := [run for run in runs if all(run.fields.get(name) == wanted.get(name) for name in names)]:
            return likeness, found
    return "other", []


def _pace(runs: Sequence[RunRecord]) -> float:
    """Seconds a unit of work, the median of these runs."""
    return statistics.median(run.seconds / work_of(spec, run.total) for run in runs if (spec := run.spec()))


def _usual_parts(runs: Sequence[RunRecord]) -> int:
    """Parts of such runs, where the spec does not say: the median, of those that did not say either if any are."""
    parts = [run.total for run in runs if run.total and not run.fields.get("channels")]
    parts = parts or [run.total for run in runs if run.total]
    return round(statistics.median(parts)) if parts else 1


def plan_state(records: Iterable[RunRecord]) -> PlanState:
    """How far a plan's runs are, taken together."""
    runs = list(records)
    counts: Counter[Status] = Counter(run.status for run in runs)
    share = sum(run.share if run.status in ("running", "complete") else 0.0 for run in runs) / max(1, len(runs))
    failures = tuple((run.key, run.error) for run in runs if run.status == "failed")
    return PlanState(counts, share, all(run.over for run in runs), failures)
