"""Thirty people watching a live run: how long a page's data takes, and what it costs the run.

    python -m benchmarks.watchers [--people 30] [--pairs 2] [--channels 96] [--steps 48]

Starts an installation on the loopback interface. Each person does what a page in a browser does: opens Streamlit's
WebSocket and runs the page's script; asks the bar's address at the pace that it is told; where the bar's script would,
and once a minute as the page does by itself, has the page's fragment run and fetches the new picture. A run is climbed
alone and watched, in turns, with another seed each time; pages are opened while it waits for another run's end, so that
it is watched from its first second to its last; the cost is the ratio of their times. The crowd's own work is done by
the same processors, which is said beside it. Connections, requests and time are bounded: it stops by itself.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Self
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
Waited = dict[str, list[float]]


class Person:
    """One watcher; `waited` are the seconds from asking to having all of it, of the bar and of the picture."""

    def __init__(self, url: str, run: str, name: str, waited: Waited) -> None:
        self._url, self._query, self._name, self._waited = url, f"run={run}", name, waited
        self._fragment, self._by_itself = "", 0.0
        self._bar: dict[str, Any] = {}
        self._picture = self._shown = ""
        self._socket: ClientConnection

    async def open(self) -> Self:
        """Have the page drawn."""
        begun = time.perf_counter()
        address = f"ws://{urlsplit(self._url).netloc}/_stcore/stream"
        self._socket = await connect(address, subprotocols=["streamlit"], origin=self._url, max_size=None)  # type: ignore[list-item,arg-type]
        await self._draw()
        self._waited["opening"].append(time.perf_counter() - begun)
        return self

    async def watch(self, over: asyncio.Event) -> None:
        """Watch until the run is over."""
        drawn = looked = time.perf_counter()
        while not over.is_set():
            await asyncio.sleep(self._bar["ask"] * random.uniform(0.9, 1.1))
            begun = time.perf_counter()
            told = json.loads(await self._get(f"{self._bar['url']}?page={self._name}"))
            self._waited["bar"].append(time.perf_counter() - begun)
            self._bar |= {"ask": told["ask"]}
            begun = time.perf_counter()
            by_itself = self._by_itself and begun - looked > self._by_itself
            if by_itself or must_draw(told, self._bar, begun - drawn):
                await self._draw()
                drawn = time.perf_counter()
                looked = drawn if by_itself else looked
                self._waited["picture"].append(drawn - begun)
        await self._socket.close()

    async def _draw(self) -> None:
        """Have the page, or its fragment, run; read until it has, and fetch the picture if it is another."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = "atlas"
        message.rerun_script.fragment_id = self._fragment
        await self._socket.send(message.SerializeToString())
        while self._note(await asyncio.wait_for(self._socket.recv(), 60)) != "script_finished":  # type: ignore[arg-type]
            pass
        if self._picture != self._shown:
            await self._get(self._picture)
            self._shown = self._picture

    def _note(self, data: bytes) -> str | None:
        found = ForwardMsg()
        found.ParseFromString(bytes(data))
        kind = found.WhichOneof("type")
        if kind == "auto_rerun":
            self._fragment, self._by_itself = found.auto_rerun.fragment_id, found.auto_rerun.interval
        if kind == "delta" and found.delta.new_element.WhichOneof("type") == "bidi_component":
            element = found.delta.new_element.bidi_component
            if "live-" in element.id:
                self._bar = json.loads(element.json)
            if "tiles-" in element.id:
                self._picture = json.loads(element.json)["looks"].get("quick", {}).get("url", "")
        return kind

    async def _get(self, path: str) -> bytes:
        """One GET request; its answer's body."""
        at = urlsplit(self._url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await asyncio.wait_for(reader.read(-1), 60)).partition(b"\r\n\r\n")
        writer.close()
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{path}: {head[:80]!r}")
        return body


def must_draw(told: dict[str, Any], drawn: dict[str, Any], since: float) -> bool:
    """What assets/live_bar.js decides by: a change of state at once, new parts at the pace that it is told."""
    return told["state"] != drawn["state"] or (told["done"] != drawn["done"] and since >= told["draw"])


async def watched(url: str, client: Client, spec: FilterAtlas, people: int, waited: Waited) -> float:
    """Seconds that a run took while people watched; what they waited is added to `waited`."""
    before = spec.model_copy(update={"channels": spec.channels[: len(spec.channels) // 3], "seed": spec.seed + 1000})
    client.submit(before)
    key, _ = client.submit(spec)
    crowd = await asyncio.gather(*(Person(url, key, f"person{i}", waited).open() for i in range(people)))
    if client.record(key).status != "queued":
        print("the pages were still being opened when the run began: the ratio counts that too")
    over, end = asyncio.Event(), time.monotonic() + LONGEST
    tasks = [asyncio.create_task(person.watch(over)) for person in crowd]
    while not client.record(key).over and time.monotonic() < end:
        await asyncio.sleep(0.2)
    over.set()
    failed = [r for r in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(r, Exception)]
    if failed:
        print(f"{len(failed)} of {people} watchers failed: {failed[0]!r}")
    return client.record(key).seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--channels", type=int, default=96)
    parser.add_argument("--steps", type=int, default=48)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "data")
        client = installation.start()
        try:
            with dashboard(installation.data) as (url, process):
                measure(url, client, psutil.Process(process.pid), chosen)
        finally:
            installation.stop()


def measure(url: str, client: Client, server: psutil.Process, chosen: argparse.Namespace) -> None:
    """Climb alone and watched, in turns."""
    spec = FilterAtlas(model="keras/vgg16/random", layer="block2_conv2", channels=tuple(range(chosen.channels)),
                       size=96, steps=chosen.steps, mode="classic", precision="float32")  # fmt: skip
    client.run(spec.model_copy(update={"channels": tuple(range(8))}))
    ratios, waited = [], defaultdict(list)
    for pair in range(chosen.pairs):
        alone = client.run(spec.model_copy(update={"seed": 100 + pair})).run.seconds
        begun, used = time.perf_counter(), [seconds_of(server), seconds_of(psutil.Process())]
        seconds = asyncio.run(watched(url, client, spec.model_copy(update={"seed": 200 + pair}), chosen.people, waited))
        passed = time.perf_counter() - begun
        used = [seconds_of(server) - used[0], seconds_of(psutil.Process()) - used[1]]
        ratios.append(seconds / alone)
        print(f"pair {pair + 1}: alone {alone:.1f} s, watched by {chosen.people} {seconds:.1f} s; of one processor the "
              f"dashboard had {used[0] / passed:.1%}, the crowd itself {used[1] / passed:.1%}", flush=True)  # fmt: skip
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    for what, seconds in sorted(waited.items()):
        print(f"{what}: {len(seconds)} times, median {statistics.median(seconds):.3f} s, "
              f"p95 {float(np.percentile(seconds, 95)):.3f} s")  # fmt: skip
    print("goal: p95 of the bar and of the picture below 1 s")
    print(f"the run took {statistics.median(ratios):.3f} times as long   goal: below 1.05")


def seconds_of(process: psutil.Process) -> float:
    """What a process had of the processors."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
