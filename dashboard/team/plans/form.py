"""A new plan: from a run that somebody made, and what is to vary."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import streamlit as st

from dashboard.runs.start_box import forecast, layer_channels
from dashboard.server.connection import explaining_errors, get_client
from dashboard.widgets.address import arrived, remember
from dashboard.widgets.layer_choice import inspect, wait_for_layers
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.text import count, escape
from shared.analyses import KINDS, JobSpec, spec_type
from shared.client import Client, plan_estimate, start_plan
from shared.errors import InvalidSpec, message
from shared.library.plans.store import LONGEST_TITLE, combinations, read_values
from shared.library.titles import run_title, titles_of
from shared.store import RunRecord

OFFERED = 60
# What no plan is made of.
TOO_QUICK = tuple(name for name, kind in KINDS.items() if kind.quick)
MADE = "plans/made"
# So many layers that get fewer channels are named.
NAMED = 5


def new_plan() -> None:
    """Draw the form; a plan that is started is named in the address."""
    client = get_client()
    run = _choose_run(client)
    if run is None:
        st.info("A plan varies a run that somebody made. Make one first: an atlas of one layer, say.",
                icon=":material/arrow_back:")  # fmt: skip
        return
    varied = _choose_varied(client, run)
    if not varied:
        st.caption("Choose what is to vary.")
        return
    with explaining_errors():
        specs = [client.resolve(spec) for spec in combinations(run.kind, run.fields, varied)]
        fitted = [fitting(client, spec) for spec in specs]
        _say_changed(specs, fitted)
        _offer(client, fitted, list(varied))


def fitting(client: Client, spec: JobSpec) -> JobSpec:
    """The same without the channels that its layer does not have, where the layer table says how many there are.

    Raises:
        InvalidSpec: the layer has none of them, or not the one channel that is asked for.
    """
    count_, layer = layer_channels(client, spec), getattr(spec, "layer", "")
    wanted = getattr(spec, "channels", None) or ()
    wanted = wanted or ((channel,) if (channel := getattr(spec, "channel", None)) is not None else ())
    there = tuple(c for c in wanted if count_ is None or c < count_)
    if wanted and not there:
        raise InvalidSpec(message(f"channels below {count_}, those of {layer}", list(wanted)[:5],
                                  "Leave that layer out, or vary a run with other channels."))  # fmt: skip
    return spec if there == tuple(wanted) else spec.model_copy(update={"channels": there})


def _say_changed(specs: Sequence[JobSpec], fitted: Sequence[JobSpec]) -> None:
    """Which layers get fewer channels than the run that the plan is like."""
    fewer = [str(getattr(one, "layer", "")) for one, spec in zip(fitted, specs, strict=True) if one != spec]
    if fewer:
        names = f"{', '.join(fewer[:NAMED])}{' and others' if len(fewer) > NAMED else ''}"
        st.caption(f"Of {escape(names)} only the channels that the layer has.")


def _choose_run(client: Client) -> RunRecord | None:
    titles = titles_of(client.library)
    asked = st.query_params.get("from", "")
    offered = islice(client.store.runs.newest({"trial": "no"}, exclude=TOO_QUICK), OFFERED)
    first = client.store.runs.get_many([asked] if asked else [])
    runs = {r.key: r for r in (*first, *offered) if r.kind and r.kind not in TOO_QUICK}
    if not runs:
        return None
    key = "plans/from"
    if arrived(key) or st.session_state.get(key) not in runs:
        st.session_state[key] = asked if asked in runs else next(iter(runs))
    chosen = st.selectbox("Like this run", list(runs), key=key, help="All its settings, but for what varies.",
                          format_func=lambda k: f"{run_title(runs[k], titles)} · {k[-8:]}")  # fmt: skip
    remember({"from": chosen})
    return runs[chosen]


def _choose_varied(client: Client, run: RunRecord) -> dict[str, list[Any]]:
    """What varies: layers and models by lists, all else by typed values."""
    fields = [name for name in spec_type(run.kind).model_fields if name not in ("precision",)]
    names = st.multiselect("What varies", fields, key="plans/varied", format_func=lambda n: n.replace("_", " "),
                           default=["layer"] if "layer" in fields else [])  # fmt: skip
    varied: dict[str, list[Any]] = {}
    for name in names:
        values = _values(client, run, name)
        if values:
            varied[name] = values
    return varied


def _values(client: Client, run: RunRecord, name: str) -> list[Any]:
    if name == "layer" and run.fields.get("model"):
        return _layers(client, run)
    if name == "model":
        known = {**{ref: given for given, ref in client.models.names().items()}, str(run.fields["model"]): ""}
        return st.multiselect("Models", list(known), [run.fields["model"]], key="plans/models",
                              format_func=lambda m: model_title(m, client.models.names()))  # fmt: skip
    before = run.fields.get(name)
    text = st.text_input(name.replace("_", " ").capitalize(), key=f"plans/values/{name}", placeholder=str(before),
                         help="Values with commas between; with semicolons where a value holds commas.")  # fmt: skip
    return read_values(text)


def _layers(client: Client, run: RunRecord) -> list[str]:
    inspection = inspect(client, str(run.fields["model"]))
    paths = [str(row["path"]) for row in inspection.layers(run.kind)]
    if not paths:
        wait_for_layers(inspection)
        return []
    every = st.toggle(f"All {len(paths)} layers", value=True, key="plans/all-layers")
    return paths if every else st.multiselect("Layers", paths, [], key="plans/layers")


def _offer(client: Client, specs: list[JobSpec], varied: list[str]) -> None:
    found = plan_estimate(client, specs)
    there = f", {found.done} of them there already" if found.done else ""
    st.markdown(f"**{count(len(specs), 'run')}**{there}. {escape(forecast(found))}")
    title = st.text_input("Title", key="plans/title", max_chars=LONGEST_TITLE, placeholder="All layers, lucid")
    webhook = ""
    if client.settings.webhooks:
        webhook = st.text_input("Tell this address when it is done", key="plans/webhook",
                                placeholder=client.settings.webhooks.split(",")[0])  # fmt: skip
    if st.button(f"Start {count(len(specs), 'run')}", type="primary", key="plans/start"):
        plan = start_plan(client, title, specs, varied, webhook.strip())
        st.session_state[MADE] = plan.id
        st.rerun()


def made_plan() -> Mapping[str, str]:
    """Where a plan that was just started is shown; {} when none was."""
    name = st.session_state.pop(MADE, "")
    return {"plan": name} if name else {}
