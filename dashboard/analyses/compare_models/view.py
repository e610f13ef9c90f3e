"""Two networks on the page: how far each layer moved, and the chosen layer's channels before and after."""

from collections.abc import Mapping

import streamlit as st

from dashboard.analyses.compare_models.channels import channels_data
from dashboard.analyses.compare_models.layer_table import panel_data, strip_data, verdict
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of, stored_part
from dashboard.widgets.address import NONE, keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.current import default_model
from dashboard.widgets.layer_choice import layer_paths
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model, model_title
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.shown_bands import chosen_bands
from dashboard.widgets.text import count, escape, percent
from shared.analyses import CompareModels
from shared.analyses.band_arrays import seen_picture
from shared.analyses.compare_models.figures import distance_figure
from shared.analyses.compare_models.parts import TABLE, TableFacts, TableRow
from shared.analyses.compare_models.spec import SIDES
from shared.client import Client
from shared.store import RunRecord

PREFIX = "compare_models"
BEFORE, AFTER, IMAGE = (f"{PREFIX}.{name}" for name in ("model", "other", "image"))
# Parameters of the address that belong to one run's view.
LAYER, OPACITY = "layer", "opacity"
CHOICES = RunChoices(CompareModels, PREFIX, {"model": NONE, "other": NONE, "image": "sample/cat"}, (LAYER,))
USUAL = "keras/mobilenetv2/imagenet"
_strip = browser_element("layer_strip")
_channels = browser_element("channel_changes")
_panel = browser_element("move_panel")


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    _start(client)
    with st.sidebar:
        before = choose_model(client, BEFORE, "Before")
        after = choose_model(client, AFTER, "After")
        _offer_origins(client, before, after)
        _offer_swap()
        image = choose_picture(client, IMAGE, "Picture")
        add_picture(IMAGE)
        output, _ = choose_output(client, after, f"{PREFIX}.model_output", all_words="All outputs")
        hidden = ("model", "other", "image", "model_output")
        layers = {"layers": layer_paths(client, before, "filter_atlas", False)}
        values = CHOICES.form(("mode", "most_layers", "most_channels"), layers, hidden)
        fields = {"model": before, "other": after, "image": image, "model_output": output, **values}
        return CHOICES.chosen(client, fields if before != after else None)


def _start(client: Client) -> None:
    """What is not chosen yet: a network that was trained here, and what it was trained from."""
    state, names = st.session_state, client.models.names()
    before, after = (names.get(state[key], state[key]) for key in (BEFORE, AFTER))
    if after == NONE and before != NONE and origins(client, before):
        before, after = NONE, before
    if after == NONE:
        own = [str(row["reference"]) for row in client.models.records()]
        trained = [one for one in own if origins(client, one)]
        after = next((one for one in [*trained[::-1], *own] if one != before), "") or default_model(client, USUAL)
    if before == NONE:
        before = next(iter(origins(client, after).values()), after)
    state[BEFORE], state[AFTER] = before, after


def origins(client: Client, reference: str) -> dict[str, str]:
    """What a trained network came from, by its recipe: words to reference; the nearest first."""
    found: dict[str, str] = {}
    for row in client.models.records():
        recipe = row.get("recipe") if row["reference"] == reference else None
        if isinstance(recipe, dict):
            metrics = recipe.get("metrics") or {}
            found |= {
                "Before fine-tuning": str(metrics.get("head_model") or ""),
                "Its base": str(recipe.get("model") or ""),
            }
    return {words: origin for words, origin in found.items() if origin and origin != reference}


def _offer_origins(client: Client, before: str, after: str) -> None:
    for words, origin in origins(client, after).items():
        if origin != before:
            title = model_title(origin, client.models.names())
            st.button(words, key=f"{PREFIX}/{words}", on_click=_set, args=(BEFORE, origin), type="tertiary",
                      icon=":material/history:", help=f"Compare with {escape(title)}.")  # fmt: skip


def _offer_swap() -> None:
    st.button("Swap before and after", key=f"{PREFIX}/swap", on_click=_swap, type="tertiary",
              icon=":material/swap_vert:")  # fmt: skip


def _set(key: str, value: str) -> None:
    st.session_state[key] = value


def _swap() -> None:
    state = st.session_state
    state[BEFORE], state[AFTER] = state[AFTER], state[BEFORE]


def plan(spec: CompareModels) -> str:
    """How much there is to do, in words."""
    layers = len(spec.layers) or spec.most_layers
    which = "the named layers" if spec.layers else f"the {count(layers, 'layer')} that moved most"
    return (
        f"All weights are compared, then {count(spec.most_channels, 'channel')} of each of {which} are "
        "maximized in both networks: at most "
        f"{count(2 * layers * spec.most_channels, 'tile')} of {spec.size} × {spec.size} pixels."
    )


def side_title(run: RunRecord, side: str) -> str:
    """What a person calls the network before or after."""
    field = {"before": "model", "after": "other"}[side]
    return model_title(str(run.fields[field]), get_client().models.names(), str(run.facts.get(field, "")))


def _draw(run: RunRecord) -> None:
    client = get_client()
    table = TABLE.read(facts_of(run, 0))
    if not table:
        return
    titles = {side: side_title(run, side) for side in ("before", "after")}
    row = chosen_row(table, st.query_params.get(LAYER, ""))
    figure, sentence = verdict(table)
    st.markdown(f"### {escape(figure)} {escape(sentence)}")
    charts("distances", [distance_figure(table["layers"], row["path"])], view=run.key,
           on_chosen_change=keep_choice("distances", "chosen", LAYER))  # fmt: skip
    _strip(key="strip", data=strip_data(run, table, row), on_layer_change=keep_choice("strip", "layer", LAYER))
    left, right = st.columns([3, 1], gap="medium")
    with left:
        part = stored_part(client, run, row["part"]) if row["part"] else None
        data = channels_data(run, table, row, part, titles, st.query_params.get(OPACITY, ""))
        _channels(key="changes", data=data, on_opacity_change=keep_choice("changes", "opacity", OPACITY))
    with right:
        _panel(key="moved", data=panel_data(run, table, row, titles))
        _masks(run, table, titles)


def _masks(run: RunRecord, table: TableFacts, titles: Mapping[str, str]) -> None:
    """Both networks' masks over the picture, one below the other."""
    part = stored_part(get_client(), run, 0) if "same_mask" in table else None
    if part is None:
        return
    for side in SIDES:
        title = f"Mask {side}: {titles[side]}"
        name = f"mask_{side}"
        mask = seen_picture(part, name, chosen_bands())
        st.image(part.pictures[name] if mask is None else mask, caption=escape(title), alt=title, width="stretch")
    st.caption(f"{percent(table['same_mask'])} of the positions have the same class in both.")


def chosen_row(table: TableFacts, path: str) -> TableRow:
    """The layer that an address names, on either side; else of the drawn ones, or of all, the one that moved most."""
    rows = table["layers"]
    named = [row for row in rows if path in (row["path"], row["path_after"])]
    furthest = max(rows, key=lambda row: (row["part"] > 0, row["distance"] is None, row["distance"] or 0))
    return named[0] if named else furthest


VIEW = View(
    draw=_draw,
    steps=lambda run: [
        side_title(run, "after"),
        picture_title(str(run.fields["image"])),
        st.query_params.get(LAYER, ""),
    ],
    files={"How far each layer moved": "layers.csv", "Distances, maps, objectives": "arrays.npz"},
    kept=(LAYER, OPACITY),
    plan=plan,
)
