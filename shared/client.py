"""The requests of the pages and the command line, from Python.

from shared.client import Client
from shared.job_specs import FilterAtlas

result = Client().run(FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", size=96))
result.parts[7].pictures["tile"]        # uint8 (96, 96, 3)
"""

import copy
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import IO, Self

from shared.errors import RunCancelled, RunFailed, StoreUnavailable, UnknownRun, message
from shared.job_queue import JobQueue, Outcome
from shared.job_specs import JobSpec
from shared.people import login_name
from shared.redis_server import address, is_running
from shared.registries import Registries
from shared.result_zip import read_zip, write_zip
from shared.results import decode_part
from shared.run_result import Result
from shared.settings import Settings, get_settings
from shared.share_links import USUAL_DAYS, Share
from shared.store import RunRecord, Store

# A waiting client asks often at first, for warm answers take tens of milliseconds, then seldom.
FIRST_POLL, LAST_POLL = 0.004, 0.5
DASHBOARD_URL = "http://127.0.0.1:8501"


def store_url(settings: Settings) -> str:
    """Address of the store: REDIS_URL, else the embedded server that runs on the data folder.

    Raises:
        StoreUnavailable: when there is neither.
    """
    if settings.redis_url:
        return settings.redis_url
    if is_running(settings.server_folder) and (url := address(settings.server_folder)):
        return url
    raise StoreUnavailable(
        f"No Convscope runs on {settings.data.absolute()}. Start one with `convscope up`, or set REDIS_URL or "
        "CONVSCOPE_DATA to one that runs."
    )


