"""The requests of the pages and the command line, from Python.

from shared.client import Client
from shared.analyses import FilterAtlas

result = Client().run(FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", size=96))
result.parts[7].pictures["tile"]        # uint8 (96, 96, 3)
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Literal

from rich.console import Console

from shared.analyses import JobSpec
from shared.client.collections_service import CollectionsService
from shared.client.fitting import misfit
from shared.client.progress_bar import progress_bar
from shared.client.result import Result
from shared.client.results_service import ResultsService
from shared.errors import InvalidSpec, RunCancelled, RunFailed, UnknownRun, message
from shared.library import DatasetRegistry, ImageLibrary, Library, ModelRegistry, Person, Records
from shared.library.notices import tell_the_end
from shared.library.people import is_admin, login_name
from shared.library.person_share import PersonShare
from shared.library.rights import require
from shared.queue import JobQueue, Outcome
from shared.settings import Settings, get_settings
from shared.store import RunRecord, Store, store_url

# A waiting client asks often at first, for warm answers take tens of milliseconds, then seldom.
FIRST_POLL, LAST_POLL = 0.004, 0.5


class Client:
    """One installation, seen from outside.

    Args:
        settings: by default the environment's.
        store: by default the one that the settings lead to.
        library: by default the one that the settings lead to.
        person: who asks; by default CONVSCOPE_USER, else the login name.
        admin: whether they may do everything; whoever has Redis and files within reach may.

    Attributes:
        me: who asks, and whether they are an administrator; see shared.library.rights.
        store: runs, parts and workers, as Redis has them.
        library: models, pictures, data sets and what else is kept in files.
        queue: of runs that wait for a worker.
        records: of runs, from the store or the archive.
        results: read, pinned, shared, exported and deleted.
        collections: pinned results in an order, with words.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        store: Store | None = None,
        library: Library | None = None,
        person: str = "",
        admin: bool = True,
    ) -> None:
        self.settings = settings or get_settings()
        self.person = person or self.settings.user or login_name()
        self.me = Person(self.person, admin=admin)
        self.store = store or Store.open(store_url(self.settings), self.settings.cache_budget)
        self.library = library or Library(self.settings)
        self.queue = JobQueue(self.store, self.settings.job_timeout)
        self.records = Records(self.store, self.library)
        self.results = ResultsService(self.store, self.library, self.records, self.me)
        self.collections = CollectionsService(self.library, self.results, self.me)

    def acting_as(self, person: str) -> "Client":
        """The same installation, asked in the name of somebody who signed in, with their rights."""
        return Client(self.settings, self.store, self.library, person, is_admin(person, self.settings))

    @property
    def share(self) -> PersonShare:
        """What whoever asks may have of queue, cache, files and uploads."""
        return PersonShare(self.library, self.me)

    @property
    def models(self) -> ModelRegistry:
        """Models by reference and name."""
        return self.library.models

    @property
    def images(self) -> ImageLibrary:
        """Pictures by reference and name."""
        return self.library.images

    @property
    def datasets(self) -> DatasetRegistry:
        """Data sets by reference and name."""
        return self.library.datasets

    def record(self, key: str) -> RunRecord:
        """The run as it is now; an archived one where the cache has let go of it."""
        return self.records.get(key)

    def result(self, key: str) -> Result:
        """All parts that are there, of a run in any state.

        Raises:
            UnknownRun: no such run, or its result has left the cache.
        """
        return self.results.get(key)

    def resolve(self, spec: JobSpec) -> JobSpec:
        """Replace given names by references and "auto" by what the workers have and a model's card says, so that
        the key is final.

        Raises:
            UnknownModel, UnknownImage, UnknownDataset: a name that stands for nothing.
        """
        spec = spec.with_references(self.models.resolve, self.images.resolve, self.datasets.resolve)
        if getattr(spec, "precision", None) == "auto":
            spec = spec.model_copy(update={"precision": self.fastest_precision(spec.queue)})
        return spec.with_resize(lambda model: self.models.card(model).resize)

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
            ShareUsedUp: nothing is left of the person's share of the queue or the cache.
            ConvscopeError: the request is wrong, or the store is away.
        """
        spec = self.resolve(spec)
        if words := misfit(self.library, spec):
            raise InvalidSpec(words)
        kept = self.library.archive.run(spec.key())
        if kept is not None and not kept.origin:  # an import answers no request
            return spec.key(), "complete"
        share = self.share if not by else PersonShare(self.library, Person(by))
        share.require_results(self.store.persons)
        return spec.key(), self.queue.submit(spec, by or self.person, share.most("person_runs"))

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
        watch: Callable[[RunRecord], None] | Literal["bar"] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Submit, wait, and read the result.

        Args:
            spec: what to compute.
            watch: called with every new state; "bar" shows a progress bar, in a notebook as on a terminal.
            timeout: seconds; None waits for ever.

        Raises:
            RunFailed: with the message that the worker stored.
            RunCancelled: somebody cancelled it.
            TimeoutError: after `timeout` seconds; the run goes on.
        """
        key, _ = self.submit(spec)
        with progress_bar(Console()) if watch == "bar" else nullcontext(watch) as shown:
            run = self.wait(key, shown, timeout)
        if run.status == "failed":
            raise RunFailed(run.error)
        if run.status == "cancelled":
            raise RunCancelled(f"{key} was cancelled after {run.done} of {run.total or '?'} parts.")
        return self.result(key)

    def cancel(self, key: str) -> bool:
        """Ask a run to stop; whether there was anything to stop.

        Raises:
            NotAllowed: it is somebody else's.
        """
        require(self.me, "cancel a run", self.record(key).by)
        stopped = self.queue.cancel(key)
        if stopped and self.store.runs.get(key).over:  # it had not begun, so no worker ends it
            tell_the_end(self.store, self.library, key)
        return stopped

    def revoke_token(self, name: str) -> None:
        """Make a script's token worthless, at once.

        Raises:
            NotAllowed: it is somebody else's.
        """
        require(self.me, "take a token back", *(t.by for t in self.library.tokens.all() if t.id == name))
        self.library.tokens.revoke(name)

    def take_note_back(self, subject: str, note: str) -> None:
        """Hide a note from everybody; its record stays.

        Raises:
            NotAllowed: it is somebody else's.
        """
        found = [one for one in self.library.notes.of(subject) if one.id == note]
        require(self.me, "take a note back", *(one.by for one in found))
        self.library.notes.take_back(subject, note, self.person, admin=True)

    def set_budget(self, size: int | None) -> None:
        """Set how many bytes of results Redis may hold; None goes back to what each worker was started with.

        Raises:
            NotAllowed: the person is no administrator.
        """
        require(self.me, "set the budget")
        self.store.parts.set_budget(size)

    def retry(self, key: str) -> tuple[str, Outcome]:
        """Compute a failed, cancelled, lost or evicted run again; its finished parts are kept.

        Returns:
            As submit() does. The key is another one where an earlier release made the run and this one computes it
            otherwise: the old parts then belong to the old key, and whoever shows the run must go to the new one.

        Raises:
            UnknownRun: no such run, or one whose fields this release takes no longer.
        """
        spec = self.record(key).spec()
        if spec is None:
            raise UnknownRun(message("a run that this release can repeat", key, "Submit it anew."))
        return self.submit(spec)
