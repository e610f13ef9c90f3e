"""`python -m worker.service.health [--queue NAME]`: exit 0 while a worker of this machine reports to the store."""

import argparse
import os
import socket
import sys
from pathlib import Path

from worker.service.heartbeat import STALE_SECONDS, is_fresh


def main(argv: list[str] | None = None) -> int:
    """Look at the file that workers touch when they have reported, because a process that exists may still hang.

    Returns:
        0 when a worker of this host has reported lately, 1 with the reason on standard error when none has.
    """
    parser = argparse.ArgumentParser(prog="worker.service.health", description=__doc__)
    parser.add_argument("--queue", default="", help="ask for a worker of this queue")
    queue = parser.parse_args(argv).queue
    # Not from shared.settings: importing it takes longer than all of this.
    if is_fresh(Path(os.environ.get("CONVSCOPE_DATA") or "data"), queue):
        return 0
    print(
        f"worker.service.health: no {queue or 'worker'} of {socket.gethostname()} has reported to the store within "
        f"{STALE_SECONDS:.0f} s",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
