"""The models that can be picked, and what is known of each before it is opened."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.analyses.inspect_model.label_files import choose_labels, chosen_labels
from dashboard.analyses.inspect_model.resize_rules import change_rule, choose_rule
from dashboard.runs.input_scale import way_buttons
from dashboard.server.connection import get_client
from dashboard.widgets.address import arrived, remember
from dashboard.widgets.current import keep_current, opening_fields
from dashboard.widgets.entry_actions import entry_actions
from dashboard.widgets.errors import show_error
from dashboard.widgets.layer_choice import Inspection
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.text import escape
from dashboard.widgets.uploaded_files import all_on_disk, on_disk
from shared.analyses import InspectModel
from shared.analyses.inspect_model.proof_words import NOT_OPENED, proof_words
from shared.client import Client, add_model, with_way_in
from shared.errors import ConvscopeError, InvalidSpec, RefusedUpload, message
from shared.imagenet import COUNT
from shared.library.architectures import ARCHITECTURES
from shared.library.preprocessing import PREPROCESSES, check_channels, own_preprocessing
from shared.settings import MEGABYTE
from shared.uploads.labels import ClassNames

DEFAULT_MODEL = "keras/vgg16/imagenet"
PICKED, SYNCED = "models/picked", "models/address"
OPENING = "A worker opens it once and compares its outputs with plain Keras."
MODEL_FILES = (".keras", ".h5", ".hdf5", ".onnx", "or a .zip of a SavedModel or a TensorFlow.js model")
SEVERAL = "Weights that were saved alone go with their network's JSON (`model.to_json()`): choose both files, or a zip."


def pick_model(client: Client) -> str:
    """The model the address names or the person picks; the address follows."""
    _take_from_address(client)
    opened = st.session_state[PICKED]
    model = choose_model(client, PICKED)
    if model != opened or "run" in st.query_params or "model" in st.query_params:
        remember({"model": model, "run": None}, step=True)
    keep_current({"model": model})
    st.session_state[SYNCED] = _address()
    return model


def _address() -> str:
    return st.query_params.get("run", "") + st.query_params.get("model", "")


def _take_from_address(client: Client) -> None:
    if not arrived(PICKED) and PICKED in st.session_state and st.session_state.get(SYNCED) == _address():
        return
    wanted = str(opening_fields(client, {"model": DEFAULT_MODEL}, {})["model"])
    wanted = st.query_params.get("model", wanted)
    run = st.query_params.get("run", "")
    if run and (record := client.record(run)).kind == InspectModel.kind:
        wanted = str(record.fields["model"])
    st.session_state[PICKED] = wanted


def show_named_models(client: Client) -> None:
    """Models that people added."""
    records = client.models.records()
    st.markdown("**Added models**")
    if not records:
        st.caption("None yet. Use “Add a model”, or choose any architecture with random or ImageNet weights.")
    for record in records:
        if not client.models.proofs.of(record["reference"]):
            st.caption(f"{escape(record['name'])}: not opened yet.", help=NOT_OPENED)
        if st.button(escape(record["name"]), key=f"named-{record['name']}", type="tertiary", icon=":material/schema:"):
            remember({"model": record["reference"], "run": None}, step=True)
            st.rerun()


def change_names(client: Client, model: str) -> None:
    """Folds to rename and delete the picked model, one for each name that people gave it."""
    for name in [one["name"] for one in client.models.records() if model in (one["name"], one["reference"])]:
        entry_actions("model", name, _named_anew)


def _named_anew(name: str) -> None:
    if not name:  # it is gone, and with it the address of the page
        st.session_state.pop(PICKED, None)
        remember({"model": None, "run": None, "layer": None})


def show_code(client: Client, model: str) -> None:
    """Whether a model brings code that is not Keras's, and who allowed that."""
    reference = client.models.resolve(model)
    record = next((one for one in client.models.records() if one["reference"] == reference), {})
    # What the file names, and what an engine met inside those.
    named = [*record.get("own", []), *client.models.proofs.of(reference).get("own", [])]
    own = ", ".join(escape(one) for one in dict.fromkeys(named))
    if record.get("trusted_by"):
        st.warning(
            f"This file holds code that is not Keras's ({own}). {escape(record['trusted_by'])} trusted it on "
            f"{record['trusted_at']}: it runs in the workers.", icon=":material/gpp_maybe:"
        )  # fmt: skip
    elif own:
        st.caption(f"Layers of your own, from the modules that your administrator allows: {own}.")


def ways_in(inspection: Inspection) -> None:
    """How pictures go into a file's network, with what it says of a test picture under each way."""
    facts = inspection.facts
    reference = str(inspection.run.fields["model"])
    if not reference.startswith("sha256:"):
        return
    with st.expander("Preprocessing", expanded=bool(facts.get("assumed"))):
        if facts.get("ways"):
            st.caption("Beside each way, the likeliest classes of a sample photograph.")
        way_buttons("models", reference, facts["preprocess"], facts.get("ways") or [])
        own = st.text_input("Another way", key="models/way", placeholder="0..255 bgr mean 104,117,123",
                            help="A range, then bgr, mean and deviation where there are some: a number a channel in "
                            "the network's order, or one for all.")  # fmt: skip
        if st.button("Use it", disabled=not own.strip()):
            _use_own(reference, own, int(facts["input"].rsplit(" ", 1)[-1]))
        change_rule(reference)


def _use_own(reference: str, text: str, channels: int) -> None:
    try:
        check_channels(text, channels)
        new = with_way_in(get_client(), reference, text)
    except InvalidSpec as error:
        show_error(str(error))
        return
    remember({"model": new, "run": None})
    st.rerun()


