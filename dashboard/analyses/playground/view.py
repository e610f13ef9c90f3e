"""A playground on the page: the line above it, and each stage as a card with its picture and its arithmetic."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.analyses.playground.routes import stage_url, window_url
from dashboard.runs import view as job_view
from dashboard.runs.page import show_last
from dashboard.runs.run_now import compute_now
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import keep_choices
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.model_choice import has_random_weights
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import count, short
from shared.analyses.playground.parts import STAGE, StageFacts
from shared.analyses.playground.spec import Playground
from shared.store import RunRecord

LAST = "playground/last"
# What can be switched on the cards: parameter of the address, and what it may be, the usual one first.
SWITCHES = {"scale": ("fill", "true"), "levels": ("one", "each")}
_element = browser_element("stage_cards")


def run_and_show(spec: Playground | None) -> None:
    """Have a request computed and draw it; without one, draw what was computed last."""
    if spec is not None:
        key = spec.key()
        if st.query_params.get("run") != key:  # what an earlier release made, or another installation
            key = st.query_params["run"]
        else:
            compute_now(get_client(), spec)
        st.session_state[LAST] = key
        job_view.show(key, spec, VIEW)
    else:
        show_last(st.session_state.get(LAST, ""), VIEW)


def _warning(run: RunRecord) -> str:
    """Filters of an untrained network look like any others, so it is said."""
    lenders = [str(stage.get("model") or "") for stage in run.fields["stages"]]
    return "untrained" if any(map(has_random_weights, lenders)) else ""


def _details(run: RunRecord) -> list[str]:
    height, width = run.fields["size"]
    grey = ", grey" if run.fields.get("grey") else ""
    return [f"{height} × {width} px{grey}", count(len(run.fields["stages"]), "stage")]


def _files(run: RunRecord) -> dict[str, str]:
    stages = {f"Stage {i + 1}": f"stage_{i:02d}.png" for i in range(len(run.fields["stages"]))}
    return {**stages, "Numbers and kernels": "arrays.npz"}


def _draw(run: RunRecord) -> None:
    facts = [STAGE.read(one) for i in range(run.done) if (one := facts_of(run, i))]
    if not facts:
        return
    _element(key="stages", data=cards_data(run, facts), **keep_choices("stages", "shown", *SWITCHES))


def cards_data(run: RunRecord, facts: Sequence[StageFacts]) -> dict[str, Any]:
    """What the browser needs to draw the stages, as JSON values."""
    height, width = run.fields["size"]
    first = {
        "title": "The picture", "url": stage_url(run.key, 0, "input"), "height": height, "width": width,
        "channels": [], "rows": [["Shape", _shape([height, width, 1 if run.fields.get("grey") else 3])]],
        "warnings": [],
    }  # fmt: skip
    query = st.query_params
    switches = {name: value if (value := query.get(name)) in known else known[0] for name, known in SWITCHES.items()}
    return {"key": run.key, "shown": query.get("shown", ""), **switches,
            "cards": [first, *(_card(run, f) for f in facts)]}  # fmt: skip


def _card(run: RunRecord, facts: StageFacts) -> dict[str, Any]:
    index, shape = facts["stage"], facts["shape"]
    kernels = facts["parameters"] > 0
    return {
        "title": f"{index + 1} · {facts['title']}",
        "url": stage_url(run.key, index, "composite") if facts["shown"] else "",
        "each": stage_url(run.key, index, "each") if shape[2] == 3 else "",
        "window": window_url(run.key, index, "{}"),
        "meaning": facts["shown"],
        "height": shape[0],
        "width": shape[1],
        "channels": [
            {
                "url": stage_url(run.key, index, str(channel)),
                "kernel": stage_url(run.key, index, f"kernel-{channel}") if kernels else "",
                "meaning": f"channel {channel}: black is {short(low)}, white is {short(high)}",
            }
            for channel, (low, high) in enumerate(facts["ranges"])
        ],
        "rows": _rows(facts),
        "warnings": facts["warnings"],
    }


def _rows(facts: StageFacts) -> list[list[str]]:
    low, high = min(r[0] for r in facts["ranges"]), max(r[1] for r in facts["ranges"])
    rows = [["Shape", f"{_shape(facts['received'])} → {_shape(facts['shape'])}"]]
    if facts["arithmetic"]:
        rows += [["Height", facts["arithmetic"][0]], ["Width", facts["arithmetic"][1]]]
    rows.append(["Numbers", f"{short(low)} to {short(high)}"])
    if facts["parameters"]:
        rows.append(["Parameters", _parameters(facts)])
        rows.append(
            ["A dense layer", f"{facts['dense']:,} ({facts['dense'] / facts['parameters']:,.0f} times as many)"]
        )
    else:
        rows.append(["Parameters", "0: nothing to learn"])
    return rows + ([["Weights", facts["lender"]]] if facts["lender"] else [])


def _parameters(facts: StageFacts) -> str:
    depth, filters = facts["received"][2], facts["shape"][2]
    # Runs of an earlier release say nothing of the kernel, which was square then.
    side = round(((facts["parameters"] - filters) / (depth * filters)) ** 0.5)
    height, width = facts.get("kernel") or (side, side)
    return f"{height}·{width}·{depth}·{filters} + {filters} = {facts['parameters']:,}"


def _shape(shape: list[int]) -> str:
    return " × ".join(str(n) for n in shape)


VIEW = View(
    draw=_draw,
    whose=lambda _: "Playground",
    steps=lambda run: [picture_title(str(run.fields["image"]))],
    details=_details,
    warning=_warning,
    files=_files,
    kept=("shown", *SWITCHES),
)
