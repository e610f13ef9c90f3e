"""Thirty people watching a live run: how long a page's data takes, and what it costs the run.

    python -m benchmarks.watchers [--people 30] [--turns 40] [--seconds 3]

Starts an installation on the loopback interface. Each person does what a page in a browser does: opens Streamlit's
WebSocket and runs the page's script; asks the bar's address at the pace that it is told; where the bar's script would,
and once a minute as the page does by itself, has the page's fragment run and fetches the new picture. One long atlas is
left alone and watched in many short turns, so that a machine that has other work too does not decide; the cost is
the pace left alone over the pace watched. The crowd's own work is done by the same processors, which is said beside it.
Connections, requests and time are bounded: it stops by itself.
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

from shared.analyses import FilterAtlas
from shared.client import Client
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.installations import Installation

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

    async def watch(self, until: float) -> None:
        """Watch for some time, as if this had gone on for long already.

        Args:
            until: on time.perf_counter()'s clock.
        """
        ask, draw = self._bar["ask"], self._bar["draw"]
        drawn = looked = time.perf_counter()
        drawn -= draw * random.random()
        looked -= self._by_itself * random.random()
        pause = ask * random.random()
        while (begun := time.perf_counter() + pause) < until:
            await asyncio.sleep(pause)
            told = await self._ask()
            pause = told["ask"] * random.uniform(0.9, 1.1)
            by_itself = self._by_itself > 0 and begun - looked > self._by_itself
            if by_itself or must_draw(told, self._bar, begun - drawn):
                await self._draw_timed()
                drawn = time.perf_counter()
                looked = drawn if by_itself else looked

    async def close(self) -> None:
        """Leave the page."""
        await self._socket.close()

    async def _ask(self) -> dict[str, Any]:
        begun = time.perf_counter()
        told = json.loads(await self._get(f"{self._bar['url']}?page={self._name}"))
        self._waited["bar"].append(time.perf_counter() - begun)
        self._bar |= {"ask": told["ask"], "draw": told["draw"]}
        return told

    async def _draw_timed(self) -> None:
        begun = time.perf_counter()
        await self._draw()
        self._waited["picture"].append(time.perf_counter() - begun)

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
                self._picture = json.loads(element.json)["qualities"].get("quick", {}).get("url", "")
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
    """What live_bar.js decides by: a change of state at once, new parts at the pace that it is told."""
    return told["state"] != drawn["state"] or (told["done"] != drawn["done"] and since >= told["draw"])


class WatchedRun:
    """The long run, and its pace over some seconds."""

    def __init__(self, client: Client, spec: FilterAtlas) -> None:
        self._client = client
        self.key, _ = client.submit(spec)

    async def begun(self) -> None:
        """Wait until tiles are being made."""
        end = time.monotonic() + LONGEST
        while self._client.record(self.key).share == 0 and time.monotonic() < end:
            await asyncio.sleep(0.2)

    def mark(self) -> tuple[float, float]:
        """When the run last said how far it is, in seconds, and how far that was, 0 to 1."""
        run = self._client.record(self.key)
        if run.over:
            raise RuntimeError(f"the run is {run.status} too early: give it more --steps")
        return run.updated_at, run.share

    async def pace(self, seconds: float, people: list[Person]) -> float:
        """Share of the run a second, while these people watch."""
        begun = self.mark()
        until = time.perf_counter() + seconds
        await asyncio.gather(*(person.watch(until) for person in people), asyncio.sleep(seconds))
        ended = self.mark()
        return (ended[1] - begun[1]) / (ended[0] - begun[0])


async def watched_in_turns(
    url: str, run: WatchedRun, chosen: argparse.Namespace, waited: Waited, used: "Used"
) -> list[float]:
    """For every turn, how many times as long the same takes when it is watched."""
    await run.begun()
    crowd = await asyncio.gather(*(Person(url, run.key, f"person{i}", waited).open() for i in range(chosen.people)))
    ratios = []
    for turn in range(chosen.turns):
        alone = await run.pace(chosen.seconds, [])
        before = used.now()
        watched = await run.pace(chosen.seconds, crowd)
        server, own = (100 * (b - a) / chosen.seconds for a, b in zip(before, used.now(), strict=True))
        ratios.append(alone / watched)
        print(f"turn {turn + 1}: {ratios[-1]:.3f} times as long; of one processor the dashboard had {server:.1f} %, "
              f"the crowd itself {own:.1f} %", flush=True)  # fmt: skip
    await asyncio.gather(*(person.close() for person in crowd))
    return ratios


class Used:
    """What the dashboard and this process had of the processors, in seconds."""

    def __init__(self, server: psutil.Process) -> None:
        self._processes = (server, psutil.Process())

    def now(self) -> tuple[float, float]:
        """Until now."""
        server, own = (process.cpu_times() for process in self._processes)
        return server.user + server.system, own.user + own.system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--steps", type=int, default=128)
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
    """A gradient ascent, left alone and watched in turns."""
    run = WatchedRun(client, FilterAtlas(model="keras/vgg16/random", layer="block3_conv1", channels=tuple(range(256)),
                  size=96, steps=chosen.steps, mode="classic", precision="float32"))  # fmt: skip
    waited: Waited = defaultdict(list)
    ratios = asyncio.run(watched_in_turns(url, run, chosen, waited, Used(server)))
    client.cancel(run.key)
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}, {chosen.people} people")
    for what, seconds in sorted(waited.items()):
        print(f"{what}: {len(seconds)} times, median {statistics.median(seconds):.3f} s, "
              f"p95 {float(np.percentile(seconds, 95)):.3f} s")  # fmt: skip
    print("goal: p95 of the bar and of the picture below 1 s")
    print(f"the run took {statistics.median(ratios):.3f} times as long (mean {statistics.mean(ratios):.3f})   "
          "goal: below 1.05")  # fmt: skip


if __name__ == "__main__":
    main()
