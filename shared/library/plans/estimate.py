"""What a plan costs, estimated from runs of the same kind that were made here, and how far it is."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.analyses import JobSpec
from shared.store import RunRecord, Status, Store

# So many of the newest runs of a kind are asked for their pace.
ASKED = 40


@dataclass(frozen=True)
class Estimate:
    """What runs will take.

    Attributes:
        seconds: of one worker; None where nothing of the kind was made here yet.
        measured: number of runs it was measured on.
        runs: number that still has to be computed.
        done: number whose result is there already.
    """

    seconds: float | None
    measured: int
    runs: int
    done: int


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
    many = len(fields.get("channels") or fields.get("classes") or ()) or parts or 1
    return many * pixels * (float(steps) if isinstance(steps, int | float) and steps else 1.0)


def estimate(store: Store, specs: Sequence[JobSpec], records: Sequence[RunRecord], workers: int = 1) -> Estimate:
    """What specs will take, by the median pace of the newest runs of their kinds: of the same model where there are
    such, else of any.

    Args:
        store: of the installation.
        specs: resolved.
        records: their runs as they are now.
        workers: that share them.
    """
    left = [spec for spec, run in zip(specs, records, strict=True) if run.status != "complete"]
    seconds, measured = 0.0, 0
    known: dict[tuple[str, str], tuple[float, int]] = {}
    for spec in left:
        about = (spec.kind, str(getattr(spec, "model", "")))
        if about not in known:
            known[about] = _pace(store, *about)
        pace, runs = known[about]
        if not runs:
            return Estimate(None, 0, len(left), len(specs) - len(left))
        seconds += pace * work_of(spec, _usual_parts(store, spec))
        measured = max(measured, runs)
    return Estimate(seconds / max(1, workers), measured, len(left), len(specs) - len(left))


def _newest(store: Store, kind: str) -> list[RunRecord]:
    keys = store.runs.listing.find({"kind": kind, "state": "complete"}, count=ASKED).keys
    return [run for run in store.runs.get_many(keys) if run.seconds > 0 and run.done and not run.attempt_done]


def _pace(store: Store, kind: str, model: str) -> tuple[float, int]:
    """Seconds a unit of work, and the number of runs that it is the median of."""
    runs = _newest(store, kind)
    same = [run for run in runs if model and run.fields.get("model") == model]
    paces = [run.seconds / work_of(spec, run.total) for run in same or runs if (spec := run.spec()) is not None]
    return (statistics.median(paces), len(paces)) if paces else (0.0, 0)


def _usual_parts(store: Store, spec: JobSpec) -> int:
    """Parts that a run of this kind has, where the spec does not say: the median of those that were made."""
    parts = [run.total for run in _newest(store, spec.kind) if run.total]
    return round(statistics.median(parts)) if parts else 1


def plan_state(records: Iterable[RunRecord]) -> PlanState:
    """How far a plan's runs are, taken together."""
    runs = list(records)
    counts: Counter[Status] = Counter(run.status for run in runs)
    share = sum(run.share if run.status in ("running", "complete") else 0.0 for run in runs) / max(1, len(runs))
    failures = tuple((run.key, run.error) for run in runs if run.status == "failed")
    return PlanState(counts, share, all(run.over for run in runs), failures)
