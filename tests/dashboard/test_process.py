"""The dashboard as a process: it starts anywhere, ends in good order, and stays small."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from shared.analyses import FilterAtlas
from tests.fixtures.browser import Lab
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.synthetic_runs import finished_atlas

pytestmark = pytest.mark.browser
# A first atlas costs what its machine's heaps cost, 250 to 310 MB seen; what is kept for good shows as growth.
LARGEST = 400e6
GROWTH = 40e6
ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet",
    layer="block4_conv2",
    channels=tuple(range(512)),
    size=96,
    steps=4,
    precision="float32",
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order_with_a_page_open(page: Page, tmp_path: Path, number: signal.Signals) -> None:
    with dashboard(tmp_path) as (url, process):
        page.goto(url)
        expect(page.get_by_text("Store unreachable.")).to_be_visible(timeout=15000)
        start = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert time.monotonic() - start < 6
        assert "Traceback" not in (tmp_path / "process.log").read_text()


def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "dashboard", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "Cannot listen on 127.0.0.1" in done.stderr and "Choose another --port" in done.stderr


def test_it_stays_small_while_large_atlases_are_looked_at(page: Page, empty_lab: Lab) -> None:
    port = int(empty_lab.url.rpartition(":")[2])
    (number,) = {c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port}
    process, after = psutil.Process(number), []
    for seed in range(5):
        finished_atlas(empty_lab.client.store, ATLAS.model_copy(update={"seed": seed}), 512)
        page.goto(f"{empty_lab.url}/?run={ATLAS.model_copy(update={'seed': seed}).key()}")
        expect(page.locator(".tile-sheet[data-shown]")).to_be_visible(timeout=20000)
        page.get_by_role("button", name="large").click()
        expect(page).to_have_url(re.compile("tiles=L"))
        page.wait_for_timeout(1500)
        after.append(process.memory_info().rss)
    assert after[-1] < LARGEST
    assert after[-1] - after[2] < GROWTH, after
