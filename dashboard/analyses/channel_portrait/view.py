"""A portrait on the page: the line above it, what the lens shows, the curve at its right."""

import streamlit as st

from dashboard.analyses.channel_portrait.choices import LENS, LENSES, chosen_lens
from dashboard.analyses.channel_portrait.stage import panel, parts_of, spec_of, stage
from dashboard.runs.header import Download
from dashboard.runs.notes import named_channel
from dashboard.runs.place import run_place, was_asked
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.widgets.channel_address import channel_url
from shared.store import RunRecord


def portrait_view(plan: str = "") -> View:
    """How the job view draws a portrait."""
    return View("portrait", "part", _head, _draw, plan)


def _head(run: RunRecord) -> None:
    fields, lens = run.fields, chosen_lens()
    model, layer, channel = str(fields["model"]), str(fields["layer"]), int(fields["channel"])
    size = run.facts.get("metrics", {}).get("size") or fields.get("size")
    details = [
        str(fields.get("mode", "")),
        f"{size} px" if size else "",
        f"{fields.get('steps')} steps",
        f"from {fields['image']}" if fields.get("image") else "",
    ]
    more = {LENS: lens if lens != LENSES[0] else None, "run": run.key if was_asked(run) else None}
    link = channel_url(model, layer, channel, **more)
    run_place(run, [layer, named_channel(model, layer, channel)], details, link, _downloads(run))


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    spec = spec_of(run)
    pictures = [("Portrait", "portrait"), *([("Opposite", "opposite")] if spec.opposite else [])]
    pictures += [(f"Facet {i + 1}", f"facet_{i}") for i in range(spec.facets)]
    return [
        *(Download(title, "PNG", download_url(run.key, f"{name}.png")) for title, name in pictures),
        Download("Its way, as an animation", "GIF", download_url(run.key, "history.gif")),
        Download("Pictures and curves", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord) -> None:
    client, lens = get_client(), chosen_lens()
    parts = parts_of(client, run)
    if run.status == "complete":
        client.store.parts.viewed(run.key)
    middle, right = st.columns([5, 2], gap="medium")
    with middle:
        stage(run, parts, lens)
    with right:
        panel(run, parts, lens)
