"""Opening finished activations of VGG16's size from their link, and walking from layer to layer, in Chromium.

Maps are synthetic; the server, the dashboard and the browser are real. Opening runs, by the browser's own clock, from
the start of the navigation to the second frame after the sheet was decoded; a step from the key to the same.
"""

import statistics
import tempfile
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from shared.client import Client
from shared.job_specs import Activations
from shared.redis_server import EmbeddedServer
from shared.results import Part, encode_part
from shared.settings import Settings
from tests.browser.dashboard_process import CHROMIUM_ARGUMENTS, chromium, dashboard
from tests.unit.synthetic_maps import first_part
from tests.unit.synthetic_runs import BLOCKS, FACTS, begin, report_workers

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
    arrays = {"maps": maps, "minimum": flat.min(0), "maximum": flat.max(0), "mean": flat.mean(0),
              "zeros": (flat == 0).mean(0).astype(np.float32)}  # fmt: skip
    facts = {
        "part": index, "path": path, "class": "Conv2D", "height": edge, "width": edge, "channels": channels,
        "receptive_field": 3 * stride, "stride": stride, "start": [0.0, 0.0], "minimum": 0.0,
        "maximum": float(flat.max()), "mean": float(flat.mean()), "zeros": float((flat == 0).mean()),
    }  # fmt: skip
    return Part(index, path, {}, arrays, facts)


def fill(data: Path) -> None:
    """Write a finished run of 18 layers, 30 MB."""
    client, parts = Client(Settings(data=data)), []
    report_workers(client.store)
    for block, (channels, count) in enumerate(BLOCKS, start=1):
        edge = 224 // 2 ** (block - 1)
        names = [(f"block{block}_conv{i}", edge) for i in range(1, count + 1)] + [(f"block{block}_pool", edge // 2)]
        parts += [layer(len(parts) + i, name, side, channels, 224 // side) for i, (name, side) in enumerate(names, 1)]
    fence = begin(client.store, SPEC, len(parts) + 1)
    for part in [first_part(1, [part.facts for part in parts]), *parts]:
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
            with dashboard(data) as (url, _), sync_playwright() as playwright:
                measure(playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS),
                        f"{url}/?run={SPEC.key()}")  # fmt: skip
        finally:
            server.stop()


def measure(browser: Browser, link: str) -> None:
    """Open the link several times, then walk from the first layer to the last."""
    opened = [_open(browser, link)[1] for _ in range(RUNS + 1)][1:]
    page, _ = _open(browser, link)
    page.wait_for_timeout(LOOK_MS)
    steps = [_step(page) for _ in range(17)]
    browser.close()
    print(f"activations of VGG16's size, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"open from link, median of {RUNS}    {statistics.median(opened):.2f} s (goal: at most 1)")
    print(f"one layer further, median of 17  {statistics.median(steps):.0f} ms, slowest {max(steps):.0f} ms "
          "(goal: at most 300)")  # fmt: skip


def _open(browser: Browser, link: str) -> tuple[Page, float]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(link, wait_until="commit")
    return page, float(page.wait_for_function(DRAWN).json_value()) / 1000


def _step(page: Page) -> float:
    begun = float(page.evaluate(STEP))
    drawn = float(page.wait_for_function(DRAWN).json_value())
    page.wait_for_timeout(LOOK_MS)
    return drawn - begun


if __name__ == "__main__":
    main()
