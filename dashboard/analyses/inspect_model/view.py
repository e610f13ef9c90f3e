"""A model's layers on the page: map or table in the middle, the chosen layer and where it leads on the right."""

from collections.abc import Mapping, Sequence
from itertools import islice

import streamlit as st

from dashboard.analyses.inspect_model.layer_table import table_data
from dashboard.analyses.inspect_model.map_items import Item, holders
from dashboard.analyses.inspect_model.map_tree import drawn_layers, network_tree
from dashboard.analyses.inspect_model.network_map import LayerNotes, map_data
from dashboard.page_table import PAGES
from dashboard.runs.view import View
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import channel_url, choose_kept, keep_choices
from dashboard.widgets.best_tiles import atlases_of, best_tiles, strip_url
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.facts_panel import panel
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import count
from shared.analyses import Activations
from shared.analyses.inspect_model.parts import TABLE, LayerRow
from shared.analyses.inspect_model.proof_words import origin_words, proof_figure, range_words
from shared.client import Client
from shared.store import RunRecord

VIEWS = ("map", "table")
VIEW_TITLES = {"map": ":material/account_tree: Map", "table": ":material/table_rows: Table"}
UNFOLDED = "models/unfolded"
# Runs that are looked at for one whose numbers can be drawn.
LOOKED_AT = 20
_map, _table = browser_element("network_map"), browser_element("layer_table")
_tiles = browser_element("tile_links")


def _details(run: RunRecord) -> list[str]:
    """How large the model is, how pictures go in."""
    facts = TABLE.read(facts_of(run, 0))
    return [
        f"{len(facts.get('layers', []))} layers",
        f"{facts['parameters']:,} parameters" if "parameters" in facts else "",
        f"input {facts['input']}" if facts.get("input") else "",
        f"the same picture at each of its {facts['inputs']} inputs" if facts.get("inputs") else "",
        f"preprocessing: {range_words(facts['preprocess'])}" if facts.get("preprocess") else "",
        proof_figure(facts["proof"], facts["upgraded_from"]) if facts.get("proof") else "",
        origin_words(facts.get("upgraded_from", "")),
    ]


VIEW = View(details=_details, files={"Layer table": "layers.csv"}, kept=("layer", "view"))


@bounded_cache(32)
def _tree(key: str, stamp: str) -> tuple[Item, ...]:
    run = get_client().record(key)
    return network_tree(TABLE.read(facts_of(run, 0))["layers"]) if run.stamp == stamp else ()


def show_layers(run: RunRecord, model: str, rows: Sequence[LayerRow]) -> LayerRow | None:
    """Draw the map or the table; returns the chosen layer."""
    client = get_client()
    reference = client.models.resolve(model)
    chosen = next((row for row in rows if row["path"] == st.query_params.get("layer")), None)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = choose_kept("view", "models/view", VIEWS, lambda: st.segmented_control(
            "Layers as", VIEWS, key="models/view", format_func=VIEW_TITLES.__getitem__, required=True,
            label_visibility="collapsed"))  # fmt: skip
        zeros, image = zeros_of(client, reference)
        shown = f", zeros after it for {picture_title(image)} (orange)" if zeros else ""
        st.caption(f"Bars: parameters, against the largest layer{shown}.", width="content")
    selected = chosen["path"] if chosen else ""
    if view == "map":
        _draw_map(run, rows, selected, LayerNotes(zeros, strips_of(client, reference)))
    else:
        data = {**table_data(rows, zeros), "selected": selected}
        _table(key="layer-table", data=data, **keep_choices("layer-table", "layer"))
    return chosen


