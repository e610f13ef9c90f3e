"""Heat maps on the page: one picture with everything beside it, or a grid of many."""

from dataclasses import replace

import streamlit as st

from dashboard.analyses.attribution.choices import asking
from dashboard.analyses.attribution.classes import classes_data
from dashboard.analyses.attribution.grid import grid_data
from dashboard.analyses.attribution.heat_bands import PARAMETER as BAND
from dashboard.analyses.attribution.heat_bands import band_count, choose_band
from dashboard.analyses.attribution.lenses import lenses_data
from dashboard.analyses.attribution.stage import layer_words, part_of, request_of, stage_data
from dashboard.analyses.sanity_check.view import sanity_section
from dashboard.runs.run_now import GO
from dashboard.runs.view import View, exists
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import keep_choices, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.heat_map_colouring import ALL, KEPT, STATES, Colouring, colouring_of_address
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import class_name, count
from shared.analyses.attribution.parts import METHOD, PICTURE, PictureFacts
from shared.analyses.attribution.spec import Attribution, fields_of_one
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import ExplainedClass
from shared.images.resizing import rule_words
from shared.store import RunRecord

_classes, _grid, _lenses, _stage = map(browser_element, ("heat_classes", "heat_grid", "heat_lenses", "heat_stage"))
# In the session: the run whose maps were seen last.
SHOWN = "attribution/shown"
SLOW = ("score_cam", "occlusion", "integrated_gradients", "smooth_grad")


def plan(spec: Attribution) -> str:
    """How much there is to do, in words."""
    pictures, methods = len(spec.pictures), [METHODS[m].title for m in spec.methods]
    return f"{count(pictures, 'picture')}, {', '.join(methods)}."


def usually(spec: Attribution) -> str:
    """How long a picture takes as a rule."""
    slow = any(method in SLOW for method in spec.methods)
    return f"As a rule {'some seconds' if slow else 'under a second'} a picture, once the model is loaded."


def chosen_picture(spec: Attribution) -> int | None:
    """Number of the picture that is looked at; None while several are seen at once."""
    if len(spec.pictures) == 1:
        return 0
    text = st.query_params.get("picture", "")
    return int(text) if text.isdigit() and int(text) < len(spec.pictures) else None


def colouring_of(spec: Attribution) -> Colouring:
    """How the maps are looked at, the shown method one of those that there are."""
    colouring = colouring_of_address()
    known = colouring.show in spec.methods or (colouring.show == ALL and len(spec.methods) > 1)
    return colouring if known else replace(colouring, show=ALL if len(spec.methods) > 1 else spec.methods[0])


def _steps(run: RunRecord) -> list[str]:
    spec, there = request_of(run), exists(run)
    number, colouring = chosen_picture(spec), colouring_of(spec)
    return [
        count(len(spec.pictures), "picture") if len(spec.pictures) > 1 else "",
        picture_title(spec.pictures[number]) if number is not None else "",
        _layer(run, spec, number, colouring) if there else "",
        count(len(spec.methods), "method") if colouring.show == ALL else METHODS[colouring.show].title,  # type: ignore[index]
        _focus(run, spec, number, colouring) if there else "",
    ]


def _layer(run: RunRecord, spec: Attribution, number: int | None, colouring: Colouring) -> str:
    facts = METHOD.read(
        facts_of(run, part_of(spec, number or 0, spec.methods[0] if colouring.show == ALL else colouring.show))
    )
    return layer_words(facts).partition(",")[0] if facts and facts["place"] == "layer" else ""


def _focus(run: RunRecord, spec: Attribution, number: int | None, colouring: Colouring) -> str:
    """Name of the class that is looked at."""
    if number is None:
        return ""
    first = PICTURE.read(facts_of(run, part_of(spec, number)))
    return class_name(focus(spec, first, colouring)[1]) if first else ""


def focus(spec: Attribution, first: PictureFacts, colouring: Colouring) -> tuple[str, ExplainedClass]:
    """Method and class that are described: what the address names, else the first ones that are shown."""
    shown = [m for m in spec.methods if colouring.show in (ALL, m)]
    method, _, number = colouring.at.partition("/")
    row = next((row for row in first["classes"] if str(row["class"]) == number), first["classes"][0])
    return method if method in shown else shown[0], row


def _files(run: RunRecord) -> dict[str, str]:
    """The maps that are looked at, laid over the picture, and their numbers."""
    spec = request_of(run)
    number, colouring = chosen_picture(spec), colouring_of(spec)
    folder = f"{number or 0:02d}/" if len(spec.pictures) > 1 else ""
    first = PICTURE.read(facts_of(run, part_of(spec, number or 0)))
    methods = [m for m in spec.methods if colouring.show in (ALL, m)] if number is not None and first else []
    pictures = {
        f"{METHODS[m].title}, {class_name(row)}": f"{folder}{m}_{row['class']}.png"
        for m in methods
        for row in first["classes"]
    }
    return {**pictures, "Numbers of the maps": f"{folder}arrays.npz"}


