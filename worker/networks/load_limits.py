"""How a file that somebody sent is loaded: within limits, and under a name that ends as Keras wants it."""

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Address space that loading one model file may take beyond what the process has.
LOAD_ADDRESS_SPACE = 16 * 1024**3


@contextmanager
def under_limits() -> Iterator[None]:
    """A bound on address space while a file that somebody sent is read, so that it cannot take the machine."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    bound = pages * resource.getpagesize() + LOAD_ADDRESS_SPACE
    try:
        if pages and (hard == resource.RLIM_INFINITY or bound < hard):
            resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def under_suffix(path: Path, suffix: str) -> Iterator[Path]:
    """The same file under a name that ends as Keras wants it; it goes by the name, not by the content."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"model{suffix}"
        link.symlink_to(path.absolute())
        yield link
