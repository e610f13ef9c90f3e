"""Thirty people watching a live run: how long a page's data takes, and what it costs the run.

    python -m benchmarks.watchers [--people 30] [--pairs 3] [--channels 48]

Starts an installation on the loopback interface. Each person is a WebSocket that does what Streamlit's page does: run
the page's script once, then its polling fragment about once a second, and wait for the end of each. The same atlas is
climbed alone and watched, in turns, with another seed each time; the cost is the ratio of their times. Connections,
requests and time are bounded: it stops by itself.
"""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from shared.client import Client
from shared.job_specs import FilterAtlas
from tests.browser.dashboard_process import dashboard
from tests.installations import Installation

LONGEST = 300.0


class Person:
    """One watcher; `waited` are the seconds from asking for the page's data to having all of it."""

    def __init__(self, url: str, run: str) -> None:
        self._url, self._query = url, f"run={run}"
        self._fragment, self._interval = "", 1.0
        self.waited: list[float] = []

    async def watch(self, over: asyncio.Event) -> None:
        """Watch until the run is over."""
        address = f"ws://{urlsplit(self._url).netloc}/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], origin=self._url, max_size=None) as socket:  # type: ignore[list-item]
            await self._ask(socket)
            while not over.is_set():
                await self._listen(socket, self._interval)
                begun = time.perf_counter()
                await self._ask(socket)
                self.waited.append(time.perf_counter() - begun)

    async def _listen(self, socket: ClientConnection, seconds: float) -> None:
        """Take what comes without being asked for, such as the page's own rerun when the crowd has grown."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            with contextlib.suppress(TimeoutError):
                self._note(await asyncio.wait_for(socket.recv(), left))  # type: ignore[arg-type]

    def _note(self, data: bytes) -> str | None:
        found = ForwardMsg()
        found.ParseFromString(bytes(data))
        kind = found.WhichOneof("type")
        if kind == "auto_rerun":
            self._fragment, self._interval = found.auto_rerun.fragment_id, found.auto_rerun.interval
        return kind

    async def _ask(self, socket: ClientConnection) -> None:
        """Have the page, or its polling fragment, run; read until it has."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = "atlas"
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.is_auto_rerun = bool(self._fragment)
        await socket.send(message.SerializeToString())
        while self._note(await asyncio.wait_for(socket.recv(), 60)) != "script_finished":  # type: ignore[arg-type]
            pass


async def watched(url: str, client: Client, spec: FilterAtlas, people: int) -> tuple[float, list[float]]:
    """Seconds that a run took while people watched, and what they waited."""
    key, _ = client.submit(spec)
    crowd, over = [Person(url, key) for _ in range(people)], asyncio.Event()
    tasks = [asyncio.create_task(person.watch(over)) for person in crowd]
    end = time.monotonic() + LONGEST
    while not client.record(key).over and time.monotonic() < end:
        await asyncio.sleep(0.2)
    over.set()
    failed = [r for r in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(r, Exception)]
    if failed:
        print(f"{len(failed)} of {people} watchers failed: {failed[0]!r}")
    return client.record(key).seconds, [seconds for person in crowd for seconds in person.waited]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--channels", type=int, default=48)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "data")
        client = installation.start()
        try:
            with dashboard(installation.data) as (url, _):
                measure(url, client, chosen)
        finally:
            installation.stop()


def measure(url: str, client: Client, chosen: argparse.Namespace) -> None:
    """Climb alone and watched, in turns."""
    spec = FilterAtlas(model="keras/vgg16/random", layer="block2_conv2", channels=tuple(range(chosen.channels)),
                       size=96, steps=24, mode="classic", precision="float32")  # fmt: skip
    client.run(spec.model_copy(update={"channels": tuple(range(8))}))
    ratios, waited = [], []
    for pair in range(chosen.pairs):
        alone = client.run(spec.model_copy(update={"seed": 100 + pair})).run.seconds
        seconds, waits = asyncio.run(watched(url, client, spec.model_copy(update={"seed": 200 + pair}), chosen.people))
        ratios.append(seconds / alone)
        waited += waits
        print(f"pair {pair + 1}: alone {alone:.1f} s, watched by {chosen.people} {seconds:.1f} s, {len(waits)} answers")
    p95 = float(np.percentile(waited, 95)) if waited else float("nan")
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    print(f"a page's data, median {statistics.median(waited):.3f} s, p95 {p95:.3f} s   goal: p95 below 1 s")
    print(f"the run took {statistics.median(ratios):.3f} times as long   goal: below 1.05")


if __name__ == "__main__":
    main()
