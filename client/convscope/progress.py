"""A run's progress in one line, on a terminal and in a notebook."""

import sys
from collections.abc import Callable
from typing import Any

WIDTH = 24


def progress_bar() -> Callable[[dict[str, Any]], None]:
    """What draws a bar on stderr: over itself where that is seen by people, else a line a stage."""
    live = sys.stderr.isatty() or "ipykernel" in sys.modules
    last = [""]

    def watch(run: dict[str, Any]) -> None:
        line = describe(run)
        if live:
            padding = " " * max(0, len(last[0]) - len(line))
            ended = "\n" if run["status"] in ("complete", "failed", "cancelled") else ""
            print(f"\r{line}{padding}", end=ended, file=sys.stderr, flush=True)
        elif (stage := run["stage"] or run["status"]) != last[0]:
            print(line, file=sys.stderr, flush=True)
            line = stage
        last[0] = line

    return watch


def describe(run: dict[str, Any]) -> str:
    """A run in one line: "[######      ] 12 of 64, refining, about 40 s left"."""
    total, done = run.get("total") or 0, run.get("done") or 0
    share = done / total if total else float(run["status"] == "complete")
    bar = "#" * round(WIDTH * min(1.0, share))
    stage = run["stage"] if run["status"] == "running" and run["stage"] else run["status"]
    left = f", about {run['estimate']:.0f} s left" if run.get("estimate") else ""
    return f"[{bar:<{WIDTH}}] {f'{done} of {total}, ' if total else ''}{stage}{left}"
