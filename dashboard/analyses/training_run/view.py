"""A training run on the page: curves, epochs, watched pictures, and the network that comes out of it."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.training_run.curves import epoch_table_data, training_curves
from dashboard.analyses.training_run.trained_network import epochs_of, trained_network
from dashboard.analyses.training_run.watch_strip import watch_data
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.model_choice import has_random_weights, model_title
from dashboard.widgets.strategy_words import strategy_title
from dashboard.widgets.text import count
from shared.analyses.training_run.figures import Curves
from shared.analyses.training_run.parts import EpochFacts
from shared.analyses.training_run.spec import TrainingRun
from shared.errors import ConvscopeError
from shared.store import RunRecord

_table, _strip = browser_element("epoch_table"), browser_element("watch_strip")
WAITING = "The first epoch is on its way."


def plan(spec: TrainingRun) -> str:
    """How much there is to do."""
    try:
        card = get_client().datasets.card(spec.dataset)
    except ConvscopeError:
        return ""  # said where it is asked for
    pictures = min(len(card.rows("train")), spec.images or len(card.pictures))
    steps = count(-(-pictures // spec.batch), "step")
    tuned = f", then {spec.fine_tune_epochs} that fine-tune" if spec.strategy == "fine_tuning" else ""
    once = " Features are computed once, before the first epoch." if spec.strategy == "feature_extraction" else ""
    judged = f" {count(len(card.rows('validation')), 'picture')} validate each epoch." if (
        "validation" in card.splits) else " Nothing is held back for validation."  # fmt: skip
    return f"{count(spec.epochs, 'epoch')}{tuned}, each of {count(pictures, 'picture')} in {steps}.{judged}{once}"


def _steps(run: RunRecord) -> list[str]:
    title = dataset_title(str(run.fields["dataset"]), get_client().datasets.names())
    return [title, strategy_title(run.fields["strategy"])]


def _details(run: RunRecord) -> list[str]:
    fields, base = run.fields, run.fields.get("model")
    metrics = run.facts.get("metrics", {})
    return [
        f"on {model_title(str(base), get_client().models.names())}" if base else "",
        f"{fields['size']} px" if fields.get("size") else "",
        count(int(fields.get("epochs", 0)) + int(fields.get("fine_tune_epochs") or 0), "epoch"),
        f"{metrics['images']:,} pictures" if "images" in metrics else "",
    ]


def _draw(run: RunRecord) -> None:
    epochs = epochs_of(run)
    middle, right = st.columns([3, 1], gap="medium")
    with middle:
        training_curves("curves", [Curves("", epochs)], planned=_planned(run, epochs), waiting=WAITING, view=run.key)
        if epochs:
            _table(key="epochs", data=epoch_table_data(run, epochs))
        if epochs and run.fields.get("watch"):
            _strip(key="watched", data=watch_data(run, epochs))
    with right:
        trained_network(run, epochs)


def _planned(run: RunRecord, epochs: Sequence[EpochFacts]) -> int:
    """How far the axis reaches: to the plan while it may still be reached."""
    return len(epochs) if run.over and epochs else run.total or 1


VIEW = View(
    draw=_draw,
    whose=lambda _: "Training",
    steps=_steps,
    details=_details,
    warning=lambda run: "untrained base" if has_random_weights(str(run.fields.get("model") or "")) else "",
    files={"Curves": "curves.png", "Table of epochs": "epochs.csv", "Curves as arrays": "arrays.npz"},
    growing=True,
    kept=("smooth",),
    plan=plan,
    ask="Train the network",
)
