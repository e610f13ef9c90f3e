"""How much each person keeps, and has added lately. A size stands in the name of an otherwise empty record, so that a
sum is one look into a folder; two who write at the same moment disturb nobody.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator

from shared.library.files import FileStore

KEPT, ADDED, DAY = "kept", "added", 24 * 3600


class Ledger:
    """Bytes of one installation's people."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def keep(self, by: str, what: str, size: int) -> None:
        """Note that something is somebody's from now on.

        Args:
            by: whose.
            what: it is; noted once, by its latest size.
            size: bytes.
        """
        self.drop(by, what)
        self._files.write_record(_folder(KEPT, by), f"{_digest(what)}.{size}", {})

    def drop(self, by: str, what: str) -> int:
        """It is gone; returns its size, 0 for what was not noted."""
        sizes = [size for name, size in self._rows(KEPT, by) if name == _digest(what)]
        for size in sizes:
            self._files.delete_record(_folder(KEPT, by), f"{_digest(what)}.{size}")
        return sum(sizes)

    def rename(self, by: str, what: str, new: str) -> None:
        """The same under another name."""
        if size := self.drop(by, what):
            self.keep(by, new, size)

    def kept(self, by: str) -> int:
        """Bytes of all that is somebody's."""
        return sum(size for _, size in self._rows(KEPT, by))

    def note_added(self, by: str, size: int) -> None:
        """Note that somebody has just added so many bytes; what is older than a day is forgotten."""
        now = time.time_ns()
        self._files.write_record(_folder(ADDED, by), f"{now:020d}-{secrets.token_hex(4)}.{size}", {})
        for name, old in self._rows(ADDED, by):
            if _seconds(name) < now / 1e9 - DAY:
                self._files.delete_record(_folder(ADDED, by), f"{name}.{old}")

    def added(self, by: str, now: float | None = None) -> int:
        """Bytes that somebody added within the last 24 hours."""
        since = (time.time() if now is None else now) - DAY
        return sum(size for name, size in self._rows(ADDED, by) if _seconds(name) >= since)

    def _rows(self, table: str, by: str) -> Iterator[tuple[str, int]]:
        for record in self._files.names(_folder(table, by)):
            name, _, size = record.rpartition(".")
            if size.isdecimal():
                yield name, int(size)


def _seconds(name: str) -> float:
    return int(name.partition("-")[0]) / 1e9


def _folder(table: str, by: str) -> str:
    return f"{table}/{_digest(by)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
