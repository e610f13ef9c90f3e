"""Two networks on the page: how far each layer moved, and the chosen layer's channels before and after."""

import streamlit as st

from dashboard.analyses.compare_models.channels import channels_data
from dashboard.analyses.compare_models.choices import LAYER, OPACITY, plan
from dashboard.analyses.compare_models.layer_table import panel_data, strip_data, verdict
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part, summary
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import escape
from shared.analyses.compare_models.figures import distance_figure
from shared.analyses.compare_models.parts import TABLE, TableFacts, TableRow
from shared.store import RunRecord

_strip = browser_element("layer_strip")
_channels = browser_element("channel_changes")
_panel = browser_element("move_panel")


def side_title(run: RunRecord, side: str) -> str:
    """What a person calls the network before or after."""
    field = {"before": "model", "after": "other"}[side]
    return model_title(str(run.fields[field]), get_client().models.names(), str(run.facts.get(field, "")))


def _draw(run: RunRecord) -> None:
    client = get_client()
    table = TABLE.read(summary(client, run))
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
