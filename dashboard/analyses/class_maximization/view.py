"""Class images on the page: a row a class, the naive run beside the regularised one, with their curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.class_choice import choose_classes
from dashboard.widgets.layer_choice import inspect, wait_for_layers
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.shown_bands import animation_seen_url, preview_seen_url, seen_url
from dashboard.widgets.text import class_name, count, percent, short
from shared.analyses.class_maximization.figures import TITLES, class_figures
from shared.analyses.class_maximization.parts import CLASS_IMAGE, CLASS_PREVIEW, ClassFacts
from shared.analyses.class_maximization.spec import ClassMaximization, Way, class_parts
from shared.client import Client
from shared.errors import PermanentError
from shared.library.titles import classes_words
from shared.results import Part, decode_part
from shared.store import RunRecord

PREFIX = "class_maximization"
CLASSES = f"{PREFIX}.classes"
# The classes that the readings show, and some that come out well; numbers of ImageNet.
PRESETS: Mapping[str, str] = {"Sea snake": "65", "Magpie": "18", "Flamingo": "130", "Sea snake and magpie": "65,18"}
IMAGENET_CLASSES, USUAL = 1000, "65"
CHOICES = RunChoices(ClassMaximization, PREFIX, {"model": "keras/mobilenetv2/imagenet", "classes": [65]})
_cards = browser_element("class_cards")
# So many pictures are offered one by one.
FILES = 6
NOTES = {"naive": "Pixels along the gradient, nothing else.", "regularised": "Mode {mode}, moved in every step."}


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX, ClassMaximization)
    # A list in an address or a spec is text in a control.
    given = st.session_state.get(CLASSES) or ""
    st.session_state[CLASSES] = given if isinstance(given, str) else ", ".join(map(str, given))
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        labels = _class_names(client, model)
        output, about = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
        labels = about["names"] if about else labels
        if labels and len(labels) < IMAGENET_CLASSES and st.session_state[CLASSES] == USUAL:
            st.session_state[CLASSES] = labels[0]  # where nobody chose one
        _presets(labels, model)
        classes, refusal = choose_classes(
            CLASSES, [] if about and about["ending"] == "number" else labels, "65, magpie",
            "Of a single sigmoid unit, 1 is yes and 0 is no.",
        )  # fmt: skip
        hidden = (
            ("model", "classes", "model_output")
            if about and about["mask"]
            else ("model", "classes", "model_output", "region")
        )
        values = CHOICES.form(("mode", "steps", "naive"), hidden=hidden)
    fields = {"model": model, "model_output": output, "classes": classes, **values} if classes and not refusal else None
    return CHOICES.chosen(client, fields, refused=bool(refusal))


def _class_names(client: Client, model: str) -> Sequence[str]:
    """Names of the model's classes; () while its layer table is being read, or where it has none."""
    try:
        inspection = inspect(client, model)
    except PermanentError:
        return ()  # said where the run is asked for
    if not inspection.facts:
        wait_for_layers(inspection)
    return tuple(inspection.facts.get("classes", ()))


def _presets(labels: Sequence[str], model: str) -> None:
    """The readings' classes, where the head is ImageNet's."""
    imagenet = len(labels) == IMAGENET_CLASSES or model.endswith("/imagenet")
    if not imagenet:
        return

    def take() -> None:
        chosen = st.session_state[f"{PREFIX}/preset"]
        if chosen:
            st.session_state[CLASSES] = PRESETS[chosen]

    text = st.session_state[CLASSES].replace(" ", "")
    st.session_state[f"{PREFIX}/preset"] = next((name for name, value in PRESETS.items() if value == text), None)
    st.pills("Suggested classes", list(PRESETS), key=f"{PREFIX}/preset", on_change=take)


def plan(spec: ClassMaximization) -> str:
    """How many pictures and steps there will be, in words."""
    size = f"{spec.size} × {spec.size} pixels" if spec.size else "in the model's own size"
    return f"{count(len(class_parts(spec)), 'picture')}, {size}, {count(spec.steps, 'step')} each."


def spec_of(run: RunRecord) -> ClassMaximization:
    """What was asked for."""
    return ClassMaximization.from_fields(run.fields)


def class_titles(run: RunRecord) -> list[str]:
    """What a person calls the classes that were asked for."""
    spec = spec_of(run)
    return classes_words(spec.classes, get_client().models.known.class_names(spec.model, spec.model_output))


