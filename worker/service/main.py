"""Start an installation: `python -m worker.service.main up` (with the dashboard) or `workers` (without)."""

import argparse
import contextlib
import http.client
import math
import os
import sys
import threading
import time
import urllib.request
from pathlib import Path

from shared.errors import ConvscopeError, StoreUnavailable
from shared.listening import listen, local_url, require_door
from shared.log_lines import log_to_stderr
from shared.process_life import PARENT, end_with_parent
from shared.settings import get_settings
from shared.store import Store
from worker.service.devices import Slot, find_gpus, plan_slots
from worker.service.supervisor import Supervisor, stop_on_signals

DASHBOARD = "dashboard.__main__"
# A dashboard that has not answered by then is told of; on a slow machine it takes about ten.
SILENT_SECONDS = 60.0


def main(argv: list[str] | None = None) -> int:
    """Run until stopped.

    Returns:
        0 after an orderly end, 1 with a message on standard error when it cannot start.
    """
    args = arguments(argv)
    if PARENT in os.environ:
        end_with_parent()  # started by `convscope run` for as long as that lasts
    if args.data is not None:
        os.environ["CONVSCOPE_DATA"] = str(args.data.absolute())
    os.environ.pop(PARENT, None)
    try:
        settings = get_settings()
        log_to_stderr(settings.log_level)
        slots = plan_slots(args.workers, find_gpus(), settings.gpu_share)
        if args.part == "up":
            require_door(args.address, settings)
            listen(args.address, args.port).close()  # say so now, not after the server and the workers came up
        supervisor = Supervisor(settings, slots, _dashboard(args))
    except (ConvscopeError, OSError) as error:
        _complain(str(error))
        return 1
    stop_on_signals(supervisor)
    if args.part == "up":
        url = local_url(args.address, args.port)
        threading.Thread(target=announce, args=(url, slots, supervisor.store), daemon=True).start()
    supervisor.run()
    return 0


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="worker.service.main", description=__doc__)
    parser.add_argument("part", choices=("up", "workers"))
    parser.add_argument("--workers", default="interactive=1,batch=1", help="for example interactive=1,batch=2")
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1")
    return parser.parse_args(argv)


def _dashboard(args: argparse.Namespace) -> list[str] | None:
    if args.part != "up":
        return None
    return [sys.executable, "-m", DASHBOARD, "--port", str(args.port), "--address", args.address, "--quiet"]


def announce(url: str, slots: list[Slot], store: Store, patience: float = SILENT_SECONDS) -> None:
    """Print the address as soon as the dashboard answers, and note it for links that others print."""
    end = time.monotonic() + patience
    while not _responds(url):
        if time.monotonic() > end:
            end = math.inf
            _complain(f"The dashboard has not answered at {url} for {patience:.0f} s. It is started again whenever it "
                      "ends; what it says of itself stands above. The workers do their work.")  # fmt: skip
        time.sleep(0.1)
    with contextlib.suppress(StoreUnavailable):
        store.workers.announce_dashboard(url)
    devices = ", ".join(sorted({s.device for s in slots})) or "no workers"
    print(f"Convscope is up: {url}  ({len(slots)} workers on {devices}; Ctrl-C stops it)", flush=True)


def _complain(text: str) -> None:
    print(f"convscope: {text}", file=sys.stderr, flush=True)


def _responds(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy knows nothing of this machine
    try:
        with direct.open(f"{url}/healthz", timeout=2):
            return True
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(main())
