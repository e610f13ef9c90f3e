"""A run while it lives: how far it is, and how often a page may ask.

A page asks a route how far its run is, about 1 ms of a processor that the run itself wants, and runs its script only
when the picture must change, about 10 ms and a new picture. Often when few pages ask, seldom when many do: together
they ask about fifteen times a second and draw about three times, so that thirty cost the run little more than five do.
"""

import heapq
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import Cache
from dashboard.server.connection import get_client
from dashboard.server.responses import PLAIN_HEADERS
from dashboard.widgets.text import count, roughly, time_left
from shared.client import Client
from shared.library.plans.estimate import estimate
from shared.library.titles import made_words
from shared.store import RunRecord, WorkerRecord

ASK_OFTEN, ASK_SELDOM, ASKED_A_SECOND = 0.5, 6.0, 15.0
DRAW_OFTEN, DRAW_SELDOM, DRAWN_A_SECOND = 1.0, 30.0, 3.0
# A page that has not asked for so long is closed.
FORGOTTEN_SECONDS = 2.5 * ASK_SELDOM
MOST_PAGES, LONGEST_NAME = 2000, 32
# Pages that ask within so many seconds are told the same: one look into the store for all who watch a run.
SAME_SECONDS = 0.4
MOST_KEPT = 256
# How long until a run's turn is worked out anew so often, and only behind so many.
TURN_SECONDS, MOST_AHEAD = 4.0, 12
_turns: Cache[tuple[float, float | None]] = Cache(MOST_KEPT)
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
        asked = run.spec()
        long = asked is not None and asked.queue != run.queue
        why = f"This takes longer, and others wait for quick answers: the {run.queue} queue goes on with it. "
        return f"{why if long else ''}Waiting for a worker. {outlook(client, run.queue, run.job)}"
    if run.cancelling:
        return f"Stopping after the present step. Finished {part}s are kept."
    stage = run.stage if run.stage not in ("", "running") else ""
    return " · ".join(filter(None, (_made(run), stage, time_left(run.estimate))))


def _made(run: RunRecord) -> str:
    """How much is finished; nothing where that says nothing, of a run of one part."""
    made = made_words(run) if run.total and run.total > 1 else ""
    return f"{made} done" if made else ""


def outlook(client: Client, queue: str, job: str = "") -> str:
    """When a run begins.

    Args:
        client: of the installation.
        queue: that it waits in.
        job: its job; "" for one that is asked for now.
    """
    workers = [w for w in client.store.workers.all() if w.queue == queue]
    if not workers:
        return f"No worker serves the {queue} queue now: it begins when one is started (in a terminal: `convscope up`)."
    if all(w.state == "warming" for w in workers):
        return "The worker is warming up, which takes about ten seconds."
    if any(w.state == "idle" for w in workers):
        return "A worker is idle: it begins at once."
    others = "The worker is busy with another run" if len(workers) == 1 else f"All {len(workers)} workers are busy"
    ahead = client.queue.ahead(queue, job)
    line = f", and {count(len(ahead), 'run')} {'waits' if len(ahead) == 1 else 'wait'} before this one" if ahead else ""
    seconds = turn_in(client, workers, ahead)
    turn = "how long that takes is not known yet" if seconds is None else f"about {roughly(seconds)} until its turn"
    return f"{others}{line}: {turn}."


def turn_in(client: Client, workers: Sequence[WorkerRecord], ahead: Sequence[str]) -> float | None:
    """Seconds until one of these workers is free for a run that comes after others; at most TURN_SECONDS old.

    Args:
        client: of the installation.
        workers: of its queue.
        ahead: keys of the runs that come before it, in order.

    Returns:
        None where one of them says nothing of how long it takes.
    """
    now, about = time.monotonic(), (tuple(w.run for w in workers), tuple(ahead))
    made = lambda: (now, _turn(client, workers, ahead))  # noqa: E731
    return _turns.get(about, made, good=lambda told: now - told[0] < TURN_SECONDS)[1]


def _turn(client: Client, workers: Sequence[WorkerRecord], ahead: Sequence[str]) -> float | None:
    if len(ahead) > MOST_AHEAD:
        return None
    runs = client.store.runs.get_many([*(w.run for w in workers), *ahead])
    free = [_rest(client, run) for run in runs[: len(workers)]]
    takes = [_takes(client, run) for run in runs[len(workers) :]]
    if None in free or None in takes:
        return None
    ends = sorted(seconds or 0.0 for seconds in free)
    for seconds in takes:
        heapq.heapreplace(ends, ends[0] + (seconds or 0.0))
    return ends[0]


def _rest(client: Client, run: RunRecord) -> float | None:
    """Seconds that a worker is still busy with a run; what such runs take where it has only begun."""
    if run.status != "running" or run.estimate is not None:
        return run.estimate or 0.0
    whole = _takes(client, run)
    return None if whole is None else max(0.0, whole - run.seconds)


def _takes(client: Client, run: RunRecord) -> float | None:
    spec = run.spec()
    return estimate(client.store, [spec], [run]).seconds if spec else None


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
