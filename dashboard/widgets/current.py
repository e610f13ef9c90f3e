"""What a person works on, kept for the session and their browser: a page whose address names none opens with it.

Where nothing was used yet, a page opens with the network that was added last, else with one whose weights are to be
had, else with the bundled one: never with what must fail.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.current_cookie import current_of_browser, keep_in_browser
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.bundled import STAND_IN

CURRENT = "current"
# What is kept; the second line is of a model, and goes with it.
KEPT = ("model", "image", "dataset")
OF_MODEL = ("layer", "channel", "classes")
# Bytes of a weights file below which the head is missing, of the networks that pages start with.
WHOLE = {"mobilenetv2": 14_000_000, "vgg16": 550_000_000}


def keep_current(fields: Mapping[str, Any]) -> None:
    """Note what a page shows now.

    Args:
        fields: of its run; others than KEPT and OF_MODEL, and empty ones, are left alone.
    """
    now = _now()
    if fields.get("model") and fields["model"] != now.get("model"):
        for name in OF_MODEL:
            now.pop(name, None)
    now |= {name: fields[name] for name in (*KEPT, *OF_MODEL) if fields.get(name) not in (None, "", (), [])}


def opening_fields(client: Client, start: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    """What a page opens with.

    Args:
        client: of the installation.
        start: what the page usually opens with; its names are those that are looked for.
        named: what the address names.

    Returns:
        `start`, with what the session works on in its place, where that is still there; and with a model that can be
        opened.
    """
    now = {name: value for name, value in _now().items() if _is_there(client, name, value)}
    fields = dict(start)
    if start.get("model", NONE) != NONE and "model" not in named:
        fields["model"] = now.get("model") or default_model(client, str(start["model"]))
    same = client.models.names().get(str(named.get("model")), named.get("model")) in (None, now.get("model"))
    of_model = OF_MODEL if same and "model" in now else ()
    return fields | {name: now[name] for name in ("image", "dataset", *of_model) if name in start and name in now}


def current(name: str) -> Any:
    """What the session works on, of KEPT and OF_MODEL; None for nothing."""
    return _now().get(name)


def keep_for_next_visit() -> None:
    """Have the browser keep what the session works on; called last on every page."""
    keep_in_browser(_now())


def _now() -> dict[str, Any]:
    """What the session works on; at its beginning what the browser was used for last, where that can be opened."""
    if CURRENT not in st.session_state:
        kept = current_of_browser()
        if weights_missing(get_client(), kept.get("model", "")):
            kept = {name: value for name, value in kept.items() if name not in ("model", *OF_MODEL)}
        st.session_state[CURRENT] = kept
    now: dict[str, Any] = st.session_state[CURRENT]
    return now


def _is_there(client: Client, name: str, value: Any) -> bool:
    """Whether a model, a picture or a data set can still be had."""
    resolves: dict[str, Callable[[str], str]] = {
        "model": client.models.resolve, "image": client.images.resolve, "dataset": client.datasets.resolve
    }  # fmt: skip
    try:
        return name not in resolves or bool(resolves[name](str(value)))
    except ConvscopeError:
        return False


def default_model(client: Client, usual: str) -> str:
    """The model of a page while the session has none.

    Args:
        client: of the installation.
        usual: keras/<architecture>/imagenet, taken where its weights are to be had; another reference is left alone.

    Returns:
        The reference: of the model that was added last, if it is known to end in its head; else of weights that
        workers have or can download; else of the bundled network.
    """
    source, architecture, *weights = [*usual.split("/"), "", ""]
    if source != "keras" or weights[0] != "imagenet":
        return usual
    own = [row for row in client.models.records() if not row.get("until")]
    if own:
        return str(max(own, key=lambda row: row.get("added_at", 0))["reference"])
    return imagenet_references(client).get(architecture) or default_base(client)


def default_base(client: Client) -> str:
    """What a training run starts from while nobody has chosen: ImageNet's MobileNetV2, or what is to be had."""
    there = imagenet_references(client, whole=False)
    return there.get("mobilenetv2") or next(iter(there.values()), "") or client.models.resolve(STAND_IN)


def imagenet_references(client: Client, whole: bool = True) -> dict[str, str]:
    """Architectures whose ImageNet weights workers have or can download, or that somebody added and named.

    Args:
        client: of the installation.
        whole: leave out weights that end before the head; a base for training needs none.
    """
    named = {}
    for record in client.models.records():
        card = client.models.card(record["reference"]) if record.get("source", "").endswith(" weights") else None
        if card and (not whole or client.library.files.size(card.weights) > WHOLE.get(card.architecture, math.inf)):
            named[card.architecture] = card.reference
    offered = {name for worker in client.store.workers.all() for name in worker.imagenet}
    return {name: f"keras/{name}/imagenet" for name in sorted(offered)} | named


def weights_missing(client: Client, model: str) -> bool:
    """Whether a model's weights are known to be neither here nor to be downloaded; False while no worker has looked."""
    return bool(missing_weights(client, [model]))


def missing_weights(client: Client, models: Iterable[str]) -> set[str]:
    """Those of some models, by reference, of which weights_missing() is true; the workers are asked once for all."""
    looked = [worker for worker in client.store.workers.all() if worker.weights_known]
    there = {name for worker in looked for name in worker.imagenet}
    named = {model: [*model.split("/"), "", ""] for model in models}
    of_imagenet = {model: words[1] for model, words in named.items() if (words[0], words[2]) == ("keras", "imagenet")}
    return {model for model, architecture in of_imagenet.items() if architecture not in there} if looked else set()
