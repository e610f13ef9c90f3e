"""The output of a network that has several: which one is explained, evaluated or maximized, and what each says."""

import streamlit as st

from dashboard.widgets.layer_choice import known_facts
from shared.analyses.outputs import OutputFacts
from shared.client import Client

ANSWERS = {
    "softmax": "{units} classes", "sigmoid": "{units} × yes or no", "binary": "yes or no", "linear": "{units} classes",
    "given": "{units} classes", "number": "{units} numbers",
}  # fmt: skip


def known_outputs(client: Client, model: str, ask: bool) -> list[OutputFacts]:
    """The outputs of a model that answer something; none while its layer table is not made.

    Args:
        client, model, ask: as for known_facts().
    """
    return list(known_facts(client, model, ask).get("heads", []))


def choose_output(
    client: Client, model: str, key: str, ask: bool = False, all_words: str = ""
) -> tuple[str, OutputFacts | None]:
    """Draw the choice of an output, where there are several.

    Args:
        client: of the installation.
        model: reference or name.
        key: of the control in the session; may be set before.
        ask: as for known_outputs(), of models that somebody added; an architecture has one output.
        all_words: what "" is called where it stands for all of them; then it comes first.

    Returns:
        The output's name as a spec takes it, "" for the first one, and what is known of it.
    """
    outputs = known_outputs(client, model, ask and not model.startswith("keras/"))
    wanted = str(st.session_state.get(key) or "")
    if len(outputs) < 2:
        st.session_state[key] = wanted
        return wanted, outputs[0] if outputs else None
    known = {one["output"]: one for one in outputs}
    first = "" if all_words else outputs[0]["output"]
    options = ["", *known] if all_words else list(known)
    st.session_state[key] = wanted if wanted in options else first
    name = st.selectbox(
        "Output", options, key=key,
        format_func=lambda one: f"{one} · {output_words(known[one])}" if one else all_words,
        help="This network gives several outputs. Each is explained by itself.",
    )  # fmt: skip
    return "" if name == first else name, known.get(name)


def output_words(output: OutputFacts) -> str:
    """What an output answers, in words: "5 classes", "a number", "mask of 64 × 64, yes or no"."""
    one = output["ending"] == "number" and output["units"] == 1
    words = "a number" if one else ANSWERS[output["ending"]].format(units=output["units"])
    return f"mask of {' × '.join(map(str, output['mask']))}, {words}" if output["mask"] else words


def assumed_words(output: OutputFacts | None) -> str:
    """What was guessed of an output and how to say it is otherwise; "" where nothing was."""
    if not output or not output["assumed"]:
        return ""
    if output["ending"] == "number":
        return "Assumed numbers, by names or values: nothing says so. If they are classes, name them."
    if output["ending"] == "binary":
        return "Assumed a mask of yes and no: one value a position, without an activation."
    if output["ending"] == "sigmoid":
        return "Assumed masks: as many values a position as the picture has colours. It may be a picture instead."
    shares = "" if output["ending"] == "given" else "; shares are a softmax of its values"
    return f"Assumed classes: the network does not say what its {output['units']} values are{shares}. Name them."
