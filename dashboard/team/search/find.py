"""Everything that has a name: models, layers, channels that people named, classes, runs, people, pictures, data sets,
lessons. What is found is bounded, and so is what is looked at, so that a key press costs the same on a full store.
"""

import base64
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from dashboard.runs.run_list import STATE_TEXTS
from dashboard.server.addresses import thumbnail_url
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.team.lessons.catalogue import lessons
from dashboard.widgets.address import channel_url, permalink
from dashboard.widgets.best_tiles import atlases_of, strip_url
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.drawing import thumbnail_jpeg
from dashboard.widgets.model_choice import model_references, model_title
from shared.analyses import InspectModel
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.titles import run_title, titles_of
from shared.store import RunRecord, words_of

# Results of a group, models whose layers are looked through, letters of a search.
MOST, MOST_TABLES, LONGEST = 6, 200, 100
EDGE = 48
# What stands beside a name, a strip of tiles or how many runs, may be so old: one types several letters a second.
FRESH_SECONDS = 10.0


@dataclass(frozen=True)
class Match:
    """One thing that was found: its name, where it leads, what it is part of, and a small picture ("" for none)."""

    name: str
    href: str
    detail: str = ""
    picture: str = ""


def find(client: Client, text: str) -> list[dict[str, Any]]:
    """What has a name that fits, by groups, as JSON values: `title` and `matches`.

    Args:
        client: of the installation.
        text: as typed; each of its words must occur in a name.
    """
    words = text[:LONGEST].lower().split()
    if not words:
        return []
    tables = _tables(client)
    groups = {
        "Models": _models(client, words),
        "Layers": _layers(client, tables, words),
        "Named channels": _channels(client, words),
        "Classes": _classes(client, tables, words),
        "Pictures": _pictures(client, words),
        "Data sets": _data_sets(client, words),
        "Gallery": _pins(client, text),
        "Runs": _runs(client, text),
        "People": _people(words),
        "Lessons": _lessons(client, words),
    }  # fmt: skip
    listed = {title: [asdict(one) for one in islice(found, MOST)] for title, found in groups.items()}
    return [{"title": title, "matches": found} for title, found in listed.items() if found]


def _fits(words: Iterable[str], *names: str) -> bool:
    whole = " ".join(names).lower()
    return all(word in whole for word in words)


def _models(client: Client, words: list[str]) -> Iterator[Match]:
    names = client.models.names()
    for reference in model_references(client):
        title = model_title(reference, names)
        if _fits(words, title, reference if reference.startswith("keras/") else ""):
            yield Match(title, "/models?" + urlencode({"model": reference}))


def _tables(client: Client) -> list[RunRecord]:
    """The layer tables that there are, newest first."""
    listed = client.store.runs.listing.find({"kind": InspectModel.kind, "state": "complete"}, count=MOST_TABLES)
    return _records(listed.keys)


@bounded_cache(2)
def _records(keys: tuple[str, ...]) -> list[RunRecord]:
    """Those of finished runs, which stay as they are; they are read again where another one is finished."""
    return [run for run in get_client().store.runs.get_many(keys) if run.status == "complete"]


def _lately() -> int:
    """The same number for FRESH_SECONDS."""
    return int(time.monotonic() / FRESH_SECONDS)


def _layers(client: Client, tables: Iterable[RunRecord], words: list[str]) -> Iterator[Match]:
    names = client.models.names()
    some = [run for run in tables if all(word in _layer_words(run.key, run.stamp) for word in words)]
    fitting = [(str(run.fields["model"]), row) for run in some for row in facts_of(run, 0).get("layers", [])
               if _fits(words, row["path"])]  # fmt: skip
    # Names that begin so come before those that hold it.
    fitting.sort(key=lambda one: not one[1]["path"].lower().startswith(words[0]))
    atlases = {model: _atlases(model, _lately()) for model in {model for model, _ in fitting[:MOST]}}
    for model, row in fitting[:MOST]:
        atlas = atlases[model].get(row["path"])
        yield Match(row["path"], "/models?" + urlencode({"model": model, "layer": row["path"]}),
                        f"{model_title(model, names)} · {row['output_shape']}",
                        strip_url(atlas) if atlas else "")  # fmt: skip


