"""How often a page may ask while others watch as well: often when few do, seldom when many do.

A poll costs about 15 ms of a processor that the run itself wants. Each page asks once a second; from seven watchers on,
all of them together ask about seven times a second, so that thirty cost the run no more than seven.
"""

import threading
import time
from functools import lru_cache

from streamlit.runtime.scriptrunner import get_script_run_ctx

OFTEN, SELDOM = 1.0, 6.0
TOGETHER_A_SECOND = 7.0
# A page that has not asked for so long is closed.
FORGOTTEN_SECONDS = 2.5 * SELDOM


class Crowd:
    """The pages that watch live runs now. Safe to use from the threads of sessions."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def count(self, page: str, now: float | None = None) -> int:
        """Note that a page watches; the number of those that do."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._seen[page] = now
            if len(self._seen) > 1:
                self._seen = {name: at for name, at in self._seen.items() if now - at < FORGOTTEN_SECONDS}
            return len(self._seen)


def interval_for(watchers: int) -> float:
    """Seconds between two questions of one page, rounded so that a page seldom has to change it."""
    return min(SELDOM, max(OFTEN, float(round(watchers / TOGETHER_A_SECOND))))


@lru_cache(maxsize=1)
def crowd() -> Crowd:
    """The crowd of this process."""
    return Crowd()


def poll_seconds() -> float:
    """Seconds until this page may ask again."""
    context = get_script_run_ctx(suppress_warning=True)
    return interval_for(crowd().count(context.session_id if context else ""))