def class_names(inspection: Inspection) -> None:
    """The names of the outputs, where they are known; what to do where they may be ImageNet's."""
    names = list(inspection.facts.get("classes", []))
    if not names and inspection.facts["outputs"] == str(COUNT) and inspection.facts["weights"] == "file":
        st.caption("Its 1,000 outputs have no names. If they are ImageNet's in the order of keras.applications, add it "
                   "again with *ImageNet's 1,000 names*.")  # fmt: skip
    if not names:
        return
    with st.expander(f"{len(names):,} classes"):
        st.dataframe({"Output": list(range(len(names))), "Class": names}, hide_index=True, width="stretch")


def add_model_form() -> None:
    """Forms for a model file and for weights of a known architecture."""
    by_file, by_weights = st.tabs(["A model file", "Weights for an architecture"])
    with by_file, st.form("add-file", border=False):
        _file_form()
    with by_weights, st.form("add-weights", border=False):
        _weights_form()


def _file_form() -> None:
    left, right = st.columns(2)
    files = left.file_uploader(
        f"Model file: {', '.join(MODEL_FILES)}",
        # No types: what is not of these is refused with the way from it to a Keras model.
        max_upload_size=_largest(),
        accept_multiple_files=True,
        help="A .keras file, an .h5 or .hdf5 file of any Keras since 1, or an .onnx file of PyTorch and others. "
        f"{SEVERAL}",
    )
    name = _name(right, "file", _main_file(files))
    way, rule = _way_in(right), choose_rule(right)
    labels = choose_labels(left, "file")
    if st.form_submit_button("Add model", type="primary"):
        title = files[0].name if len(files) == 1 else ""
        models = get_client().models
        _add(files, name, labels, lambda path, names: models.add_file(path, name, names, way(), title,
                                                                      resize=rule or ""))  # fmt: skip


def _main_file(files: Sequence[Any]) -> Any:
    """The file that the model is named after: the weights where they go with a network's JSON."""
    return next((one for one in files if not one.name.lower().endswith(".json")), files[0] if files else None)


def _largest() -> int:
    """Megabytes that a model file may have, which the control says."""
    return max(1, get_client().settings.max_upload // MEGABYTE)


def _way_in(column: Any) -> Callable[[], str]:
    """Controls for how pictures go in; what reads them refuses what cannot be."""
    scale = column.selectbox(
        "Preprocessing", ["", *PREPROCESSES], accept_new_options=True,
        format_func=lambda v: v or "detect automatically",
        help="Detected from what the network does to its input. Else choose, or type a range such as 0..65535.",
    )  # fmt: skip
    with column.expander("Own mean and deviation"):
        hint = "A number a channel in the network's order, or one for all; applied to the range above, or to 0..1."
        mean = st.text_input("Mean", placeholder="0.485, 0.456, 0.406", help=hint)
        deviation = st.text_input("Deviation", placeholder="0.229, 0.224, 0.225", help=hint)
        bgr = st.checkbox("Blue comes first (BGR)")
    return lambda: own_preprocessing(scale or "", mean=mean, deviation=deviation, bgr=bgr)


def _weights_form() -> None:
    left, right = st.columns(2)
    file = left.file_uploader("Weights", type=["h5", "hdf5"], max_upload_size=_largest(),
                              help="Saved with model.save_weights().")  # fmt: skip
    name = _name(right, "weights", file)
    architecture = right.selectbox("Architecture", list(ARCHITECTURES), format_func=lambda a: ARCHITECTURES[a].function)
    until = right.text_input("Last layer that has weights", help="Empty when the file has weights for all layers.")
    labels = choose_labels(left, "weights")
    if st.form_submit_button("Add weights", type="primary"):
        models = get_client().models
        title = file.name if file else ""
        _add([file] if file else [], name, labels,
             lambda path, names: models.add_weights(architecture, path, name, until.strip(), names, title))  # fmt: skip


def _name(column: Any, form: str, file: Any) -> str:
    hint = "Letters, digits, dots, dashes, underscores. It names the model in lists, links and commands."
    typed = str(column.text_input("Name", key=f"add-{form}/name", help=hint, placeholder="the file's name"))
    return typed.strip() or name_of_file(file.name if file else "")


@contextmanager
def _placed(files: Sequence[Any]) -> Iterator[Path]:
    """The chosen files on the disk; of several the one beside which the others lie."""
    if len(files) == 1:
        with on_disk(files[0]) as path:
            yield path
        return
    with all_on_disk(files) as paths:
        texts = [one for one in paths if one.suffix.lower() == ".json"]
        if len(texts) != 1:
            received = ", ".join(one.name for one in paths)
            raise RefusedUpload(message("one model file, or a network's JSON and its weights", received[:116],
                                        "Add models one at a time."))  # fmt: skip
        yield texts[0]


def name_of_file(file: str) -> str:
    """A name for what is in a file: the file's without its ending, of letters that a name may have."""
    bare = file.rpartition(".")[0] or file
    return re.sub(r"[^A-Za-z0-9._-]+", "_", bare.removesuffix(".weights")).strip("._-")[:80]


def _add(files: Sequence[Any], name: str, labels: Any, add: Callable[[Path, ClassNames], str]) -> None:
    if not files or not name:
        st.warning("Choose a file, then add it.", icon=":material/edit:")
        return
    try:
        names = chosen_labels(labels)
        with _placed(files) as path, st.spinner(OPENING):
            added = add_model(get_client(), name, lambda: add(path, names), size=sum(file.size for file in files))
    except ConvscopeError as error:
        show_error(str(error), "Not added.")
        return
    remember({"model": added.reference, "run": None}, step=True)
    words = "; ".join(filter(None, proof_words(added.proof)))
    st.session_state["models/added"] = (added.reference, name, words[:1].upper() + words[1:])
    st.session_state["models/notes"] = names.notes
    st.rerun()
