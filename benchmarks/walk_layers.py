"""Opening finished activations of VGG16's size from their link, and walking from layer to layer, in Chromium.

Maps are synthetic; the server, the dashboard and the browser are real. Opening runs, by the browser's own clock, from
the start of the navigation to the second frame after the sheet was decoded; a step from the key to the same.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.bare_page import SHOWN
from shared.analyses import Activations
from shared.analyses.activations.parts import LAYER, LayerArrays, LayerFacts
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.results import Part, encode_part
from shared.settings import Settings
from tests.analyses.activations.parts import first_part
from tests.fixtures.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard, free_port, running
from tests.fixtures.synthetic_runs import BLOCKS, FACTS, begin, report_workers

RUNS = 5
SPEC = Activations(model="keras/vgg16/imagenet", image="sample/cat")
DRAWN = "() => performance.getEntriesByName('sheet-drawn')[0]?.startTime"
# A person looks for a moment before the next step; the neighbours' sheets are fetched meanwhile.
LOOK_MS = 600
STEP = """() => {
  const inside = (e) => e.shadowRoot?.querySelector('.layer-strip');
  const root = [...document.querySelectorAll('*')].map(inside).find(Boolean);
  const chip = root.querySelector('[aria-selected="true"]');
  performance.clearMarks();
  const begun = performance.now();
  chip.nextElementSibling.click();
  return begun;
}"""


def layer(index: int, path: str, edge: int, channels: int, stride: int) -> Part:
    """One layer's part, half of it zeros."""
    maps = np.random.default_rng(index).normal(0, 1, (edge, edge, channels)).clip(0).astype(np.float16)
    flat = maps.reshape(-1, channels).astype(np.float32)
    arrays: LayerArrays = {"maps": maps, "minimum": flat.min(0), "maximum": flat.max(0), "mean": flat.mean(0),
              "zeros": (flat == 0).mean(0).astype(np.float32)}  # fmt: skip
    facts: LayerFacts = {
        "part": index, "path": path, "class": "Conv2D", "height": edge, "width": edge, "channels": channels,
        "receptive_field": 3 * stride, "stride": stride, "start": [0.0, 0.0], "minimum": 0.0,
        "maximum": float(flat.max()), "mean": float(flat.mean()), "zeros": float((flat == 0).mean()),
        "blank": 0.0,
    }  # fmt: skip
    return LAYER.part(index, path, arrays=arrays, facts=facts)


def fill(data: Path) -> None:
    """Write a finished run of 18 layers, 30 MB."""
    client, parts = Client(Settings(data=data)), []
    report_workers(client.store)
    for block, (channels, count) in enumerate(BLOCKS, start=1):
        edge = 224 // 2 ** (block - 1)
        names = [(f"block{block}_conv{i}", edge) for i in range(1, count + 1)] + [(f"block{block}_pool", edge // 2)]
        parts += [layer(len(parts) + i, name, side, channels, 224 // side) for i, (name, side) in enumerate(names, 1)]
    fence = begin(client.store, SPEC, len(parts) + 1)
    for part in [first_part(1, [{**LAYER.read(part)} for part in parts]), *parts]:
        client.store.runs.write(SPEC.key(), fence, (part.index, encode_part(part)), {})
    client.store.runs.finish(SPEC.key(), fence, FACTS)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        server = EmbeddedServer(data / "redis")
        server.start()
        try:
            fill(data)
            with dashboard(data) as (url, _), bare_page(data) as bare, sync_playwright() as playwright:
                measure(playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS),
                        f"{url}/?run={SPEC.key()}", bare)  # fmt: skip
        finally:
            server.stop()


@contextmanager
def bare_page(data: Path) -> Iterator[str]:
    """Address of an empty Streamlit page."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with running([sys.executable, "-m", "benchmarks.bare_page", str(port), str(data)], data, f"{url}/_stcore/health",
                 cwd=Path(__file__).parent.parent):  # fmt: skip
        yield url


def measure(browser: Browser, link: str, bare: str) -> None:
    """Open the link and the empty page in turns, then walk from the first layer to the last."""
    pairs = [(_open(browser, link), _open(browser, bare, SHOWN)) for _ in range(RUNS + 1)][1:]
    opened, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    page = _visit(browser, link)
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(LOOK_MS)
    steps = [_step(page) for _ in range(17)]
    browser.close()
    print(f"activations of VGG16's size, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"open from link, median of {RUNS}    {opened:.2f} s (goal: at most 1); a bare page {floor:.2f} s, "
          f"ratio {opened / floor:.2f}")  # fmt: skip
    print(f"one layer further, median of 17  {statistics.median(steps):.0f} ms, slowest {max(steps):.0f} ms "
          "(goal: at most 300)")  # fmt: skip


def _visit(browser: Browser, link: str) -> Page:
    """A first visit: nothing is cached."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(link, wait_until="commit")
    return page


def _open(browser: Browser, link: str, shown: str = DRAWN) -> float:
    """Seconds from the start of the navigation until it is shown."""
    page = _visit(browser, link)
    seconds = float(page.wait_for_function(shown).json_value()) / 1000
    page.context.close()
    return seconds


def _step(page: Page) -> float:
    begun = float(page.evaluate(STEP))
    drawn = float(page.wait_for_function(DRAWN).json_value())
    page.wait_for_timeout(LOOK_MS)
    return drawn - begun


if __name__ == "__main__":
    main()
