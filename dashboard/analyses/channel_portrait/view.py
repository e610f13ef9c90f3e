"""A portrait on the page: the line above it, what the lens shows, the curve at its right."""

import streamlit as st

from dashboard.analyses.channel_portrait.choices import LENS, LENSES, chosen_lens, plan
from dashboard.analyses.channel_portrait.stage import panel, parts_of, spec_of, stage
from dashboard.runs.notes import named_channel
from dashboard.runs.view import View, ascent_from, exists
from dashboard.server.connection import get_client
from dashboard.widgets.address import channel_url
from shared.store import RunRecord


def _steps(run: RunRecord) -> list[str]:
    model, layer, channel = channel_of(run)
    return [layer, named_channel(model, layer, channel)]


def channel_of(run: RunRecord) -> tuple[str, str, int]:
    """Model, layer and channel of a portrait."""
    return str(run.fields["model"]), str(run.fields["layer"]), int(run.fields["channel"])


def _link(run: RunRecord) -> str:
    """The channel's address, which names the lens, and the run once there is one."""
    (model, layer, channel), lens = channel_of(run), chosen_lens()
    more = {LENS: lens if lens != LENSES[0] else None, "run": run.key if exists(run) else None}
    return channel_url(model, layer, channel, **more)


def _files(run: RunRecord) -> dict[str, str]:
    spec = spec_of(run)
    return {
        "Portrait": "portrait.png",
        **({"Opposite": "opposite.png"} if spec.opposite else {}),
        **{f"Facet {i + 1}": f"facet_{i}.png" for i in range(spec.facets)},
        "Its way, as an animation": "history.gif",
        "Pictures and curves": "arrays.npz",
    }


def _draw(run: RunRecord) -> None:
    lens, parts = chosen_lens(), parts_of(get_client(), run)
    middle, right = st.columns([5, 2], gap="medium")
    with middle:
        stage(run, parts, lens)
    with right:
        panel(run, parts, lens)


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=ascent_from,
    files=_files,
    link=_link,
    plan=plan,
)
