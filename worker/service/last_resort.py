"""Steps of a loop that must go on: what fails in one is logged, told where people look, and tried again later."""

import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable

from shared.errors import ConvscopeError

log = logging.getLogger("worker.service.last_resort")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class Said:
    """What the log has of a trouble since it began: an outage of an hour is no log of an hour.

    Errors of an outage take turns (refused, timed out, no such host), so it is not enough to compare with the last one.
    """

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def is_new(self, text: str) -> bool:
        """Whether a text says something that was not said since the trouble began; numbers in it make no difference."""
        plain = re.sub(r"\d+", "0", text)
        new = plain not in self._texts
        self._texts.add(plain)
        return new

    def over(self) -> bool:
        """The trouble is over; whether there was one, which is worth a line too."""
        troubled = bool(self._texts)
        self._texts.clear()
        return troubled


class LastResort:
    """Tries steps by name and remembers which of them fail.

    Attributes:
        troubles: what fails now, by the step's name, in words for people.
    """

    def __init__(self) -> None:
        self.troubles: dict[str, str] = {}
        self._failed: dict[str, tuple[Exception, float, float]] = {}
        self._said: defaultdict[str, Said] = defaultdict(Said)

    def attempt(self, what: str, step: Callable[[], object]) -> Exception | None:
        """Take a step, unless it failed a moment ago; the pause doubles with every failure.

        Args:
            what: its name, for people ("looking after runs").
            step: may raise anything.

        Returns:
            None where it was taken, else the error, this time's or the one that it waits after.
        """
        error, pause, at = self._failed.get(what, (None, 0.0, 0.0))
        if error is not None and time.monotonic() < at:
            return error
        try:
            step()
        except Exception as raised:
            self._note(what, raised, min(LONGEST_PAUSE, max(SHORTEST_PAUSE, 2 * pause)))
            return raised
        if self._failed.pop(what, None):
            del self.troubles[what], self._said[what]
            log.warning("works again", extra={"step": what})
        return None

    def forget(self, what: str) -> None:
        """A step that is not taken any more is no trouble either."""
        for kept in (self._failed, self.troubles, self._said):
            kept.pop(what, None)

    def _note(self, what: str, error: Exception, pause: float) -> None:
        foreseen = isinstance(error, ConvscopeError | OSError)
        text = str(error) if foreseen else f"{type(error).__name__}: {error}"
        if self._said[what].is_new(text):
            log.error("a step failed", extra={"step": what, "reason": text}, exc_info=None if foreseen else error)
        self.troubles[what] = text
        self._failed[what] = (error, pause, time.monotonic() + pause)
