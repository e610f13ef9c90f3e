"""The choices of the evaluation's page: a network that ends in classes, a data set, one of its splits."""

from typing import Any

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.current import current
from dashboard.widgets.dataset_choice import choose_dataset, dataset_references, dataset_title
from dashboard.widgets.model_choice import choose_model, has_random_weights, model_references
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.text import count
from shared.analyses import EvaluateModel
from shared.client import Client
from shared.errors import ConvscopeError

PREFIX = "evaluate_model"
CELL, PICTURE = "cell", "picture"
UNTRAINED = "keras/mobilenetv2/imagenet"
CHOICES = RunChoices(EvaluateModel, PREFIX, {"model": UNTRAINED, "dataset": NONE}, (CELL, PICTURE))
MODEL, DATASET, SPLIT = (f"{PREFIX}.{name}" for name in ("model", "dataset", "split"))
# The model that the data set was last offered for.
OFFERED = f"{PREFIX}/offered"


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    if CHOICES.follow_address(client) is not None:
        _start(client)
    with st.sidebar:
        try:
            fields = _fields(client)
        except ConvscopeError as error:
            return CHOICES.chosen(client, None, str(error))
        return CHOICES.chosen(client, fields)


def _start(client: Client) -> None:
    """A visit that names nothing begins with the network that was trained last."""
    st.session_state[OFFERED] = None
    if st.session_state[DATASET] == NONE:
        st.session_state[DATASET] = ""
        trained = trained_models(client)
        if "model" not in st.query_params and trained and not current("model"):
            st.session_state[MODEL] = trained[0]


def _fields(client: Client) -> dict[str, Any] | None:
    model = choose_model(client, MODEL, references=classifiers(client))
    own = _offer(client, model)
    dataset = choose_dataset(client, DATASET, none="choose one")
    if own and own == dataset:
        st.caption(":material/school: The data set that it was trained on.")
    if not dataset:
        CHOICES.form(hidden=tuple(EvaluateModel.model_fields))
        return None
    splits = client.datasets.card(dataset).splits
    if st.session_state.get(SPLIT) not in splits:
        st.session_state[SPLIT] = splits[-1]
    output, _ = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
    values = CHOICES.form(("split",), {"split": splits}, hidden=("model", "dataset", "model_output"))
    return {"model": model, "model_output": output, "dataset": dataset, **values}


def _offer(client: Client, model: str) -> str:
    """Choose the data set that a trained network comes from, once a network; returns that data set, "" for none."""
    own = trained_on(client, model)
    before = st.session_state.get(OFFERED)
    if own and model != before and (before or not st.session_state.get(DATASET)):
        st.session_state[DATASET] = own
    st.session_state[OFFERED] = model
    return own


def classifiers(client: Client) -> list[str]:
    """References of the models to choose from: trained networks first, none that is known to end before its head."""
    cut = {row["reference"] for row in client.models.records() if row.get("until")}
    return list(dict.fromkeys([*trained_models(client), *(r for r in model_references(client) if r not in cut)]))


def trained_models(client: Client) -> list[str]:
    """References of the networks that were trained here, the one of the latest run first."""
    rows = [row for row in client.models.records() if row.get("source") == "training_run"]
    runs = client.store.runs.get_many(str(row.get("run", "")) for row in rows)
    newest = sorted(zip(runs, rows, strict=True), key=lambda pair: -pair[0].submitted_at)
    return list(dict.fromkeys(str(row["reference"]) for _, row in newest))


def trained_on(client: Client, model: str) -> str:
    """Reference of the data set that a network was trained on here; "" where that is not known, or it is gone."""
    for row in client.models.records():
        dataset = (row.get("recipe") or {}).get("dataset", "")
        if dataset and model in (row["name"], row["reference"]):
            try:
                known = client.datasets.resolve(str(dataset))
            except ConvscopeError:
                return ""
            return known if known in dataset_references(client) else str(dataset)
    return ""


def plan(spec: EvaluateModel) -> str:
    """How much there is to do, in words."""
    client = get_client()
    card = client.datasets.card(spec.dataset)
    pictures = len(card.rows(spec.split)) if spec.split in card.splits else 0
    title = dataset_title(spec.dataset, client.datasets.names())
    untrained = " The network has random weights: expect what guessing gets." if has_random_weights(spec.model) else ""
    return f"{count(pictures, 'picture')} of {title}, each shown once.{untrained}"
