"""From a tile of an atlas to its channel's page with a picture in it: one click, and how many seconds.

The atlas is under way, half its tiles at a first look, and no portrait is there. The time runs from the click on "Open
this channel" until the channel's picture is decoded, in headless Chromium; the tile was chosen before.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard
from tests.fixtures.synthetic_runs import atlas_part, begin, finished_inspection, report_workers, write_tiles

TILES, SIZE, GOAL_SECONDS = 64, 128, 1.0
MODEL, LAYER = "keras/vgg16/imagenet", "block2_conv1"


def fill(data: Path) -> str:
    """An atlas under way: half its tiles finished, half at a first look; returns its key."""
    client = Client(Settings(data=data))
    finished_inspection(client, MODEL)
    spec = FilterAtlas(model=MODEL, layer=LAYER, channels=tuple(range(TILES)), size=SIZE, precision="float32")
    fence = begin(client.store, spec, TILES)
    write_tiles(client.store, spec, fence, TILES, 0, TILES // 2)
    for index in range(TILES // 2, TILES):
        client.store.previews.write(spec.key(), fence, index, atlas_part(index, index, SIZE))
    report_workers(client.store, spec.key())
    return spec.key()


def seconds_to_channel(page: Page, url: str, key: str, channel: int) -> float:
    """One click."""
    page.goto(f"{url}/?run={key}&tile={channel}")
    link = page.get_by_role("link", name="Open this channel")
    link.wait_for()
    begun = time.perf_counter()
    link.click()
    page.wait_for_url("**/channel?**", wait_until="commit")
    page.locator("figure img").first.evaluate("(one) => one.decode()")
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=6)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "redis")
        server.start()
        try:
            key = fill(Path(folder))
            with dashboard(Path(folder)) as (url, _), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                first, *rest = (seconds_to_channel(page, url, key, 5 + 9 * n) for n in range(chosen.runs + 1))
                browser.close()
        finally:
            server.stop()
    print(f"from a tile to its channel, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"first click {first:.2f} s, median of {chosen.runs} more {statistics.median(rest):.2f} s "
          f"(goal {GOAL_SECONDS:.0f} s; {', '.join(f'{s:.2f}' for s in rest)})")  # fmt: skip


if __name__ == "__main__":
    main()