class Client(Registries):
    """One installation, seen from outside.

    Args:
        settings: by default the environment's.
        store: by default the one that the settings lead to.
    """

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        super().__init__(settings or get_settings())
        self.store = store or Store.open(store_url(self.settings), self.settings.cache_budget)
        self.queue = JobQueue(self.store, self.settings.job_timeout)

    def acting_as(self, person: str) -> Self:
        """The same installation, asked in the name of somebody who signed in."""
        other = copy.copy(self)
        other.__dict__["person"] = person
        return other

    @cached_property
    def person(self) -> str:
        """Who asks: CONVSCOPE_USER, else the login name."""
        return self.settings.user or login_name()

    def resolve(self, spec: JobSpec) -> JobSpec:
        """Replace given names by references and "auto" by what the workers have, so that the key is final.

        Raises:
            UnknownModel, UnknownImage, UnknownDataset: a name that stands for nothing.
        """
        spec = spec.with_references(self.models.resolve, self.images.resolve, self.datasets.resolve)
        if getattr(spec, "precision", None) == "auto":
            spec = spec.model_copy(update={"precision": self.fastest_precision(spec.queue)})
        return spec

    def fastest_precision(self, queue: str) -> str:
        """The first half-precision format that all workers of a queue are fast in, else float32."""
        offers = [set(w.precisions) for w in self.store.workers.all() if w.queue == queue]
        common = set.intersection(*offers) if offers else set()
        return next((p for p in ("bfloat16", "float16") if p in common), "float32")

    def submit(self, spec: JobSpec, by: str = "") -> tuple[str, Outcome]:
        """Have a spec computed unless it is already.

        Returns:
            The key, and "submitted", "joined" (it waits or runs already) or "complete".

        Raises:
            ConvscopeError: the request is wrong, or the store is away.
        """
        spec = self.resolve(spec)
        if self.archive.run(spec.key()) is not None:
            return spec.key(), "complete"
        return spec.key(), self.queue.submit(spec, by or self.person)

    def record(self, key: str) -> RunRecord:
        """The run as it is now; an archived one where the cache has let go of it."""
        run = self.store.runs.get(key)
        if run.status == "absent":
            return self.archive.run(key) or run
        return run

    def wait(
        self, key: str, watch: Callable[[RunRecord], None] | None = None, timeout: float | None = None
    ) -> RunRecord:
        """Wait until a run is over.

        Args:
            key: the run.
            watch: called with every new state.
            timeout: seconds; None waits for ever.

        Raises:
            TimeoutError: when it is not over by then; the run goes on.
        """
        end = None if timeout is None else time.monotonic() + timeout
        pause = FIRST_POLL
        while True:
            run = self.record(key)
            if watch is not None:
                watch(run)
            if run.over:
                return run
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"{key} is still {run.status} after {timeout} s")
            time.sleep(pause)
            pause = min(LAST_POLL, pause * 1.1)

    def run(
        self,
        spec: JobSpec,
        watch: Callable[[RunRecord], None] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Submit, wait, and read the result.

        Raises:
            RunFailed: with the message that the worker stored.
            RunCancelled: somebody cancelled it.
            TimeoutError: after `timeout` seconds; the run goes on.
        """
        key, _ = self.submit(spec)
        run = self.wait(key, watch, timeout)
        if run.status == "failed":
            raise RunFailed(run.error)
        if run.status == "cancelled":
            raise RunCancelled(f"{key} was cancelled after {run.done} of {run.total or '?'} parts.")
        return self.result(key)

    def result(self, key: str) -> Result:
        """All parts that are there, of a run in any state.

        Raises:
            UnknownRun: no such run, or its result has left the cache.
        """
        run = self.record(key)
        if run.status == "absent":
            gone = "Its result has left the cache: run it again." if run.kind else "List runs with `convscope jobs`."
            raise UnknownRun(message("the key of a run", key, gone))
        parts = self.parts(key)
        self.store.parts.viewed(key)
        return Result(run, {i: decode_part(data) for i, data in sorted(parts.items())})

    def parts(self, key: str, indices: Iterable[int] | None = None) -> dict[int, bytes]:
        """Encoded parts by number, from the cache or the archive."""
        wanted = self.store.parts.indices(key) if indices is None else set(indices)
        found = self.store.parts.read_many(key, sorted(wanted))
        if found:
            return found
        archived = self.archive.parts(key)
        return archived if indices is None else {i: archived[i] for i in wanted if i in archived}

    def part(self, key: str, index: int) -> bytes | None:
        """One encoded part, from the cache or the archive; None when it is in neither."""
        return self.store.parts.read(key, index) or self.archive.part(key, index)

    def link(self, key: str) -> str:
        """Address of a run's page: on CONVSCOPE_DASHBOARD_URL, or wherever the dashboard said it is."""
        return f"{self._base()}/?run={key}"

    def _base(self) -> str:
        base = self.settings.dashboard_url or self.store.workers.dashboard() or DASHBOARD_URL
        return base.rstrip("/")

    def cancel(self, key: str) -> bool:
        """Ask a run to stop; whether there was anything to stop."""
        return self.queue.cancel(key)

    def retry(self, key: str) -> Outcome:
        """Compute a failed, cancelled, lost or evicted run again; its finished parts are kept.

        Raises:
            UnknownRun: no such run, or of a release that spoke another version.
        """
        spec = self.store.runs.get(key).spec()
        if spec is None:
            raise UnknownRun(message("a run that this release can repeat", key, "Submit it anew."))
        return self.queue.submit(spec, self.person)

    def pin(self, key: str) -> None:
        """Keep a complete result: out of reach of the budget, and in the file store.

        Raises:
            UnknownRun: when it is not complete.
        """
        run = self.record(key)
        if run.status != "complete":
            raise UnknownRun(message("a complete run", f"{key} ({run.status})", "Wait for it, then pin it."))
        self.store.parts.pin(key)
        if self.archive.run(key) is None:
            self.archive.write(run, self.parts(key))

    def share(self, key: str, days: float = USUAL_DAYS, view: Mapping[str, str] | None = None, by: str = "") -> Share:
        """Keep a complete result and make a link that opens it, and nothing else, without sign-in.

        Args:
            key: of the run.
            days: how long the link is good.
            view: what of the page's address belongs to the view.
            by: who makes it; by default whoever runs this.

        Raises:
            UnknownRun: the run is not complete, or has left the cache.
        """
        self.pin(key)
        return self.shares.make(key, by or self.person, days, view)

    def share_link(self, share: Share) -> str:
        """Its address."""
        return f"{self._base()}/share/{self.shares.token(share)}"

    def export(self, key: str, file: IO[bytes]) -> None:
        """Write a result as a zip that import_result() reads, here or in another installation.

        Raises:
            UnknownRun: no such run, or its result has left the cache.
        """
        result = self.result(key)
        names = {reference: name for name, reference in self.models.names().items()}
        write_zip(file, result.run, self.parts(key), names)

    def import_result(self, path: Path) -> str:
        """Keep a result that was exported elsewhere; returns its key.

        Raises:
            RefusedUpload, VersionMismatch: see read_zip().
        """
        run, parts = read_zip(path, self.settings)
        if self.archive.run(run.key) is None:
            self.archive.write(run, parts)
        return run.key
