"""The choices of the heat maps' page: model, picture or pictures, classes, methods, layers."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from dashboard.analyses.attribution.batch import SEVERAL, choose_several
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.run_now import GO
from dashboard.runs.spec_form import changed_fields
from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from dashboard.widgets.class_choice import choose_classes, known_classes, split
from dashboard.widgets.layer_choice import layer_paths
from dashboard.widgets.listed_choice import choose_listed
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.picture_choice import add_picture, choose_picture, name_of
from shared.analyses.activations.spec import Activations
from shared.analyses.attribution.spec import Attribution
from shared.analyses.base import key_of
from shared.analyses.heat_map_fields import READ_BY
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.outputs import OutputFacts
from shared.analyses.sanity_check.spec import SanityCheck
from shared.client import Client
from shared.errors import InvalidSpec

PREFIX = "attribution"
MASK = "mask"
START = {"model": "keras/mobilenetv2/imagenet", "image": "sample/cat"}
OWN = ("model", "model_output", "region", "image", "images", "truths", "classes", "top", "methods", "layers")
# Somebody clicked a method, a layer or a class on the page: that is asking for it.
# The picture that the truth in the session belongs to.
TRUTH_OF = f"{PREFIX}/truth_of"
# A warm answer takes tenths of a second; as long as this, the page waits for it rather than showing a progress bar.
PATIENCE = 2.0


class HeatMapChoices(RunChoices):
    """As for any page, and an address that names several pictures names no single one."""

    def _typed(self, query: Mapping[str, str], start: Mapping[str, Any]) -> dict[str, Any]:
        if "images" not in query:
            return super()._typed(query, start)
        try:
            fields = {name: value for name, value in query.items() if name in Attribution.model_fields}
            return {"image": "", **Attribution.from_fields(fields).changes()}
        except InvalidSpec:
            return {}


CHOICES = HeatMapChoices(Attribution, PREFIX, START)


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    _open_check(client)
    if CHOICES.follow_address(client) is not None:
        st.session_state[SEVERAL] = bool(_text("images"))
        # A run holds references; people know their pictures by name.
        st.session_state[_key("image")] = name_of(_text("image"))
        st.session_state[_key("images")] = ",".join(map(name_of, split(_text("images"))))
        st.session_state[TRUTH_OF] = _text("image")
    with st.sidebar:
        model = choose_model(client, _key("model"))
        # Names are asked for where somebody chooses by them; who only looks at a result has nothing computed.
        names = st.session_state.get(SEVERAL) or re.search(r"[^\d,\s]", _text("classes"))
        labels = known_classes(client, model, bool(names) and "run" not in st.query_params)
        output, about = choose_output(client, model, _key("model_output"), "run" not in st.query_params)
        labels = about["names"] if about else labels
        fields = {"model": model, "model_output": output} | _pictures(client, labels)
        fields |= {"region": _region(about)}
        classes, refusal = choose_classes(
            _key("classes"), [] if about and about["ending"] == "number" else labels, "the likeliest",
            "Each is shown beside the others. Or click predictions on the page.",
        )  # fmt: skip
        fields |= {"classes": classes, "layers": _layers(client, model, bool(about and about["mask"]))} | _methods()
        unread = [name for method, names in READ_BY.items() if method not in fields["methods"] for name in names]
        _keep(unread)
        fields |= CHOICES.form(hidden=(*OWN, *unread))
    ready = not refusal and (fields["image"] or fields["images"])
    return _asked(client, fields if ready else None, bool(refusal))


def _asked(client: Client, fields: Mapping[str, Any] | None, refused: bool) -> Choice:
    """The run; computed at once where a click on the page asked for it."""
    chosen = CHOICES.chosen(client, fields, refused=refused)
    if not st.session_state.pop(GO, False) or chosen.spec is None or client.record(chosen.key).kind:
        return chosen
    client.submit(chosen.spec)
    with suppress(TimeoutError):  # then the job view shows how far it is
        client.wait(chosen.key, timeout=PATIENCE)
    return CHOICES.chosen(client, fields)


def ask_for(**fields: str) -> None:
    """Set controls from a click on the page, and have what they then stand for computed with the next run of it."""
    for name, value in fields.items():
        st.session_state[_key(name)] = value
    if "image" in fields:
        st.session_state[TRUTH_OF] = st.session_state[_key("image")] = name_of(fields["image"])
    if "images" in fields:
        st.session_state[SEVERAL] = bool(fields["images"])
    st.session_state[GO] = True


def asking(key: str, more: Callable[[], Mapping[str, str]] | None = None) -> Callable[[], None]:
    """A callback of an element: what its script asks for, {field: value}, and `more` besides."""

    def take() -> None:
        wish = st.session_state[key].get("ask")
        if isinstance(wish, Mapping):
            known = {str(n): str(v) for n, v in wish.items() if n in ("classes", "methods", "layers", "region")}
            ask_for(**known, **(more() if more else {}))

    return take


def _open_check(client: Client) -> None:
    """A link of a sanity check leads to the map that was checked, with the check below it."""
    key = st.query_params.get("run", "")
    if not key.startswith(f"{SanityCheck.kind}-"):
        return
    fields = client.record(key).fields
    try:
        spec = Attribution.from_fields({n: v for n, v in fields.items() if n in Attribution.model_fields})
    except InvalidSpec:
        return  # the page says that there is no run under this link
    # An earlier release's check lies below the map that this one made.
    maps = (key_of(spec.kind, version, spec.canonical_json()) for version in range(spec.version, 0, -1))
    there = next((one for one in maps if client.record(one).kind), None)
    remember({**({} if there else changed_fields(spec)), "run": there, "check": key})
    st.session_state[GO] = not there


def _key(name: str) -> str:
    return f"{PREFIX}.{name}"


def _text(name: str) -> str:
    return str(st.session_state.get(_key(name)) or "")


def _keep(names: list[str]) -> None:
    """Controls that are not drawn now keep what they hold."""
    for name in names:
        if _key(name) in st.session_state:
            st.session_state[_key(name)] = st.session_state[_key(name)]


def _pictures(client: Client, labels: Sequence[str]) -> dict[str, Any]:
    several = st.segmented_control(
        "Pictures", [False, True], key=SEVERAL, format_func=lambda s: "Several" if s else "One", required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    if several:
        return {"image": None} | choose_several(client, PREFIX, labels)
    _keep(["images", "truths"])
    st.session_state[_key("image")] = _text("image") or START["image"]
    image = choose_picture(client, _key("image"), "Picture")
    add_picture(_key("image"))
    return {"image": image, "images": (), "truths": _truth(image)}


def _truth(image: str) -> tuple[str, ...]:
    """What the picture shows, as long as it is the one that this was said of."""
    said = split(_text("truths"))
    return tuple(said) if len(said) == 1 and st.session_state.get(TRUTH_OF) == image else ()


def _region(about: OutputFacts | None) -> str:
    """Where on a mask classes are explained; asked for where the output is one."""
    if not (about and about["mask"]):
        _keep(["region"])
        return _text("region") or MASK
    return st.text_input(
        "Region", key=_key("region"), placeholder=MASK,
        help="Over which part of the mask a class is explained: mask, its own predicted one; whole, the whole picture; "
        "a pixel as x,y, or click the mask; a box as left,top,width,height.",
    ) or MASK  # fmt: skip


def _methods() -> dict[str, Any]:
    """A list to pick from beside the text that an address holds."""
    key, text = f"{PREFIX}/methods", _text("methods")
    try:
        chosen = list(Attribution(model="m", image="sample/cat", methods=text or "grad_cam").methods)
    except ValueError:
        chosen = ["grad_cam"]
    st.session_state[key] = chosen

    def keep() -> None:
        st.session_state[_key("methods")] = ",".join(st.session_state[key])

    methods = st.multiselect(
        "Methods", list(METHODS), key=key, on_change=keep, format_func=lambda m: METHODS[m].title,
        placeholder="Grad-CAM", help="Several are shown side by side. One is a click away above the maps.",
    )  # fmt: skip
    _keep(["top"])
    top = st.session_state.get(_key("top"), 1)
    return {"methods": methods or ["grad_cam"], "top": 1 if _text("classes") else top}


def _layers(client: Client, model: str, mask: bool) -> str:
    usual = "the coarsest one" if mask else "the last one with a height and a width"
    paths = layer_paths(client, model, Activations.kind, "run" not in st.query_params)
    return choose_listed("Layers", _key("layers"), paths, usual,
                         "Which layer the CAM methods look at; of several the average is taken.")  # fmt: skip
