"""A model's layers as a table whose rows lead on to what each layer can show."""

from collections.abc import Sequence

import streamlit as st

from dashboard.page_table import PAGES
from dashboard.runs.view import View
from dashboard.server.parts import facts_of
from shared.analyses.inspect_model.parts import TABLE, LayerRow
from shared.analyses.inspect_model.proof_words import origin_words, proof_figure, range_words
from shared.store import RunRecord

COLUMNS = {
    "path": "Layer",
    "class": "Class",
    "output_shape": "Output",
    "channels": "Channels",
    "parameters": "Parameters",
    "receptive_field": "Receptive field",
    "stride": "Stride",
}
HEIGHT = 560


def _details(run: RunRecord) -> list[str]:
    """How large the model is, how pictures go in."""
    facts = TABLE.read(facts_of(run, 0))
    return [
        f"{len(facts.get('layers', []))} layers",
        f"{facts['parameters']:,} parameters" if "parameters" in facts else "",
        f"input {facts['input']}" if facts.get("input") else "",
        f"the same picture at each of its {facts['inputs']} inputs" if facts.get("inputs") else "",
        f"preprocessing: {range_words(facts['preprocess'])}" if facts.get("preprocess") else "",
        proof_figure(facts["proof"]) if facts.get("proof") else "",
        origin_words(facts.get("upgraded_from", "")),
    ]


VIEW = View(details=_details, files={"Layer table": "layers.csv"})


def layer_table(rows: Sequence[LayerRow]) -> LayerRow | None:
    """Draw the table.

    Returns:
        The row that is selected, or None.
    """
    table = {title: [row.get(name) for row in rows] for name, title in COLUMNS.items()}
    event = st.dataframe(
        table, hide_index=True, width="stretch", height=HEIGHT, selection_mode="single-row", on_select="rerun",
        key="layers",
        column_config={
            "Layer": st.column_config.TextColumn(width="medium"),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
    )  # fmt: skip
    chosen = event.selection.rows
    return rows[chosen[0]] if chosen and chosen[0] < len(rows) else None


def ways_on(row: LayerRow | None, model: str) -> None:
    """Links from a layer to the pages that can show it."""
    if row is None:
        st.info("Select a layer in the table: what it can show appears here.", icon=":material/arrow_back:")
        return
    st.markdown("**Layer**")
    st.code(row["path"], language=None, wrap_lines=True)
    pages = [page for page in PAGES if set(page.kinds) & set(row.get("shows", ()))]
    for page in pages:
        if st.button(f"{page.title} of this layer", icon=page.icon, type="primary", width="stretch"):
            st.switch_page(page.file, query_params={"model": model, "layer": row["path"]})
    if not pages:
        st.caption("Nothing of this layer can be drawn: it has no channels with a height and a width.")
