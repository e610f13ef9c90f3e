"""`python -m dashboard`: serve the dashboard from any working directory, with the project's own settings."""

import argparse
import ctypes
import gc
import importlib
import logging
import math
import pkgutil
import signal
import socket
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import dashboard
from dashboard.server.identity_provider import sign_in_options
from shared.errors import ConvscopeError
from shared.listening import listen, local_url, require_door
from shared.process_life import end_with_parent
from shared.settings import get_settings

log = logging.getLogger("convscope.dashboard")
CONFIG = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
# The data set that a new installation has, and pages open with.
DIGITS = "builtin/digits"
# Modules that Streamlit runs, or Python; all others of the dashboard are loaded before anybody comes.
SCRIPTS = ("page", "entry", "__main__")
GRACE_SECONDS = 3
GARBAGE_SECONDS = 5.0
# Of <malloc.h>.
M_ARENA_MAX = -8


def read_config(path: Path = CONFIG) -> dict[str, Any]:
    """Streamlit's settings by dotted name. Streamlit itself would look for the file in the working directory."""
    if not path.exists():
        return {}
    return dict(_flat(tomllib.loads(path.read_text())))


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def serve(listener: socket.socket, settings: dict[str, Any], application: Callable[[], Any] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        listener: see shared.listening.
        settings: Streamlit's, by dotted name.
        application: makes another application than the dashboard, once the settings hold.
    """
    # Imported late: with them come Streamlit and its half second, which --help has no use for.
    import uvicorn
    from streamlit.web import bootstrap

    from dashboard.server.door import MOST_MESSAGE

    bootstrap.load_config_options(settings)
    app = (application or _dashboard)()
    if application is None:
        threading.Thread(target=read_beforehand, name="read-beforehand", daemon=True).start()
    keep_collections_short()
    collect_seldom()
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_max_size=MOST_MESSAGE, access_log=False, log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


def _dashboard() -> Any:
    from dashboard.app import app

    for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
        if module.name.rpartition(".")[2] not in SCRIPTS:
            importlib.import_module(module.name)
    return app


def read_beforehand() -> None:
    """Read the bundled digits now: a new installation's first visit would wait two seconds for them."""
    from dashboard.server.connection import get_client

    try:
        get_client().datasets.resolve(DIGITS)
    except Exception:
        # The page that needs it says what is wrong, to somebody who can do something about it.
        log.debug("nothing was read beforehand", exc_info=True)


def keep_memory_together() -> None:
    """Let all threads share two of the C library's heaps.

    Every session and every route has its thread; by default each gets a heap of its own, and what sheets leave
    behind in them is never given back: 320 MB after four atlases of 512 tiles instead of 260.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_ARENA_MAX, 2)


def keep_collections_short() -> None:
    """Take what is loaded now out of the garbage collector's sight, for it stays as long as the process.

    Streamlit collects all garbage after every run of a script: 45 to 95 ms over the 117,000 objects of its own modules
    and ours, in which no other session is served either. Without them it takes less than one. Pandas has as much again
    as all ours; Streamlit imports it with the first element it draws, so it is imported here: half of what a polling
    page costs, and three quarters of the first visit's wait.
    """
    importlib.import_module("pandas")
    Image.init()  # the formats of pictures, loaded at the first one otherwise
    gc.collect()
    gc.freeze()


class SeldomGarbage:
    """Stands in for the `gc` module where Streamlit collects after every run of a script.

    With thirty pages open that is 4 of the 11 ms which a run of one page's fragment takes. Here it is done when the
    last time is long ago; between, the interpreter collects by itself as ever.
    """

    def __init__(self, seconds: float = GARBAGE_SECONDS) -> None:
        self._seconds = seconds
        self._at = -math.inf

    def collect(self, generation: int = 2) -> int:
        """Collect, unless that was done within the last seconds; the number of unreachable objects found."""
        now = time.monotonic()
        if now - self._at < self._seconds:
            return 0
        self._at = now
        return gc.collect(generation)


def collect_seldom() -> None:
    """Let Streamlit's collections be seldom."""
    from streamlit.runtime.scriptrunner import script_runner

    setattr(script_runner, "gc", SeldomGarbage())  # noqa: B010 - the module knows no such type


def _leave(_number: int, _frame: object) -> None:
    """End without a traceback: at once before the server runs, and when it has shut down, for it signals again."""
    sys.exit(0)


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM, SIGINT, or the end of the process that started this one."""
    end_with_parent(signal.SIGTERM)
    keep_memory_together()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Convscope's dashboard.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="127.0.0.1", help="interface to listen on")
    parser.add_argument("--quiet", action="store_true", help="leave saying the address to whoever started this")
    chosen = parser.parse_args(arguments)
    try:
        settings = get_settings()
        require_door(chosen.address, settings)
        listener = listen(chosen.address, chosen.port)
    except ConvscopeError as error:
        sys.exit(f"convscope: {error}")
    if not chosen.quiet:
        print(f"Convscope's dashboard: {local_url(chosen.address, listener.getsockname()[1])}", flush=True)
    with listener:
        served = {"server.port": chosen.port, "server.address": chosen.address}
        serve(listener, read_config() | served | sign_in_options(settings, chosen.port))


if __name__ == "__main__":
    main()
