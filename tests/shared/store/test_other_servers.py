"""A server that REDIS_URL names: a whole life there, and a message to act on for each way it can be away."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError

from shared.client import Client
from shared.errors import ConvscopeError, InvalidSettings, StoreUnavailable
from shared.results import Part, encode_part
from shared.settings import Settings
from shared.store import Store, store_url, translating_errors
from tests.fixtures.small_runs import atlas, begun, completed, status

MEGABYTE = 1024 * 1024
BIG = b"x" * (MEGABYTE // 4)
PASSWORD = "correct-horse"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class OtherServer:
    """A server that this project did not start, on TCP."""

    def __init__(self, folder: Path, *options: str) -> None:
        binary = shutil.which("valkey-server") or shutil.which("redis-server")
        if binary is None:
            pytest.skip("neither valkey-server nor redis-server is on the PATH")
        self.port = _free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "",
                   "--requirepass", PASSWORD, *options]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            for _ in range(200):
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.02)
        raise AssertionError("the server did not come up")

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherServer]:
    started = OtherServer(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Store]:
    """A store on a server with room for about two megabytes of results."""
    started = OtherServer(tmp_path, "--maxmemory", str(4 * MEGABYTE), "--maxmemory-policy", "noeviction")
    store = Store.open(started.url)
    yield store
    store.client.close()
    started.stop()


def _fill(store: Store, seed: int = 0) -> tuple[str, int]:
    """Write parts until the server takes no more."""
    key, fence = begun(store, atlas(seed), total=100)
    with pytest.raises(StoreUnavailable, match=r"full.*CONVSCOPE_CACHE_BUDGET.*queued work is kept"):
        _write_all(store, key, fence)
    return key, fence


def _write_all(store: Store, key: str, fence: int) -> None:
    for index in range(100):
        store.runs.write(key, fence, (index, BIG), {})


def test_a_whole_life_on_a_server_of_ones_own(other: OtherServer, tmp_path: Path) -> None:
    client = Client(Settings(redis_url=other.url, data=tmp_path))
    key, outcome = client.submit(atlas())
    assert (outcome, client.queue.waiting("batch")) == ("submitted", 1)
    fence = client.store.runs.begin(key, client.record(key).job)
    client.store.runs.write(key, fence, (0, encode_part(Part(0, "one"))), {"total": 1})
    client.store.runs.finish(key, fence, {"device": "CPU"})
    assert client.wait(key, timeout=1).status == "complete"
    assert client.result(key).parts[0].name == "one"
    client.store.client.close()


def test_the_address_in_the_environment_goes_before_the_embedded_server(tmp_path: Path) -> None:
    assert store_url(Settings(redis_url="redis://elsewhere:6379/0", data=tmp_path)) == "redis://elsewhere:6379/0"


def test_a_server_that_was_never_there_is_named_at_once() -> None:
    store = Store.open(f"redis://127.0.0.1:{_free_port()}/0")
    begun_at = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"unreachable \(ConnectionError\).*checks REDIS_URL or starts it"):
        store.runs.recent()
    assert time.monotonic() - begun_at < 1
    assert not store.reachable()


def test_a_server_that_goes_away_is_noticed_at_once(other: OtherServer) -> None:
    store = Store.open(other.url)
    key = completed(store, atlas())
    other.stop()
    begun_at = time.monotonic()
    for call in (store.ping, lambda: store.runs.get(key), lambda: store.parts.read(key, 0), store.workers.all):
        with pytest.raises(StoreUnavailable, match="Runs go on by themselves when it is back"):
            call()
    assert time.monotonic() - begun_at < 2


def test_a_server_that_hangs_is_given_up_within_three_seconds(other: OtherServer) -> None:
    store = Store.open(other.url)
    store.ping()
    os.kill(other.process.pid, signal.SIGSTOP)
    begun_at = time.monotonic()
    with pytest.raises(StoreUnavailable, match="unreachable"):
        store.ping()
    assert time.monotonic() - begun_at < 3
    os.kill(other.process.pid, signal.SIGCONT)
    store.ping()


def test_a_client_finds_a_server_that_came_back(other: OtherServer) -> None:
    store = Store.open(other.url)
    store.ping()
    store.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    assert store.reachable()


@pytest.mark.parametrize("password", [":wrong@", ""], ids=["wrong", "none"])
def test_a_refused_password_is_not_an_outage(other: OtherServer, password: str) -> None:
    store = Store.open(f"redis://{password}127.0.0.1:{other.port}/0")
    with pytest.raises(StoreUnavailable, match=r"refuses this password\. Check REDIS_URL"):
        store.ping()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:port/0", "localhost:6379"])
def test_an_address_that_is_none_is_a_wrong_setting_and_not_printed(url: str) -> None:
    with pytest.raises(InvalidSettings, match="redis://:password@host:6379/0") as caught:
        Store.open(url.replace("//", "//:hush@"))
    assert "hush" not in str(caught.value)


def test_a_full_server_says_what_to_do_and_keeps_what_it_has(full: Store) -> None:
    key, _ = _fill(full)
    assert status(full, key) == "running"
    assert full.parts.read(key, 0) == BIG
    assert full.parts.total_bytes() == len(full.parts.indices(key)) * len(BIG)


def test_a_run_can_end_and_another_be_asked_for_on_a_full_server(full: Store) -> None:
    key, fence = _fill(full)
    assert full.runs.fail(key, fence, "StoreUnavailable", "full")
    assert status(full, key) == "failed"
    assert full.runs.submit(atlas(1), "job-1") == "claimed"


def test_a_smaller_budget_makes_room_on_a_full_server(full: Store) -> None:
    old = completed(full, atlas(1), parts=4, data=BIG)
    key, fence = _fill(full)
    smaller = Store(full.client, cache_budget=MEGABYTE)
    smaller.runs.write(key, fence, (99, BIG), {})
    assert (status(smaller, old), smaller.parts.read(key, 99)) == ("absent", BIG)


def test_a_server_that_only_reads_is_away(other: OtherServer) -> None:
    store = Store.open(other.url)
    store.client.execute_command("REPLICAOF", "127.0.0.1", str(_free_port()))
    with pytest.raises(StoreUnavailable, match="ReadOnlyError"):
        store.parts.pin("key")


def test_servers_before_version_seven_word_their_full_memory_otherwise() -> None:
    @translating_errors
    class Old:
        def write(self) -> None:
            raise ResponseError("Error running script (call to f_1): @user_script:9: -OOM command not allowed when ...")

    with pytest.raises(StoreUnavailable, match="full"):
        Old().write()


def test_what_is_no_outage_is_not_called_one(other: OtherServer) -> None:
    store = Store.open(other.url)
    store.client.set("convscope:list:runs", "not a sorted set")
    with pytest.raises(ResponseError, match="WRONGTYPE") as caught:
        store.runs.recent()
    assert not isinstance(caught.value, ConvscopeError)
