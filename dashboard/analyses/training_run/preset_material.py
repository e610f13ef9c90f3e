"""What a preset of the book is about: its data set and its base, looked for among what the installation has."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.page_table import page_at
from dashboard.widgets.current import imagenet_references
from dashboard.widgets.dataset_choice import dataset_title
from shared.analyses.training_run.presets import TRAINING_PRESETS
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.architectures import architecture
from shared.library.datasets.builtin import BUILTIN, PREFIX

MNIST, CATS = "mnist", "cats_and_dogs"
# What to call a data set that is missing.
TITLES = {MNIST: "MNIST", CATS: "photographs of cats and dogs"}


@dataclass(frozen=True)
class Material:
    """What is at hand for a preset.

    Attributes:
        dataset: reference or name; "" where it is missing.
        model: reference of the base; "" where it is missing or none is needed.
        missing: what is missing in words, each with the path of the page where it is added.
    """

    dataset: str
    model: str
    missing: tuple[tuple[str, str], ...]


def wanted_dataset(preset: str) -> str:
    """Which data set a preset is about."""
    return MNIST if preset.startswith(MNIST) else CATS


def wanted_base(preset: str) -> str:
    """The architecture whose ImageNet weights a preset starts from; "" for none."""
    return str(TRAINING_PRESETS[preset].fields.get("model", "//")).split("/")[1]


def fits(client: Client, preset: str, dataset: str) -> bool:
    """Whether a data set is the one that a preset is about: MNIST by its name, cats and dogs by their two classes."""
    names = client.datasets.names()
    if wanted_dataset(preset) == MNIST:
        title = f"{dataset} {dataset_title(dataset, names)}".lower()
        return MNIST in title and "fashion" not in title
    return _are_cats_and_dogs(_classes(client, dataset))


def _classes(client: Client, dataset: str) -> Sequence[str]:
    if dataset.startswith(PREFIX):  # known without reading it
        one = BUILTIN.get(dataset.removeprefix(PREFIX))
        return one.classes if one else ()
    try:
        return client.datasets.card(dataset).classes
    except ConvscopeError:
        return ()


def _are_cats_and_dogs(classes: Sequence[str]) -> bool:
    names = sorted(name.lower() for name in classes)
    return len(names) == 2 and "cat" in names[0] and "dog" in names[1]


def material_for(client: Client, preset: str, chosen: str) -> Material:
    """Look for what a preset is about.

    Args:
        client: of the installation.
        preset: a key of TRAINING_PRESETS.
        chosen: the data set that is chosen now, which is taken if it fits.
    """
    here = [PREFIX + one.name for one in BUILTIN.values() if client.datasets.is_here(one)]
    names = client.datasets.names()
    known = [chosen, *(names[name] or name for name in names if not name.startswith(PREFIX) or name in here)]
    dataset = next((one for one in known if fits(client, preset, one)), "")
    base = wanted_base(preset)
    model = imagenet_references(client, whole=False).get(base, "")
    missing = [] if dataset else [(TITLES[wanted_dataset(preset)], "datasets")]
    missing += [(f"ImageNet weights for {architecture(base).function}", "models")] if base and not model else []
    return Material(dataset, model, tuple(missing))


def has_base(client: Client, preset: str, model: str) -> bool:
    """Whether a model is the base that a preset starts from, under whatever reference."""
    try:
        card = client.models.card(model)
    except ConvscopeError:
        return False
    return card.architecture == wanted_base(preset) and card.weights != "random"


def show_missing(material: Material) -> None:
    """Say what a preset needs, with the way to it."""
    for words, path in material.missing:
        page = page_at(path)
        st.caption(f":material/info: Needs {words}, which this server does not have.")
        st.page_link(page.file, label=f"Add it on the page {page.title}", icon=page.icon)


def refusal(client: Client, preset: str, dataset: str, material: Material) -> str:
    """Why a preset that was chosen cannot be trained with what is chosen beside it; "" where it can."""
    title, others = TRAINING_PRESETS[preset].title, 'Or choose "settings of your own" as preset.'
    if material.missing:
        needs = " and ".join(words for words, _ in material.missing)
        return f"The preset “{title}” needs {needs}: add it first. {others}"
    if not fits(client, preset, dataset):
        received = dataset_title(dataset, client.datasets.names())
        about = TITLES[wanted_dataset(preset)]
        return f"The preset “{title}” is for {about}, not for {received}. Choose it as data set. {others}"
    return ""
