"""Examples on the page: the choices, a tile a channel in the middle, the chosen channel's on the right."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE, channel_url, keep_choices
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.channel_examples import (
    EDGES,
    ChannelExamples,
    Place,
    channels_of,
    pieces_end,
    pieces_start,
    pieces_url,
    places_of,
    read_examples,
)
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_choice import card_of, choose_dataset, dataset_title
from dashboard.widgets.facts_panel import made_by
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.shown_bands import choose_bands, chosen_bands
from dashboard.widgets.text import count, round_values, short
from dashboard.widgets.tiles import selected_channel, tiles_view
from shared.analyses import DatasetExamples, FilterAtlas
from shared.analyses.band_arrays import picture_in_bands
from shared.analyses.dataset_examples.figures import strongest_figure
from shared.analyses.dataset_examples.numbers import SHARD, Examples, side_of
from shared.analyses.dataset_examples.parts import ExampleFacts
from shared.library import DatasetCard
from shared.store import RunRecord

SORTS = ("channel", "best")
_tiles, _side = browser_element("example_sheet"), browser_element("example_panel")
PREFIX = "dataset_examples"
START = {"model": "keras/vgg16/imagenet", "dataset": "builtin/digits", "layer": NONE}
CHOICES = RunChoices(DatasetExamples, PREFIX, START, viewed=("tile",))


def channel_data(run: RunRecord, found: ChannelExamples, card: DatasetCard, row: int, channel: int) -> dict[str, Any]:
    """What the browser needs to draw one channel, as JSON values."""
    assert found.best is not None
    dataset, layer = str(run.fields["dataset"]), str(run.fields["layer"])
    values, places = found.best.strength[row], places_of(found.best, row)
    silent = "" if places else "No picture made this channel respond."
    return {
        "title": f"Channel {channel}",
        "note": silent,
        "across": side_of(len(values)),
        "pieces": [_piece(dataset, card, one, float(v)) for one, v in zip(places, values, strict=False)],
        "facts": _facts(found, card, row) if places else [],
        "channel": channel_url(str(run.fields["model"]), layer, channel),
    }


def _piece(dataset: str, card: DatasetCard, place: Place, value: float) -> dict[str, Any]:
    number, top, left, bottom, right = place
    one = card.pictures[number]
    label, side = card.classes[one.label], max(one.height, one.width)
    # The whole picture lies in the middle of a square; the frame is in shares of that.
    above, before = (side - one.height) / 2, (side - one.width) / 2
    frame = ((top + above) / side, (left + before) / side, (bottom - top) / side, (right - left) / side)
    return {
        "url": pieces_url(dataset, [place], EDGES[2]),
        "whole": pieces_url(dataset, [(number, 0, 0, one.height, one.width)], EDGES[2]),
        "frame": [round(100 * share, 2) for share in frame],
        "value": short(value, 3),
        "label": label,
        "alt": f"{label}, response {short(value, 3)}, {one.path}",
        "href": "/datasets?" + urlencode({"dataset": dataset, "split": one.split, "picture": number}),
    }


def _facts(found: ChannelExamples, card: DatasetCard, row: int) -> list[list[str]]:
    best = found.best
    assert best is not None
    living = [int(n) for p, n in enumerate(best.label[row]) if best.excites(row, p)]
    names, counts = np.unique(living, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:3]
    classes = ", ".join(f"{card.classes[int(names[i])]} {counts[i]}" for i in order)
    first, last = best.strength[row, 0], best.strength[row, len(living) - 1]
    cut = f", cut off at {short(best.values[row, 0])}" if best.values[row, 0] < first else ""
    return [["Responses", f"{short(first)} … {short(last)}{cut}"], ["Classes", classes],
            ["A unit sees", _field(found.facts)]]  # fmt: skip


def _field(facts: ExampleFacts | None) -> str:
    if facts is None:
        return ""
    size = facts["receptive_field"]
    shown = f"{facts['height']} × {facts['width']} px"
    if size is None or size >= max(facts["height"], facts["width"]):
        return f"all of {shown}, or most"
    return f"{size:g} × {size:g} of {shown}"


def overview_data(run: RunRecord, found: ChannelExamples, channels: Sequence[int]) -> dict[str, Any]:
    """What the browser needs to draw the whole look in numbers, as JSON values."""
    best = found.best
    assert best is not None
    total = run.facts.get("metrics", {}).get("pictures", found.pictures)
    rows = [
        ["Pictures", f"{found.pictures:,} of {total:,}"],
        ["Channels", str(len(channels))],
        ["Silent", str(_silent(best))],
        ["A unit sees", _field(found.facts)],
        *made_by(run),
    ]
    return {
        "title": "These pictures",
        "note": "Click a channel, or reach it with Tab and the arrow keys, to see its pictures large.",
        "pieces": [],
        "facts": [row for row in rows if row[1]],
    }


def _silent(best: Examples) -> int:
    return sum(not best.excites(row, 0) for row in range(len(best.values)))


def sheet_data(run: RunRecord, best: Examples, channels: Sequence[int]) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    k = best.values.shape[1]
    places = [places_of(best, row) for row in range(len(channels))]
    return {
        "key": run.key,
        "start": pieces_start(str(run.fields["dataset"]), EDGES[0]),
        "ends": [pieces_end(one, k) if one else "" for one in places],
        "channels": list(channels),
        # Four digits sort as sixteen do, at a third of the bytes.
        "strongest": round_values(best.strength[:, 0]),
        **tiles_view(len(channels), SORTS),
        "title": f"Pictures that excite {run.fields['layer']}",
        "live": not run.over,
    }


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        dataset = choose_dataset(client, f"{PREFIX}.dataset")
        card = card_of(client, dataset)
        splits = {"split": list(card.splits)} if card else {}
        values = CHOICES.form(("split", "images"), splits, ("model", "dataset", "layer"))
        fields = {"model": model, "dataset": dataset, "layer": layer, **values}
        return CHOICES.chosen(client, fields if layer else None, failure)


def plan(spec: DatasetExamples) -> str:
    """How much a look through a data set is, in words."""
    card = card_of(get_client(), spec.dataset)
    there = len(card.rows(spec.split)) if card and spec.split in card.splits else 0
    number = min(there, spec.images) if spec.images else there
    pictures = count(number, "picture") if number else "Every picture of the split"
    many = " Several workers share them." if number > SHARD or not number else ""
    return f"{pictures}, once through the network as far as this layer.{many}"


def _steps(run: RunRecord) -> list[str]:
    channel = selected_channel()
    return [str(run.fields["layer"]), "" if channel is None else f"channel {channel}"]


def _details(run: RunRecord) -> list[str]:
    dataset = dataset_title(str(run.fields["dataset"]), get_client().datasets.names())
    return [dataset, str(run.fields["split"]), f"best {run.fields['k']}"]


def _draw(run: RunRecord) -> None:
    client = get_client()
    found = read_examples(client, run)
    if found is None:
        return
    card = card_of(client, str(run.fields["dataset"]))
    if card is None:
        _without_pictures(run, found)
        return
    choose_bands(card.bands)
    middle, right = st.columns([5, 3], gap="medium")
    assert found.best is not None
    with middle:
        key = f"examples-{run.key}"
        data = sheet_data(run, found.best, _channels(run, found))
        _tiles(key=key, data=data, **keep_choices(key, "tile", "sort", size="tiles"))
    with right:
        _panel(run, found, card)


def _panel(run: RunRecord, found: ChannelExamples, card: DatasetCard) -> None:
    channel, channels = selected_channel(), _channels(run, found)
    if channel is None or channel not in channels:
        _side(key="panel", data=overview_data(run, found, channels))
        if found.best is not None and len(strongest := found.best.strongest()) > 1:
            charts("ranks", [strongest_figure(strongest)], view=run.key)
    else:
        _side(key="panel", data=channel_data(run, found, card, channels.index(channel), channel))


def _channels(run: RunRecord, found: ChannelExamples) -> list[int]:
    # While the run goes on, the record does not say yet how many channels there are.
    assert found.best is not None
    return channels_of(run) or list(range(len(found.best.values)))


def _without_pictures(run: RunRecord, found: ChannelExamples) -> None:
    """The data set is not here, as for a result that was brought from elsewhere: what the run itself kept is."""
    st.info("The data set of this run is not on this installation, so its pictures cannot be opened. The sheet was "
            "kept with the result.", icon=":material/photo_library:")  # fmt: skip
    data = get_client().results.part(run.key, found.sheet) if found.sheet is not None else None
    png = picture_in_bands(data, "sheet", chosen_bands()) if data else None
    if png:
        st.image(png, alt=f"Crops that excite {run.fields['layer']}", width="stretch")


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=_details,
    files={"Sheet": "sheet.png", "Values, pictures, boxes": "arrays.npz"},
    kept=("tile", "sort", "tiles"),
    plan=plan,
)
