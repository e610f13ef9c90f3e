"""Pinned results in the file store, so that their links outlive the cache."""

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any

from shared.library.files import FileStore
from shared.library.ledger import Ledger
from shared.store import RunRecord

TABLE = "results"


class Archive:
    """Results that somebody wants to keep."""

    def __init__(self, files: FileStore, ledger: Ledger) -> None:
        self._files, self._ledger = files, ledger

    def write(self, run: RunRecord, parts: dict[int, bytes], by: str = "") -> None:
        """Keep a complete run; the record goes last, so a half-written archive is never seen.

        Args:
            run: its record.
            parts: encoded, by number.
            by: whose share it takes room of; "" for nobody's.
        """
        stored = {str(index): self._files.put_bytes(data) for index, data in parts.items()}
        self._files.write_record(TABLE, run.key, {"run": asdict(run), "parts": stored, "by": by})
        if by:
            self._ledger.keep(by, _what(run.key), sum(map(len, parts.values())))

    def _row(self, key: str) -> dict[str, Any] | None:
        return self._files.read_record(TABLE, key)

    def run(self, key: str) -> RunRecord | None:
        """The record of an archived run, or None."""
        row = self._row(key)
        if row is None:
            return None
        known = {f.name for f in fields(RunRecord)}
        return RunRecord(**{k: v for k, v in row["run"].items() if k in known})

    def part(self, key: str, index: int) -> bytes | None:
        """One encoded part, or None."""
        row = self._row(key)
        reference = row["parts"].get(str(index)) if row else None
        return self._files.read(reference) if reference else None

    def numbers(self, key: str) -> list[int]:
        """Numbers of the parts, sorted; empty when nothing is archived under this key."""
        row = self._row(key)
        return sorted(map(int, row["parts"])) if row else []

    def parts(self, key: str, numbers: Collection[int] | None = None) -> dict[int, bytes]:
        """Encoded parts of these numbers, all without; empty when nothing is archived under this key."""
        row = self._row(key)
        wanted = {int(i): r for i, r in row["parts"].items() if numbers is None or int(i) in numbers} if row else {}
        return {i: self._files.read(reference) for i, reference in wanted.items()}

    def delete(self, key: str) -> None:
        """Delete an archived result; files that another archived result shares with it stay."""
        row = self._row(key)
        if row is None:
            return
        self._files.delete_record(TABLE, key)
        self._ledger.drop(str(row.get("by", "")), _what(key))
        left = {reference for _, other in self._files.records(TABLE) for reference in other["parts"].values()}
        for reference in set(row["parts"].values()) - left:
            self._files.delete(reference)


def _what(key: str) -> str:
    return f"result {key}"
