"""The life of a run: submit, begin, write, finish, fail, cancel. Each step is one script on the server."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal, cast

import redis

from shared.analyses import JobSpec
from shared.errors import ConvscopeError, LeaseLost, PermanentError, RunCancelled, UnknownRun
from shared.store import scripts
from shared.store.connection import translating_errors
from shared.store.listed_runs import SEARCHED, facets_of, search_words
from shared.store.listing import Listing, sets_of, words_of
from shared.store.records import RunRecord, read_run

PREFIX = "convscope:"
LEASE_SECONDS = 15.0
# Engine deaths in a row without one new part after which a run is given up.
STUCK_LIMIT = 3
LISTED_RUNS = 20_000
PAGE = 100
# How many of the words that a run is found by are looked up to narrow a list.
NARROWED_BY = 8

Submitted = Literal["claimed", "joined", "complete", "full"]


def names(key: str) -> list[str]:
    """The Redis keys that every script takes, in the scripts' order."""
    own, of_all = ("run", "parts", "lease", "cancel"), ("sizes", "seen", "pins", "bytes")
    shared = [f"{PREFIX}{what}:{key}" for what in ("claims", "helpers", "previews")]
    return [f"{PREFIX}{what}:{key}" for what in own] + [f"{PREFIX}{what}" for what in of_all] + shared


