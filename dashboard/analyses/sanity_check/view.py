"""Whether a heat map can be trusted: asked for beside the map, and shown there."""

from typing import Any

import streamlit as st

from dashboard.runs import view as job_view
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.downloads import download_url
from dashboard.server.parts import facts_of, stored_part
from dashboard.widgets.address import permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.errors import show_error
from dashboard.widgets.heat_map_colouring import Colouring, colouring_data, heat_url, reach_share
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import class_name, escape, fixed
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import ExplainedClass
from shared.analyses.sanity_check.figures import check_figures
from shared.analyses.sanity_check.parts import CURVES, TRAINED, DepthFacts
from shared.analyses.sanity_check.spec import SanityCheck
from shared.errors import ConvscopeError
from shared.store import RunRecord

# One sentence that says what a check does not say, whatever it found.
NOT_SAID = (
    "It does not say that the network is right, that it would look at the same thing in another picture, or that what "
    "the map leaves dark plays no part."
)
RANDOMISATION = {"passes": "depends on the trained weights", "fails": "hardly depends on the trained weights",
                 "unclear": "unclear whether it depends on the trained weights"}  # fmt: skip
DELETION = {"better": "points at what counts", "no better": "points no better than chance",
            "unclear": "unclear whether it points at what counts"}  # fmt: skip
_element = browser_element("sanity_row")
# Parameter of the address that names a check with settings of its own.
CHECK = "check"
PLAN = (
    "The map again with the weights randomised from the head down, and the probability or the number as pixels are "
    "taken away or put in, strongest first: some seconds to a minute."
)


def sanity_row(run: RunRecord, method: str, colouring: Colouring) -> None:
    """Draw what there is of a check."""
    if facts_of(run, 0):
        _element(key="sanity-row", data=sanity_data(run, method, colouring))
    if run.status == "complete" and (part := stored_part(get_client(), run, (run.total or 2) - 1)):
        figures = check_figures(part, method) if f"deletion_{method}" in part.arrays else {}
        charts("deletion-insertion", list(figures.values()), view=f"{run.key}/{method}")


def sanity_data(run: RunRecord, method: str, colouring: Colouring) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    about = TRAINED.read(facts_of(run, 0))["methods"][method]
    # What speaks against the class is in an array of its own, where the published map leaves it out.
    whole = f"signed_{method}"
    array = whole if colouring.values == "signed" and whole in facts_of(run, 0)["arrays"] else method
    last = (run.total or 2) - 1 if run.status == "complete" else None
    steps = [TRAINED.read(facts_of(run, i)) for i in range(run.total or 1)]
    return {
        "colouring": colouring_data(colouring),
        "signed": about["signed"] or array != method,
        "grid": about.get("grid"),
        "reach_share": reach_share(about["place"]),
        "picture": {"url": seen_url(run.key, 0, "picture"), "height": steps[0]["height"], "width": steps[0]["width"]},
        "steps": [_step(run, i, facts, method, array) for i, facts in enumerate(steps) if facts and "depth" in facts],
        "verdict": _verdict(run, last, method) if last else None,
        "link": permalink(run.key),
        "downloads": [["Numbers (npz)", download_url(run.key, "arrays.npz")],
                      ["What made it (JSON)", download_url(run.key, "manifest.json")]] if last else [],
    }  # fmt: skip


def _step(run: RunRecord, index: int, facts: DepthFacts, method: str, array: str) -> dict[str, Any]:
    one, layers = facts["maps"][method], facts["randomised"]
    rank = one.get("rank")
    height, width = facts["arrays"][array]
    return {
        "url": heat_url(run, index, array),
        "height": height,
        "width": width,
        "positive": one["positive_evidence"] or array != method,
        "title": "As trained" if facts["depth"] == 0 else _randomised(layers),
        "full": ", ".join(layers),
        "share": f"{_share(facts['share'])} of the weights random",
        "rank": rank,
        "rank_text": "" if facts["depth"] == 0 else ("flat map" if rank is None else f"rank correlation {fixed(rank)}"),
    }


def _share(share: float) -> str:
    """A share in whole percent; a small one is not called none, nor a large one all."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def _randomised(layers: list[str]) -> str:
    """What was randomised at one depth, from the first to the last layer of it."""
    names = [path.rpartition("/")[2] for path in layers]
    return f"+ {names[0]}" if len(names) == 1 else f"+ {names[0]} … {names[-1]}" if names else "+ nothing"


def _verdict(run: RunRecord, index: int, method: str) -> dict[str, str] | None:
    found = CURVES.read(facts_of(run, index)).get("verdicts", {}).get(method)
    if not found:
        return None
    return {
        "randomisation": found["randomisation"],
        "randomisation_text": RANDOMISATION[found["randomisation"]],
        "deletion": found["deletion"],
        "deletion_text": DELETION[found["deletion"]],
        "sentence": found["sentence"],
        "not_said": NOT_SAID,
    }


def sanity_section(spec: Attribution, image: str, method: str, row: ExplainedClass, colouring: Colouring) -> None:
    """Draw the section below the maps."""
    title = METHODS[method].title  # type: ignore[index]
    st.subheader("Can this map be trusted?", anchor=False)
    st.caption(escape(f"{title} for {class_name(row)}. A map that stays when the network forgets what it learned "
                      "shows the picture's edges, not the network's reasons."))  # fmt: skip
    try:
        key, check = shown_check(spec, image, method, row["class"])
    except ConvscopeError as error:
        show_error(str(error))
        return
    draw = lambda run: sanity_row(run, method, colouring)  # noqa: E731
    job_view.show(key, check, View(draw=draw, plan=PLAN, leads=False))


def shown_check(spec: Attribution, image: str, method: str, number: int) -> tuple[str, SanityCheck]:
    """Key and request of the check of a map: the one that the address names if it is of this map, else the usual one.

    Raises:
        ConvscopeError: the request cannot be.
    """
    client = get_client()
    check = client.resolve(check_of(spec, image, method, number))
    named = client.record(st.query_params.get(CHECK, "") or "-")
    if isinstance(check, SanityCheck) and named.kind == SanityCheck.kind and is_of(named, check):
        return named.key, check
    return check.key(), check  # type: ignore[return-value]


def check_of(spec: Attribution, image: str, method: str, number: int) -> SanityCheck:
    """The usual check of a map."""
    same = {name: value for name, value in spec.changes().items() if name in SanityCheck.model_fields}
    return SanityCheck.from_fields(same | {"image": image, "methods": [method], "classes": [number]})


def is_of(run: RunRecord, check: SanityCheck) -> bool:
    """Whether a check is of the same map, whatever its depths and points."""
    fields, wanted = run.fields, check.model_dump(mode="json")
    same = all(
        fields.get(name, default) == wanted[name]
        for name, default in {
            "model": "",
            "image": "",
            "layers": [],
            "resize": "",
            "model_output": "",
            "region": "mask",
        }.items()
    )
    return same and set(wanted["methods"]) <= set(fields["methods"]) and fields["classes"] in ([], wanted["classes"])
