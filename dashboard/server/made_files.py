"""Files that are made for whoever downloads them: once for all who ask at a time, a few at once, and sent in pieces.

Ten people who downloaded a result of 41 MB at once cost 866 MB and 34 s while each had it made anew.
"""

import os
import tempfile
import threading
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack
from typing import IO

from starlette.responses import Response, StreamingResponse

from dashboard.server.caches import Cache
from shared.errors import StoreUnavailable

CHUNK = 1 << 20
# On the disk, without a name: gone with this process however that ends. What is being sent lives on beside them.
KEPT_BYTES = 512_000_000
MADE_AT_ONCE, MOST_WAITING, LONGEST_WAIT = 2, 8, 120.0
Write = Callable[[IO[bytes]], object]


class MadeFile:
    """A file without a name, read by many at once."""

    def __init__(self, write: Write) -> None:
        with ExitStack() as unless_written:
            self._file = unless_written.enter_context(tempfile.TemporaryFile())
            write(self._file)
            self._file.flush()
            self.size = os.fstat(self._file.fileno()).st_size
            unless_written.pop_all()
        weakref.finalize(self, self._file.close)  # when nobody keeps it and nobody is sent it any more

    def chunks(self) -> Iterator[bytes]:
        """Its bytes."""
        for start in range(0, self.size, CHUNK):
            yield os.pread(self._file.fileno(), CHUNK, start)


_made: Cache[MadeFile] = Cache(KEPT_BYTES, size=lambda file: file.size)
_turns = threading.BoundedSemaphore(MADE_AT_ONCE)
_waiting = threading.BoundedSemaphore(MADE_AT_ONCE + MOST_WAITING)


def file_response(write: Write, media_type: str, key: Hashable) -> Response:
    """A file that is sent when it is written: what fails until then is said instead, and never sent as half a file.

    Args:
        write: called with a file, where the one of `key` is not there yet.
        media_type: of the file.
        key: all that the file depends on.

    Raises:
        StoreUnavailable: too many others wait for files of theirs, or the disk takes no file.
    """
    file = _made.get(key, lambda: _make(write))
    return StreamingResponse(file.chunks(), media_type=media_type, headers={"Content-Length": str(file.size)})


def _make(write: Write) -> MadeFile:
    if not _waiting.acquire(blocking=False):
        raise _busy()
    try:
        if not _turns.acquire(timeout=LONGEST_WAIT):
            raise _busy()
        try:
            return MadeFile(write)
        except FileNotFoundError:  # the result has no such file
            raise
        except OSError as error:
            raise StoreUnavailable(
                f"The file could not be made: {error.strerror or error}. Make room in the dashboard's temporary folder "
                "if its disk is full, then try again."
            ) from error
        finally:
            _turns.release()
    finally:
        _waiting.release()


def _busy() -> StoreUnavailable:
    return StoreUnavailable("Many files are being made for others now. Try again in a minute.")