@translating_errors
class Runs:
    """Run records, claims, leases and cancel flags.

    Attributes:
        listing: the newest LISTED_RUNS runs, by `kind`, `by` (who asked), `state` (live, complete, failed, cancelled),
            `queue` and `trial` ("yes" for kinds whose every change is a run).
    """

    def __init__(self, client: redis.Redis, cache_budget: int) -> None:
        # Any: the stubs answer "bytes or str" everywhere, and this client answers bytes.
        self._client: Any = client
        self._budget = cache_budget
        self.listing = Listing(client, "runs")
        texts = ("SUBMIT", "BEGIN", "WRITE", "FINISH", "END", "WAIT_AGAIN", "RENEW", "FORGET", "TAKE_TURNS")
        self._scripts = {name.lower(): client.register_script(getattr(scripts, name)) for name in texts}

    def _run(self, name: str, key: str, *args: object) -> str:
        answer = self._scripts[name](keys=names(key), args=cast(Any, args))
        return answer.decode() if isinstance(answer, bytes) else str(answer)

    def submit(self, spec: JobSpec, job: str, by: str = "", most: int = 0) -> Submitted:
        """Write the run record, list the run and claim its key, in one step.

        Args:
            spec: what to compute.
            job: id of the queue's job that the caller enqueues when this answers "claimed".
            by: who asks.
            most: how many of their runs may wait and compute in its queue; 0 for any number.

        Returns:
            "claimed" for the one caller who must enqueue, "joined" while the run waits or runs, "complete"
            when there is nothing left to do. Failed, cancelled, lost and evicted runs are claimed anew and
            keep their finished parts. "full" where `most` of the person's runs are live already.
        """
        key = spec.key()
        record = {"kind": spec.kind, "version": spec.version, "spec": spec.canonical_json(), "queue": spec.queue,
                  "by": by}  # fmt: skip
        run = RunRecord(key, "queued", spec.kind, fields=spec.model_dump(mode="json"), by=by, queue=spec.queue)
        sets = sets_of(facets_of(run), search_words(run))
        asked = (key, job, self.listing.prefix, sets, most, by, spec.queue, *_flat(record))
        answer = self._run("submit", key, *asked)
        if answer == "full" and self._list_over(by):
            answer = self._run("submit", key, *asked)
        if answer == "claimed":
            self.listing.shorten(LISTED_RUNS)
        return cast(Submitted, answer)

    def take_turns(self, waiting: str, job: str) -> None:
        """Move a job that was just enqueued in front of others' later ones, so that nobody waits for all of somebody's.

        Args:
            waiting: Redis key of the queue's list.
            job: its id; one that a worker has taken meanwhile is left alone.
        """
        self._scripts["take_turns"](keys=[waiting], args=[job, PREFIX])

    def _list_over(self, by: str) -> bool:
        """Bring the list up to date about runs of somebody that are over; whether there were any."""
        over = [run.key for run in self.newest({"by": by, "state": "live"}) if run.over]
        for key in over:
            self._list(key)
        return bool(over)

    def _list(self, key: str) -> None:
        """Bring what the list says of a run up to date; it is only what the run is found by."""
        run = self.get(key)
        if run.kind:
            self.listing.put(key, None, facets_of(run), search_words(run))

    def get(self, key: str) -> RunRecord:
        """The record of a run; its status is "absent" where there is none."""
        return self.get_many([key])[0]

    def get_many(self, keys: Iterable[str]) -> list[RunRecord]:
        """Records of several runs in one round trip."""
        keys = list(keys)
        pipe = self._client.pipeline(transaction=False)
        pipe.time()
        for key in keys:
            run, _, lease, cancel, *_ = names(key)
            pipe.hgetall(run).exists(lease).exists(cancel)
        (seconds, micro), *answers = pipe.execute()
        rows = zip(keys, answers[::3], answers[1::3], answers[2::3], strict=True)
        now = seconds + micro / 1e6
        return [read_run(key, raw, bool(leased), bool(flag), now) for key, raw, leased, flag in rows]

    def recent(self, limit: int = 100, exclude: Collection[str] = (), include: Collection[str] = ()) -> list[RunRecord]:
        """The newest runs first.

        Args:
            limit: how many at most.
            exclude: kinds to leave out, however many there are.
            include: kinds to leave in, however many others there are; none of them means all kinds.
        """
        facets = [{"kind": kind} for kind in include] or [{}]
        found = [run for one in facets for run in islice(self.newest(one, exclude=exclude), limit)]
        return sorted(found, key=lambda r: -r.submitted_at)[:limit]

    def newest(
        self,
        facets: Mapping[str, str] | None = None,
        fields: Mapping[str, Any] | None = None,
        exclude: Collection[str] = (),
    ) -> Iterator[RunRecord]:
        """Runs that fit, newest first, however many others there are; as many are read as are taken.

        Args:
            facets: of the listing, to a value each.
            fields: of the spec, to a value each.
            exclude: kinds to leave out.
        """
        wanted = dict(fields or {})
        words = words_of(*(wanted[name] for name in SEARCHED if wanted.get(name)))[:NARROWED_BY]
        seen: set[str] = set()  # while pages are turned, newer runs push others onto the next
        for first in range(0, LISTED_RUNS, PAGE):
            keys = self.listing.find(facets, words, first, PAGE).keys
            fresh = [key for key in keys if key not in seen and key.partition("-")[0] not in exclude]
            seen.update(keys)
            for run in self.get_many(fresh):
                if run.kind and all(run.fields.get(name) == value for name, value in wanted.items()):
                    yield run
            if len(keys) < PAGE:
                return

    def naming(self, reference: str) -> Iterator[RunRecord]:
        """Runs that a model, picture or data set goes into, newest first; not those with it in a list of pictures."""
        words = words_of(reference)
        for first in range(0, LISTED_RUNS, PAGE):
            keys = self.listing.find(words=words, first=first, count=PAGE).keys
            yield from (run for run in self.get_many(keys) if run.kind and reference in json.dumps(run.fields))
            if len(keys) < PAGE:
                return

    def begin(self, key: str, job: str, worker: str = "") -> int:
        """Start an attempt: take the lease and a new fencing token.

        Args:
            key: the run.
            job: of the queue, that this attempt works for.
            worker: name of the worker, so that the recovery of a dead one leaves the attempts of others alone.

        Returns:
            The token; 0 where another job of the same request leads, and this one may help (see store.shares).

        Raises:
            UnknownRun: no record of this key.
            LeaseLost: the run is over, or belongs to a newer job.
            RunCancelled: cancelled before it began.
            PermanentError: STUCK_LIMIT attempts in a row died without a new part.
        """
        answer = self._run("begin", key, job, int(LEASE_SECONDS * 1000), STUCK_LIMIT, worker)
        if answer.isdigit():
            return int(answer)
        raise _why_not(answer, key)

    def write(self, key: str, fence: int, part: tuple[int, bytes] | None, progress: Mapping[str, object]) -> None:
        """Store a part, renew the lease, write the progress and read the cancel flag, in one round trip.

        Args:
            key: the run.
            fence: token from begin().
            part: index and bytes; None for progress alone. A part that is there already is kept.
            progress: fields of the record: stage, total, fraction.

        Raises:
            RunCancelled: the part is stored, and somebody asked to stop.
            LeaseLost: a newer attempt owns the run; nothing was written.
        """
        index, data = part if part is not None else ("", b"")
        head = (fence, int(LEASE_SECONDS * 1000), key, PREFIX, self._budget, index, data)
        go_on(self._run("write", key, *head, *_flat({"stage": "running", **progress})), key)

    def finish(self, key: str, fence: int, facts: Mapping[str, object]) -> None:
        """Publish the result; the lease is released in the same step.

        Raises:
            LeaseLost: a newer attempt owns the run.
            ConvscopeError: parts are missing.
        """
        answer = self._run("finish", key, fence, key, json.dumps(facts, allow_nan=False))
        if answer == "lost":
            raise LeaseLost(f"{key}: another attempt has taken over")
        if answer == "incomplete":
            raise ConvscopeError(f"{key} ended before all its parts were made. Retry makes the missing ones.")
        self._list(key)

    def fail(self, key: str, fence: int | None, kind: str, text: str) -> bool:
        """End a run in failure. Without a fence the caller must know that no attempt lives."""
        return self._ended(key, "" if fence is None else fence, "failed", text, kind)

    def end_cancelled(self, key: str, fence: int | None = None) -> bool:
        """End a run as cancelled; its finished parts stay."""
        return self._ended(key, "" if fence is None else fence, "cancelled", "", "")

    def _ended(self, key: str, *args: object) -> bool:
        ended = self._run("end", key, *args, key) == "ok"
        if ended:
            self._list(key)
        return ended

    def wait_again(
        self, key: str, job: str, forgive: bool = False, worker: str = "", by: tuple[str, str] | None = None
    ) -> bool:
        """An attempt is over without an outcome and its job waits again; an older token is worth nothing now.

        Args:
            key: the run.
            job: the job that the dead attempt worked for.
            forgive: do not count the attempt towards STUCK_LIMIT (an orderly shutdown).
            worker: that made the attempt; one that another worker has begun since goes on. "" for whoever it is.
            by: queue and job that go on with it, where they are others than before.
        """
        waits = self._run("wait_again", key, job, 0 if forgive else "", worker, *(by or ())) == "ok"
        if waits and by:
            self._list(key)
        return waits

    def request_cancel(self, key: str) -> None:
        """Raise the flag that every step of an attempt reads."""
        self._client.set(names(key)[3], "1", ex=24 * 3600)

    def cancel_requested(self, key: str) -> bool:
        """Whether the cancel flag is up."""
        return bool(self._client.exists(names(key)[3]))

    def renew(self, key: str, job: str = "") -> bool:
        """Renew a lease between two writes; called by the parent for as long as its engine lives.

        Args:
            key: the run.
            job: whose lease: a helper's own, or the attempt's; "" means the attempt's whoever it is.
        """
        return self._run("renew", key, int(LEASE_SECONDS * 1000), job) == "ok"

    def forget(self, key: str) -> None:
        """Drop a run, its result and its place in the list."""
        self._run("forget", key, key)
        self.listing.remove(key)


def go_on(answer: str, key: str) -> None:
    """Raise what a script that writes said instead of ok: RunCancelled, or LeaseLost."""
    if answer == "cancel":
        raise RunCancelled("Cancelled on request.")
    if answer == "lost":
        raise LeaseLost(f"{key}: another attempt has taken over")


def _flat(fields: Mapping[str, object]) -> list[object]:
    return [x for pair in fields.items() if pair[1] is not None for x in pair]


def _why_not(answer: str, key: str) -> ConvscopeError:
    if answer == "absent":
        return UnknownRun(f"No run {key}.")
    if answer == "cancelled":
        return RunCancelled("Cancelled on request.")
    if answer == "stuck":
        return PermanentError(
            f"The worker died {STUCK_LIMIT} times at this point of the run, without one new part. The model or "
            "size may not fit this machine: choose a smaller size or fewer channels, then Retry."
        )
    return LeaseLost(f"{key}: {answer}")
