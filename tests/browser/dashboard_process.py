"""The dashboard as a process of its own, and the Chromium that looks at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync",
    "--disable-component-update",
]  # fmt: skip
NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
START_SECONDS = 60.0


def chromium() -> str | None:
    """Path of a Chromium: CONVSCOPE_CHROMIUM if set, else one on the PATH."""
    chosen = os.environ.get("CONVSCOPE_CHROMIUM")
    return chosen or next((path for path in map(shutil.which, NAMES) if path), None)


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a server's first answer.

    Raises:
        RuntimeError: with the log's end, when it died or stays silent.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer. {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running(command: list[str], data: Path, url: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server process on a data folder, ended on leaving."""
    environment = {k: v for k, v in os.environ.items() if k != "REDIS_URL"} | {"CONVSCOPE_DATA": str(data)}
    log = data / "process.log"
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=cwd)
    try:
        wait_until_it_answers(url, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def dashboard(data: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The dashboard alone, started from a folder that is not the project's; its address and process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dashboard.main", "--port", str(port)]
    with running(command, data, f"{url}/healthz", cwd=data) as process:
        yield url, process
