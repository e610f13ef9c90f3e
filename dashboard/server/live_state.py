"""How far a run is, in words and numbers: what its page's bar shows, first with the page and then by itself."""

import time
from typing import Any

from dashboard.server.caches import Cache
from dashboard.widgets.text import count, duration
from shared.client import Client
from shared.store import RunRecord

# Pages that ask within so many seconds are told the same: one look into the store for all who watch a run.
SAME_SECONDS = 0.4
MOST_KEPT = 256


def live_state(client: Client, run: RunRecord, part: str) -> dict[str, Any]:
    """What the bar is drawn from, as JSON values.

    Args:
        client: of the installation.
        run: in any state.
        part: what one part is ("tile").

    Returns:
        `text` beside the bar; `share` of the work done, 0 to 1; `state`, whose every change the page must show at once;
        `done`, the number of finished parts.
    """
    state = f"{run.status}{' stopping' if run.cancelling else ''} {run.total or '?'}"
    return {"text": _words(client, run, part), "share": run.share, "state": state, "done": run.done}


def _words(client: Client, run: RunRecord, part: str) -> str:
    if run.status == "queued":
        waiting = client.queue.waiting(run.queue)
        line = f"{count(waiting, 'run')} in the queue. " if waiting > 1 else ""
        return f"Waiting for a worker. {line}{outlook(client, run.queue)}"
    if run.cancelling:
        return f"Stopping after the present step. Finished {part}s are kept."
    left = f" · about {duration(run.estimate)} left" if run.estimate is not None else " · estimating"
    stage = f" · {run.stage}" if run.stage not in ("", "running") else ""
    return f"{run.done} of {count(run.total, part)}{left}{stage}"


def outlook(client: Client, queue: str) -> str:
    """When a run that is asked for now would begin."""
    workers = [w for w in client.store.workers.all() if w.queue == queue]
    if not workers:
        return f"No worker serves the {queue} queue now: start one with `convscope up`, and it begins."
    if all(w.state == "warming" for w in workers):
        return "The worker is warming up, which takes about ten seconds."
    if any(w.state == "idle" for w in workers):
        return "A worker is idle: it begins at once."
    others = "The worker is" if len(workers) == 1 else f"All {len(workers)} workers are"
    return f"{others} busy with another run; this one is next in line after those that wait."


_told: Cache[tuple[float, dict[str, Any]]] = Cache(MOST_KEPT)


def recent_state(client: Client, key: str, part: str) -> dict[str, Any]:
    """A run's state, at most SAME_SECONDS old; see live_state()."""
    now = time.monotonic()
    return _told.get(
        (key, part),
        lambda: (now, live_state(client, client.record(key), part)),
        good=lambda told: now - told[0] < SAME_SECONDS,
    )[1]
