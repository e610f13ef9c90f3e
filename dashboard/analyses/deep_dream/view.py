"""A dream on the page: before and after under one slider, its octaves below, its frames on the right."""

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.spec_form import channel_text
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.class_choice import choose_classes, known_classes
from dashboard.widgets.facts_panel import panel
from dashboard.widgets.layer_choice import inspect, wait_for_layers
from dashboard.widgets.listed_choice import choose_listed
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.shown_bands import animation_seen_url, seen_url
from dashboard.widgets.text import count
from shared.analyses.deep_dream import parts
from shared.analyses.deep_dream.figures import objective_figure, units_of
from shared.analyses.deep_dream.layers import Row
from shared.analyses.deep_dream.octaves import MAX_PIXELS, Size, dream_size, octave_sizes
from shared.analyses.deep_dream.parts import OctaveFacts, PhotographFacts
from shared.analyses.deep_dream.presets import DECIDED, PRESETS, preset_of
from shared.analyses.deep_dream.spec import DeepDream
from shared.client import Client
from shared.errors import InvalidSpec, PermanentError
from shared.images.resizing import OWN, rule_words
from shared.library.titles import classes_words
from shared.store import RunRecord

PREFIX = "deep_dream"
CHOICES = RunChoices(
    DeepDream, PREFIX, {"model": "keras/inceptionv3/imagenet", "image": "sample/coffee"}, viewed=("octave",)
)
BASIC = ("size", "octaves", "steps")
RECIPE = f"{PREFIX}/recipe"
# Parameter of the address that names the octave shown, from 1; without it the largest there is.
OCTAVE = "octave"
ANIMATION = "The dream growing out of the photograph, over all octaves and steps"
_compare = browser_element("dream_compare")


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        rows, failure = _layer_rows(client, model)
        _choose_recipe(rows)
        classes, refused = _choose_classes(client, model)
        own = {"model": model, "image": image, **_choose_layers(rows), **classes}
        values = CHOICES.form(BASIC, hidden=tuple(own))
        return CHOICES.chosen(client, None if refused else {**own, **values}, failure, refused)


def _layer_rows(client: Client, model: str) -> tuple[list[Row], str]:
    """The model's layers that can dream, and why there are none."""
    try:
        inspection = inspect(client, model)
    except PermanentError as error:
        return [], str(error)
    if not inspection.facts:
        wait_for_layers(inspection)
    rows = inspection.layers("filter_atlas")
    return [(row["path"], row["class"], row["receptive_field"]) for row in rows], inspection.run.error


def _choose_recipe(rows: Sequence[Row]) -> None:
    """A published recipe, or one's own settings; the address holds what a recipe decides, not its name."""
    st.session_state[RECIPE] = _present_recipe(rows)
    st.selectbox(
        "Recipe", ["", *PRESETS], key=RECIPE, on_change=_follow_recipe, args=(rows,), format_func=_recipe_title,
        help="Sets layers, octaves and steps. " + _sources() + " These were written for InceptionV3; in another "
        "network, layers that see as much of the picture take the place of its own.",
    )  # fmt: skip


def _recipe_title(name: str) -> str:
    return PRESETS[name].title if name else "settings of your own"


def _sources() -> str:
    return " ".join(f"{preset.title}: {preset.source}." for preset in PRESETS.values())


def _present_recipe(rows: Sequence[Row]) -> str:
    """The recipe that the controls stand at; "" for none."""
    state = {name: st.session_state.get(f"{PREFIX}.{name}") for name in DECIDED}
    try:
        spec = DeepDream.from_fields({"model": "m", "image": "m", **state, "ceiling": state["ceiling"] or None})
    except InvalidSpec:
        return ""
    return preset_of(spec.model_dump(), rows)


def _follow_recipe(rows: Sequence[Row]) -> None:
    name = st.session_state[RECIPE]
    st.session_state[f"{PREFIX}.classes"] = ""
    for field, value in (PRESETS[name].fields(rows) if name else {}).items():
        listed = isinstance(value, tuple)
        st.session_state[f"{PREFIX}.{field}"] = channel_text(value) if listed else "" if value is None else value


def _choose_layers(rows: Sequence[Row]) -> dict[str, Any]:
    """Layers with their weights, and, folded away, channels and the ceiling."""
    fields = DeepDream.model_fields
    text = choose_listed("Layers", f"{PREFIX}.layers", [path for path, *_ in rows], "the network's middle",
                         str(fields["layers"].description), weights=True)  # fmt: skip
    fold = st.expander("Channels and ceiling")
    channels = fold.text_input("Channels", key=f"{PREFIX}.channels", placeholder="whole layers",
                               help=fields["channels"].description)  # fmt: skip
    ceiling = f"{PREFIX}.ceiling"
    st.session_state[ceiling] = str(st.session_state.get(ceiling) or "")
    highest = fold.text_input("Ceiling", key=ceiling, placeholder="none", help=fields["ceiling"].description)
    return {"layers": text, "channels": channels, "ceiling": highest.strip() or None}


