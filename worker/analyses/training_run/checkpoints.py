"""What a killed run goes on from: the weights that moved, the optimizer's state and the best weights, an epoch a file.

The file is an uncompressed .npz in the file store: `moving_0` …, `optimizer_0` …, `best_0` … (missing where the last
epoch is the best one), and `run`, text that makes it this run's own.
"""

import errno
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from shared.analyses.result_files import write_npz
from shared.errors import ConvscopeError, DiskFull
from shared.library import FileStore

FULL = (errno.ENOSPC, errno.EDQUOT)
IN_MEMORY = 64 * 1024**2


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stood after an epoch; arrays in the order of their variables.

    Attributes:
        moving: weights that differ from the network as it was made.
        optimizer: the optimizer's state.
        best: the best weights so far; None where those are `moving`.
    """

    moving: Sequence[np.ndarray]
    optimizer: Sequence[np.ndarray]
    best: Sequence[np.ndarray] | None = None


class Checkpoints:
    """Checkpoints of one run.

    Args:
        files: where they are kept.
        run: key of the run.
    """

    def __init__(self, files: FileStore, run: str) -> None:
        self._files, self._run = files, run
        self._kept: list[str] = []

    def write(self, state: Checkpoint, epoch: int) -> str:
        """Keep a state.

        Returns:
            Its reference.

        Raises:
            DiskFull: there is no room.
        """
        with explained_when_full(f"the checkpoint of epoch {epoch}"), tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            write_npz(file, _rows(state, f"{self._run} {epoch}"))
            file.seek(0)
            reference = self._files.put(file)
        self._kept.append(reference)
        return reference

    def read(self, reference: str) -> Checkpoint | None:
        """A state that was kept; None where it is gone or damaged."""
        if not reference:
            return None
        try:
            with np.load(self._files.local_path(reference), allow_pickle=False) as found:
                names = set(found.files)
                best = _column(found, "best") if "best_0" in names else None
                state = Checkpoint(_column(found, "moving"), _column(found, "optimizer"), best)
        except (ConvscopeError, OSError, ValueError, KeyError):
            return None
        return state

    def inherit(self, references: Sequence[str]) -> None:
        """Care for what earlier attempts kept, oldest first; what is gone already does no harm."""
        self._kept = [reference for reference in references if reference] + self._kept

    def drop(self, but: int = 0) -> None:
        """Drop all but the newest ones."""
        gone, self._kept = self._kept[: len(self._kept) - but], self._kept[len(self._kept) - but :]
        for reference in gone:
            if reference not in self._kept:
                self._files.delete(reference)


def _rows(state: Checkpoint, run: str) -> Iterator[tuple[str, np.ndarray]]:
    yield "run", np.array(run)
    for name, values in (("moving", state.moving), ("optimizer", state.optimizer), ("best", state.best or ())):
        for number, value in enumerate(values):
            yield f"{name}_{number}", np.asarray(value)


def _column(found: np.lib.npyio.NpzFile, name: str) -> list[np.ndarray]:
    count = sum(known.startswith(f"{name}_") for known in found.files)
    return [found[f"{name}_{number}"] for number in range(count)]


@contextmanager
def explained_when_full(what: str) -> Iterator[None]:
    """Say that the disk is full, and what becomes of the run, instead of passing on what the system says."""
    try:
        yield
    except OSError as error:
        # HDF5 loses the number on the way.
        if error.errno not in FULL and "No space left" not in str(error):
            raise
        raise DiskFull(
            f"Expected room for {what} where files are kept. Received: the disk is full. The epochs so far and the "
            "last network that was saved are kept: make room, then Retry goes on from there."
        ) from error
