"""How long the page of a finished training run takes to open from its link, curves drawn.

    python benchmarks/open_training.py [--epochs 60] [--runs 5]

Fills an embedded server with a synthetic run, starts the dashboard, and opens the link in headless Chromium. A first
visit has a fresh browser context: nothing is cached. Later visits are those of a person's own browser, with its caches
on the disk, each in a new tab. The time runs, by the browser's own clock, from the start of the navigation until both
figures are drawn.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.analyses.training_run.spec import TrainingRun  # noqa: E402
from shared.client import Client  # noqa: E402
from shared.redis_server import EmbeddedServer  # noqa: E402
from shared.settings import Settings  # noqa: E402
from tests.analyses.training_run.parts import finished_training  # noqa: E402
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard  # noqa: E402

DRAWN = "() => performance.getEntriesByName('charts-drawn')[0]?.startTime"
FIRST_GOAL, LATER_GOAL = 2.5, 1.5


def seconds_to_open(context: BrowserContext, url: str) -> float:
    """One visit, in a new tab."""
    page = context.new_page()
    page.goto(url, wait_until="commit")
    milliseconds = page.wait_for_function(DRAWN).json_value()
    assert page.locator(".charts .plot").count() == 2
    page.close()
    return float(milliseconds) / 1000


def first_visit(browser: Browser, url: str) -> float:
    """One visit with nothing cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    seconds = seconds_to_open(context, url)
    context.close()
    return seconds


def later_visits(playwright: Playwright, link: str, runs: int) -> list[float]:
    """Visits of a browser with a profile of its own, after two that fill its caches."""
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=CHROMIUM_ARGUMENTS, viewport={"width": 1440, "height": 900}
        )
        seconds = [seconds_to_open(context, link) for _ in range(runs + 2)]
        context.close()
    return seconds[2:]


def measure(playwright: Playwright, link: str, runs: int) -> None:
    """Open the link several times, and print."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
    started = first_visit(browser, link)
    first = [first_visit(browser, link) for _ in range(runs)]
    browser.close()
    later = later_visits(playwright, link, runs)
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"dashboard just started            {started:.2f} s")
    for name, found, goal in (("first visit", first, FIRST_GOAL), ("later visit", later, LATER_GOAL)):
        print(f"{name}, median of {runs}          {statistics.median(found):.2f} s   (goal {goal} s; "
              f"{', '.join(f'{s:.2f}' for s in found)})")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        server = EmbeddedServer(data / "redis")
        server.start()
        try:
            key = finished_training(Client(Settings(data=data)), TrainingRun(dataset="builtin/digits",
                                                                            epochs=chosen.epochs))  # fmt: skip
            with dashboard(data) as (url, _), sync_playwright() as playwright:
                measure(playwright, f"{url}/?run={key}", chosen.runs)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