@bounded_cache(MOST_TABLES)
def _layer_words(key: str, _stamp: str) -> str:
    """All paths of a layer table, in lower case."""
    return " ".join(row["path"] for row in facts_of(get_client().record(key), 0).get("layers", [])).lower()


@bounded_cache(MOST_TABLES)
def _atlases(model: str, _slot: int) -> dict[str, RunRecord]:
    return atlases_of(get_client(), model)


def _channels(client: Client, words: list[str]) -> Iterator[Match]:
    names = client.models.names()
    for model, layer, channel, name in client.library.notes.named_channels():
        if _fits(words, name):
            detail = f"{model_title(model, names)} · {layer} · channel {channel}"
            yield Match(name, channel_url(model, layer, channel), detail)


def _classes(client: Client, tables: Iterable[RunRecord], words: list[str]) -> Iterator[Match]:
    names = client.models.names()
    for run in tables:
        model, every = str(run.fields["model"]), _class_words(run.key, run.stamp)
        if not all(word in every for word in words):
            continue  # a thousand names need not be looked at one by one
        for number, name in enumerate(facts_of(run, 0).get("classes", [])):
            if _fits(words, name.replace("_", " ")):
                yield Match(name.replace("_", " "), "/class-images?" + urlencode({"model": model, "classes": number}),
                            f"class {number} of {model_title(model, names)}")  # fmt: skip


@bounded_cache(MOST_TABLES)
def _class_words(key: str, _stamp: str) -> str:
    """All classes of a layer table, in lower case."""
    run = get_client().record(key)
    return " ".join(facts_of(run, 0).get("classes", [])).replace("_", " ").lower()


def _pictures(client: Client, words: list[str]) -> Iterator[Match]:
    for name in client.images.names():
        if _fits(words, name):
            yield Match(name.removeprefix("sample/"), "/activations?" + urlencode({"image": name}),
                        "sample" if name.startswith("sample/") else "", _picture(client, name))  # fmt: skip


def _picture(client: Client, name: str) -> str:
    try:
        return _data_address(client.images.resolve(name))
    except ConvscopeError:
        return ""


@bounded_cache(256)
def _data_address(reference: str) -> str:
    small = thumbnail_jpeg(get_client().images.open(reference).shown(()), EDGE, EDGE)
    return "data:image/jpeg;base64," + base64.b64encode(small).decode()


def _data_sets(client: Client, words: list[str]) -> Iterator[Match]:
    names = client.datasets.names()
    for name in names:
        title = dataset_title(name, names)
        if _fits(words, name, title):
            yield Match(title, "/datasets?" + urlencode({"dataset": name}))


def _pins(client: Client, text: str) -> Iterator[Match]:
    gallery, names = client.results.gallery, titles_of(client.library)
    for key in gallery.find(text=text, count=MOST).keys:
        if piece := gallery.get(key):
            title = piece.title or run_title(client.record(key), names)
            yield Match(title, permalink(key), f"pinned by {piece.by}", thumbnail_url(key) if piece.thumbnail else "")


def _runs(client: Client, text: str) -> Iterator[Match]:
    runs, names = client.store.runs, titles_of(client.library)
    keys = runs.listing.find({"trial": "no"}, words_of(text), 0, MOST).keys if words_of(text) else ()
    for run in runs.get_many(keys):
        if run.kind:
            yield Match(run_title(run, names), permalink(run.key), f"{STATE_TEXTS[run.status]}, asked by {run.by}")


@bounded_cache(2)
def _runs_by(_slot: int) -> dict[str, int]:
    return get_client().store.runs.listing.values("by")


def _people(words: list[str]) -> Iterator[Match]:
    for person, number in _runs_by(_lately()).items():
        if person and _fits(words, person):
            yield Match(person, "/jobs?" + urlencode({"by": person}), f"{number:,} run{'s' * (number != 1)}")


def _lessons(client: Client, words: list[str]) -> Iterator[Match]:
    for lesson in lessons().values():
        if _fits(words, lesson.title):
            yield Match(lesson.title, "/lessons?" + urlencode(lesson.place))
    for one in client.collections.all():
        if _fits(words, one.title):
            yield Match(one.title, "/lessons?" + urlencode({"collection": one.id}), f"collection by {one.by}")
