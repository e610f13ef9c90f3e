"""The choices of the training page: data set, rung of the ladder, base, and how long."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.analyses.training_run.augmentation import augmentation_values, fill_augmentation, fold_augmentation
from dashboard.analyses.training_run.watch_choice import choose_watched
from dashboard.runs.choices import Chosen, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.dataset_choice import choose_dataset
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.strategy_words import SENTENCES, TITLES
from shared.analyses.training_run.presets import OPEN, TRAINING_PRESETS, preset_of
from shared.analyses.training_run.spec import TrainingRun, idle_fields
from shared.analyses.training_run.strategies import WITH_AUGMENTATION, WITH_BASE, usual_values
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec

PREFIX = "training"
BASE = "keras/mobilenetv2/imagenet"
CHOICES = RunChoices(TrainingRun, PREFIX, {"dataset": "builtin/digits", "model": BASE}, viewed=("smooth",))
RECIPE, KEPT = f"{PREFIX}/recipe", f"{PREFIX}/strategy"
# Drawn here; all others come from the spec.
OWN = ("dataset", "strategy", "model", "images", "augmentation", "watch")


def choose() -> Chosen:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    followed = CHOICES.follow_address(client)
    if followed is not None:
        fill_augmentation(_key("augment"), followed.get("augmentation"))
        st.session_state[KEPT] = st.session_state[_key("strategy")]
    _mend_state()
    _follow_strategy()
    with st.sidebar:
        dataset = choose_dataset(client, _key("dataset"))
        _choose_recipe()
        strategy = _choose_strategy()
        fields = {"dataset": dataset, "strategy": strategy, **_base(client, strategy)}
        fields |= _more(client, dataset, strategy)
        failure = _missing(client, fields)
        return CHOICES.chosen(client, None if failure else fields, failure)


def _key(name: str) -> str:
    return f"{PREFIX}.{name}"


def _mend_state() -> None:
    """What a form field holds as text, as its own control wants it; and the base, which most strategies drop."""
    images = str(st.session_state.get(_key("images")) or "")
    st.session_state[_key("images")] = int(images) if images.isdigit() else None
    st.session_state[_key("model")] = st.session_state.get(_key("model")) or BASE


def _follow_strategy() -> None:
    """When the strategy changes, what stood at the former one's usual values goes to the new one's."""
    chosen = st.session_state[_key("strategy")]
    former = st.session_state.get(KEPT, chosen)
    st.session_state[KEPT] = chosen
    if chosen == former:
        return
    usual, before = usual_values(chosen), usual_values(former)
    for name in usual.keys() - {"augmentation"}:
        if st.session_state.get(_key(name), before[name]) == before[name]:
            st.session_state[_key(name)] = usual[name]


def _choose_recipe() -> None:
    """The book's settings, or one's own; the address holds what a recipe decides, not its name."""
    st.session_state[RECIPE] = _present_recipe()
    st.selectbox("The book's settings", ["", *TRAINING_PRESETS], key=RECIPE, on_change=_follow_recipe,
                 format_func=_recipe_title,
                 help="F. Chollet, Deep Learning with Python, 2017. Sets strategy, base, size, epochs and rates; "
                      "change anything afterwards.")  # fmt: skip


def _recipe_title(name: str) -> str:
    return f"{TRAINING_PRESETS[name].title} ({TRAINING_PRESETS[name].source})" if name else "settings of your own"


def _present_recipe() -> str:
    fields = {name: st.session_state.get(_key(name)) for name in TrainingRun.model_fields}
    try:
        spec = TrainingRun.from_fields(
            {**fields, "dataset": "builtin/digits", "augmentation": augmentation_values(_key("augment"))}
        )
    except InvalidSpec:
        return ""
    assert isinstance(spec, TrainingRun)
    return preset_of(spec)


def _follow_recipe() -> None:
    name = st.session_state[RECIPE]
    if not name:
        return
    for field, value in TRAINING_PRESETS[name].spec().model_dump(mode="json").items():
        if field not in (*OPEN, "augmentation"):
            st.session_state[_key(field)] = "" if value is None else value
    fill_augmentation(_key("augment"), None)
    st.session_state[KEPT] = st.session_state[_key("strategy")]


def _choose_strategy() -> str:
    strategy = st.selectbox("Strategy", list(TITLES), key=_key("strategy"), format_func=TITLES.__getitem__,
                            help="The rungs of the book's ladder, from the bottom to the top.")  # fmt: skip
    st.caption(SENTENCES[strategy])
    return strategy


def _base(client: Client, strategy: str) -> dict[str, Any]:
    """The base where it plays a part; kept in mind where it does not."""
    if strategy not in WITH_BASE:
        st.session_state[_key("model")] = st.session_state[_key("model")]
        return {}
    return {"model": choose_model(client, _key("model"), "Base")}


def _more(client: Client, dataset: str, strategy: str) -> dict[str, Any]:
    """How long and how large, then what is folded away."""
    idle = idle_fields(strategy)
    basic = [name for name in ("epochs", "fine_tune_epochs", "size") if name not in idle]
    own: dict[str, Any] = {}
    if "watch" not in idle:
        own["watch"] = choose_watched(client, _key("watch"), dataset)
    if strategy in WITH_AUGMENTATION:
        own["augmentation"] = fold_augmentation(_key("augment"))
    own["images"] = st.number_input("Training pictures", 2, None, key=_key("images"), placeholder="all",
                                    help=TrainingRun.model_fields["images"].description)  # fmt: skip
    return {**CHOICES.form(basic, hidden=(*OWN, *idle), usual=usual_values(strategy)), **own}


def _missing(client: Client, fields: Mapping[str, Any]) -> str:
    """Why the run cannot be asked for: a data set or base that is not here."""
    try:
        client.datasets.resolve(fields["dataset"])
        if fields.get("model"):
            client.models.resolve(fields["model"])
    except ConvscopeError as error:
        return str(error)
    return ""
