"""A run while it lives: how far it is, and how often a page may ask.

A page asks a route how far its run is, about 1 ms of a processor that the run itself wants, and runs its script only
when the picture must change, about 10 ms and a new picture. Often when few pages ask, seldom when many do: together
they ask about fifteen times a second and draw about three times, so that thirty cost the run little more than five do.
"""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import Cache
from dashboard.server.connection import get_client
from dashboard.server.responses import PLAIN_HEADERS
from dashboard.widgets.text import count, duration
from shared.client import Client
from shared.store import RunRecord

ASK_OFTEN, ASK_SELDOM, ASKED_A_SECOND = 0.5, 6.0, 15.0
DRAW_OFTEN, DRAW_SELDOM, DRAWN_A_SECOND = 1.0, 30.0, 3.0
# A page that has not asked for so long is closed.
FORGOTTEN_SECONDS = 2.5 * ASK_SELDOM
MOST_PAGES, LONGEST_NAME = 2000, 32
# Pages that ask within so many seconds are told the same: one look into the store for all who watch a run.
SAME_SECONDS = 0.4
MOST_KEPT = 256
_told: Cache[tuple[float, dict[str, Any]]] = Cache(MOST_KEPT)
# Where the browser asks how far a run is, and what one part of it is called.
live_url = SignedAddress("/live/{key}/{part}.json")


@dataclass(frozen=True)
class PollingPace:
    """Seconds between two of the same kind, of one page.

    Attributes:
        ask: how far the run is.
        draw: the picture, when there are new parts.
        reuse_for: what pages that draw in between are shown alike, so that the picture is made once for all of them.
    """

    ask: float
    draw: float
    reuse_for: float


class Watchers:
    """The pages that watch live runs now. Safe to use from the threads of sessions and of routes."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, page: str, now: float | None = None) -> int:
        """Note that a page watches; the number of those that do.

        Args:
            page: a name that its browser made up.
            now: seconds; by default the clock's.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            self._forget(now)
            if len(self._seen) < MOST_PAGES:
                self._seen[page[:LONGEST_NAME]] = now
            return len(self._seen)

    def count(self, now: float | None = None) -> int:
        """The number of pages that watch."""
        with self._lock:
            self._forget(time.monotonic() if now is None else now)
            return len(self._seen)

    def _forget(self, now: float) -> None:
        self._seen = {page: at for page, at in self._seen.items() if now - at < FORGOTTEN_SECONDS}


def pace_for(count: int) -> PollingPace:
    """How often each of so many pages may ask and draw."""
    ask = min(ASK_SELDOM, max(ASK_OFTEN, count / ASKED_A_SECOND))
    draw = min(DRAW_SELDOM, max(DRAW_OFTEN, count / DRAWN_A_SECOND))
    return PollingPace(ask, draw, draw / 2 if draw > DRAW_OFTEN else 0.0)


@lru_cache(maxsize=1)
def watchers() -> Watchers:
    """The watching pages of this process."""
    return Watchers()


def live_state(client: Client, run: RunRecord, part: str) -> dict[str, Any]:
    """What the bar is drawn from, as JSON values.

    Args:
        client: of the installation.
        run: in any state.
        part: what one part is ("tile").

    Returns:
        `text` beside the bar; `share` of the work done, 0 to 1; `state`, whose every change the page must show at once;
        `done`, which rises with every part that is finished or shown as it looks so far.
    """
    state = f"{run.status}{' stopping' if run.cancelling else ''} {run.total or '?'}"
    return {"text": _words(client, run, part), "share": run.share, "state": state, "done": run.done + run.previewed}


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


def recent_state(client: Client, key: str, part: str) -> dict[str, Any]:
    """A run's state, at most SAME_SECONDS old; see live_state()."""
    now = time.monotonic()
    return _told.get(
        (key, part),
        lambda: (now, live_state(client, client.record(key), part)),
        good=lambda told: now - told[0] < SAME_SECONDS,
    )[1]


def live(request: Request) -> Response:
    """The run's state, and how many seconds the page may let pass before it asks and draws again."""
    at = request.path_params
    pace = pace_for(watchers().note(request.query_params.get("page", "")))
    state = recent_state(get_client(), at["key"], at["part"])
    return JSONResponse({**state, "ask": pace.ask, "draw": pace.draw}, headers=PLAIN_HEADERS)


LIVE_ROUTES = [live_url.route(live)]
