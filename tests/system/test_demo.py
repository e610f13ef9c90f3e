"""`make demo` on a machine that cannot download weights: the picture is that of a network that really learnt."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.analyses import FilterAtlas
from shared.library.bundled import STAND_IN, bundled_network
from shared.library.model_card import bundled_card
from shared.redis_server import EmbeddedServer
from shared.store import Store
from tests.fixtures.compose_file import ROOT

pytestmark = pytest.mark.faults
SECONDS = 240
# Nobody listens there, so that a machine with the internet is cut off as well.
CUT_OFF = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}


def test_without_a_download_the_network_that_comes_along_stands_in(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "no_proxy")}
    environment |= {"CONVSCOPE_DATA": str(tmp_path / "data"), "KERAS_HOME": str(tmp_path / "keras"),
                    "PYTHONPATH": str(ROOT), **CUT_OFF}  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "shared.cli.demo"], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, timeout=SECONDS, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout, "the first try is no failure of the demo"
    assert f"going on with {STAND_IN}, which is bundled" in done.stdout
    manifest = json.loads((tmp_path / "demo" / "manifest.json").read_text())
    assert manifest["spec"]["model"] == bundled_card(bundled_network(STAND_IN)).reference
    assert (tmp_path / "demo" / "sheet.png").stat().st_size > 0
    assert f"/?run={manifest['key']}" in done.stdout
    server = EmbeddedServer(tmp_path / "data" / "redis")
    server.start()
    runs = Store.open(server.url).runs.recent(10)
    server.stop()
    assert [run.status for run in runs if run.kind == FilterAtlas.kind] == ["complete"], "nor does it stand in Jobs"
