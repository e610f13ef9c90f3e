"""How long a finished atlas of 512 tiles takes to open from its link, and what the dashboard weighs.

    python benchmarks/open_atlas.py [--tiles 512] [--size 128] [--runs 5]

Fills an embedded server with synthetic tiles, starts the dashboard, and opens the link in headless Chromium,
each time in a fresh browser context: nothing is cached. The time runs, by the browser's own clock, from the
start of the navigation to the second frame after the sheet was decoded and its tiles laid out.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.analyses import FilterAtlas  # noqa: E402
from shared.client import Client  # noqa: E402
from shared.redis_server import EmbeddedServer  # noqa: E402
from shared.settings import Settings  # noqa: E402
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard  # noqa: E402
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection, report_workers  # noqa: E402

DRAWN = "() => performance.getEntriesByName('sheet-drawn')[0]?.startTime"


def fill(data: Path, tiles: int, size: int) -> str:
    """Write a finished atlas and its model's layer table; returns the atlas's key."""
    client = Client(Settings(data=data))
    report_workers(client.store)
    finished_inspection(client, "keras/vgg16/imagenet")
    spec = FilterAtlas(
        model="keras/vgg16/imagenet", layer="block4_conv2", channels=tuple(range(tiles)), size=size, precision="float32"
    )
    return finished_atlas(client.store, spec, tiles)


def seconds_to_open(browser: Browser, url: str) -> float:
    """One visit with nothing cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    milliseconds = page.wait_for_function(DRAWN).json_value()
    assert page.locator(".tile.made").count() > 0
    context.close()
    return float(milliseconds) / 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", type=int, default=512)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        server = EmbeddedServer(data / "redis")
        server.start()
        try:
            key = fill(data, chosen.tiles, chosen.size)
            with dashboard(data) as (url, process), sync_playwright() as playwright:
                measure(playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS),
                        f"{url}/?run={key}", process.pid, chosen)  # fmt: skip
        finally:
            server.stop()


def measure(browser: Browser, link: str, pid: int, chosen: argparse.Namespace) -> None:
    """Open the link several times; the first visit also reads and decodes every tile."""
    first = seconds_to_open(browser, link)
    rest = [seconds_to_open(browser, link) for _ in range(chosen.runs)]
    browser.close()
    memory = psutil.Process(pid).memory_info().rss / 1e6
    print(f"tiles {chosen.tiles} of {chosen.size} px, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"open from link, dashboard just started    {first:.2f} s")
    print(f"open from link, median of {chosen.runs}               {statistics.median(rest):.2f} s"
          f"   ({', '.join(f'{s:.2f}' for s in rest)})")  # fmt: skip
    print(f"dashboard process, resident               {memory:.0f} MB")


if __name__ == "__main__":
    main()
