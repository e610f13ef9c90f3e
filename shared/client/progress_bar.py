"""A run's progress on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shared.store import RunRecord


@contextmanager
def progress_bar(console: Console, expected_failure: str = "") -> Iterator[Callable[[RunRecord], None]]:
    """A bar for the length of a `with` block.

    Args:
        console: to draw on.
        expected_failure: what a failure says that whoever watches goes on from: it leaves no bar; "" for none.

    Yields:
        What Client.run() takes as `watch`.
    """
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("waiting", total=None, left="")

        def watch(run: RunRecord) -> None:
            left = f"about {run.estimate:.0f} s left" if run.estimate else ""
            bars.update(task, total=run.total, completed=run.done, description=_describe(run), left=left)
            if expected_failure and run.status == "failed" and expected_failure in run.error:
                bars.update(task, visible=False)

        yield watch


def _describe(run: RunRecord) -> str:
    return run.status if run.status != "running" else (run.stage or "running")
