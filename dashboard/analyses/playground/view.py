"""A playground on the page: the line above it, and each stage as a card with its picture and its arithmetic."""

from functools import lru_cache
from typing import Any

import streamlit as st

from dashboard.analyses.playground.routes import stage_url
from dashboard.runs import view as job_view
from dashboard.runs.header import Download, place_line
from dashboard.runs.run_now import computed
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.widgets.address import keep_choice, permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.model_choice import has_random_weights
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import duration
from shared.analyses.playground.spec import Playground
from shared.results import part_header
from shared.store import RunRecord

LAST = "play/last"
# What can be switched on the cards: parameter of the address, and what it may be, the usual one first.
SWITCHES = {"scale": ("fill", "true"), "levels": ("one", "each")}
_element = browser_element("stage_cards")


def run_and_show(spec: Playground | None) -> None:
    """Have a request computed and draw it; without one, draw what was computed last."""
    view = View("picture", "stage", _head, _draw)
    if spec is not None:
        key = computed(get_client(), spec)
        st.session_state[LAST] = key
        job_view.show(key, spec, view)
        return
    st.info("Mend what is marked on the left. Until then this shows the last picture that could be computed.",
            icon=":material/arrow_back:")  # fmt: skip
    if last := st.session_state.get(LAST):
        job_view.show(last, None, view)


def _head(run: RunRecord) -> None:
    fields = run.fields
    height, width = fields["size"]
    details = [
        f"{height} × {width} px" + (", grey" if fields.get("grey") else ""),
        f"{len(fields['stages'])} stages" if len(fields["stages"]) > 1 else "1 stage",
        duration(run.seconds) if run.status == "complete" else "",
    ]
    asked = run.submitted_at > 0
    link = permalink(run.key, **{name: st.query_params.get(name) for name in ("shown", *SWITCHES)}) if asked else ""
    place_line(["Playground", picture_title(str(fields["image"]))], details, key=run.key if asked else "",
               link=link, warning=_warning(run), downloads=_downloads(run))  # fmt: skip


def _warning(run: RunRecord) -> str:
    """Filters of an untrained network look like any others, so it is said."""
    lenders = [str(stage.get("model") or "") for stage in run.fields["stages"]]
    return "untrained" if any(map(has_random_weights, lenders)) else ""


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    stages = [f"stage_{i:02d}.png" for i in range(len(run.fields["stages"]))]
    return [
        *(Download(f"Stage {i}", "PNG", download_url(run.key, name)) for i, name in enumerate(stages, 1)),
        Download("Numbers and kernels", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord) -> None:
    client = get_client()
    facts = stage_facts(run.key, run.submitted_at, run.done)
    if not facts:
        return
    if run.status == "complete":
        client.store.parts.viewed(run.key)
    changes = {f"on_{name}_change": keep_choice("stages", name) for name in ("shown", *SWITCHES)}
    _element(key="stages", data=cards_data(run, facts), **changes)


@lru_cache(maxsize=256)
def stage_facts(key: str, _submitted_at: float, _done: int) -> tuple[dict[str, Any], ...]:
    """Facts of the stages that are there."""
    parts = get_client().parts(key)
    return tuple(dict(part_header(parts[i])["facts"]) for i in sorted(parts))


def cards_data(run: RunRecord, facts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
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


def _card(run: RunRecord, facts: dict[str, Any]) -> dict[str, Any]:
    index, shape = facts["stage"], facts["shape"]
    kernels = facts["parameters"] > 0
    return {
        "title": f"{index + 1} · {facts['title']}",
        "url": stage_url(run.key, index, "composite") if facts["shown"] else "",
        "each": stage_url(run.key, index, "each") if shape[2] == 3 else "",
        "meaning": facts["shown"],
        "height": shape[0],
        "width": shape[1],
        "channels": [
            {
                "url": stage_url(run.key, index, str(channel)),
                "kernel": stage_url(run.key, index, f"kernel-{channel}") if kernels else "",
                "meaning": f"channel {channel}: black is {low:.4g}, white is {high:.4g}",
            }
            for channel, (low, high) in enumerate(facts["ranges"])
        ],
        "rows": _rows(facts),
        "warnings": facts["warnings"],
    }


def _rows(facts: dict[str, Any]) -> list[list[str]]:
    low, high = min(r[0] for r in facts["ranges"]), max(r[1] for r in facts["ranges"])
    rows = [["Shape", f"{_shape(facts['received'])} → {_shape(facts['shape'])}"]]
    if facts["arithmetic"]:
        rows += [["Height", facts["arithmetic"][0]], ["Width", facts["arithmetic"][1]]]
    rows.append(["Numbers", f"{low:.4g} to {high:.4g}"])
    if facts["parameters"]:
        rows.append(["Parameters", _parameters(facts)])
        rows.append(
            ["A dense layer", f"{facts['dense']:,} ({facts['dense'] / facts['parameters']:,.0f} times as many)"]
        )
    else:
        rows.append(["Parameters", "0: nothing to learn"])
    return rows + ([["Weights", facts["lender"]]] if facts["lender"] else [])


def _parameters(facts: dict[str, Any]) -> str:
    depth, filters = facts["received"][2], facts["shape"][2]
    # Runs of an earlier release say nothing of the kernel, which was square then.
    side = round(((facts["parameters"] - filters) / (depth * filters)) ** 0.5)
    height, width = facts.get("kernel") or (side, side)
    return f"{height}·{width}·{depth}·{filters} + {filters} = {facts['parameters']:,}"


def _shape(shape: list[int]) -> str:
    return " × ".join(str(n) for n in shape)
