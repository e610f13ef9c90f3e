"""The choices of the playground: figure of the readings, picture and stages, kept in step with the page's address."""

import json
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from dashboard.analyses.playground.stages import (
    FIRST_GRID,
    add_stage_buttons,
    edit_stage,
    read_controls,
    say,
    set_stages,
    stages,
)
from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from dashboard.widgets.errors import show_error
from dashboard.widgets.layer_choice import inspect
from dashboard.widgets.picture_choice import add_picture, name_of, picture_title
from shared.analyses.playground.presets import PRESETS
from shared.analyses.playground.shapes import AnyStage, Shape, stage_shape, stage_title
from shared.analyses.playground.spec import LARGEST_SIDE, MOST_STAGES, SMALLEST_SIDE, Playground
from shared.analyses.playground.stages import Convolution, read_stage
from shared.bounds import MOST_SPEC_LETTERS, read_json
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec, PermanentError, message

FIRST_PRESET = "three_3x3"
ADDRESS = ("run", "image", "size", "grey", "stages")
SYNCED = "playground/address"
# The stages that the address stands for.
DRAWN = "playground/drawn"
SMALLER = "Choose a smaller one, or change what comes before."


def choose() -> Playground | None:
    """Draw the choices in the sidebar; returns the request they stand for, None while one cannot be computed."""
    client = get_client()
    _take_from_address(client)
    read_controls()
    with st.sidebar:
        _presets()
        fields = _picture(client)
        fine = _stages(client, (*fields["size"], 1 if fields["grey"] else 3))
        add_stage_buttons()
        spec = _request(client, {**fields, "stages": stages()}) if fine else None
    st.session_state[DRAWN] = stages()
    _write_address({"run": _shown_key(client, spec)} if spec else _in_words({**fields, "stages": stages()}))
    return spec


def keep_choices_undrawn() -> None:
    """Keep what is chosen while something is shown that does not depend on it, and so without its controls.

    A stage that was added meanwhile is written into the address.
    """
    client = get_client()
    _take_from_address(client)
    read_controls()
    for name in ("image", "height", "width", "grey"):  # or they are forgotten with the controls
        st.session_state[f"playground.{name}"] = st.session_state[f"playground.{name}"]
    fields = _fields_now()
    if st.session_state.setdefault(DRAWN, fields["stages"]) != fields["stages"]:
        _write_address(_in_words(fields))
    st.session_state[DRAWN] = fields["stages"]


def _fields_now() -> dict[str, Any]:
    image, height, width, grey = (st.session_state[f"playground.{n}"] for n in ("image", "height", "width", "grey"))
    return {"image": image, "size": [height, width], "grey": grey, "stages": stages()}


def _shown_key(client: Client, spec: Playground) -> str:
    """The run that the address names where it is one of this request, of an earlier version too; else today's."""
    named = client.record(st.query_params.get("run", "") or "-")
    return named.key if named.status == "complete" and named.spec() == spec else spec.key()


def _take_from_address(client: Client) -> None:
    """Set the controls to what the address names, once for each address that this page did not write itself."""
    query = {name: st.query_params[name] for name in ADDRESS if name in st.query_params}
    if st.session_state.get(SYNCED) == query and "playground.image" in st.session_state:
        return
    try:
        _fill(_named(client, query))
    except (InvalidSpec, ValueError, AttributeError) as error:
        st.session_state["playground/refusal"] = str(error)
        _fill(PRESETS[FIRST_PRESET].fields())
    st.session_state[SYNCED] = query


def _named(client: Client, query: dict[str, str]) -> dict[str, Any]:
    """Fields that an address names.

    Raises:
        InvalidSpec, ValueError, AttributeError: it names none.
    """
    if run := query.get("run"):
        record = client.record(run)
        if record.kind != Playground.kind:
            raise InvalidSpec(message("the link of a playground", run, "Its run is not known here; start anew."))
        return dict(record.fields)
    fields: dict[str, Any] = {**PRESETS[FIRST_PRESET].fields(), **query, "grey": query.get("grey") == "1"}
    stack = read_json(query["stages"], MOST_SPEC_LETTERS) if "stages" in query else fields["stages"]
    checked = Playground.from_fields({"image": fields.get("image", "sample/cat"), "size": fields["size"]})
    if not isinstance(stack, list) or not 1 <= len(stack) <= MOST_STAGES:
        raise InvalidSpec(message("stages in the address", query["stages"], "Choose a figure on the left."))
    for stage in stack:
        # A kernel with text in it is shown as it was typed; no other control can hold what is wrong.
        read_stage({**stage, "grid": FIRST_GRID} if stage.get("weights") == "typed" else stage)
    return {**checked.model_dump(mode="json"), "grey": fields["grey"], "stages": stack}


def _fill(fields: dict[str, Any]) -> None:
    height, width = fields["size"]
    st.session_state["playground.image"] = fields.get("image", "sample/cat")
    st.session_state["playground.height"], st.session_state["playground.width"] = height, width
    st.session_state["playground.grey"] = bool(fields.get("grey"))
    set_stages(fields["stages"])


def _presets() -> None:
    """The figures of the readings; the one that the controls show is chosen, none while they show another thing."""
    now = json.dumps([_essence(s) for s in stages()])
    size = (st.session_state["playground.height"], st.session_state["playground.width"])
    shown = [n for n, p in PRESETS.items() if p.size == size and json.dumps([_essence(s) for s in p.stages]) == now]
    st.session_state["playground.preset"] = shown[0] if shown else None
    st.selectbox("Preset", list(PRESETS), key="playground.preset", on_change=_preset_chosen,
                 format_func=lambda name: PRESETS[name].title, placeholder="Your own",
                 help="E. Reppel's cats, and how a convolution layer works. Change anything afterwards.")  # fmt: skip


