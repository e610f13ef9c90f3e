"""Collections of pinned results: made by anybody, changed and deleted by whoever made them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shared.client.results_service import ResultsService
from shared.library import Library, Person
from shared.library.collections import Collection, Collections, CollectionStep, new_collection
from shared.library.rights import may, require


class CollectionsService:
    """The collections of an installation, in somebody's name.

    Args:
        library: of the installation.
        results: likewise; what comes into a collection is pinned.
        me: who asks, with their rights.
    """

    def __init__(self, library: Library, results: ResultsService, me: Person) -> None:
        self._library, self._results, self._me = library, results, me

    @property
    def _kept(self) -> Collections:
        return self._library.collections  # opened when it is asked for, as all of the file store

    def all(self) -> list[Collection]:
        """All collections, newest first."""
        return self._kept.all()

    def get(self, name: str) -> Collection:
        """A collection by its id.

        Raises:
            UnknownRun: there is none.
        """
        return self._kept.get(name)

    def may_change(self, collection: Collection) -> bool:
        """Whether whoever asks may change and delete it."""
        return may(self._me, "change a collection", collection.by)

    def link(self, collection: Collection) -> str:
        """Address of its first step."""
        return self._results.address(f"/lessons?collection={collection.id}&step=1")

    def make(self, title: str, text: str = "", steps: Iterable[CollectionStep] = ()) -> Collection:
        """Make a collection.

        Args:
            title: of the whole.
            text: what it is about, a little Markdown.
            steps: in their order; their results are pinned.

        Raises:
            InvalidSpec: see shared.library.collections.
            UnknownRun: a result is not complete, or not there any more.
        """
        made = new_collection(title, text, self._me.address, steps)
        self._pin(made.steps)
        return self._kept.write(made)

    def add(self, name: str, key: str, view: Mapping[str, str] | None = None) -> Collection:
        """Put a result behind the last step, and into the gallery where it is not yet.

        Args:
            name: id of the collection.
            key: of a complete run.
            view: how it is looked at, as its page's address says.

        Raises:
            NotAllowed: it is somebody else's.
            UnknownRun, InvalidSpec: see make().
        """
        before = self._own(name)
        step = CollectionStep(key, view=dict(view or {}))
        self._pin([step])
        return self._kept.write(replace(before, steps=(*before.steps, step)))

    def rewrite(self, name: str, title: str, text: str, steps: Iterable[CollectionStep] | None = None) -> Collection:
        """Give a collection other words, and other steps where some are given.

        Raises:
            NotAllowed: it is somebody else's.
            UnknownRun, InvalidSpec: see make().
        """
        before = self._own(name)
        changed = replace(before, title=title, text=text, steps=before.steps if steps is None else tuple(steps))
        known = {step.key for step in before.steps}
        self._pin(step for step in changed.steps if step.key not in known)
        return self._kept.write(changed)

    def rewrite_step(self, name: str, step: str, *, title: str, text: str, question: str, answer: str) -> Collection:
        """Give a step other words.

        Raises:
            NotAllowed: the collection is somebody else's.
            InvalidSpec: there is no such step any more, or a text is too long.
        """
        before = self._own(name)
        old = before.steps[before.place_of(step)]
        changed = replace(old, title=title, text=text, question=question, answer=answer)
        return self._kept.write(before.with_step(changed))

    def move_step(self, name: str, step: str, to: int) -> Collection:
        """Put a step at another place, from 0; see rewrite_step()."""
        return self._kept.write(self._own(name).moved_step(step, to))

    def remove_step(self, name: str, step: str) -> Collection:
        """Take a step out; its result stays in the gallery. See rewrite_step()."""
        return self._kept.write(self._own(name).without_step(step))

    def delete(self, name: str) -> None:
        """Delete a collection; its results stay.

        Raises:
            NotAllowed: it is somebody else's.
        """
        require(self._me, "delete a collection", self._kept.get(name).by)
        self._kept.delete(name)

    def _own(self, name: str) -> Collection:
        found = self._kept.get(name)
        require(self._me, "change a collection", found.by)
        return found

    def _pin(self, steps: Iterable[CollectionStep]) -> None:
        for key in dict.fromkeys(step.key for step in steps):
            self._results.pin(key)
