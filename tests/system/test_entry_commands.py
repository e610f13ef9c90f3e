"""The services of docker-compose.yml as plain processes: the same commands, health checks and settings.

What differs is what containers would give: the port numbers, the folder behind /data, the paths of the server's
configuration.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.analyses import FilterAtlas, InspectModel
from shared.client import Client
from shared.redis_server import binary_version, find_binary
from shared.settings import Settings
from tests.fixtures.compose_file import ROOT, health_command, own_services, services

pytestmark = pytest.mark.faults

PASSWORD = "entrycommands"
GRACE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def cli() -> str:
    """valkey-cli or its namesake; without one the health check of the server cannot be asked."""
    return shutil.which("valkey-cli") or shutil.which("redis-cli") or ""


class Team:
    """The four services, each a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.redis_port, self.page_port = free_port(), free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.redis_port}/0"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._write_programs()

    def _write_programs(self) -> None:
        """Valkey's programs by the names that the file uses, bent to a free port and a folder of the test."""
        (self.folder / "bin").mkdir()
        (self.folder / "redis").mkdir()
        self._program("valkey-server", f'exec {find_binary()} "$@" --port {self.redis_port} --bind 127.0.0.1')
        self._program("valkey-cli", f'exec {cli()} -p {self.redis_port} "$@"')

    def _program(self, name: str, line: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def environment(self, name: str) -> dict[str, str]:
        """The service's variables with their defaults, and nothing of the caller's but where programs lie."""
        given = dict(services()[name]["environment"])
        filled = {k: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", v) for k, v in given.items()}
        for variable, value in (("REDIS_URL", self.url), ("CONVSCOPE_DATA", str(self.data)),
                                ("REDIS_PASSWORD", PASSWORD)):  # fmt: skip
            if variable in filled:
                filled[variable] = value
        paths = [str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        return {"PATH": os.pathsep.join(paths), "HOME": str(self.folder), **filled}

    def command(self, name: str) -> list[str]:
        """The service's command on this machine."""
        words = [self._here(word) for word in services()[name]["command"]]
        return [*words, "--port", str(self.page_port)] if name == "dashboard" else words

    def _here(self, word: str) -> str:
        conf = {"/etc/valkey/convscope.conf": ROOT / "deploy" / "valkey.conf", "/tmp/valkey.conf": self.folder / "conf"}
        for container, path in conf.items():
            word = word.replace(container, str(path))
        return word.replace("$$", "$").replace("8501", str(self.page_port))

    def start(self, name: str) -> None:
        """Start one service."""
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(name), env=self.environment(name), stdout=log, stderr=log, process_group=0,
                cwd=self.folder / "redis" if name == "redis" else ROOT,
            )  # fmt: skip

    def healthy(self, name: str) -> bool:
        """What the service's health check answers."""
        words = [self._here(word) for word in health_command(services()[name])]
        asked = subprocess.run(words, env=self.environment(name), cwd=ROOT, capture_output=True, check=False)
        return asked.returncode == 0

    def wait_until_healthy(self, name: str, seconds: float = 90) -> None:
        """Wait as `depends_on: service_healthy` does."""
        end = time.monotonic() + seconds
        while not self.healthy(name):
            log = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
            assert time.monotonic() < end and self.processes[name].poll() is None, f"{name} is not healthy:\n{log}"
            time.sleep(0.2)

    def left_over(self) -> list[str]:
        """Command lines of processes that belong to this team."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("HOME") == str(self.folder)
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def terminate(self, name: str) -> int:
        """What `docker compose stop` does; returns the exit code."""
        process = self.processes[name]
        process.send_signal(signal.SIGTERM)
        return process.wait(GRACE_SECONDS)

    def kill_rest(self) -> None:
        """Leave nothing behind when a test failed in between; children end with their parents."""
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    if binary_version(find_binary()) < (7, 0):
        pytest.skip("deploy/valkey.conf is for Valkey and Redis 7 or newer")
    if not cli():
        pytest.skip("neither valkey-cli nor redis-cli is on the PATH")
    made = Team(tmp_path)
    yield made
    made.kill_rest()


def test_the_services_come_up_compute_and_go_without_a_trace(team: Team) -> None:
    team.start("redis")
    team.wait_until_healthy("redis")
    assert not team.healthy("batch"), "no worker yet"
    for name in own_services():
        team.start(name)
    for name in own_services():
        team.wait_until_healthy(name)

    client = Client(Settings(redis_url=team.url, data=team.data, user="tester"))
    model = "keras/mobilenetv2/random"
    table = client.run(InspectModel(model=model), timeout=120)
    assert len(table.parts[0].facts["layers"]) > 100
    spec = FilterAtlas(model=model, layer="Conv1", channels=(0, 1, 2, 3), size=32, steps=2, precision="float32")
    atlas = client.run(spec, timeout=120)
    assert [part.pictures["tile"].shape for part in atlas.parts.values()] == [(32, 32, 3)] * 4
    client.store.client.close()

    assert {name: team.terminate(name) for name in ("interactive", "batch")} == {"interactive": 0, "batch": 0}
    team.terminate("dashboard")
    assert not team.healthy("batch"), "a stopped worker reports no more"
    assert team.terminate("redis") == 0
    assert team.left_over() == []


def test_the_password_is_in_no_process_list_and_opens_the_store(team: Team) -> None:
    team.start("redis")
    team.wait_until_healthy("redis")
    assert PASSWORD not in " ".join(team.left_over())
    asked = subprocess.run(
        health_command(services()["redis"]), cwd=ROOT, capture_output=True, check=False,
        env={**team.environment("redis"), "REDIS_PASSWORD": "wrong"},
    )  # fmt: skip
    assert asked.returncode != 0
    assert team.terminate("redis") == 0
