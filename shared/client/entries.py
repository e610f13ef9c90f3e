"""Renaming and deleting models, pictures and data sets: what still uses one is said first, and who may is checked."""

import json
from dataclasses import dataclass

from shared.analyses import SPEC_TYPES, InspectModel
from shared.client.client import Client
from shared.errors import InvalidSpec, NotAllowed, message
from shared.library.entries import Sort
from shared.library.films import Film
from shared.library.notes import layer_subject, model_subject
from shared.library.rights import may, require
from shared.results import part_header
from shared.store import RunRecord

# Of the gallery, of which it is looked whether a collection has them.
MOST_PINS = 1000


@dataclass(frozen=True)
class Uses:
    """What uses a model, a picture or a data set.

    Attributes:
        runs: that named it, newest first.
        pins: how many results of the gallery are of it.
        plans: titles of those with a run of it.
        collections: likewise, of those with a result of it.
        films: likewise, of those with a frame of it.
        notes: how many there are on a model and on its layers.
        names: others that stand for the same; its files stay while there is one.
    """

    runs: tuple[RunRecord, ...] = ()
    pins: int = 0
    plans: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    films: tuple[str, ...] = ()
    notes: int = 0
    names: tuple[str, ...] = ()

    @property
    def live(self) -> int:
        """Runs that wait or compute now."""
        return sum(not run.over for run in self.runs)

    @property
    def words(self) -> list[str]:
        """A phrase for each, for people; [] where nothing uses it."""
        return [
            *([_number(len(self.runs), "run")] if self.runs else []),
            *([_number(self.pins, "result") + " in the gallery"] if self.pins else []),
            *(f"the plan {title or 'without a title'}" for title in self.plans),
            *(f"the collection {title}" for title in self.collections),
            *(f"the film {title}" for title in self.films),
            *([_number(self.notes, "note")] if self.notes else []),
            *(f"another name, {name}" for name in self.names),
        ]


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def owners(client: Client, sort: Sort, name: str) -> list[str]:
    """Who may rename and delete one: whoever added it, or asked for the training that made it; [] for nobody known."""
    record = client.library.entries.record(sort, name)
    run = client.record(str(record["run"])).by if record.get("run") else ""
    return [one for one in (record.get("by", ""), run) if one]


def uses_of(client: Client, sort: Sort, name: str) -> Uses:
    """What uses one.

    Raises:
        InvalidSpec: nobody added one of this name.
    """
    library = client.library
    reference = str(library.entries.record(sort, name)["reference"])
    plans = [plan for plan in library.plans.all() if any(_names(run.fields, reference) for run in plan.runs)]
    runs, pinned = _runs(client, reference), client.results.gallery.find(text=reference, count=MOST_PINS)
    if sort == "picture":
        runs += _with_it_listed(client, reference, {run.key for run in runs})
    keys = {*pinned.keys, *(run.key for run in runs)}
    return Uses(
        runs=tuple(runs),
        pins=pinned.total,
        collections=tuple(one.title for one in client.collections.all() if any(s.key in keys for s in one.steps)),
        films=tuple(film.title for film in library.films.all() if reference in _in_film(film)),
        plans=tuple(plan.title for plan in plans),
        notes=_notes(client, reference) if sort == "model" else 0,
        names=tuple(library.entries.same(sort, name)),
    )


def _in_film(film: Film) -> set[str]:
    """References of what a film is made of."""
    return {film.dataset, *film.pictures, *(frame.model for frame in film.frames)}


def _names(fields: object, reference: str) -> bool:
    return reference in json.dumps(fields)


def _runs(client: Client, reference: str) -> list[RunRecord]:
    # Its layer table is made unasked and says nothing of its own.
    return [run for run in client.store.runs.naming(reference) if run.kind != InspectModel.kind or not run.over]


def _with_it_listed(client: Client, picture: str, known: set[str]) -> list[RunRecord]:
    """Runs with a picture in a list of several, by which the store does not find them; without those that are known."""
    kinds = [kind for kind, spec in SPEC_TYPES.items() if "images" in spec.model_fields]
    runs = (run for kind in kinds for run in client.store.runs.newest({"kind": kind}))
    return [run for run in runs if picture in (run.fields.get("images") or ()) and run.key not in known]


def _notes(client: Client, model: str) -> int:
    key = InspectModel(model=model).key()
    data = client.results.part(key, 0)
    layers = [str(row["path"]) for row in part_header(data)["facts"]["layers"]] if data else []
    subjects = [model_subject(model), *(layer_subject(model, layer) for layer in layers)]
    return sum(len(client.library.notes.of(subject)) for subject in subjects)


def may_change(client: Client, sort: Sort, name: str) -> bool:
    """Whether whoever asks may rename and delete one."""
    return may(client.me, f"delete a {sort}", *owners(client, sort, name))


def rename_entry(client: Client, sort: Sort, name: str, new: str) -> None:
    """Give one another name.

    Raises:
        InvalidSpec: see Entries.rename().
        NotAllowed: it is somebody else's.
    """
    require(client.me, f"rename a {sort}", *owners(client, sort, name))
    client.library.entries.rename(sort, name, new.strip())


def with_way_in(client: Client, model: str, preprocess: str) -> str:
    """The reference of a model's file with another way in which pictures go in. Names that whoever asks may change
    stand for that from now on; other people's stay.

    Raises:
        UnknownModel, InvalidSpec: see their names.
    """
    return client.models.with_preprocess(model, preprocess, lambda name: may_change(client, "model", name))


def with_resize_rule(client: Client, model: str, resize: str) -> str:
    """The same with another rule for how pictures meet the network's size; see with_way_in().

    Raises:
        UnknownModel, InvalidSpec: see their names.
    """
    return client.models.with_resize(model, resize, lambda name: may_change(client, "model", name))


def with_span(client: Client, image: str, span: str) -> str:
    """A picture of numbers with another range: its name, where whoever asks may change that, else a reference.

    Raises:
        UnknownImage, InvalidSpec: see their names.
    """
    named = client.library.entries.find("picture", image) is not None
    return client.images.add_span(image, span, follow=named and may_change(client, "picture", image))


def delete_entry(client: Client, sort: Sort, name: str, results: bool = False) -> int:
    """Delete one, and with `results` the results that were made from it, as far as whoever asks may.

    Returns:
        How many results were deleted; others stay, can be looked at, and cannot be computed again.

    Raises:
        InvalidSpec: nobody added one of this name, or a run uses it now.
        NotAllowed: it is somebody else's.
    """
    require(client.me, f"delete a {sort}", *owners(client, sort, name))
    uses = uses_of(client, sort, name)
    if uses.live and not uses.names:
        raise InvalidSpec(message(f"a {sort} that no run uses now", f"{name}, in {_number(uses.live, 'run')}",
                                  "Wait for them, or cancel them."))  # fmt: skip
    deleted = sum(_delete_result(client, run) for run in uses.runs) if results and not uses.names else 0
    client.library.entries.delete(sort, name)
    return deleted


def _delete_result(client: Client, run: RunRecord) -> bool:
    try:
        client.results.delete(run.key)
    except (NotAllowed, InvalidSpec):  # somebody else's, or asked for again this moment
        return False
    return True
