"""Plans: many runs as one thing, from one spec and the fields that vary. Kept in the file store, so a plan outlives
the runs' records.
"""

import itertools
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.analyses import JobSpec, parse_spec, spec_type
from shared.errors import InvalidSpec, UnknownRun, message
from shared.library.files import FileStore

TABLE = "plans"
MOST_RUNS, LONGEST_TITLE = 500, 120


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan: its key, and what it is asked for with."""

    key: str
    kind: str
    fields: dict[str, Any]

    def spec(self) -> JobSpec:
        """The spec again. Its key is another one where this release computes the run otherwise than the plan's did.

        Raises:
            ConvscopeError: this release no longer takes it.
        """
        return parse_spec(self.kind, dict(self.fields))


@dataclass(frozen=True)
class Plan:
    """Many runs as one.

    Attributes:
        id: 16 hex digits.
        title: what its person calls it.
        by: who made it.
        at: seconds since 1970.
        varied: fields in which the runs differ.
        runs: in the order they are submitted in.
        webhook: address that is told when all are over; "" for none.
    """

    id: str
    title: str
    by: str
    at: float
    varied: tuple[str, ...]
    runs: tuple[PlannedRun, ...]
    webhook: str = ""


def combinations(kind: str, fields: Mapping[str, Any], over: Mapping[str, Sequence[Any]]) -> list[JobSpec]:
    """The specs of a plan: one for each combination of the varied fields' values.

    Args:
        kind: of all runs.
        fields: what they have in common.
        over: field to the values it takes; the last one varies fastest.

    Raises:
        InvalidSpec: a field is unknown, a value is wrong, there are no values or too many runs.
    """
    known = spec_type(kind).model_fields
    for name, values in over.items():
        if name not in known or not values:
            expected = f"fields of {kind}, each with values"
            raise InvalidSpec(message(expected, f"{name} with {len(values)} values", f"Choose of: {', '.join(known)}."))
    number = 1
    for values in over.values():
        number *= len(values)
    if number > MOST_RUNS:
        raise InvalidSpec(message(f"at most {MOST_RUNS} runs in a plan", number, "Vary less, or make several plans."))
    rows = itertools.product(*over.values())
    specs = [parse_spec(kind, {**fields, **dict(zip(over, row, strict=True))}) for row in rows]
    return list({spec.key(): spec for spec in specs}.values())


def read_values(text: str) -> list[str]:
    """Values of a varied field as people type them: with commas, or with semicolons where a value holds commas.

    Args:
        text: "lucid, classic", or "0-15; 16-31".
    """
    return [word.strip() for word in text.split(";" if ";" in text else ",") if word.strip()]


class Plans:
    """The plans of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def make(
        self, title: str, by: str, specs: Sequence[JobSpec], varied: Sequence[str] = (), webhook: str = ""
    ) -> Plan:
        """Keep a plan; nothing is submitted yet.

        Args:
            title: at most 120 letters.
            by: who makes it.
            specs: resolved; see shared.client.Client.resolve().
            varied: fields in which they differ.
            webhook: see Plan.

        Raises:
            InvalidSpec: there is no run, or too many.
        """
        title = " ".join(title.split())[:LONGEST_TITLE]
        if not 0 < len(specs) <= MOST_RUNS:
            raise InvalidSpec(message(f"1 to {MOST_RUNS} runs", len(specs), "Vary something, or less."))
        runs = tuple(PlannedRun(spec.key(), spec.kind, spec.model_dump(mode="json")) for spec in specs)
        plan = Plan(secrets.token_hex(8), title, by, time.time(), tuple(varied), runs, webhook)
        self._files.write_record(TABLE, plan.id, asdict(plan))
        return plan

    def get(self, name: str) -> Plan:
        """A plan by its id.

        Raises:
            UnknownRun: there is none.
        """
        row = self._files.read_record(TABLE, name)
        if row is None:
            raise UnknownRun(message("the id of a plan", name, "See Plans (in a terminal: `convscope plans`)."))
        return _read(row)

    def all(self) -> list[Plan]:
        """All plans, newest first."""
        return sorted((_read(row) for _, row in self._files.records(TABLE)), key=lambda plan: -plan.at)


def _read(row: Mapping[str, Any]) -> Plan:
    runs = tuple(PlannedRun(**one) for one in row["runs"])
    return Plan(**{**row, "runs": runs, "varied": tuple(row["varied"])})
