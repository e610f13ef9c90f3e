"""The server dies in the middle of an atlas and comes back after one and after ten seconds."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.client import Client
from shared.errors import StoreUnavailable
from shared.redis_server import EmbeddedServer
from tests.fixtures.installations import QUICK, SLOW, Installation, gone

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that no supervisor looks after."""
    server = EmbeddedServer(tmp_path_factory.mktemp("apart") / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def installation(apart: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two batch workers, so that one could wrongly take the other's run over."""
    made = Installation(tmp_path_factory.mktemp("outage"), apart.url, "interactive=1,batch=2")
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("seconds", [1, 10])
def test_a_run_completes_through_an_outage(
    apart: EmbeddedServer, installation: Installation, live: Client, seconds: int
) -> None:
    key, _ = live.submit(SLOW.model_copy(update={"seed": seconds}))
    installation.wait_for_parts(live, key, 16)
    before = live.results.parts(key)
    apart.kill()
    with pytest.raises(StoreUnavailable, match="unreachable"):
        live.record(key)
    time.sleep(seconds)
    apart.start()
    run = live.wait(key, timeout=180)
    assert run.status == "complete", run.error
    assert run.done == run.total == 96
    kept = live.results.parts(key, before)
    # Up to a second of an append-only file may be lost with a crashed machine; not with a killed server.
    assert kept == before
    assert live.run(QUICK.model_copy(update={"seed": seconds}), timeout=60).run.status == "complete"


def test_the_embedded_server_is_started_again(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    client = installation.start()
    try:
        (server,) = [p for p in installation.processes() if "server" in p.name()]
        server.kill()
        installation.wait_until(lambda: gone([server]), 5, "server gone")
        installation.wait_until(client.store.reachable, 15, "a new server")
        assert client.run(QUICK, timeout=90).run.status == "complete"
    finally:
        installation.stop()
