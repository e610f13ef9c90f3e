"""A file that a worker touches whenever it has reported to the store, so that whether it lives is asked of the disk.

Nothing but the standard library: a health check runs every ten seconds in every container, and importing a client of
Redis takes a second of a processor.
"""

import contextlib
import os
import socket
import time
from pathlib import Path

FOLDER = "alive"
# A report is made every two to four seconds; on a machine that is busy to the last a healthy one may come late.
STALE_SECONDS = 30.0
LEFT_SECONDS = 24 * 3600.0


def touch(data: Path, queue: str) -> None:
    """Say that a worker of this machine has reported.

    Args:
        data: the installation's data folder.
        queue: that it serves.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{socket.gethostname()}.{queue}").touch()


def is_fresh(data: Path, queue: str = "") -> bool:
    """Whether a worker of this machine has reported lately.

    Args:
        data: as above.
        queue: that it serves; "" for any.
    """
    pattern = f"{socket.gethostname()}.{queue or '*'}"
    return any(_age(path) < STALE_SECONDS for path in (data / FOLDER).glob(pattern))


def sweep(data: Path) -> None:
    """Remove the files of containers that are gone: each had a name of its own."""
    for path in (data / FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            if _age(path) > LEFT_SECONDS:
                path.unlink()


def withdraw(data: Path, queue: str) -> None:
    """A worker has ended in good order."""
    with contextlib.suppress(OSError):
        os.unlink(data / FOLDER / f"{socket.gethostname()}.{queue}")


def _age(path: Path) -> float:
    """Both times are this machine's, so its clock may be as wrong as it likes."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")
