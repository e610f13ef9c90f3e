"""What a stranger sent, read in a process of its own, which gets so much memory and time and can write no file."""

import contextlib
import json
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.errors import RefusedUpload

# To start Python, on a busy machine; the time of the work itself is the processor's.
START_SECONDS = 60.0


class OverLimit(Exception):
    """The work took more than it may, or failed in a way that nobody foresaw; the words go behind "received"."""


def call_limited(what: str, *given: str | int | float, seconds: float, room: int) -> Any:
    """Call a function in a new process.

    Args:
        what: "module:function".
        given: its arguments.
        seconds: of a processor that it may take.
        room: bytes of address space beyond what the process has before.

    Returns:
        What the function returned, a JSON value.

    Raises:
        RefusedUpload: the function raised it.
        OverLimit: it took more, or raised anything else.
    """
    asked = json.dumps({"what": what, "given": given, "seconds": seconds, "room": room})
    command = [sys.executable, "-c", "from shared.limited import main; main()"]
    patience = START_SECONDS + 4 * seconds
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
        done = subprocess.run(
            command, input=asked.encode(), capture_output=True, timeout=patience, check=False,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
        said = json.loads(done.stdout)
        if "refused" in said:
            raise RefusedUpload(said["refused"])
        if "wrong" in said:
            raise OverLimit(said["wrong"])
        return said["value"]
    raise OverLimit("too much work")


def main() -> None:
    """In the process with limits."""
    asked = json.loads(sys.stdin.read())
    module, name = asked["what"].split(":")
    function = getattr(import_module(module), name)
    _limit(asked["seconds"], asked["room"])
    try:
        said = {"value": function(*asked["given"])}
    except RefusedUpload as error:
        said = {"refused": str(error)}
    except MemoryError:
        said = {"wrong": "what takes too much memory"}
    except Exception as error:  # parsers raise whatever they like
        said = {"wrong": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(said))


def _limit(seconds: float, room: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        bound = pages * resource.getpagesize() + room
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + int(seconds) + 1, used + int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