def _draw(run: RunRecord) -> None:
    if st.session_state.get(GO):
        st.rerun()  # a click asked for another run, which the choices make
    spec = request_of(run)
    number, colouring = chosen_picture(spec), colouring_of(spec)
    if number is None:
        _draw_lenses(run, spec, 0, colouring)
        changes = keep_choices("heat-grid", *STATES, "picture", "wrong")
        _grid(key="heat-grid", data=grid_data(run, spec, colouring), **changes)
    elif (before := _before(run, spec, number, colouring)) is not None:
        _waiting(before, spec, number, colouring)
    else:
        _one(run, spec, number, colouring)


def _before(run: RunRecord, spec: Attribution, number: int, colouring: Colouring) -> RunRecord | None:
    """The run whose maps of the same picture were seen last, while one that is wanted instead has none yet."""
    first = PICTURE.read(facts_of(run, part_of(spec, number)))
    shown = [m for m in spec.methods if colouring.show in (ALL, m)]
    if first and any(METHOD.read(facts_of(run, part_of(spec, number, method))) for method in shown):
        st.session_state[SHOWN] = run.key
        return None
    before = get_client().record(st.session_state.get(SHOWN, ""))
    same = before.kind == run.kind and before.key != run.key and before.fields.get("model") == spec.model
    return before if same and spec.pictures[number] in request_of(before).pictures and not run.over else None


def _waiting(before: RunRecord, wanted: Attribution, number: int, colouring: Colouring) -> None:
    """The maps that were seen before, dimmed, and beside them what is chosen now."""
    spec = request_of(before)
    place, method = spec.pictures.index(wanted.pictures[number]), spec.methods[0]
    _draw_lenses(before, spec, place, colouring, wanted)
    _, right = st.columns([1, 4.8], gap="medium")
    with right:
        seen = replace(colouring, show=ALL if len(spec.methods) > 1 else method)
        facts = PICTURE.read(facts_of(before, part_of(spec, place)))
        seen = replace(seen, at=f"{method}/{focus(spec, facts, seen)[1]['class']}")
        data = stage_data(before, spec, place, seen) | {"waiting": "The maps before, until the new ones are there."}
        _stage(key="heat-stage", data=data, **keep_choices("heat-stage", *STATES))


def _draw_lenses(
    run: RunRecord, spec: Attribution, number: int, colouring: Colouring, wanted: Attribution | None = None
) -> None:
    first, rows = (PICTURE.read(facts_of(run, i)) for i in (part_of(spec, number), 0))
    if first:
        data = lenses_data(wanted or spec, first, rows.get("layer_choices", []), colouring.show)
        _lenses(key="heat-lenses", data=data,
                on_ask_change=asking("heat-lenses"), **keep_choices("heat-lenses", "show"))  # fmt: skip


def _one(run: RunRecord, spec: Attribution, number: int, colouring: Colouring) -> None:
    if len(spec.pictures) > 1:
        _walk(spec, number)
    first = PICTURE.read(facts_of(run, part_of(spec, number)))
    if not first:
        st.caption(":material/hourglass_top: The picture is on its way through the network.")
        return
    _draw_lenses(run, spec, number, colouring)
    left, right = st.columns([1, 4.8], gap="medium")
    with left:
        data = classes_data(run, spec.pictures[number], part_of(spec, number), first)
        _classes(key="heat-classes", data=data,
                 on_ask_change=asking("heat-classes", lambda: _alone(spec, number)))  # fmt: skip
    method, row = focus(spec, first, colouring)
    with right:
        choose_band(max(band_count(METHOD.read(facts_of(run, part_of(spec, number, m)))) for m in spec.methods))
        data = stage_data(run, spec, number, replace(colouring, at=f"{method}/{row['class']}"))
        _stage(key="heat-stage", data=data, **keep_choices("heat-stage", *STATES))
    if run.status == "complete":
        sanity_section(spec, spec.pictures[number], method, row, colouring)


def _alone(spec: Attribution, number: int) -> dict[str, str]:
    """Other classes of one picture of many are asked for that picture alone."""
    if len(spec.pictures) == 1:
        return {}
    fields = fields_of_one(spec, number)
    remember({"picture": None}, step=True)
    return {"image": str(fields["image"]), "images": "", "truths": ",".join(map(str, fields.get("truths", ())))}


def _walk(spec: Attribution, number: int) -> None:
    """From a picture of many back to all of them, or on to the next."""
    last = len(spec.pictures) - 1
    places = st.columns([2, 2, 2, 8], vertical_alignment="center")
    targets = {"All pictures": None, "Previous": max(0, number - 1), "Next": min(last, number + 1)}
    for place, (label, target) in zip(places, targets.items(), strict=False):
        if place.button(label, key=f"walk-{label}", width="stretch", disabled=target == number):
            remember({"picture": None if target is None else str(target)}, step=True)
            st.rerun()
    places[-1].caption(f"Picture {number + 1} of {last + 1}")


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=lambda run: [rule_words(request_of(run).resize)],
    files=_files,
    kept=(*KEPT, BAND),
    plan=plan,
    usually=usually,
)
