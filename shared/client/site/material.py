"""What there is of a network to publish: complete results, the fullest of each sort, read a layer at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np

from shared.analyses import ChannelAblation, ClassMaximization, DatasetExamples, FilterAtlas, FilterTwins, InspectModel
from shared.client.client import Client
from shared.errors import InvalidSpec, message
from shared.images.contact_sheet import GAP, columns_for
from shared.library.titles import thing_title, titles_of
from shared.results import Part
from shared.store import RunRecord

MOST_NEIGHBOURS, MOST_EFFECTS = 6, 8


@dataclass(frozen=True)
class Published:
    """What a site is made of.

    Attributes:
        title: of the network.
        model: its reference.
        facts: of its layer table; see shared.analyses.inspect_model.parts.ModelFacts.
        atlases: path of a layer to the run whose tiles are shown.
        examples, twins, effects: likewise, of what else is known of its channels.
        classes: number of a class to the run with its picture.
    """

    title: str
    model: str
    facts: Mapping[str, Any]
    atlases: Mapping[str, RunRecord] = field(default_factory=dict)
    examples: Mapping[str, RunRecord] = field(default_factory=dict)
    twins: Mapping[str, RunRecord] = field(default_factory=dict)
    effects: Mapping[str, RunRecord] = field(default_factory=dict)
    classes: Mapping[int, RunRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class Channel:
    """A channel of a layer.

    Attributes:
        number: of it.
        tile: uint8 (height, width, 3) or (height, width).
        objective: after the last step.
        silent: whether it never answered; `reason`: why it is called so.
        name: that people gave it; "" for none.
        examples: uint8 (height, width, 3), pieces of pictures that excite it; None where they are not published.
        neighbours: channels that answer most to its tile, the strongest first.
        effects: class and mean change of its logit when the channel is switched off, the largest first.
    """

    number: int
    tile: np.ndarray
    objective: float
    silent: bool
    reason: str
    name: str
    examples: np.ndarray | None
    neighbours: tuple[int, ...]
    effects: tuple[tuple[str, float], ...]


def published(client: Client, model: str) -> Published:
    """What there is of a network now.

    Raises:
        InvalidSpec: there is no atlas of any of its layers.
        UnknownModel: a name that stands for nothing.
    """
    reference = client.models.resolve(model)
    facts = client.run(InspectModel(model=reference)).parts[0].facts
    titles, runs = titles_of(client.library), _complete(client, reference)
    atlases = _fullest(runs, FilterAtlas.kind)
    if not atlases:
        title = thing_title(reference, titles, "the network")
        advice = "Make one on the page Layer atlas (in a terminal: `convscope publish MODEL --compute`)."
        raise InvalidSpec(message(f"an atlas of a layer of {title}", "none that is complete", advice))
    order = [str(row["path"]) for row in facts["layers"] if row["path"] in atlases]
    return Published(
        thing_title(reference, titles, "A network"), reference, facts, {path: atlases[path] for path in order},
        _fullest(runs, DatasetExamples.kind), _fullest(runs, FilterTwins.kind), _fullest(runs, ChannelAblation.kind),
        _classes(runs),
    )  # fmt: skip


def channels_of(client: Client, site: Published, layer: str, with_pictures: bool) -> Iterator[Channel]:
    """The channels of a layer that have a tile, in order.

    Args:
        client: of the installation.
        site: what is published.
        layer: one of site.atlases.
        with_pictures: whether pieces of the data set's pictures are shown.
    """
    names = client.library.notes.channel_names(site.model, layer)
    twins = _answers(client, site.twins.get(layer))
    effects = _effects(client, site.effects.get(layer))
    pieces = _pieces(client, site.examples.get(layer)) if with_pictures else {}
    for _, part in sorted(client.result(site.atlases[layer].key).parts.items()):
        number = int(part.facts["channel"])
        yield Channel(
            number, part.pictures["tile"], float(part.facts["objective"]), bool(part.facts["dead"]),
            str(part.facts.get("reason", "")), names.get(number, ""), pieces.get(number), twins.get(number, ()),
            effects.get(number, ()),
        )  # fmt: skip


def class_parts(client: Client, site: Published) -> Iterator[tuple[int, Part]]:
    """Number of each class that has a picture, and the part with it."""
    for key in dict.fromkeys(run.key for run in site.classes.values()):
        for _, part in sorted(client.result(key).parts.items()):
            number = int(part.facts["class"])
            if part.facts["how"] == "regularised" and site.classes[number].key == key:
                yield number, part


def _complete(client: Client, reference: str) -> list[RunRecord]:
    """Complete runs of a network that were computed here, newest first: those of the cache, then pinned ones."""
    pinned = client.results.gallery.find(text=reference, count=1000).keys
    found = {run.key: run for run in chain(client.store.runs.naming(reference), client.records.get_many(pinned))}
    return [run for run in found.values()
            if run.status == "complete" and not run.origin and run.fields.get("model") == reference]  # fmt: skip


def _fullest(runs: Sequence[RunRecord], kind: str) -> dict[str, RunRecord]:
    """Of each layer the run of a kind with most parts, then that with the largest pictures, then the newest."""
    found: dict[str, RunRecord] = {}
    for run in runs:
        layer = str(run.fields.get("layer", ""))
        if run.kind == kind and layer and (layer not in found or _size(run) > _size(found[layer])):
            found[layer] = run
    return found


def _size(run: RunRecord) -> tuple[int, int]:
    return run.done, int(run.fields.get("size") or 0)


def _classes(runs: Sequence[RunRecord]) -> dict[int, RunRecord]:
    found: dict[int, RunRecord] = {}
    for run in runs:
        if run.kind == ClassMaximization.kind and not run.fields.get("model_output"):
            for number in run.fields["classes"]:
                if str(number).isdecimal():
                    found.setdefault(int(number), run)
    return dict(sorted(found.items()))


def _answers(client: Client, run: RunRecord | None) -> dict[int, tuple[int, ...]]:
    """Of each channel those that answer most to its tile, itself left out."""
    if run is None:
        return {}
    parts = [part for _, part in sorted(client.result(run.key).parts.items())]
    numbers = {int(part.facts["channel"]) for part in parts}
    found = {}
    for part in parts:
        own, answers = int(part.facts["channel"]), np.asarray(part.arrays["answers"])[0]
        order = (int(c) for c in np.argsort(-answers, kind="stable"))
        near = islice((c for c in order if c != own and c in numbers and answers[c] > 0), MOST_NEIGHBOURS)
        found[own] = () if part.facts["dead"] else tuple(near)
    return found


def _effects(client: Client, run: RunRecord | None) -> dict[int, tuple[tuple[str, float], ...]]:
    """Of each channel the classes whose logit its loss changes most, over their own pictures."""
    if run is None:
        return {}
    parts, found = client.result(run.key).parts, dict[int, tuple[tuple[str, float], ...]]()
    names: Sequence[str] = next((part.facts["classes"] for part in parts.values() if "estimate" in part.arrays), [])
    for part in parts.values():
        if "change" not in part.arrays:  # estimates, and curves
            continue
        own, channels = np.asarray(part.arrays["own"]), np.asarray(part.arrays["channels"])
        for row, channel in zip(own, channels, strict=True):
            order = [int(c) for c in np.argsort(-np.abs(np.nan_to_num(row)), kind="stable") if np.isfinite(row[c])]
            found[int(channel)] = tuple((str(names[c]), float(row[c])) for c in order[:MOST_EFFECTS] if row[c])
    return found


def _pieces(client: Client, run: RunRecord | None) -> dict[int, np.ndarray]:
    """Each channel's tile of pieces, cut out of the sheet."""
    if run is None:
        return {}
    last = next((p for p in client.result(run.key).parts.values() if "sheet" in p.pictures), None)
    if last is None:
        return {}
    sheet, rows = last.pictures["sheet"], len(last.arrays["values"])
    across = columns_for(rows)
    side = sheet.shape[1] // across - GAP
    numbers = run.fields.get("channels") or range(rows)
    found = {}
    for place, number in enumerate(numbers):
        top, left = (place // across) * (side + GAP), (place % across) * (side + GAP)
        found[int(number)] = sheet[top : top + side, left : left + side]
    return found
