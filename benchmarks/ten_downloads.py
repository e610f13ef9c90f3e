"""What ten people who download one large result at once cost the dashboard's memory, beside twenty open pages of it.

    python -m benchmarks.ten_downloads

The result is an atlas of pictures of noise, which do not shrink. Each download is read to its end and thrown away.
"""

import asyncio
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from benchmarks.watchers import Person
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.results import decode_part, encode_part
from shared.settings import Settings
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.synthetic_runs import FACTS, atlas_part, begin

DOWNLOADS, WATCHERS, TILES, SIDE = 10, 20, 66, 224


def main() -> None:
    """Print memory at rest, with the pages open, and at most."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), redis_url=None)
        server = EmbeddedServer(settings.server_folder, 2 * settings.cache_budget)
        server.start()
        try:
            client = Client(settings)
            key = noise_atlas(client)
            with dashboard(settings.data) as (url, process):
                token = client.library.tokens.make("ada@example.org")[1]
                asyncio.run(measure(url, key, token, psutil.Process(process.pid)))
        finally:
            server.stop()


def noise_atlas(client: Client) -> str:
    """A complete atlas of some forty megabytes; returns its key."""
    spec = FilterAtlas(model="keras/vgg16/random", layer="block4_conv1", size=SIDE, channels=tuple(range(TILES)))
    fence, rng = begin(client.store, spec, TILES), np.random.default_rng(0)
    for index in range(TILES):
        part = decode_part(atlas_part(index, index, SIDE, spec.steps))
        for name in part.pictures:
            part.pictures[name] = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        client.store.runs.write(spec.key(), fence, (index, encode_part(part)), {"stage": "optimizing"})
    client.store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()


async def measure(url: str, key: str, token: str, server: psutil.Process) -> None:
    """Open the pages, download at once, and watch the memory of the dashboard and of what it starts."""
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], _megabytes(server))

    at_rest = _megabytes(server)
    people = [await Person(url, key, f"p{n}", defaultdict(list)).open() for n in range(WATCHERS)]
    opened = _megabytes(server)
    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        tasks = [asyncio.get_running_loop().run_in_executor(pool, _download, url, key, token) for _ in range(DOWNLOADS)]
        sizes = await asyncio.gather(*tasks)
    seconds = time.perf_counter() - begun
    over.set()
    watcher.join()
    for person in people:
        await person.close()
    print(f"load {psutil.getloadavg()[0]:.1f}; the dashboard at rest {at_rest:.0f} MB, with {WATCHERS} pages open "
          f"{opened:.0f} MB; {DOWNLOADS} downloads of {sizes[0] / 1e6:.0f} MB at once: {seconds:.1f} s, "
          f"{peak[0]:.0f} MB at most (goal: below 500)")  # fmt: skip


def _download(url: str, key: str, token: str) -> int:
    size = 0
    request = urllib.request.Request(f"{url}/api/runs/{key}/result.zip", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        while data := answer.read(2**16):
            size += len(data)
    return size


def _megabytes(server: psutil.Process) -> float:
    """Resident memory of a process and its children."""
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / 1e6


if __name__ == "__main__":
    main()
