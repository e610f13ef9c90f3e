"""A server without room refuses writes: a page says so at once, a worker waits for room as it waits for a server."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import StoreUnavailable
from shared.redis_server import EmbeddedServer
from shared.store import Store
from tests.fixtures.small_runs import atlas, begun


@pytest.fixture
def full(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of the test's own, whose memory the test fills."""
    server = EmbeddedServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


def allow(server: EmbeddedServer, memory: int) -> None:
    Store.open(server.url).client.config_set("maxmemory", str(memory))


def test_a_page_says_so_at_once(full: EmbeddedServer) -> None:
    store = Store.open(full.url, patience="page")
    allow(full, 1)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="full"):
        store.parts.pin("key")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("how", ["a script", "a command", "a pipeline"])
def test_a_worker_waits_and_goes_on(full: EmbeddedServer, how: str) -> None:
    """RQ's worker writes in all three ways; an error in any of them would end it, and its engine with it."""
    store = Store.open(full.url, patience="worker")
    key, fence = begun(store, atlas())
    allow(full, 1)
    done = threading.Event()

    def write() -> None:
        if how == "a script":
            store.runs.write(key, fence, (0, b"part"), {})
        elif how == "a command":
            store.client.set("name", "value")
        else:
            store.client.pipeline().set("name", "value").set("other", "value").execute()
        done.set()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    assert not done.wait(1.0), "the server refuses"
    allow(full, 1024**3)
    assert done.wait(30)
    if how == "a script":
        assert store.parts.read(key, 0) == b"part"
    else:
        assert store.client.get("name") == b"value"