def _files(run: RunRecord) -> dict[str, str]:
    """The first pictures and their ways; all are in the whole result."""
    spec = spec_of(run)
    titles = class_titles(run)
    made = [(i, TITLES[way], titles[place]) for i, (place, way) in enumerate(class_parts(spec))][:FILES]
    return {
        **{f"{title}, {name}": seen_url(run.key, i, "image") for i, title, name in made},
        **{f"Optimization, {title.lower()}, {name}": animation_seen_url(run.key, i) for i, title, name in made},
        "Pictures and curves": "arrays.npz",
    }


def _draw(run: RunRecord) -> None:
    client = get_client()
    parts = {i: decode_part(data) for i, data in client.results.parts(run.key).items()}
    there = client.store.previews.indices(run.key) if run.previews else ()
    previews = {i: decode_part(data) for i, data in client.store.previews.read_many(run.key, there).items()}
    _cards(key="class-cards", data={"rows": rows_of(run, parts, previews)})
    charts("logit-curves", list(class_figures(parts).values()) if parts else [], view=run.key)


def rows_of(run: RunRecord, parts: Mapping[int, Part], previews: Mapping[int, Part]) -> list[dict[str, Any]]:
    """What the browser needs to draw a row a class, as JSON values; pictures on their way stand for missing ones."""
    spec = spec_of(run)
    ways, titles = len(spec.ways), class_titles(run)
    rows = []
    for place in range(len(spec.classes)):
        here = {way: (place * ways + i, parts.get(place * ways + i)) for i, way in enumerate(spec.ways)}
        known = next((CLASS_IMAGE.read(part) for _, part in here.values() if part), None)
        rows.append({
            "title": f"{class_name(known)} · {known['class']}" if known else titles[place],
            "note": known["words"] if known else "",
            "says": _verdict(here),
            "cards": [_card(run, way, i, titles[place], part, previews.get(i)) for way, (i, part) in here.items()],
        })  # fmt: skip
    return rows


def _card(run: RunRecord, way: Way, index: int, title: str, part: Part | None, preview: Part | None) -> dict[str, Any]:
    if part is None and preview is not None:
        at = CLASS_PREVIEW.read(preview)
        return {
            "title": TITLES[way],
            "note": f"Not finished: after step {at['step']} of {at['steps']}.",
            "url": preview_seen_url(run, index, "image"),
            "alt": f"{TITLES[way]} picture for {title}, not finished",
        }
    if part is None:
        return {"title": TITLES[way], "note": "Not made yet."}
    facts = CLASS_IMAGE.read(part)
    return {
        "title": TITLES[way],
        "note": NOTES[way].format(mode=facts["mode"]),
        "url": seen_url(run.key, index, "image"),
        "animation": animation_seen_url(run.key, index),
        "alt": f"{TITLES[way]} picture for {class_name(facts)}",
        "facts": [
            *_said(facts),
            [
                "Logit" if facts["top"] else "Its value, before the end",
                f"{short(float(part.arrays['logit'][0]))} → {short(facts['logit'])}",
            ],
        ],
    }


def _said(facts: ClassFacts) -> list[list[str]]:
    """What the network says of the picture in the end; of a number no probability."""
    if not facts["top"]:
        return [["As shown, the number is", short(facts["shown_probability"])]]
    top = facts["top"][0]
    return [
        ["As shown, the network says", f"{class_name(top)} {percent(top['probability'])}"],
        ["Probability at the end", percent(facts["probability"])],
        ["Above 99.9 % from step", "never" if facts["sure_after"] is None else str(facts["sure_after"])],
    ]


def _verdict(here: Mapping[Way, tuple[int, Part | None]]) -> str:
    """What a high probability does not mean, with this run's own numbers."""
    part = here["naive"][1] if "naive" in here else None
    facts = CLASS_IMAGE.read(part) if part else None
    if facts is None or not facts["top"] or facts["probability"] < 0.5:
        return ""
    name, probability = class_name(facts), percent(facts["probability"])
    return (
        f"The network is {probability} sure of the naive picture. That says how far its output can be pushed, not that "
        f"the picture shows {name}: a network that is certain is not a network that sees."
    )


VIEW = View(
    draw=_draw,
    steps=lambda run: [", ".join(class_titles(run))],
    files=_files,
    plan=plan,
)
