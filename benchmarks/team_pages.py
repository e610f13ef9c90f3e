"""Jobs and Gallery with 10,000 runs, and a shared atlas of 512 tiles after Redis was emptied.

    python -m benchmarks.team_pages [--runs 10000] [--visits 5]

Writes run records and gallery pieces straight into an embedded server and its file store, starts the dashboard, and
opens the pages in headless Chromium, each time with nothing cached. Time runs by the browser's clock from the start
of the navigation to the second frame after the rows are there. A page with one line of text, opened in turns, says
how much of it is Streamlit's own start. The server's commands are counted for one list of each length.
"""

import argparse
import secrets
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.library.gallery import Piece
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard
from tests.fixtures.synthetic_runs import finished_atlas, report_workers

PEOPLE = ("ada", "ben", "cleo", "dan")
SHOWN = """selector => {
  const found = (root) => root.querySelector(selector)
    || [...root.querySelectorAll("*")].map((e) => e.shadowRoot && found(e.shadowRoot)).find(Boolean);
  if (!found(document)) return false;
  const frame = window.requestAnimationFrame;
  window.shownAt ??= new Promise((done) => frame(() => frame(() => done(performance.now()))));
  return true;
}"""


def fill_runs(client: Client, seeds: range) -> None:
    """Complete runs, written as the worker does but for their parts."""
    for seed in seeds:
        spec = FilterAtlas(
            model="keras/vgg16/imagenet", layer=f"block{seed % 5 + 1}_conv1", seed=seed, precision="float32"
        )
        job = f"{spec.key()}-{secrets.token_hex(4)}"
        client.store.runs.submit(spec, job, PEOPLE[seed % 4])
        fence = client.store.runs.begin(spec.key(), job)
        client.store.runs.write(spec.key(), fence, None, {"total": 0})
        client.store.runs.finish(spec.key(), fence, {})


def fill_gallery(client: Client, number: int) -> None:
    """Pieces without a picture."""
    for place in range(number):
        about = {"model": "keras/vgg16/imagenet", "layer": f"block{place % 5 + 1}_conv1"}
        piece = Piece(f"filter_atlas-v2-{place:032x}", "filter_atlas", f"Piece {place}", (f"tag{place % 50}",),
                      PEOPLE[place % 4], 1.7e9 + place, about)  # fmt: skip
        client.library.files.write_record("gallery", piece.key, asdict(piece))


def commands_of(client: Client, act: Callable[[], object]) -> tuple[int, int]:
    """Commands and answered bytes of the server for one call."""
    before = client.store.client.info()
    act()
    after = client.store.client.info()
    names = ("total_commands_processed", "total_net_output_bytes")
    return tuple(int(after[n]) - int(before[n]) for n in names)  # type: ignore[return-value]


def seconds_to_show(browser: Browser, url: str, selector: str) -> float:
    """One visit with nothing cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.wait_for_function(SHOWN, arg=selector, polling="raf")
    milliseconds = page.evaluate("window.shownAt")
    context.close()
    return float(milliseconds) / 1000


def report(name: str, goal: str, times: list[float]) -> None:
    """Print a row."""
    rest = ", ".join(f"{t:.2f}" for t in times)
    print(f"{name:44} {statistics.median(times):.2f} s  ({rest})  goal {goal}")


def measure(browser: Browser, base: str, client: Client, shared: str, visits: int) -> None:
    """Open the pages in turns, then empty the store and open the share link."""
    pages = {
        "a page with one line of text, for comparison": (f"{base}/side-by-side", "[data-testid=stAlert]"),
        "Jobs": (f"{base}/jobs", ".run-list tbody tr"),
        "Gallery": (f"{base}/gallery", ".gallery-cards .card"),
    }
    for url, selector in pages.values():
        seconds_to_show(browser, url, selector)
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(visits):
        for name, (url, selector) in pages.items():
            times[name].append(seconds_to_show(browser, url, selector))
    for name, found in times.items():
        report(name, "1 s" if name in ("Jobs", "Gallery") else "-", found)
    client.store.client.flushall()
    link = f"{base}/share/{shared}"
    report("shared atlas of 512 tiles, Redis emptied", "1.5 s",
           [seconds_to_show(browser, link, "figure.sheet img") for _ in range(visits)])  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        server = EmbeddedServer(data / "redis")
        server.start()
        client = Client(Settings(data=data, redis_url=None))
        report_workers(client.store)
        listing = client.store.runs.listing
        fill_runs(client, range(100))
        few = commands_of(client, lambda: client.store.runs.get_many(listing.find({"by": "ada"}, count=25).keys))
        fill_runs(client, range(100, chosen.runs))
        many = commands_of(client, lambda: client.store.runs.get_many(listing.find({"by": "ada"}, count=25).keys))
        fill_gallery(client, chosen.runs)
        atlas = FilterAtlas(model="keras/vgg16/imagenet", layer="block4_conv2", channels=tuple(range(512)), size=128,
                            precision="float32")  # fmt: skip
        token = client.library.shares.token(client.results.share(finished_atlas(client.store, atlas, 512)))
        print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}, {chosen.runs} runs and pieces")
        print(f"one list of 25 runs: {few[0]} commands, {few[1]} bytes with 100 runs; {many[0]}, {many[1]} with all")
        try:
            with dashboard(data) as (url, _), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
                measure(browser, url, client, token, chosen.visits)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
