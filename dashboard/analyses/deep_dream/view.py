"""A dream on the page: before and after under one slider, its octaves below, its frames on the right."""

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from dashboard.analyses.deep_dream.choices import plan
from dashboard.runs.urls import animation_url, part_url
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import count
from shared.analyses.deep_dream import parts
from shared.analyses.deep_dream.figures import objective_figure
from shared.analyses.deep_dream.parts import OctaveFacts, PhotographFacts
from shared.store import RunRecord

# Parameter of the address that names the octave shown, from 1; without it the largest there is.
OCTAVE = "octave"
_compare = browser_element("dream_compare")
_panel = browser_element("dream_panel")


def _details(run: RunRecord) -> list[str]:
    fields = run.fields
    return [
        _layers_in_words(fields),
        f"{fields['size']} px",
        f"{count(int(fields['octaves']), 'octave')} × {fields['octave_scale']:g}",
        count(int(fields["steps"]), "step"),
    ]


def _layers_in_words(fields: dict[str, Any]) -> str:
    layers, channels = fields.get("layers") or [], fields.get("channels") or []
    text = ", ".join(str(layer).replace(":", " × ") for layer in layers) or "middle layers"
    return f"{text}, channels {', '.join(map(str, channels))}" if channels else text


def _files(run: RunRecord) -> dict[str, str]:
    last = (run.total or 2) - 1
    return {
        "The dream": part_url(run.key, last - 1, "dream"),
        "Optimization (animation)": animation_url(run.key, last),
        "Pictures and objective": "arrays.npz",
    }


def _draw(run: RunRecord) -> None:
    client = get_client()
    there = client.results.numbers(run)
    facts = {index: facts_of(run, index) for index in there}
    if not facts.get(0) or not all(facts.values()):
        return
    first = parts.PHOTOGRAPH.read(facts[0])
    octaves = [parts.OCTAVE.read(one) for one in facts.values() if "octave" in one]
    middle, right = st.columns([3, 1], gap="medium")
    with middle:
        _compare(key="dream", data=compare_data(run, first, octaves),
                 on_octave_change=keep_choice("dream", OCTAVE))  # fmt: skip
    with right:
        _panel(key="way", data=panel_data(run, first, octaves, there))
        if octaves:
            charts("objective", [objective_figure(octaves, str(run.fields["units"]))], view=run.key)


def compare_data(run: RunRecord, first: PhotographFacts, octaves: Sequence[OctaveFacts]) -> dict[str, Any]:
    """What the slider shows, as JSON values."""
    height, width = first["sizes"][-1]
    wanted = st.query_params.get(OCTAVE, "")
    shown = [octave["octave"] + 1 for octave in octaves]
    return {
        "title": f"{picture_title(str(run.fields['image']))} before and after",
        "before": part_url(run.key, 0, "original"),
        "width": width,
        "height": height,
        "octaves": [
            {
                "number": octave["octave"] + 1,
                "url": part_url(run.key, octave["octave"] + 1, "dream"),
                "label": f"{octave['width']} × {octave['height']}",
                "note": _ending(octave),
            }
            for octave in octaves
        ],
        "coming": len(first["sizes"]) - len(octaves) if not run.over else 0,
        "selected": int(wanted) if wanted.isdigit() and int(wanted) in shown else 0,
    }


def _ending(octave: OctaveFacts) -> str:
    if octave["ended"] == "ceiling":
        return f"The ceiling ended it after {count(octave['steps'], 'step')}."
    if octave["ended"] == "silent":
        return "No layer responds to the picture at this size."
    return ""


def panel_data(
    run: RunRecord, first: PhotographFacts, octaves: Sequence[OctaveFacts], there: Collection[int]
) -> dict[str, Any]:
    """What stands beside the picture, as JSON values."""
    fields, last = run.fields, len(first["sizes"]) + 1
    rows = [
        ["layers", ", ".join(layer.replace(":", " × ") for layer in first["layers"])],
        ["step size", f"{fields['step_size']:g}"],
        ["jitter", f"{fields['jitter']} px"],
        ["detail re-injected", f"{100 * fields['detail']:.0f} %"],
        ["seed", str(fields["seed"])],
        ["done", count(sum(octave["steps"] for octave in octaves), "step")],
    ]
    if fields.get("ceiling") is not None:
        rows.insert(1, ["ceiling", f"{fields['ceiling']:g}"])
    return {
        "animation": animation_url(run.key, last) if last in there else "",
        "rows": rows,
    }


VIEW = View(
    draw=_draw,
    steps=lambda run: [picture_title(str(run.fields["image"]))],
    details=_details,
    files=_files,
    kept=(OCTAVE,),
    plan=plan,
)
