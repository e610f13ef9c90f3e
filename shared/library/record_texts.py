"""The records of a folder on this machine's disk, read again only where something was written into the folder since.

Records are written under another name and moved into place, which changes the folder's time; so does their deletion.
What was written moments ago is not kept yet, for two writes may bear the same time.
"""

import os
import threading
import time

SURE_NANOSECONDS = 2_000_000_000
# Who writes into a file in place, by hand, is seen after so long.
KEPT_SECONDS, MOST_LETTERS = 600.0, 32 * 1024 * 1024
Texts = tuple[tuple[str, str], ...]


class RecordTexts:
    """Folders' records as text; those that were read longest ago go first where there are too many."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float, Texts]] = {}
        self._letters = 0
        self._lock = threading.Lock()

    def of(self, folder: str) -> Texts:
        """Name without ending and text of each record, sorted by name; () where there is no such folder."""
        try:
            changed = os.stat(folder).st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return ()
        with self._lock:
            known = self._kept.get(folder)
        if known and known[0] == changed and time.monotonic() - known[1] < KEPT_SECONDS:
            return known[2]
        texts = tuple(_read(folder))
        if time.time_ns() - changed > SURE_NANOSECONDS and os.stat(folder).st_mtime_ns == changed:
            self._keep(folder, changed, texts)
        return texts

    def settled(self, folder: str) -> int | None:
        """When something was last written into a folder, in nanoseconds since 1970; None where that was moments ago, or
        where there is no such folder.
        """
        try:
            changed = os.stat(folder).st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return None
        return changed if time.time_ns() - changed > SURE_NANOSECONDS else None

    def _keep(self, folder: str, changed: int, texts: Texts) -> None:
        with self._lock:
            self._forget(folder)
            self._kept[folder] = (changed, time.monotonic(), texts)
            self._letters += _letters(texts)
            while self._letters > MOST_LETTERS:
                self._forget(next(iter(self._kept)))

    def _forget(self, folder: str) -> None:
        gone = self._kept.pop(folder, None)
        self._letters -= _letters(gone[2]) if gone else 0


def _letters(texts: Texts) -> int:
    return sum(len(text) for _, text in texts)


def _read(folder: str) -> list[tuple[str, str]]:
    found = []
    for file in sorted(os.listdir(folder)):
        if file.endswith(".json"):
            try:
                with open(f"{folder}/{file}", encoding="utf-8") as opened:
                    found.append((file.removesuffix(".json"), opened.read()))
            except FileNotFoundError:
                continue  # deleted meanwhile
    return found
