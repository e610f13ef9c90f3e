"""How often a page may ask while others watch as well: often when few do, seldom when many do.

A page asks a route how far its run is, about 1 ms of a processor that the run itself wants, and runs its script only
when the picture must change, about 10 ms and a new picture. Together they ask about fifteen times a second and draw
about three times, so that thirty cost the run little more than five do.
"""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache

ASK_OFTEN, ASK_SELDOM, ASKED_A_SECOND = 0.5, 6.0, 15.0
DRAW_OFTEN, DRAW_SELDOM, DRAWN_A_SECOND = 1.0, 30.0, 3.0
# A page that has not asked for so long is closed.
FORGOTTEN_SECONDS = 2.5 * ASK_SELDOM
MOST_PAGES, LONGEST_NAME = 2000, 32


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
