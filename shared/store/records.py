"""A run and a worker as the store knows them; the status of a run is derived here and stored nowhere."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from shared.analyses import JobSpec, parse_spec
from shared.errors import ConvscopeError

Status = Literal["complete", "failed", "cancelled", "running", "queued", "lost", "absent"]
LIVE: tuple[Status, ...] = ("running", "queued", "lost")
# Of several pictures, what is said of each.
MOST_LINES = 3
OVER: tuple[Status, ...] = ("complete", "failed", "cancelled", "absent")


@dataclass(frozen=True)
class RunRecord:
    """One run at the moment it was read. Times are seconds since 1970 by the server's clock; 0 means not yet.

    `done` counts its finished parts, `previews` those of the others that are shown as they look so far; `previewed` how
    often one was shown so, which changes with every new picture. `free` counts parts that nobody makes yet, where
    several workers may; None elsewhere, and before it is known.
    """

    key: str
    status: Status = "absent"
    kind: str = ""
    version: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    queue: str = ""
    by: str = ""
    job: str = ""
    stage: str = ""
    total: int | None = None
    done: int = 0
    previews: int = 0
    previewed: int = 0
    free: int | None = None
    fraction: float | None = None
    attempts: int = 0
    stuck: int = 0
    submitted_at: float = 0.0
    attempt_started_at: float = 0.0
    attempt_done: int = 0
    updated_at: float = 0.0
    finished_at: float = 0.0
    now: float = 0.0
    error: str = ""
    error_kind: str = ""
    cancelling: bool = False
    evicted: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    # Where an imported result is from, in words; "" for what this installation computed.
    origin: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.status in OVER

    @property
    def share(self) -> float:
        """Work done, 0 to 1."""
        if self.status == "complete":
            return 1.0
        by_parts = self.done / self.total if self.total else 0.0
        return min(1.0, max(by_parts, self.fraction or 0.0))

    @property
    def seconds(self) -> float:
        """Time since the attempt began, or the time it took."""
        if not self.attempt_started_at:
            return 0.0
        return max(0.0, (self.finished_at or self.now) - self.attempt_started_at)

    @property
    def estimate(self) -> float | None:
        """Seconds left at this attempt's pace; None while there is nothing to judge by."""
        begun = self.attempt_done / self.total if self.total else 0.0
        gained = self.share - begun
        if self.status != "running" or gained <= 0.005:
            return None
        return self.seconds * (1.0 - self.share) / gained

    def spec(self) -> JobSpec | None:
        """What this run was asked for, as this release asks for it; None where its fields fit no longer."""
        try:
            return parse_spec(self.kind, self.fields)
        except ConvscopeError:
            return None

    @property
    def precision(self) -> str:
        """Number format that its network computed in; "" for a kind that has no choice of it."""
        asked = str(self.fields.get("precision") or "")
        return asked and str(self.facts.get("precision") or asked)

    @property
    def pictures_in(self) -> str:
        """What came in of its pictures and what went into the network; of many the first ones."""
        lines = list(dict.fromkeys(self.facts.get("pictures_in", {}).values()))
        more = f" And {len(lines) - MOST_LINES} more." if len(lines) > MOST_LINES else ""
        return " ".join(lines[:MOST_LINES]) + more

    @property
    def assumed_scales(self) -> str:
        """How pictures went into networks of which that is only assumed, as the run noted it; "" elsewhere."""
        ways = dict.fromkeys(self.facts.get("assumed_scales", {}).values())
        return ", ".join(way.replace("..", "…") for way in ways)

    @property
    def stamp(self) -> str:
        """Changes when the run is computed anew, so that addresses of its pictures may be kept for ever."""
        return f"{int(self.submitted_at * 1000):x}"

    @property
    def outdated(self) -> bool:
        """Whether this release computes the same request under another key: the kind's version was raised since."""
        spec = self.spec()
        if spec is None or self.origin:  # an import has a key of its own
            return spec is not None and spec.version != self.version
        return spec.key() != self.key

    @property
    def made_before(self) -> str:
        """A sentence that says which release made a result that this one would make otherwise; "" of any other."""
        if not self.outdated:
            return ""
        release, spec = self.facts.get("versions", {}).get("convscope", ""), self.spec()
        named = f"Convscope {release} with " if release else "by "
        return (f"An earlier release made this: {named}version {self.version} of {self.kind}. Version "
                f"{spec.version if spec else '?'} may come out differently.")  # fmt: skip


def read_run(key: str, raw: dict[bytes, bytes], leased: bool, cancelling: bool, now: float) -> RunRecord:
    """A record from its hash and the facts beside it; one that cannot be read is a failed run that says so."""
    if not raw:
        return RunRecord(key, now=now)
    try:
        return _read(key, raw, leased, cancelling, now)
    except ValueError as error:
        return RunRecord(key, "failed", now=now, error=f"The record of this run cannot be read ({error}). Delete it.")


def _read(key: str, raw: dict[bytes, bytes], leased: bool, cancelling: bool, now: float) -> RunRecord:
    text = {name.decode(): value.decode() for name, value in raw.items()}
    return RunRecord(
        key=key,
        status=_status(text, leased),
        kind=text.get("kind", ""),
        version=int(text.get("version", 0)),
        fields=json.loads(text.get("spec", "{}")),
        queue=text.get("queue", ""),
        by=text.get("by", ""),
        job=text.get("job", ""),
        stage=text.get("stage", ""),
        total=int(text["total"]) if "total" in text else None,
        done=int(text.get("done", 0)),
        previews=int(text.get("previews", 0)),
        previewed=int(text.get("previewed", 0)),
        free=int(text["free"]) if "free" in text else None,
        fraction=float(text["fraction"]) if text.get("fraction") else None,
        attempts=int(text.get("attempts", 0)),
        stuck=int(text.get("stuck", 0)),
        submitted_at=float(text.get("submitted_at", 0)),
        attempt_started_at=float(text.get("attempt_started_at", 0)),
        attempt_done=int(text.get("attempt_done", 0)),
        updated_at=float(text.get("updated_at", 0)),
        finished_at=float(text.get("finished_at", 0)),
        now=now,
        error=text.get("error", ""),
        error_kind=text.get("error_kind", ""),
        cancelling=cancelling,
        evicted="evicted" in text,
        facts=json.loads(text.get("facts", "{}")),
    )


def _status(text: dict[str, str], leased: bool) -> Status:
    outcome = text.get("outcome")
    if outcome is not None:
        return cast(Status, outcome)
    if "evicted" in text:
        return "absent"
    if leased:
        return "running"
    return "queued" if text.get("waiting") == "1" else "lost"


@dataclass(frozen=True)
class WorkerRecord:
    """One worker: an RQ parent with its engine.

    `state` is warming, idle or busy; `memory` the engine's bytes; `precisions` the formats that are fast here;
    `imagenet` the architectures whose ImageNet weights it has or can download, once `weights_known`.
    """

    name: str
    queue: str = ""
    state: str = "warming"
    run: str = ""
    device: str = ""
    memory: int = 0
    precisions: tuple[str, ...] = ("float32",)
    models: tuple[str, ...] = ()
    host: str = ""
    pid: int = 0
    engine_pid: int = 0
    started_at: float = 0.0
    seen_at: float = 0.0
    imagenet: tuple[str, ...] = ()
    weights_known: bool = False
