"""run_job(), the one function that the queue may call.

An analysis is a generator that takes a spec and yields parts and progress. It has never heard of Redis:
resuming, cancelling, leases and estimates are here, once.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from rq import get_current_job
from rq.timeouts import JobTimeoutException

from shared.analyses import JobSpec, parse_spec
from shared.errors import (
    ConvscopeError,
    DoesNotFit,
    FilesUnavailable,
    HandedOver,
    LeaseLost,
    PermanentError,
    RunCancelled,
    StoreUnavailable,
)
from shared.library import Library
from shared.library.notices import tell_the_end_quietly
from shared.results import Part, Progress, decode_part
from shared.store import STUCK_LIMIT, Store
from worker.analyses import generators
from worker.analyses.background import goes_on_unseen, rest_of_abandoned_work
from worker.analyses.context import RunContext
from worker.service.attempt import Attempt
from worker.service.turn import Turn

log = logging.getLogger(__name__)

Analysis = Callable[[Any, RunContext], Iterator[Part | Progress]]

GENERATORS: dict[str, Analysis] = generators()
# A step of a run that was handed over is waited for so long; then a spare engine takes this one's place.
REST_SECONDS = 1.0
# Between two looks whether files that are away are back.
AWAY_SECONDS = 2.0
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
    asked = get_current_job()
    job, worker = getattr(asked, "id", ""), getattr(asked, "worker_name", None) or ""
    store = resources.store
    try:
        fence = store.runs.begin(key, job, worker)
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
        attempt = Attempt(store, key, job, fence, worker)
        _guarded(resources, attempt, Turn(store, resources.library.settings, attempt, getattr(asked, "origin", "")))
    finally:
        tell_the_end_quietly(store, resources.library, key)
    return key


def _guarded(resources: "Resources", attempt: Attempt, turn: Turn) -> None:
    """Run an attempt; the one place that catches what an analysis may raise."""
    runs, key = resources.store.runs, attempt.key
    try:
        _run(resources, attempt, turn)
    except HandedOver:
        resources.held = goes_on_unseen(REST_SECONDS)
        log.info("handed over to the batch queue", extra={"key": key})
    except RunCancelled:
        if attempt.leads:
            runs.end_cancelled(key, attempt.fence)
        log.info("cancelled", extra={"key": key})
    except LeaseLost as error:
        # A helper often finds the run over.
        log.log(logging.WARNING if attempt.leads else logging.INFO, "let go", extra={"key": key, "reason": str(error)})
    except FilesUnavailable as error:
        log.warning("waiting for the files", extra={"key": key, "reason": str(error)})
        if _wants_to_go_on(resources, attempt):
            runs.wait_again(key, attempt.job, worker=attempt.worker, forgive=True)
            raise
    except PASSING as error:
        log.exception("passing failure", extra={"key": key})
        if attempt.leads and runs.get(key).stuck >= STUCK_LIMIT:
            raise _failed(runs, attempt, error) from error
        runs.wait_again(key, attempt.job, worker=attempt.worker)
        raise
    except Exception as error:
        log.exception("failed", extra={"key": key})
        raise _failed(runs, attempt, error) from error


def _wants_to_go_on(resources: "Resources", attempt: Attempt) -> bool:
    """Hold on to a run until the files of the installation answer again, or somebody cancels it.

    RQ would try again at once, and a run that died three times without a new part is given up.

    Returns:
        Whether they answer; else the attempt is over.
    """
    try:
        while True:
            try:
                resources.library.files.check()
            except FilesUnavailable:
                attempt.write(Progress("waiting for the file store"))
                time.sleep(AWAY_SECONDS)
                continue
            return True
    except RunCancelled:
        if attempt.leads:
            resources.store.runs.end_cancelled(attempt.key, attempt.fence)
    except LeaseLost as error:
        log.info("let go", extra={"key": attempt.key, "reason": str(error)})
    return False


def _failed(runs: Any, attempt: Attempt, error: Exception) -> FinalFailure:
    """End the run; a helper only gives back its part, and what is wrong with that the lead finds out and says."""
    text = _explain(error)
    if attempt.leads:
        runs.fail(attempt.key, attempt.fence, type(error).__name__, text)
    else:
        runs.wait_again(attempt.key, attempt.job, worker=attempt.worker)
    return FinalFailure(text)


def _explain(error: Exception) -> str:
    """A message to act on; errors that were not foreseen keep their type and first line."""
    if isinstance(error, ConvscopeError):
        return str(error)
    if isinstance(error, JobTimeoutException):
        return "The run took longer than CONVSCOPE_JOB_TIMEOUT allows. Ask for less, or raise the limit; Retry goes on."
    first = next(iter(str(error).strip().splitlines()), "")[:300]
    return f"The analysis failed ({type(error).__name__}: {first}). The worker's log has the details under this key."


def _run(resources: "Resources", attempt: Attempt, turn: Turn) -> None:
    key, store = attempt.key, resources.store
    run = store.runs.get(key)
    spec = parse_spec(run.kind, run.fields, run.version)
    attempt.facts = dict(run.facts)
    if not attempt.leads and (run.free == 0 or turn.gives_way()):
        log.info("nothing to help with", extra={"key": key})
        return
    started = time.perf_counter()
    _analyse(resources, attempt, spec, turn)
    while attempt.awaits_others():
        _analyse(resources, attempt, spec, turn)
    seconds = round(time.perf_counter() - started, 3)
    if not attempt.leads:
        log.info("helped", extra={"key": key, "kind": run.kind, "seconds": seconds})
        return
    attempt.facts["timings"] = {**attempt.facts.get("timings", {}), "attempt_seconds": seconds}
    store.runs.finish(key, attempt.fence, {**resources.facts(spec), **attempt.facts})
    log.info("complete", extra={"key": key, "kind": run.kind, "seconds": seconds})


def _analyse(resources: "Resources", attempt: Attempt, spec: JobSpec, turn: Turn) -> None:
    """Make the parts that are missing; of a shared run those that nobody else makes."""
    key, parts = attempt.key, attempt.store.parts
    stored = lambda index: decode_part(data) if (data := parts.read(key, index)) else None  # noqa: E731
    shared = (lambda series: attempt.source(series, turn.gives_way)) if spec.most_workers > 1 else None
    finished, previewed = frozenset(parts.indices(key)), frozenset(attempt.store.previews.indices(key))
    context = replace(resources.context(finished), stored=stored, shared=shared, previewed=previewed)
    items: Any = GENERATORS[spec.kind](spec, context)
    # Closed here and now: what an analysis does at its end (keep the best network) is part of the attempt.
    with closing(items):
        for item in chain(rest_of_abandoned_work(), items):
            attempt.write(item)
            turn.check()
    if context.pictures_in:
        attempt.facts["pictures_in"] = {**attempt.facts.get("pictures_in", {}), **context.pictures_in}


@dataclass
class Resources:
    """What one engine keeps between jobs: its store and library, its warm models, its device.

    `held` says that work of a run that was handed over goes on in a thread, which nothing can stop: the engine has to
    end.
    """

    store: Store
    library: Library
    context: Callable[[frozenset[int]], RunContext]
    facts: Callable[[JobSpec], dict[str, Any]]
    held: bool = False


_resources: list[Resources] = []


def engine_resources() -> Resources:
    """The engine's resources, set once by worker.service.engine."""
    return _resources[0]


def set_engine_resources(resources: Resources) -> None:
    """Called by the engine when TensorFlow is up, and by tests that run jobs in their own process."""
    _resources[:] = [resources]
