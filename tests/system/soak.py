"""An installation at work while what may happen to it happens, drawn by lot; afterwards everything must be in order.

    python -m tests.system.soak --seconds 1800 --seed 3

Prints what was done and what is wrong; the exit status is 1 where anything is.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis

from shared.analyses import JobSpec
from shared.client import Client
from shared.errors import ConvscopeError, StoreUnavailable
from shared.store import RunRecord
from tests.fixtures.dashboard_process import free_port
from tests.fixtures.faults import Clock, full_disk, full_store, kill_one, small_disk
from tests.fixtures.installations import Installation, gone
from tests.fixtures.result_differences import differences
from tests.fixtures.small_requests import add_small_files, longer_requests, small_requests
from tests.system.soak_checks import left_in_files, left_in_processes, left_in_store

# What people do, and what happens, with how often in a hundred.
DEEDS = {"submit": 46, "cancel": 9, "export": 9, "import": 5, "delete": 9, "look": 6}
ACCIDENTS = {"engine": 5, "parent": 3, "server": 2, "dashboard": 2, "supervisor": 1, "disk": 1, "store": 1, "clock": 1}
PAUSE = (0.05, 1.0)
JUMPS = (3600, -1800, 7200, 0, -86400)
# Until the last run has ended once nothing happens any more; generous, for machines of any speed.
SETTLE_SECONDS = 600.0
# Until the first requests are computed while nothing happens: each of them traces its model first.
LEARN_SECONDS = 900.0
# Between two accidents of the fixed list so many deeds succeed, or this long was waited for them.
BETWEEN, PATIENCE_SECONDS = 4, 45.0
# A job that a worker took and was killed before it began, of a run that was cancelled meanwhile, is found by the next
# but one look of a supervisor.
LEFT_SECONDS = 60.0
# Ends that a person would answer with Retry: of a run whose engine was killed three times in a row, and of one that met
# a disk or a store without room three times in a row.
TO_RETRY = (
    "died 3 times",
    "No space left",
    "disk is full",
    "File too large",
    "cannot write to its disk",
    "The store is",
)


@dataclass(frozen=True)
class Course:
    """How much of it.

    Attributes:
        seconds: of deeds and accidents.
        shortage: seconds that a disk or a store has no room, from and to.
        by_lot: whether accidents happen by lot too, beside each once. Every engine that dies costs ten seconds of a
            core to warm anew, so the number of accidents is what the whole costs.
        spare: whether the interactive worker keeps a second engine.
    """

    seconds: float
    shortage: tuple[float, float] = (2.0, 6.0)
    by_lot: bool = True
    spare: bool = True


# Of `make test`: two and a half minutes of two cores that do nothing else, its start, its end and all checks included.
SHORT = Course(seconds=45.0, shortage=(2.0, 3.0), by_lot=False, spare=False)


@dataclass
class Tally:
    """What was done, what happened, and what is wrong."""

    done: collections.Counter[str] = field(default_factory=collections.Counter)
    wrong: list[str] = field(default_factory=list)

    def report(self) -> str:
        """As JSON."""
        return json.dumps({"done": dict(sorted(self.done.items())), "wrong": self.wrong}, indent=2)


class Soak:
    """One installation that is disturbed.

    Args:
        folder: for its data, its log and its temporary files.
        whole_disk: whether `folder`/disk is a file system of its own.
        course: how much happens to it.
        seed: of the lot.
    """

    def __init__(self, folder: Path, whole_disk: bool, course: Course, seed: int) -> None:
        self.folder, self.whole_disk, self.course = folder, whole_disk, course
        self.chance = random.Random(seed)
        self.tally = Tally()
        self.clock = Clock(folder)
        (temporary := folder / "tmp").mkdir()
        more = {
            **self.clock.environment,
            "TMPDIR": str(temporary),
            "CONVSCOPE_OFFLINE": "1",
            "CONVSCOPE_SPARE_ENGINE": str(int(course.spare)),
        }
        disk = folder / "disk" / "data"
        self.installation = Installation(disk, port=free_port(), log_file=folder / "log", environment=more)
        add_small_files(disk)
        self.requests: list[JobSpec] = []
        self.expected: dict[str, dict[int, bytes]] = {}
        self.claimed: collections.Counter[str] = collections.Counter()
        self.cancelled: set[str] = set()
        self.exported: list[Path] = []
        self._token = ""

    # Undisturbed

    def learn(self) -> None:
        """Start the installation, and have every request computed while nothing happens; then nothing of it is left."""
        client = self.installation.start(SETTLE_SECONDS)
        self.requests = [client.resolve(spec) for spec in (*small_requests(), *longer_requests())]
        for spec in self.requests:
            client.submit(spec)
        for spec in self.requests:
            run = client.wait(spec.key(), timeout=LEARN_SECONDS)
            assert run.status == "complete", f"{spec.kind}, which nobody disturbed: {run.error}"
            self.expected[run.key] = client.results.parts(run.key)
            self.claimed[run.key] += 1
        for spec in self.requests:
            client.results.delete(spec.key())
        self._token = client.library.tokens.make("ada", "soak")[1]

    # Disturbed

    def disturb(self) -> None:
        """Do what people do, and let happen what happens; every accident happens at least once, and between two of them
        something was done, however long the machine takes to come back from the first."""
        seconds = self.course.seconds
        end = time.monotonic() + seconds
        due = self.chance.sample(list(ACCIDENTS), len(ACCIDENTS))
        at = [time.monotonic() + seconds * (i + 0.5) / len(due) for i in range(len(due))]
        weights = {**DEEDS, **ACCIDENTS} if self.course.by_lot else DEEDS
        done, last = 0, time.monotonic()
        while time.monotonic() < end or due:
            rested = self._deeds() - done >= BETWEEN or time.monotonic() - last > PATIENCE_SECONDS
            if due and time.monotonic() > at[-len(due)] and rested:
                self._accident(due.pop(0))
                done, last = self._deeds(), time.monotonic()
            else:
                (what,) = self.chance.choices(list(weights), list(weights.values()))
                self._accident(what) if what in ACCIDENTS else self._deed(what)
            time.sleep(self.chance.uniform(*PAUSE))

    def _deeds(self) -> int:
        """How many were not refused."""
        return sum(self.tally.done[what] for what in DEEDS)

    def _deed(self, what: str) -> None:
        """Something that somebody asks for; that it is refused for the moment is what may happen."""
        deed: Callable[[Client], None] = getattr(self, f"_{what}")
        try:
            deed(self.installation.client())
        except (ConvscopeError, OSError) as error:
            self.tally.done[f"{what}: {type(error).__name__}"] += 1
        else:
            self.tally.done[what] += 1

    def _accident(self, what: str) -> None:
        self.tally.done[f"accident: {what}"] += 1
        if what == "supervisor":
            self._kill_supervisor()
        elif what in ("disk", "store"):
            short = full_disk(self.installation, self.whole_disk) if what == "disk" else full_store(self.installation)
            with short:
                end = time.monotonic() + self.chance.uniform(*self.course.shortage)
                while time.monotonic() < end:
                    self._deed("submit")
                    time.sleep(0.3)
        elif what == "clock":
            self.clock.step(self.installation, self.chance.choice(JUMPS))
        else:
            kill_one(self.installation, what, self.chance)

    def _kill_supervisor(self) -> None:
        family = self.installation.kill_supervisor()
        end = time.monotonic() + 60
        while not gone(family) and time.monotonic() < end:
            time.sleep(0.05)
        if not gone(family):
            self.tally.wrong.append("processes live on without their supervisor")
        self.installation.launch()

    def _submit(self, client: Client) -> None:
        spec = self.chance.choice(self.requests)
        before = client.record(spec.key())
        self.claimed[spec.key()] += 1  # whoever gets no answer does not know whether it was taken
        if self.chance.random() < 0.3:
            outcome = self._ask("", "POST", json.dumps({"kind": spec.kind, **spec.changes()}).encode())["outcome"]
        else:
            outcome = client.submit(spec)[1]
        self.claimed[spec.key()] -= outcome != "submitted"
        self.tally.done[f"outcome: {outcome}"] += 1
        if before.status == "complete" and outcome == "submitted":
            self.tally.wrong.append(f"{spec.key()}: computed again though it was complete")

    def _some(self, client: Client, *states: str) -> RunRecord | None:
        found = [run for run in client.store.runs.recent(60) if run.status in states]
        return self.chance.choice(found) if found else None

    def _cancel(self, client: Client) -> None:
        if run := self._some(client, "running", "queued"):
            self.cancelled.add(run.key)
            if self.chance.random() < 0.3:
                self._ask(f"/{run.key}/cancel", "POST", b"{}")
            else:
                client.cancel(run.key)

    def _export(self, client: Client) -> None:
        if run := self._some(client, "complete"):
            path = self.folder / f"{len(self.exported)}.zip"
            if self.chance.random() < 0.5:
                path.write_bytes(self._bytes(f"/{run.key}/result.zip"))
            else:
                with path.open("wb") as file:
                    client.results.export(run.key, file)
            self.exported.append(path)

    def _import(self, client: Client) -> None:
        if self.exported:
            client.results.import_zip(self.chance.choice(self.exported[-5:]))

    def _delete(self, client: Client) -> None:
        if run := self._some(client, "complete", "cancelled"):
            client.results.delete(run.key)

    def _look(self, client: Client) -> None:
        """Break off a download in its middle."""
        if run := self._some(client, "complete"):
            with self._open(f"/{run.key}/result.zip", "GET", None) as answer:
                answer.read(100)

    def _ask(self, path: str, method: str = "GET", body: bytes | None = None) -> dict[str, Any]:
        with self._open(path, method, body) as answer:
            return dict(json.load(answer))

    def _bytes(self, path: str) -> bytes:
        with self._open(path, "GET", None) as answer:
            return bytes(answer.read())

    def _open(self, path: str, method: str, body: bytes | None) -> Any:
        url = f"http://127.0.0.1:{self.installation.port}/api/runs{path}"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        try:
            return urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            if error.code >= 500 and "store" not in said and "disk" not in said:
                self.tally.wrong.append(f"{method} {path}: {error.code} {said[:300]}")
            raise

    # Afterwards

    def settle(self) -> None:
        """Let everything come to its end; ask again for what ended in a way that Retry answers."""
        self.clock.set(0)
        end = time.monotonic() + SETTLE_SECONDS
        retried: collections.Counter[str] = collections.Counter()
        while time.monotonic() < end:
            with contextlib.suppress(StoreUnavailable, redis.RedisError):
                client = self.installation.client()
                runs = list(client.store.runs.newest())
                for run in runs:
                    if run.status == "failed" and any(w in run.error for w in TO_RETRY) and retried[run.key] < 3:
                        retried[run.key] += 1
                        self.tally.done["retried"] += 1
                        self.claimed[run.key] += client.retry(run.key)[1] == "submitted"
                if all(run.over for run in runs):
                    return
            time.sleep(0.3)
        states = [f"{r.key} {r.status}: {r.stage}" for r in runs if not r.over]
        self.tally.wrong.append(f"not over after {SETTLE_SECONDS:.0f} s: {states}")

    def check(self) -> None:
        """Everything that must be so."""
        client = self.installation.client()
        for spec in self.requests:
            self._check_run(client, client.store.runs.get(spec.key()))
        self._check_commits()
        end = time.monotonic() + LEFT_SECONDS
        while (left := left_in_store(client.store)) and time.monotonic() < end:
            time.sleep(1)
        self.tally.wrong += left
        processes = [psutil.Process(self.installation.process.pid), *self.installation.processes()]  # type: ignore[union-attr]
        self.installation.stop()
        if not gone(processes):
            self.tally.wrong.append("processes live on after the end")
        self.tally.wrong += left_in_processes(self.installation.data)
        self.tally.wrong += left_in_files(self.installation.data, self.folder / "tmp")

    def _check_run(self, client: Client, run: RunRecord) -> None:
        if not run.kind or run.evicted:
            self.tally.done["end: deleted or never asked for"] += 1
            return
        self.tally.done[f"end: {run.status}"] += 1
        if run.status == "cancelled" and run.key in self.cancelled:
            return
        if run.status != "complete":
            self.tally.wrong.append(f"{run.key}: {run.status}, {run.error or 'which nobody asked for'}")
            return
        found, rounded = differences(client.results.parts(run.key), self.expected[run.key])
        self.tally.wrong += [f"{run.key}: {text}" for text in found]
        self.tally.done["rounded otherwise" if rounded else "equal, byte for byte"] += 1

    def _check_commits(self) -> None:
        """A run is published once for each time that it was asked for anew, at most."""
        published: collections.Counter[str] = collections.Counter()
        for line in self.installation.log().splitlines():
            if '"complete"' in line and '"key"' in line:
                published[json.loads(line[line.index("{") :])["key"]] += 1
        for key, times in published.items():
            self.tally.done["published"] += times
            if times > self.claimed[key]:
                self.tally.wrong.append(f"{key}: published {times} times, asked for {self.claimed[key]} times")


def soak(folder: Path, course: Course, seed: int) -> Tally:
    """Disturb an installation; what was done and what is wrong."""
    with small_disk(folder / "disk") as whole:
        one = Soak(folder, whole, course, seed)
        one.tally.done["disk of its own"] = int(whole)
        try:
            one.learn()
            one.disturb()
            one.settle()
            one.check()
        finally:
            one.installation.stop()
        return one.tally


def main() -> int:
    """The command; see above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", type=Path, help="kept; by default a temporary one")
    args = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        tally = soak(folder, Course(args.seconds), args.seed)
    print(f"seed {args.seed}\n{tally.report()}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
