"""Pick a layer of a model: from its layer table, or typed while the table is being read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client, unreachable_in_short
from dashboard.server.parts import facts_of
from dashboard.widgets.address import NONE
from dashboard.widgets.current import weights_missing
from dashboard.widgets.text import escape
from shared.analyses import InspectModel
from shared.analyses.inspect_model.parts import TABLE, LayerRow, ModelFacts
from shared.client import Client
from shared.errors import PermanentError, WeightsUnavailable
from shared.store import RunRecord

POLL_SECONDS = 1.0
MISSING = (
    "This server has no ImageNet weights for this network and cannot download them. Use the bundled network, or add a "
    "file of the weights."
)


@dataclass(frozen=True)
class Inspection:
    """A model's layer table, or how far the worker is with it; `facts` is empty until then."""

    run: RunRecord
    facts: ModelFacts

    def layers(self, kind: str = "") -> list[LayerRow]:
        """Rows of the layers that an analysis can be run on; all of them without a kind."""
        return [row for row in self.facts.get("layers", []) if not kind or kind in row.get("shows", ())]


def inspect(client: Client, model: str) -> Inspection:
    """The layer table of a model; asks for it when nobody has.

    Raises:
        UnknownModel, InvalidSpec: no such model.
        WeightsUnavailable: nothing is asked for that no worker can open.
    """
    spec = client.resolve(InspectModel.from_fields({"model": model}))
    run = client.record(spec.key())
    # Failed and cancelled ones are for the person to retry: asking again at every visit would hammer.
    if run.status != "complete" and weights_missing(client, model):
        raise WeightsUnavailable(MISSING)
    if run.status == "absent":
        client.submit(spec)
        run = client.record(spec.key())
    if run.status != "complete":
        return Inspection(run, TABLE.read({}))
    return Inspection(run, TABLE.read(facts_of(run, 0)))


def known_facts(client: Client, model: str, ask: bool) -> Mapping[str, Any]:
    """What is known of a model; {} while its layer table is not made, and for a model that is not there.

    Args:
        client: of the installation.
        model: reference or name.
        ask: whether to have the table made where nobody has.
    """
    try:
        key = client.resolve(InspectModel.from_fields({"model": model})).key()
        there = ask or client.record(key).status == "complete"
        return inspect(client, model).facts if there else {}
    except PermanentError:
        return {}


def wait_for_layers(inspection: Inspection) -> None:
    """Say in short why there is no list of layers yet, and draw the page again when there is one."""
    st.fragment(_wait, run_every=None if inspection.run.over else POLL_SECONDS)(inspection.run.key)


def _wait(key: str) -> None:
    with explaining_errors(unreachable_in_short):
        client = get_client()
        run = client.record(key)
        if run.status == "complete":
            st.rerun()
        if run.status in ("failed", "cancelled"):
            st.caption(f":material/error: The layers could not be read ({escape(run.error_kind or run.status)}).")
            if st.button("Retry", key="retry-layers"):
                client.retry(key)
                st.rerun()
            return
        st.caption(f":material/hourglass_top: {_reason(client, run)}")


def _reason(client: Client, run: RunRecord) -> str:
    workers = [w for w in client.store.workers.all() if w.queue == run.queue]
    if not workers:
        return "The layers will be listed as soon as a worker runs (in a terminal: `convscope up`)."
    if all(w.state == "warming" for w in workers):
        return "Reading the layers. The worker is warming up, which takes about ten seconds."
    return "Reading the layers."


def choose_layer(
    client: Client, key: str, model: str, kind: str, help_text: str = "Layers that can be drawn."
) -> tuple[str, str]:
    """Draw the list of a model's layers.

    Args:
        client: of the installation.
        key: of the control in the session; may be set before.
        model: reference or name.
        kind: job kind; only layers that it can work on are offered.
        help_text: beside the control.

    Returns:
        The chosen layer, "" while there is none, and why there is no list ("" where there is one).
    """
    wanted = st.session_state.get(key) or ""
    wanted = "" if wanted == NONE else wanted
    try:
        inspection = inspect(client, model)
    except PermanentError as error:
        return wanted, str(error)
    rows = {row["path"]: row for row in inspection.layers(kind)}
    if rows:
        # A link to a run of a layer that is not there goes on showing that run, which says so.
        others = [wanted] if wanted not in rows and _is_of_run(client, model, wanted) else []
        st.session_state[key] = wanted if wanted in (*rows, *others) else next(iter(rows))
        return st.selectbox(
            "Layer", [*rows, *others], key=key, format_func=lambda p: _label(p, rows), help=help_text
        ), ""
    st.session_state[key] = wanted
    typed = st.text_input("Layer", key=key, help="Its name, with / between nested names.")
    wait_for_layers(inspection)
    return typed.strip(), inspection.run.error


def layer_paths(client: Client, model: str, kind: str, ask: bool) -> list[str]:
    """Paths of the layers that an analysis can be run on; [] while the model's layer table is not made.

    Args:
        client, model, ask: as for known_facts().
        kind: job kind.
    """
    return [row["path"] for row in known_facts(client, model, ask).get("layers", []) if kind in row.get("shows", ())]


def _is_of_run(client: Client, model: str, layer: str) -> bool:
    """Whether the run that the address names is of this layer of this model."""
    fields = client.record(st.query_params.get("run", "")).fields
    return bool(layer) and (fields.get("model"), fields.get("layer")) == (client.models.resolve(model), layer)


def _label(path: str, rows: Mapping[str, Mapping[str, object]]) -> str:
    if path not in rows:
        return f"{path}  ·  not in this network"
    channels = rows[path].get("channels")
    return f"{path}  ·  {channels}" if channels else path
