"""Where a run is asked for: what it will be, how long it takes, when it begins, and a smaller one to begin with."""

from dataclasses import dataclass

import streamlit as st

from dashboard.runs.act_button import act_button
from dashboard.runs.other_networks import lacks_weights
from dashboard.server.connection import get_client
from dashboard.server.live import outlook
from dashboard.widgets.layer_choice import MISSING, known_facts
from dashboard.widgets.text import count, escape, roughly
from shared.analyses import JobSpec
from shared.client import Client, misfit, plan_estimate, unknown_fit
from shared.library.plans.estimate import Estimate

# Channels of the smaller start.
FEW = 16


@dataclass(frozen=True)
class SmallerStart:
    """A part of what was asked for, to begin with."""

    label: str
    spec: JobSpec


def hindrance(spec: JobSpec) -> str:
    """Why a run cannot begin as it is asked for, in Markdown; "" where it can."""
    if lacks_weights(getattr(spec, "model", None)):
        return MISSING
    client = get_client()
    words = misfit(client.library, client.resolve(spec))
    return f"**These do not fit together.** {escape(words)}" if words else ""


def start_box(spec: JobSpec, plan: str, ask: str, leads: bool = True, usually: str = "") -> None:
    """Draw the box of a run that nobody has asked for yet.

    Args:
        spec: what to compute.
        plan: how much there is to do, in words.
        ask: what the button says.
        leads: whether the address names the run once somebody asks for it.
        usually: how long it takes as a rule, where that is known without such a run.
    """
    client = get_client()
    spec = client.resolve(spec)
    channels = channels_of(client, spec)
    with st.container(border=True):
        st.markdown(f"**Not computed yet.** {escape(plan)}")
        takes = forecast(plan_estimate(client, [spec], channels), usually)
        st.caption(f"{escape(takes)} {escape(outlook(client, spec.queue))}")
        if words := unknown_fit(client.library, spec):
            st.caption(words)
        with st.container(horizontal=True):
            act_button(ask, "compute", lambda c: c.submit(spec), leads=leads)
            if less := smaller_start(spec, channels):
                seconds = plan_estimate(client, [less.spec]).seconds
                time = "" if seconds is None else f", about {roughly(seconds)}"
                act_button(f"{less.label}{time}", "smaller", lambda c: c.submit(less.spec), primary=False, leads=leads)


def forecast(found: Estimate, usually: str = "") -> str:
    """How long a run takes, and how that is known; `usually` where no such run was made."""
    if found.seconds is None:
        return usually or "How long it takes is not known: no such run was made here yet."
    if found.alike == "same":
        return f"About {roughly(found.seconds)}, by the pace of {count(found.measured, 'such run')}."
    runs = count(found.measured, "run")
    if found.alike == "model":
        return f"About {roughly(found.seconds)}, by the pace of {runs} on this network."
    return f"Perhaps {roughly(found.seconds)}, by the pace of {runs} on other networks: it may be far more or less."


def channels_of(client: Client, spec: JobSpec) -> int | None:
    """How many channels a run is about that names none of its layer's; None where it is not about channels."""
    return layer_channels(client, spec) if getattr(spec, "channels", None) is not None else None


def layer_channels(client: Client, spec: JobSpec) -> int | None:
    """How many channels the layer of a run has; None where it is about no layer, or its table is not read."""
    layer, model = getattr(spec, "layer", None), getattr(spec, "model", None)
    if not (layer and model):
        return None
    rows = known_facts(client, model, ask=False).get("layers", ())
    return next((int(row["channels"] or 0) or None for row in rows if row["path"] == layer), None)


def smaller_start(spec: JobSpec, channels: int | None) -> SmallerStart | None:
    """The first few of many channels.

    Args:
        spec: resolved.
        channels: of its layer; None where that is not known, or the run is not about channels.
    """
    wanted: tuple[int, ...] = getattr(spec, "channels", None) or tuple(range(channels or 0))
    if len(wanted) <= FEW or "channels" not in type(spec).model_fields:
        return None
    return SmallerStart(f"First {FEW} channels", spec.model_copy(update={"channels": wanted[:FEW]}))
