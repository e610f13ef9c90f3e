"""What a training run leaves behind: the best network, how good it is, and the pages that look into it."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.page_table import PAGES, script
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.dataset_pictures import add_dataset_picture
from dashboard.widgets.errors import show_error
from dashboard.widgets.facts_panel import panel
from dashboard.widgets.text import duration, percent, short
from shared.analyses.training_run.parts import EPOCH, EpochFacts, best_epoch
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library import Dataset
from shared.store import RunRecord

# Below this a picture is no photograph; colours have three channels.
SMALL_PHOTOGRAPH, COLOURS = 64, 3


@dataclass(frozen=True)
class Network:
    """A network that a run has saved.

    Attributes:
        reference: sha256:...; "" while none was saved.
        epoch: it is from.
        value: validation accuracy, training accuracy where nothing was validated.
        validated: which of the two `value` is.
    """

    reference: str = ""
    epoch: int = 0
    value: float = 0.0
    validated: bool = True


def epochs_of(run: RunRecord) -> list[EpochFacts]:
    """Facts of the epochs that are there, in order; see shared.analyses.training_run.parts."""
    found = (facts_of(run, index) for index in range(run.done))
    return [EPOCH.read(facts) for facts in found if facts]


def kept_network(epochs: Sequence[EpochFacts]) -> Network:
    """The best network that was saved so far."""
    best = next((facts for facts in epochs if facts["epoch"] == best_epoch(epochs)), None)
    reference = next((str(facts["network"]) for facts in reversed(epochs) if facts.get("network")), "")
    if best is None or not reference:
        return Network()
    value = best.get("val_accuracy")
    return Network(reference, best["epoch"], best["accuracy"] if value is None else value, value is not None)


def trained_network(run: RunRecord, epochs: Sequence[EpochFacts]) -> None:
    """Draw the panel: for a run in any state, the best network there is."""
    network = _network(run, epochs)
    if not network.reference:
        panel(key="network", data={"title": "The network", "note": _not_yet(run)})
        return
    facts = network_facts(run, network)
    panel(key="network", data={"title": "The network", "note": _state_words(run, network), "facts": facts})
    name = network_name(network.reference)
    st.code(name or network.reference, language=None, wrap_lines=True)
    if not name:
        st.caption("Use this reference of the network in links and commands.")
    _ways_on(run, network.reference)


def _network(run: RunRecord, epochs: Sequence[EpochFacts]) -> Network:
    metrics, kept = run.facts.get("metrics", {}), kept_network(epochs)
    if run.status == "complete" and metrics.get("model"):
        return Network(str(metrics["model"]), kept.epoch or int(metrics.get("best_epoch", 0)), kept.value,
                       kept.validated)  # fmt: skip
    return kept


def _not_yet(run: RunRecord) -> str:
    if run.over and run.done:
        return "No network was saved before the run ended."
    return "The best network so far is kept from its first epoch on." if not run.over else ""


def _state_words(run: RunRecord, network: Network) -> str:
    if run.status == "complete":
        return ""
    kept = f"The best one so far, of epoch {network.epoch}"
    return f"{kept}, is kept; Retry goes on from the last epoch." if run.over else f"{kept}. It can be looked into now."


def network_facts(run: RunRecord, network: Network) -> list[list[str]]:
    """Names and values, as JSON values."""
    metrics, timings = run.facts.get("metrics", {}), run.facts.get("timings", {})
    rows = [
        ["Best epoch", f"{network.epoch} of {run.done}" if network.epoch else ""],
        ["Validation accuracy" if network.validated else "Training accuracy", percent(network.value)],
        ["Validation loss", short(metrics["val_loss"]) if metrics.get("val_loss") is not None else ""],
        ["Test accuracy", percent(metrics["test_accuracy"]) if metrics.get("test_accuracy") is not None else ""],
        ["Parameters", f"{metrics['parameters']:,}" if "parameters" in metrics else ""],
        ["Of these trained", f"{metrics['trainable_parameters']:,}" if "trainable_parameters" in metrics else ""],
        ["Time an epoch", duration(timings["epoch_seconds"]) if "epoch_seconds" in timings else ""],
        ["Features, once", duration(timings["features_seconds"]) if timings.get("features_seconds") else ""],
        ["Stopped early", "yes" if metrics.get("stopped_early") else ""],
        ["Device", str(run.facts.get("device", ""))],
        ["Asked by", run.by],
    ]
    return [row for row in rows if row[1]]


def network_name(reference: str) -> str:
    """The name that stands for a network; "" where nobody named it."""
    return next((name for name, target in get_client().models.names().items() if target == reference), "")


def _is_of_photographs(dataset: str) -> bool:
    """Whether a data set's pictures have colours and are of the size of a small photograph."""
    try:
        card = get_client().datasets.card(dataset)
    except ConvscopeError:
        return False
    return card.channels == COLOURS and max(card.pictures[0].width, card.pictures[0].height) >= SMALL_PHOTOGRAPH


def _ways_on(run: RunRecord, model: str) -> None:
    """Links to the pages that look into the network."""
    st.markdown("**Look into it**")
    dataset = str(run.fields["dataset"])
    known = {"model": model, "dataset": dataset, "image": "sample/cat"}
    # Fine-tuning is compared with the network before it.
    before = run.facts.get("metrics", {}).get("head_model")
    pair = {"model": str(before), "other": model} if before else known
    for page in (page for page in PAGES if page.of_network):
        if "image" in page.takes and not _is_of_photographs(dataset):
            continue  # a sample photograph tells nothing of a network of digits
        query = {
            name: value for name, value in (pair if "other" in page.takes else known).items() if name in page.takes
        }
        st.page_link(page.file, label=page.of_network, icon=page.icon, query_params=query)
    icon = ":material/local_fire_department:"
    if st.button("Heat map of a test picture", key="test-picture", icon=icon, type="tertiary"):
        _open_heat_map(get_client(), dataset, model)


def _open_heat_map(client: Client, dataset: str, model: str) -> None:
    """Take a picture that the network has never seen among the pictures, and go to its heat map."""
    try:
        opened = client.datasets.open(dataset)
        image = add_dataset_picture(opened, _unseen(opened))
    except ConvscopeError as error:
        show_error(str(error))
        return
    st.switch_page(script("heat-maps"), query_params={"model": model, "image": image})


def _unseen(dataset: Dataset) -> int:
    """Number of the first picture of the split that is furthest from training."""
    split = next(name for name in ("test", "validation", "train") if name in dataset.card.splits)
    return dataset.card.rows(split)[0]
