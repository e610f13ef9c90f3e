"""Steps of a loop that must go on: what fails in one is logged, told where people look, and tried again later."""

import logging
import time
from collections.abc import Callable

from shared.errors import ConvscopeError

log = logging.getLogger("worker.service.last_resort")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class LastResort:
    """Tries steps by name and remembers which of them fail.

    Attributes:
        troubles: what fails now, by the step's name, in words for people.
    """

    def __init__(self) -> None:
        self.troubles: dict[str, str] = {}
        self._failed: dict[str, tuple[Exception, float, float]] = {}

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
            del self.troubles[what]
            log.warning("works again", extra={"step": what})
        return None

    def forget(self, what: str) -> None:
        """A step that is not taken any more is no trouble either."""
        self._failed.pop(what, None)
        self.troubles.pop(what, None)

    def _note(self, what: str, error: Exception, pause: float) -> None:
        foreseen = isinstance(error, ConvscopeError | OSError)
        text = str(error) if foreseen else f"{type(error).__name__}: {error}"
        if self.troubles.get(what) != text:  # the same again says nothing new
            log.error("a step failed", extra={"step": what, "reason": text}, exc_info=None if foreseen else error)
        self.troubles[what] = text
        self._failed[what] = (error, pause, time.monotonic() + pause)
