"""Work that says nothing while it goes on (loading, tracing, a large picture), done beside an analysis that reports.

An analysis yields at least once a second, for that is where cancel, lease and estimate live. One call that takes
longer goes through yielding():

    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")

A thread cannot be stopped from outside. When the run is cancelled meanwhile, the analysis ends at once, the work goes
on unseen, and what is asked of the engine next waits for its end first (rest_of_abandoned_work), because two threads
must not work on one model.
"""

import contextvars
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

from shared.results import Progress

# Half of what an analysis may stay silent.
SILENT_SECONDS = 0.5
Result = TypeVar("Result")
_abandoned: list[threading.Thread] = []


def yielding(work: Callable[[], Result], progress: Progress | str) -> Generator[Progress, None, Result]:
    """Do a piece of work in a thread, and yield until it is done; use it as `result = yield from yielding(...)`.

    Args:
        work: what to do. It may call Keras and TensorFlow: the analysis touches neither while it waits. What Keras
            keeps per thread, such as a scope or a default policy that the analysis has set, does not hold inside.
        progress: what is yielded first; a text is the stage.

    Yields:
        The progress at once, then its stage with the seconds that went by, twice a second.

    Returns:
        What the work returned; an error of the work is raised here.
    """
    first = Progress(progress) if isinstance(progress, str) else progress
    outcome: list[Result] = []
    errors: list[BaseException] = []

    def keep() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # raised again in the analysis, which has somebody to tell
            errors.append(error)

    yield first
    thread = threading.Thread(target=contextvars.copy_context().run, args=(keep,), name="yielding", daemon=True)
    begun = time.monotonic()
    thread.start()
    try:
        yield from _until_it_ends(thread, first.stage, begun)
    finally:
        if thread.is_alive():
            _abandoned.append(thread)
    if errors:
        raise errors[0]
    return outcome[0]


def yielding_from(steps: Generator[Progress, None, Result], stage: str) -> Generator[Progress, None, Result]:
    """Go on with a generator whose steps may each be silent for long, and yield what it yields.

    Args:
        steps: reports on its way, and returns in the end.
        stage: what is being done before its first report.

    Returns:
        What the generator returned.
    """
    ended: list[Result] = []

    def step() -> Progress | None:
        try:
            return next(steps)
        except StopIteration as end:
            ended.append(end.value)
            return None

    report: Progress | None = Progress(stage)
    while report is not None:
        report = yield from yielding(step, report)
    return ended[0]


def goes_on_unseen(patience: float) -> bool:
    """Whether anything that was abandoned still goes on after so many seconds."""
    end = time.monotonic() + patience
    for thread in _abandoned:
        thread.join(max(0.0, end - time.monotonic()))
    return any(thread.is_alive() for thread in _abandoned)


def rest_of_abandoned_work() -> Iterator[Progress]:
    """Yield until nothing that was abandoned goes on any more; nothing at all where that is so already."""
    while _abandoned:
        if _abandoned[0].is_alive():
            yield from _until_it_ends(_abandoned[0], "waiting for the rest of a cancelled run", time.monotonic())
        _abandoned.pop(0)


def _until_it_ends(thread: threading.Thread, stage: str, begun: float) -> Iterator[Progress]:
    thread.join(SILENT_SECONDS)
    while thread.is_alive():
        yield Progress(f"{stage}, {time.monotonic() - begun:.0f} s")
        thread.join(SILENT_SECONDS)
