"""Records of runs as they are now: from the store, or from the archive where the cache has let go of them."""

from collections.abc import Sequence

from shared.errors import ConvscopeError
from shared.library.library import Library
from shared.library.plans.store import Plan, PlannedRun
from shared.store import RunRecord, Store


class Records:
    """The records of one installation's runs."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store, self._library = store, library

    def get(self, key: str) -> RunRecord:
        """The run as it is now; "absent" where neither knows its result."""
        run = self._store.runs.get(key)
        return (self._library.archive.run(key) or run) if run.status == "absent" else run

    def get_many(self, keys: Sequence[str]) -> list[RunRecord]:
        """Several runs in one round trip."""
        runs = self._store.runs.get_many(keys)
        return [self._library.archive.run(run.key) or run if run.status == "absent" else run for run in runs]

    def of_plan(self, plan: Plan) -> list[RunRecord]:
        """The runs of a plan as they are now.

        Where this release computes a run under another key than the plan was made with, that one stands for it as soon
        as somebody asks for it, unless the old result is there.
        """
        runs = self.get_many([planned.key for planned in plan.runs])
        moved = {i: key for i, run in enumerate(runs) if run.status != "complete" and (key := _moved(plan.runs[i]))}
        for i, run in zip(moved, self.get_many([*moved.values()]), strict=True):
            runs[i] = run if run.kind else runs[i]
        return runs


def _moved(planned: PlannedRun) -> str:
    """The key under which this release computes a run of a plan, where that is another; else ""."""
    try:
        key = planned.spec().key()
    except ConvscopeError:
        return ""
    return key if key != planned.key else ""
