"""run_job(), the one function that the queue may call, and ANALYSES, what it can do.

An analysis is a generator that takes a spec and yields parts and progress. It has never heard of Redis:
resuming, cancelling, leases and estimates are here, once.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from rq import get_current_job
from rq.timeouts import JobTimeoutException

from shared.client import Client
from shared.errors import (
    ConvscopeError,
    DoesNotFit,
    LeaseLost,
    PermanentError,
    RunCancelled,
    StoreUnavailable,
)
from shared.job_specs import JobSpec, parse_spec
from shared.notices import tell_the_end_quietly
from shared.results import Part, Progress, decode_part, encode_part
from shared.store import Store
from shared.store.runs import STUCK_LIMIT
from worker.analyses.activations import activations
from worker.analyses.attribution import attribution
from worker.analyses.augmentation_preview import augmentation_preview
from worker.analyses.channel_portrait import channel_portrait
from worker.analyses.class_maximization import class_maximization
from worker.analyses.compare_models import compare_models
from worker.analyses.context import RunContext
from worker.analyses.deep_dream import deep_dream
from worker.analyses.evaluate_model import evaluate_model
from worker.analyses.filter_atlas import filter_atlas
from worker.analyses.filter_twins import filter_twins
from worker.analyses.inspect_model import inspect_model
from worker.analyses.playground import playground
from worker.analyses.sanity_check import sanity_check
from worker.analyses.training_run import training_run
from worker.analyses.while_waiting import rest_of_abandoned_work

log = logging.getLogger(__name__)

Analysis = Callable[[Any, RunContext], Iterator[Part | Progress]]

ANALYSES: dict[str, Analysis] = {
    "inspect_model": inspect_model,
    "filter_atlas": filter_atlas,
    "activations": activations,
    "playground": playground,
    "deep_dream": deep_dream,
    "augmentation_preview": augmentation_preview,
    "attribution": attribution,
    "sanity_check": sanity_check,
    "channel_portrait": channel_portrait,
    "class_maximization": class_maximization,
    "filter_twins": filter_twins,
    "evaluate_model": evaluate_model,
    "training_run": training_run,
    "compare_models": compare_models,
}

# Progress alone is written at most this often; parts are written at once.
WRITE_EVERY_SECONDS = 0.2
# Errors that may not come again: the machine was short of something for a moment.
PASSING = (StoreUnavailable, DoesNotFit, MemoryError, OSError)


class FinalFailure(PermanentError):
    """Tells RQ not to run the job again; the run's own record says why."""


def run_job(key: str) -> str:
    """Compute one run.

    Args:
        key: of a run record in the store; everything else is read from there.

    Returns:
        The key.

    Raises:
        FinalFailure: the run has failed, and its record holds the message.
        ConvscopeError, OSError: a passing error; RQ runs the job again.
    """
    resources = engine_resources()
    job = getattr(get_current_job(), "id", "")
    store = resources.client.store
    try:
        fence = store.runs.begin(key, job)
    except RunCancelled:
        store.runs.end_cancelled(key)
        return key
    except LeaseLost as error:
        log.info("not run", extra={"key": key, "reason": str(error)})
        return key
    except PermanentError as error:
        store.runs.fail(key, None, type(error).__name__, str(error))
        raise FinalFailure(str(error)) from error
    try:
        _guarded(resources, key, job, fence)
    finally:
        tell_the_end_quietly(resources.client, key)
    return key


def _guarded(resources: "Resources", key: str, job: str, fence: int) -> None:
    """Run an attempt; the one place that catches what an analysis may raise."""
    runs = resources.client.store.runs
    try:
        _attempt(resources, key, fence)
    except RunCancelled:
        runs.end_cancelled(key, fence)
        log.info("cancelled", extra={"key": key})
    except LeaseLost as error:
        log.warning("lost the lease", extra={"key": key, "reason": str(error)})
    except PASSING as error:
        log.exception("passing failure", extra={"key": key})
        if runs.get(key).stuck >= STUCK_LIMIT:
            raise _failed(runs, key, fence, error) from error
        runs.wait_again(key, job)
        raise
    except Exception as error:
        log.exception("failed", extra={"key": key})
        raise _failed(runs, key, fence, error) from error


def _failed(runs: Any, key: str, fence: int, error: Exception) -> FinalFailure:
    text = _explain(error)
    runs.fail(key, fence, type(error).__name__, text)
    return FinalFailure(text)


def _explain(error: Exception) -> str:
    """A message to act on; errors that were not foreseen keep their type and first line."""
    if isinstance(error, ConvscopeError):
        return str(error)
    if isinstance(error, JobTimeoutException):
        return "The run took longer than CONVSCOPE_JOB_TIMEOUT allows. Ask for less, or raise the limit; Retry goes on."
    first = next(iter(str(error).strip().splitlines()), "")[:300]
    return f"The analysis failed ({type(error).__name__}: {first}). The worker's log has the details under this key."


def _attempt(resources: "Resources", key: str, fence: int) -> None:
    store = resources.client.store
    run = store.runs.get(key)
    spec = parse_spec(run.kind, run.fields, run.version)
    writer = _Writer(store, key, fence, dict(run.facts))
    stored = lambda index: decode_part(data) if (data := store.parts.read(key, index)) else None  # noqa: E731
    context = replace(resources.context(frozenset(store.parts.indices(key))), stored=stored)
    started = time.perf_counter()
    items: Any = ANALYSES[run.kind](spec, context)
    # Closed here and now: what an analysis does at its end (keep the best network) is part of the attempt.
    with closing(items):
        for item in chain(rest_of_abandoned_work(), items):
            writer.write(item)
    writer.facts["timings"] = {
        **writer.facts.get("timings", {}),
        "attempt_seconds": round(time.perf_counter() - started, 3),
    }
    store.runs.finish(key, fence, {**resources.facts(spec), **writer.facts})
    log.info("complete", extra={"key": key, "kind": run.kind, "seconds": round(time.perf_counter() - started, 3)})


@dataclass
class _Writer:
    """Writes what an analysis yields, and progress no more often than a page can show it."""

    store: Store
    key: str
    fence: int
    facts: dict[str, Any]
    last: float = field(default=0.0)

    def write(self, item: Part | Progress) -> None:
        """Store a part or note progress.

        Raises:
            RunCancelled, LeaseLost: the attempt must stop.
        """
        if isinstance(item, Part):
            self.store.runs.write(self.key, self.fence, (item.index, encode_part(item)), {"stage": "running"})
            return
        self.facts |= item.facts
        now = time.monotonic()
        if item.total is None and now - self.last < WRITE_EVERY_SECONDS:
            return
        self.last = now
        fields = {"stage": item.stage, "total": item.total, "fraction": item.fraction}
        self.store.runs.write(self.key, self.fence, None, fields)


@dataclass
class Resources:
    """What one engine keeps between jobs: its client, its warm models, its device."""

    client: Client
    context: Callable[[frozenset[int]], RunContext]
    facts: Callable[[JobSpec], dict[str, Any]]


_resources: list[Resources] = []


def engine_resources() -> Resources:
    """The engine's resources, set once by worker.engine."""
    return _resources[0]


def set_engine_resources(resources: Resources) -> None:
    """Called by the engine when TensorFlow is up, and by tests that run jobs in their own process."""
    _resources[:] = [resources]