def _choose_classes(client: Client, model: str) -> tuple[dict[str, Any], bool]:
    """Classes instead of layers, folded away, and the output that they are of where there are several; whether one of
    them cannot be."""
    key = f"{PREFIX}.classes"
    # A list in an address or a spec is text in a control.
    given = st.session_state.get(key) or ""
    st.session_state[key] = given if isinstance(given, str) else ", ".join(map(str, given))
    with st.expander("Classes instead of layers", expanded=bool(st.session_state[key])):
        output, about = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
        labels = about["names"] if about else known_classes(client, model, ask=True)
        text, refusal = choose_classes(key, [] if about and about["ending"] == "number" else labels, "none",
                                       str(DeepDream.model_fields["classes"].description))  # fmt: skip
    return {"classes": text, "model_output": output if text else ""}, bool(refusal)


def plan(spec: DeepDream) -> str:
    """How much a dream is, in words."""
    rule = get_client().resolve(spec).settled_resize
    if rule != OWN:
        sizes = f"{count(spec.octaves, 'size')} in the network's own proportions ({rule_words(rule)})"
        return f"{spec.steps} steps in each of {sizes}, the largest {spec.size} pixels long."
    size = dream_size(_photograph_size(spec.image), spec.size)
    if size[0] * size[1] > MAX_PIXELS:
        return f"{size[1]} × {size[0]} pixels are more than a dream may have, {MAX_PIXELS:,}: choose a smaller size."
    sizes = ", ".join(f"{width} × {height}" for height, width in octave_sizes(size, spec.octaves, spec.octave_scale))
    return f"{spec.steps} steps in each of these sizes, in pixels: {sizes}."


def _photograph_size(image: str) -> Size:
    height, width, _ = get_client().images.open(image).values.shape
    return height, width


def _details(run: RunRecord) -> list[str]:
    fields = run.fields
    return [
        _layers_in_words(fields),
        f"{fields['size']} px",
        f"{count(int(fields['octaves']), 'octave')} × {fields['octave_scale']:g}",
        count(int(fields["steps"]), "step"),
    ]


def _layers_in_words(fields: dict[str, Any]) -> str:
    if classes := fields.get("classes"):
        output = f" of {fields['model_output']}" if fields.get("model_output") else ""
        names = get_client().models.known.class_names(fields["model"], str(fields.get("model_output") or ""))
        return f"{', '.join(classes_words(classes, names))}{output}"
    layers, channels = fields.get("layers") or [], fields.get("channels") or []
    text = ", ".join(str(layer).replace(":", " × ") for layer in layers) or "middle layers"
    return f"{text}, channels {', '.join(map(str, channels))}" if channels else text


def _files(run: RunRecord) -> dict[str, str]:
    last = (run.total or 2) - 1
    return {
        "The dream": seen_url(run.key, last - 1, "dream"),
        "Optimization (animation)": animation_seen_url(run.key, last),
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
        panel(key="way", data=panel_data(run, first, octaves, there))
        if octaves:
            charts("objective", [objective_figure(octaves, units_of(run.fields))], view=run.key)


def compare_data(run: RunRecord, first: PhotographFacts, octaves: Sequence[OctaveFacts]) -> dict[str, Any]:
    """What the slider shows, as JSON values."""
    height, width = first["sizes"][-1]
    wanted = st.query_params.get(OCTAVE, "")
    shown = [octave["octave"] + 1 for octave in octaves]
    return {
        "title": f"{picture_title(str(run.fields['image']))} before and after",
        "before": seen_url(run.key, 0, "original"),
        "width": width,
        "height": height,
        "octaves": [
            {
                "number": octave["octave"] + 1,
                "url": seen_url(run.key, octave["octave"] + 1, "dream"),
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
        ["classes", ", ".join(first["layers"])]
        if fields.get("classes")
        else ["layers", ", ".join(layer.replace(":", " × ") for layer in first["layers"])],
        ["step size", f"{fields['step_size']:g}"],
        ["jitter", f"{fields['jitter']} px"],
        ["detail re-injected", f"{100 * fields['detail']:.0f} %"],
        ["seed", str(fields["seed"])],
        ["done", count(sum(octave["steps"] for octave in octaves), "step")],
    ]
    if fields.get("ceiling") is not None:
        rows.insert(1, ["ceiling", f"{fields['ceiling']:g}"])
    animation = {"url": animation_seen_url(run.key, last), "alt": ANIMATION} if last in there else {}
    return {"title": "Optimization", "facts": rows, **animation}


VIEW = View(
    draw=_draw,
    steps=lambda run: [picture_title(str(run.fields["image"]))],
    details=_details,
    files=_files,
    kept=(OCTAVE,),
    plan=plan,
)
