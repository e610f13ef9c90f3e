"""A portrait on the page: the line above it, what the lens shows, the curve at its right."""

from dataclasses import replace

import streamlit as st

from dashboard.analyses.channel_portrait.choices import LENS, LENSES, chosen_lens, plan
from dashboard.analyses.channel_portrait.stage import panel, parts_of, spec_of, stage
from dashboard.runs import view as job_view
from dashboard.runs.choices import Choice
from dashboard.runs.notes import named_channel
from dashboard.runs.view import View, ascent_from, exists
from dashboard.server.connection import get_client
from dashboard.widgets.address import channel_url
from shared.analyses import JobSpec
from shared.analyses.channel_portrait.spec import MOST_FACETS, ChannelPortrait
from shared.store import RunRecord

# Lenses that show more than the portrait.
MORE = ("opposite", "facets")


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


def show_portrait(chosen: Choice, lens: str) -> None:
    """Draw what the lens shows: the portrait alone is computed by itself, its opposite and facets when asked for."""
    client = get_client()
    spec = chosen.spec or client.record(chosen.key).spec()
    if not isinstance(spec, ChannelPortrait):
        job_view.show(chosen.key, chosen.spec, VIEW)
    elif lens in MORE and not getattr(spec, lens):
        _show(client.resolve(spec.model_copy(update={"opposite": True, "facets": MOST_FACETS})), asked=True)
    elif chosen.spec is None or client.record(chosen.key).kind:
        job_view.show(chosen.key, chosen.spec, VIEW)
    elif lens in MORE:
        _show(client.resolve(spec), asked=True)
    else:
        _show(client.resolve(portrait_alone(spec)), asked=False)


def portrait_alone(spec: ChannelPortrait) -> ChannelPortrait:
    """The same without its opposite and facets, which take most of the time."""
    return spec.model_copy(update={"opposite": False, "facets": 0})


def _show(spec: JobSpec, asked: bool) -> None:
    """A run that the address does not name; it begins by itself where somebody is there to make it."""
    served = any(worker.queue == spec.queue for worker in get_client().store.workers.all())
    view = replace(VIEW, by_itself=served and not asked)
    job_view.show(spec.key(), spec, replace(view, ask="Make the opposite and facets") if asked else view)


VIEW = View(
    always=True,
    draw=_draw,
    steps=_steps,
    details=ascent_from,
    files=_files,
    link=_link,
    plan=plan,
)
