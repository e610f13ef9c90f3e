"""What a first visit would wait for is there when the dashboard has been up for a moment."""

import json
import time
from pathlib import Path

from shared.redis_server import EmbeddedServer
from tests.fixtures.dashboard_process import dashboard

SECONDS = 60


def test_a_new_installation_has_its_data_set_before_anybody_comes(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "redis")
    server.start()
    try:
        with dashboard(tmp_path):
            end = time.monotonic() + SECONDS
            while not (found := list(tmp_path.rglob("digits.json"))) and time.monotonic() < end:
                time.sleep(0.1)
        assert [json.loads(one.read_text())["reference"][:7] for one in found] == ["sha256:"]
    finally:
        server.stop()


def test_a_dashboard_comes_up_while_the_store_is_away(tmp_path: Path) -> None:
    with dashboard(tmp_path) as (_, process):
        time.sleep(1)
        assert process.poll() is None
    assert "Traceback" not in (tmp_path / "process.log").read_text()
