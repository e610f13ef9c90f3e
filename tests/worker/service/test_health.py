"""The health check of a container: cheap, told by a file that a report to the store touches."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from worker.service import health, heartbeat


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path))
    return tmp_path


def test_a_worker_that_reported_lately_is_healthy(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert health.main([]) == 1
    assert f"no worker of {socket.gethostname()} has reported to the store within 30 s" in capsys.readouterr().err
    heartbeat.touch(data, "batch")
    assert health.main([]) == health.main(["--queue", "batch"]) == 0
    assert health.main(["--queue", "interactive"]) == 1
    heartbeat.withdraw(data, "batch")
    assert health.main([]) == 1


def test_one_that_is_silent_is_not_nor_is_another_machines(data: Path) -> None:
    heartbeat.touch(data, "batch")
    mine = data / "alive" / f"{socket.gethostname()}.batch"
    old = time.time() - heartbeat.STALE_SECONDS - 1
    os.utime(mine, (old, old))
    (data / "alive" / "another.batch").touch()
    assert health.main([]) == 1


def test_files_of_containers_that_are_gone_are_swept(data: Path) -> None:
    heartbeat.touch(data, "batch")
    gone = data / "alive" / "0123456789ab.batch"
    gone.touch()
    os.utime(gone, (0, 0))
    heartbeat.sweep(data)
    assert [path.name for path in (data / "alive").iterdir()] == [f"{socket.gethostname()}.batch"]


def test_the_check_imports_nothing_that_takes_long() -> None:
    listing = "import sys, worker.service.health; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.split()
    assert not {"redis", "pydantic", "numpy", "rq", "shared"} & set(loaded)
