"""Collections: pinned results in an order that somebody chose, with words beside each. The page Lessons walks them step
by step, as it does the lessons that come with Convscope.

What people write is kept as they wrote it; pages make it safe where they show it. Who may change what is asked in
shared.client, not here.
"""

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from shared.errors import InvalidSpec, UnknownRun, message
from shared.library.files import FileStore

TABLE = "collections"
MOST_STEPS, LONGEST_TITLE, LONGEST_TEXT = 50, 120, 4000


@dataclass(frozen=True)
class CollectionStep:
    """One step.

    Attributes:
        key: of the run that it shows.
        title: in a few words; "" for what the run is called.
        text: a paragraph or more, a little Markdown.
        question: likewise; "" for none.
        answer: to the question.
        view: what of the page's address belongs to how the result is looked at.
        id: of the step, 8 hex digits.
    """

    key: str
    title: str = ""
    text: str = ""
    question: str = ""
    answer: str = ""
    view: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_hex(4))


@dataclass(frozen=True)
class Collection:
    """Steps in an order.

    Attributes:
        id: 16 hex digits.
        title: of the whole.
        text: what it is about, a little Markdown.
        by: who made it.
        at: seconds since 1970, when it was made.
        steps: in their order.
    """

    id: str
    title: str
    text: str
    by: str
    at: float
    steps: tuple[CollectionStep, ...] = ()

    def place_of(self, step: str) -> int:
        """The place of a step, from 0.

        Raises:
            InvalidSpec: there is no such step any more.
        """
        for place, one in enumerate(self.steps):
            if one.id == step:
                return place
        raise InvalidSpec(message("a step of this collection", step, "Somebody took it out: reload the page."))

    def with_step(self, changed: CollectionStep) -> "Collection":
        """The same with other words in the step of its id."""
        at = self.place_of(changed.id)
        return replace(self, steps=(*self.steps[:at], changed, *self.steps[at + 1 :]))

    def without_step(self, step: str) -> "Collection":
        """The same without a step."""
        at = self.place_of(step)
        return replace(self, steps=(*self.steps[:at], *self.steps[at + 1 :]))

    def moved_step(self, step: str, to: int) -> "Collection":
        """The same with a step at another place, from 0; beyond the ends it stands first or last."""
        moved, rest = self.steps[self.place_of(step)], [one for one in self.steps if one.id != step]
        rest.insert(max(0, to), moved)
        return replace(self, steps=tuple(rest))


class Collections:
    """The collections of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def write(self, collection: Collection) -> Collection:
        """Keep a collection, in place of what it was before.

        Raises:
            InvalidSpec: it has no title, too many steps, or words that are too long.
        """
        good = _checked(collection)
        self._files.write_record(TABLE, good.id, asdict(good))
        return good

    def get(self, name: str) -> Collection:
        """A collection by its id.

        Raises:
            UnknownRun: there is none.
        """
        row = self._files.read_record(TABLE, name)
        if row is None:
            raise UnknownRun(message("the id of a collection", name, "See the page Lessons for those that there are."))
        return _read(row)

    def all(self) -> list[Collection]:
        """All collections, newest first."""
        return sorted((_read(row) for _, row in self._files.records(TABLE)), key=lambda one: -one.at)

    def delete(self, name: str) -> None:
        """Drop a collection; its results stay."""
        self._files.delete_record(TABLE, name)


def new_collection(title: str, text: str, by: str, steps: Iterable[CollectionStep] = ()) -> Collection:
    """A collection that is not kept yet."""
    return Collection(secrets.token_hex(8), title, text, by, time.time(), tuple(steps))


def read_step(row: Mapping[str, Any]) -> CollectionStep:
    """A step as scripts write it: `key`, and of the other fields what it has.

    Raises:
        InvalidSpec: a field is missing, unknown or no text.
    """
    known = [one.name for one in fields(CollectionStep) if one.name != "id"]
    texts = {name: value for name, value in row.items() if name != "view"}
    view = row.get("view", {})
    if not row.get("key") or set(row) - set(known) or not all(isinstance(value, str) for value in texts.values()):
        raise InvalidSpec(message(f"a step with a key and texts: {', '.join(known)}", dict(row), "Correct the step."))
    if not isinstance(view, Mapping) or not all(isinstance(word, str) for pair in view.items() for word in pair):
        raise InvalidSpec(message("a view of names and texts", view, "Take it from the result's address."))
    return CollectionStep(**{**texts, "view": dict(view)})


def _read(row: Mapping[str, Any]) -> Collection:
    return Collection(**{**row, "steps": tuple(CollectionStep(**step) for step in row["steps"])})


def _checked(collection: Collection) -> Collection:
    """The same with titles on one line, if it may be kept."""
    title = " ".join(collection.title.split())
    if not title:
        raise InvalidSpec(message("a title", "nothing", "Say what the collection is about."))
    if len(collection.steps) > MOST_STEPS:
        expected = f"at most {MOST_STEPS} steps"
        raise InvalidSpec(message(expected, len(collection.steps), "Make a second collection."))
    steps = tuple(replace(step, title=" ".join(step.title.split())) for step in collection.steps)
    for one in (title, *(step.title for step in steps)):
        if len(one) > LONGEST_TITLE:
            raise InvalidSpec(message(f"a title of at most {LONGEST_TITLE} letters", one, "Shorten it."))
    texts = [collection.text, *(text for step in steps for text in (step.text, step.question, step.answer))]
    if longest := max(map(len, texts)) if max(map(len, texts)) > LONGEST_TEXT else 0:
        raise InvalidSpec(message(f"texts of at most {LONGEST_TEXT} letters", f"one of {longest}", "Shorten it."))
    return replace(collection, title=title, steps=steps)
