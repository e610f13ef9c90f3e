"""`python -m worker.service.health [--queue NAME]`: exit 0 while a worker of this machine reports to the store."""

import argparse
import socket
import sys
import time

from shared.errors import StoreUnavailable
from shared.settings import get_settings
from shared.store import FORGOTTEN_AFTER, Store, WorkerRecord, store_url


def main(argv: list[str] | None = None) -> int:
    """Ask the store, because a process that exists may still hang.

    Returns:
        0 when a worker of this host has reported lately, 1 with the reason on standard error when none has.
    """
    parser = argparse.ArgumentParser(prog="worker.service.health", description=__doc__)
    parser.add_argument("--queue", default="", help="ask for a worker of this queue")
    queue = parser.parse_args(argv).queue
    try:
        workers = Store.open(store_url(get_settings())).workers.all()
    except StoreUnavailable as error:
        print(f"worker.service.health: {error}", file=sys.stderr)
        return 1
    if any(_is_alive_here(w) and queue in ("", w.queue) for w in workers):
        return 0
    print(f"worker.service.health: no {queue or 'worker'} of {socket.gethostname()} reports", file=sys.stderr)
    return 1


def _is_alive_here(worker: WorkerRecord) -> bool:
    """Both times are this machine's, so its clock may be as wrong as it likes."""
    return worker.host == socket.gethostname() and time.time() - worker.seen_at < FORGOTTEN_AFTER


if __name__ == "__main__":
    sys.exit(main())
