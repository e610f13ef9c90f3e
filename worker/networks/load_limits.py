"""How a file that somebody sent is loaded: within limits of memory and of processor time."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.settings import get_settings

# Address space that loading one model file may take beyond what the process has.
LOAD_ADDRESS_SPACE = 16 * 1024**3


@contextmanager
def under_limits() -> Iterator[None]:
    """A bound on address space while a file that somebody sent is read, so that it cannot take the machine; and on
    time, see within_time()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    bound = pages * resource.getpagesize() + LOAD_ADDRESS_SPACE
    try:
        if pages and (hard == resource.RLIM_INFINITY or bound < hard):
            resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
        with within_time():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def within_time() -> Iterator[None]:
    """A bound on the processor time of what a model makes long by its structure: opening, tracing, a first look.

    It is CONVSCOPE_OPEN_SECONDS, of all threads together. Whoever takes more is ended by the system with SIGXCPU, in
    the middle of a native call too, and the parent of the engine says why; within such a bound another makes it no
    longer.
    """
    seconds = get_settings().open_seconds
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    bound = int(time.process_time()) + 1 + seconds
    free = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    if not seconds or any(limit <= bound for limit in free):
        yield
        return
    resource.setrlimit(resource.RLIMIT_CPU, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
