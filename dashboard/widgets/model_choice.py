"""Models as people pick them: names that were given, what is bundled, every architecture with two kinds of weights."""

from collections.abc import Sequence

import streamlit as st

from dashboard.widgets.current import missing_weights
from shared.client import Client
from shared.library.architectures import ARCHITECTURES
from shared.library.bundled import BUNDLED, PREFIX

WEIGHTS = {"imagenet": "ImageNet", "random": "random weights"}
ANY_MODEL = "Named models first, then every architecture of keras.applications. Add your own under Models."
# What most people reach for, ahead of the alphabet.
FAMILIAR = ("vgg16", "mobilenetv2", "resnet50", "inceptionv3", "efficientnetb0")


def model_title(reference: str, names: dict[str, str], title: str = "") -> str:
    """What a person calls a model.

    Args:
        reference: keras/..., sha256:... or a given name.
        names: given name to reference.
        title: what its run said, for a file whose name is no longer known here.
    """
    source, architecture, weights = [*reference.split("/"), "", ""][:3]
    if source == "keras":
        known = ARCHITECTURES.get(architecture)
        return f"{known.function if known else architecture} · {WEIGHTS.get(weights, weights)}"
    if source + "/" == PREFIX and architecture in BUNDLED:
        return BUNDLED[architecture].title
    given = next((name for name, target in names.items() if target == reference), None)
    if given:
        return model_title(given, {}) if given.startswith(PREFIX) else given
    return title or (f"file {reference[7:15]}" if reference.startswith("sha256:") else reference)


def model_references(client: Client) -> list[str]:
    """Everything that can be picked: given names' references, then the architectures."""
    named = list(dict.fromkeys(client.models.names().values()))
    rest = [name for name in ARCHITECTURES if name not in FAMILIAR]
    return named + [f"keras/{name}/{weights}" for name in (*FAMILIAR, *rest) for weights in WEIGHTS]


def has_random_weights(reference: str) -> bool:
    """Whether a reference stands for an untrained network."""
    return reference.startswith("keras/") and reference.endswith("/random")


def choose_model(
    client: Client, key: str, label: str = "Model", references: Sequence[str] = (), words: str = ANY_MODEL
) -> str:
    """Draw the list of models.

    Args:
        client: of the installation.
        key: of the control in the session, which holds a reference or a given name already.
        label: of the list.
        references: what can be chosen; by default every model.
        words: beside the control.

    Returns:
        The chosen reference.
    """
    names, references = client.models.names(), list(references) or model_references(client)
    chosen = st.session_state[key]
    chosen = names.get(chosen, chosen)
    if chosen not in references:
        references.insert(0, chosen)
    st.session_state[key] = chosen
    missing = missing_weights(client, references)

    def title(reference: str) -> str:
        return model_title(reference, names) + (" · weights missing" if reference in missing else "")

    return st.selectbox(label, references, key=key, format_func=title, help=words)
