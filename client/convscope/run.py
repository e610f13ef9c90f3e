"""One run, while it goes on and afterwards."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from convscope.errors import RunCancelledError, RunFailedError
from convscope.progress import progress_bar
from convscope.result import Result

if TYPE_CHECKING:
    from convscope.lab import Lab

OVER = ("complete", "failed", "cancelled", "evicted", "lost")
WAIT_SECONDS = 20
Watch = Callable[[dict[str, Any]], None] | Literal["bar"] | None


class Run:
    """A run by its key.

    Attributes:
        lab: of the installation.
        key: the same for whoever asks for the same.
        link: of its page.
    """

    def __init__(self, lab: "Lab", key: str, link: str = "") -> None:
        self.lab, self.key = lab, key
        self.link = link or f"{lab.connection.url}/?run={key}"

    @property
    def status(self) -> dict[str, Any]:
        """How far it is: status, done, total, stage, error, estimate (seconds left)."""
        return self.lab.connection.get("runs", self.key)

    def wait(self, watch: Watch = None, timeout: float | None = None) -> Result:
        """Wait until it is over.

        Args:
            watch: called with every new status; "bar" shows a progress bar.
            timeout: seconds; None waits for ever.

        Raises:
            RunFailedError: with the worker's message.
            RunCancelledError: somebody cancelled it.
            TimeoutError: it is not over by then, and goes on.
        """
        show = progress_bar() if watch == "bar" else watch
        end = None if timeout is None else time.monotonic() + timeout
        state = ""
        while True:
            left = WAIT_SECONDS if end is None else max(0, min(WAIT_SECONDS, round(end - time.monotonic())))
            now = self.lab.connection.get("runs", self.key, "wait", seconds=left, state=state)
            if show is not None and now["state"] != state:
                show(now)
            state = now["state"]
            if now["status"] in OVER:
                return self._result(now)
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"{self.key} is still {now['status']} after {timeout:g} s; it goes on.")

    def _result(self, now: dict[str, Any]) -> Result:
        if now["status"] == "complete":
            return Result(self)
        if now["status"] == "cancelled":
            raise RunCancelledError(f"{self.key} was cancelled after {now['done']} of {now['total'] or '?'} parts.")
        raise RunFailedError(now["error"] or f"{self.key} is {now['status']}: run it again.")

    def result(self) -> Result:
        """What there is of its result now, whatever its status."""
        return Result(self)

    def cancel(self) -> bool:
        """Stop it; whether there was anything to stop. Finished parts are kept."""
        return bool(self.lab.connection.post("runs", self.key, "cancel")["stopping"])

    def retry(self) -> "Run":
        """Resume it after a failure or a cancel; its finished parts are kept."""
        made = self.lab.connection.post("runs", self.key, "retry")
        return Run(self.lab, made["key"], made["link"])

    def share(self, days: float = 30, bands: str = "") -> str:
        """A link that opens the result, to read only, without sign-in, for so many days; see Result.in_bands()."""
        asked = {"days": days} | ({"bands": bands} if bands else {})
        return str(self.lab.connection.post("runs", self.key, "share", json=asked)["link"])

    def pin(self, title: str = "", tags: tuple[str, ...] = (), bands: str = "") -> None:
        """Keep the result for good, in the gallery; its small picture is drawn in `bands`, see Result.in_bands()."""
        asked = {"title": title, "tags": list(tags)} | ({"bands": bands} if bands else {})
        self.lab.connection.post("runs", self.key, "pin", json=asked)

    def note(self, text: str) -> None:
        """Write a note beside the result."""
        self.lab.connection.post("notes", json={"run": self.key, "text": text})

    def __repr__(self) -> str:
        return f"<Run {self.key} {self.link}>"
