"""What a preset of the book is about: its data set and its base, looked for among what the installation has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.page_table import page_at
from dashboard.widgets.current import imagenet_references
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.text import escape
from shared.analyses.training_run.presets import TRAINING_PRESETS
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.architectures import architecture
from shared.library.datasets.builtin import BUILTIN, PREFIX

MNIST, CATS = "mnist", "cats_and_dogs"
# The data set and the preset that are always here.
STAND_IN, SCRATCH = "digits", "cats_dogs_scratch"
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


def show_missing(preset: str, material: Material, choose: Callable[[str, str], None]) -> None:
    """Say what a preset needs that is not here, with the ways to go on.

    Args:
        preset: a key of TRAINING_PRESETS.
        material: what there is for it.
        choose: keeps a preset ("" for settings of one's own) and a data set, from a button's click.
    """
    title = TRAINING_PRESETS[preset].title
    needs = " and ".join(words for words, _ in material.missing)
    st.info(f"**{escape(title)}** needs {needs}, which this installation does not have. Add what is missing, or train "
            "something else. Your settings stay.", icon=":material/inventory_2:")  # fmt: skip
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for words, path in material.missing:
            page = page_at(path)
            st.page_link(page.file, label=f"Add {words} under {page.title}", icon=page.icon)
        lacks_base = any(path == "models" for _, path in material.missing)
        if not lacks_base:
            st.button("Train on the bundled digits", key="preset/stand-in",
                      on_click=choose, args=("", PREFIX + STAND_IN))  # fmt: skip
        else:
            st.button(f"Use “{TRAINING_PRESETS[SCRATCH].title}”, which needs no weights", key="preset/scratch",
                      on_click=choose, args=(SCRATCH, ""))  # fmt: skip
    if wanted_dataset(preset) == MNIST and not material.dataset:
        st.caption("MNIST is the file mnist.npz of keras.datasets. On a machine with the internet, "
                   "`keras.datasets.mnist.load_data()` downloads it.")  # fmt: skip


def show_other_data(client: Client, preset: str, dataset: str, found: str, choose: Callable[[str, str], None]) -> None:
    """Ask which of two is meant where a preset stands beside a data set that it is not about.

    Args:
        client: of the installation.
        preset: a key of TRAINING_PRESETS.
        dataset: that is chosen.
        found: the one that the preset is about.
        choose: as for show_missing().
    """
    title, names = TRAINING_PRESETS[preset].title, client.datasets.names()
    about, received = TITLES[wanted_dataset(preset)], dataset_title(dataset, names)
    st.info(f"**{escape(title)}** is for {about}, and {escape(received)} is chosen as data set. Which do you want to "
            "train on?", icon=":material/inventory_2:")  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.button(f"Train on {dataset_title(found, names)}", key="preset/own", type="primary", on_click=choose,
                  args=(preset, found))  # fmt: skip
        st.button(f"Train these settings on {received}", key="preset/stand-in", on_click=choose, args=("", dataset))