def _draw_map(run: RunRecord, rows: Sequence[LayerRow], selected: str, notes: LayerNotes) -> None:
    facts, items = TABLE.read(facts_of(run, 0)), _tree(run.key, run.stamp)
    unfolded = _unfolded(run.key, items, selected)
    drawn = list(drawn_layers(rows).values())
    data = map_data(items, drawn, unfolded, notes, facts.get("input", ""))
    data |= {"key": run.key, "selected": selected, "title": f"Architecture of {facts['title']}"}
    _map(key="network-map", data=data, on_fold_change=lambda: _fold(run.key), **keep_choices("network-map", "layer"))


def _unfolded(key: str, items: Sequence[Item], selected: str) -> set[str]:
    """Ids of unfolded groups; those around a layer are when it is chosen."""
    kept = st.session_state.setdefault(UNFOLDED, {}).setdefault(key, {"groups": set(), "seen": ""})
    if kept["seen"] != selected:
        kept["groups"] |= set(holders(items, selected))
        kept["seen"] = selected
    return set(kept["groups"])


def _fold(key: str) -> None:
    group = st.session_state["network-map"].get("fold")
    if group:
        st.session_state[UNFOLDED][key]["groups"] ^= {str(group)}


def strips_of(client: Client, model: str) -> dict[str, str]:
    """Layer to the address of the best tiles of its atlas, of those that have one."""
    return {layer: strip_url(run) for layer, run in atlases_of(client, model).items()}


def zeros_of(client: Client, model: str) -> tuple[Mapping[str, float], str]:
    """Layer to the share of zeros in what comes out of it, for the picture that the model was shown last, and which
    that is; nothing where it was shown none.
    """
    runs = client.store.runs.newest({"kind": Activations.kind, "state": "complete"}, {"model": model})
    for run in islice(runs, LOOKED_AT):
        if run.status == "complete" and (facts := facts_of(run, 0)):
            return {str(one["path"]): float(one["zeros"]) for one in facts["layers"]}, str(run.fields["image"])
    return {}, ""


def ways_on(row: LayerRow | None, model: str) -> None:
    """The chosen layer in numbers, the best tiles of its atlas, and the pages that can show it."""
    if row is None:
        st.info("Select a layer: its numbers and what can be drawn of it appear here.", icon=":material/arrow_back:")
        return
    panel(key="layer-panel", data={"title": row["path"].rpartition("/")[2], "note": _place(row), "facts": _facts(row)})
    client = get_client()
    _tile_links(client, client.models.resolve(model), row["path"])
    pages = [page for page in PAGES if set(page.kinds) & set(row.get("shows", ()))]
    for page in pages:
        if st.button(f"{page.title} of this layer", icon=page.icon, type="primary", width="stretch"):
            st.switch_page(page.file, query_params={"model": model, "layer": row["path"]})
    if not pages:
        st.caption("Nothing of this layer can be drawn: it has no channels with a height and a width.")


def _place(row: LayerRow) -> str:
    return row["path"] if "/" in row["path"] else ""


def _facts(row: LayerRow) -> list[list[str]]:
    field, fed = row["receptive_field"], row.get("inputs", [])
    facts = [
        ["Class", str(row.get("class", ""))],
        ["Output", row["output_shape"]],
        ["Parameters", f"{row['parameters']:,}"],
        ["Receptive field", "" if row["stride"] is None else "the whole picture" if field is None else f"{field:g} px"],
        ["Fed by", ", ".join(path or "the picture" for path in fed)],
    ]
    return [one for one in facts if one[1]]


def _tile_links(client: Client, model: str, layer: str) -> None:
    atlas = atlases_of(client, model).get(layer)
    if atlas is None:
        return
    tiles = [
        {"href": channel_url(model, layer, channel), "url": seen_url(atlas.key, part, "tile"),
         "label": f"Channel {channel}"}
        for part, channel in best_tiles(atlas)
    ]  # fmt: skip
    made = f" of {atlas.total}" if atlas.status != "complete" and atlas.total else ""
    title = f"Strongest channels of its atlas, {count(atlas.done, 'tile')}{made} made"
    _tiles(key="best-tiles", data={"title": title, "tiles": tiles})