def _essence(stage: dict[str, Any]) -> dict[str, Any]:
    try:
        return read_stage(stage).model_dump(mode="json")
    except InvalidSpec:
        return dict(stage)


def _preset_chosen() -> None:
    if name := st.session_state["playground.preset"]:
        fields = PRESETS[name].fields()
        _fill({"image": st.session_state["playground.image"], "grey": False, **fields})


def _picture(client: Client) -> dict[str, Any]:
    """Picture, size, colours."""
    names = client.images.names()
    chosen = st.session_state["playground.image"] = name_of(st.session_state["playground.image"])
    if chosen not in names:
        names.append(chosen)
    st.selectbox("Picture", names, key="playground.image", format_func=picture_title)
    fold = st.expander("Size and colours", key="playground/size", on_change="rerun")
    if fold.open:
        with fold:
            left, right = st.columns(2)
            left.number_input("Height", SMALLEST_SIDE, LARGEST_SIDE, key="playground.height", step=16)
            right.number_input("Width", SMALLEST_SIDE, LARGEST_SIDE, key="playground.width", step=16)
            st.toggle("Without colours", key="playground.grey")
    else:
        for name in ("height", "width", "grey"):  # or a closed fold forgets them
            st.session_state[f"playground.{name}"] = st.session_state[f"playground.{name}"]
    add_picture("playground.image")
    if refusal := st.session_state.pop("playground/refusal", None):
        show_error(refusal)
    size = [st.session_state["playground.height"], st.session_state["playground.width"]]
    return {"image": st.session_state["playground.image"], "size": size, "grey": st.session_state["playground.grey"]}


def _stages(client: Client, received: Shape | None) -> bool:
    """Draw every stage with what is to be said of it; whether all of them can be computed."""
    fine = True
    for number, before in enumerate(stages()):
        place = edit_stage(number, _title(before))
        try:
            stage = read_stage(stages()[number])
        except InvalidSpec as error:
            say(place, str(error), ())
            fine, received = False, None
            continue
        problem, warnings, received = _checked(client, stage, received)
        say(place, problem, warnings)
        fine = fine and not problem
    return fine


def _checked(client: Client, stage: AnyStage, received: Shape | None) -> tuple[str, tuple[str, ...], Shape | None]:
    """What is wrong with a stage, what is worth knowing, and the shape of its output, None where it is not known."""
    kernel = None
    if isinstance(stage, Convolution) and stage.model:
        try:
            lent = lent_filters(client, stage.model)
        except PermanentError as error:
            return str(error), (), None
        if lent is None:
            return "", (), None
        problem = lent.problem(stage, received[2]) if received else ""
        if problem:
            return problem, (), None
        kernel = lent.kernel
    if received is None:
        return "", (), None
    found = stage_shape(stage, received, kernel)
    return message(*found.problem, SMALLER) if found.problem else "", found.warnings, found.shape


def _title(stage: dict[str, Any]) -> str:
    try:
        return stage_title(read_stage(stage))
    except InvalidSpec:
        return str(stage["type"])


def _request(client: Client, fields: dict[str, Any]) -> Playground | None:
    try:
        return cast(Playground, client.resolve(Playground.from_fields(fields)))
    except ConvscopeError as error:
        show_error(str(error))
        return None


def _in_words(fields: dict[str, Any]) -> dict[str, str]:
    """Fields as text for an address."""
    stack = json.dumps(fields["stages"], separators=(",", ":"))
    height, width = fields["size"]
    return {"image": fields["image"], "size": f"{height}x{width}", "stages": stack} | (
        {"grey": "1"} if fields["grey"] else {}
    )


def _write_address(written: dict[str, str]) -> None:
    """Write what the page shows into its address."""
    remember({name: written.get(name) for name in ADDRESS}, step=SYNCED in st.session_state)
    st.session_state[SYNCED] = written


@dataclass(frozen=True)
class LentFilters:
    """A model's first convolution.

    Attributes:
        layer: its path.
        kernel: height and width.
        channels: of its input.
        filters: how many it has.
    """

    layer: str
    kernel: tuple[int, int]
    channels: int
    filters: int

    def problem(self, stage: Convolution, channels: int) -> str:
        """Why a stage cannot borrow them; "" where it can."""
        if stage.filters > self.filters:
            expected = f"at most {self.filters} filters, as many as {self.layer} has"
            return message(expected, stage.filters, "Choose fewer filters.")
        if channels not in (1, self.channels):
            expected = f"an input of {self.channels} channels, as {self.layer} has"
            return message(expected, channels, "Borrow filters in the first stage, or choose another model.")
        if stage.preprocess and channels != 3:
            expected = "a picture with colours, for preprocessing scales them one by one"
            return message(expected, f"{channels} channels", "Switch the colours or the preprocessing.")
        return ""


def lent_filters(client: Client, model: str) -> LentFilters | None:
    """The first convolution of a model; None until a worker has read its layers, and where it has none.

    Raises:
        UnknownModel: no such model.
    """
    inspection = inspect(client, model)
    rows = inspection.layers()
    first = next((row for row in rows if row["class"] == "Conv2D" and row.get("receptive_field")), None)
    if first is None:
        return None
    # What one unit of the first convolution sees is its kernel.
    side = round(first["receptive_field"] or 0)
    depth = str(inspection.facts["input"]).rpartition("×")[2].strip()
    return LentFilters(first["path"], (side, side), int(depth) if depth.isdigit() else 3, first["channels"] or 0)
