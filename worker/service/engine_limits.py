"""What an engine may take, as its parent sees it: memory at any time, processor time while it opens a model.

Time is bounded by the system itself, see worker.networks.load_limits. Memory is looked at five times a second: a bound
on address space would refuse what drivers of cards only reserve.
"""

import os
import signal
from pathlib import Path

from shared.errors import message
from shared.settings import Settings
from worker.service.devices import resident_bytes

SHARE_OF_ALL = 0.75
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def most_memory(settings: Settings) -> int:
    """Bytes that an engine may take: as set, or a share of what the machine or the container has."""
    return settings.engine_memory or int(SHARE_OF_ALL * memory_there())


def memory_there() -> int:
    """Bytes of memory of this machine, or of the container that this runs in."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CONTAINER:
        if path.exists() and (text := path.read_text().strip()).isdigit():
            return min(whole, int(text))
    return whole


def over_memory(pid: int, most: int) -> str:
    """Why an engine must be ended now; "" where it need not be."""
    taken = resident_bytes(pid)
    if not most or taken <= most:
        return ""
    return message(
        f"a model and a request for which {most / 1e9:.1f} GB of memory are enough",
        f"one that had taken {taken / 1e9:.1f} GB",
        "Choose a smaller size or another layer, or have an administrator raise CONVSCOPE_ENGINE_MEMORY. Then Retry.",
    )


def over_time(status: int, settings: Settings) -> str:
    """Why an engine ended, where that was for the time that it took.

    Args:
        status: its end as os.wait4() has it.
        settings: that its limits are from.

    Returns:
        A sentence; "" where it ended otherwise.
    """
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGXCPU:
        return ""
    return message(
        f"a model that is opened and looked through in {settings.open_seconds:,} s of a processor",
        "one that takes longer",
        "Choose a smaller one, or have an administrator raise CONVSCOPE_OPEN_SECONDS. Then Retry.",
    )
