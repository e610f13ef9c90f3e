"""The choices of the training page: data set, strategy, base, how long, augmentation, watched pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.analyses.training_run.preset_material import fits, has_base, material_for, show_missing, show_other_data
from dashboard.analyses.training_run.watch_strip import picture_words
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.spec_form import held_values
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.augmentation_controls import FIELDS, augmentation_controls, changes_in_words
from dashboard.widgets.current import default_base
from dashboard.widgets.dataset_choice import choose_dataset
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.strategy_words import SENTENCES, TITLES
from shared.analyses.augmentation import Augmentation
from shared.analyses.channel_lists import listed_numbers
from shared.analyses.training_run.presets import OPEN, TRAINING_PRESETS, preset_of
from shared.analyses.training_run.spec import (
    MOST_WATCHED,
    WITH_AUGMENTATION,
    WITH_BASE,
    TrainingRun,
    idle_fields,
    usual_values,
)
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec
from shared.library import DatasetCard

# So many pictures are offered, of a split that no network learns from where there is one.
OFFERED = 24
PREFIX = "training_run"
CHOICES = RunChoices(TrainingRun, PREFIX, {"dataset": "builtin/digits", "model": NONE}, viewed=("smooth",))
RECIPE, KEPT = f"{PREFIX}/recipe", f"{PREFIX}/strategy"
# The preset that somebody chose here: it is about a data set, and is not trained on another one.
WANTED = f"{PREFIX}/wanted"
# Drawn here; all others come from the spec.
OWN = ("dataset", "strategy", "model", "images", "augmentation", "watch")


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    followed = CHOICES.follow_address(client)
    if followed is not None:
        fill_augmentation(_key("augment"), followed.get("augmentation"))
        st.session_state[KEPT], st.session_state[WANTED] = st.session_state[_key("strategy")], ""
    _mend_state()
    _follow_strategy()
    with st.sidebar:
        dataset = choose_dataset(client, _key("dataset"))
        preset = _choose_recipe(client)
        strategy = _choose_strategy()
        fields = {"dataset": dataset, "strategy": strategy, **_base(client, strategy)}
        fields |= _more(client, dataset, strategy)
        failure = _missing(client, fields)
        if lacks := _lacks(client, preset, dataset):
            return replace(CHOICES.chosen(client, None), lacks=lacks)
        return CHOICES.chosen(client, None if failure else fields, failure)


def _lacks(client: Client, preset: str, dataset: str) -> Callable[[], None] | None:
    """Draws what a chosen preset needs and is not here, or not chosen; None where it can be trained."""
    material = material_for(client, preset, dataset) if preset else None
    if material is None or not (material.missing or not fits(client, preset, dataset)):
        return None

    def go_on(other: str, on: str) -> None:
        st.session_state[RECIPE] = other
        _follow_recipe(client)
        if on:
            st.session_state[_key("dataset")] = on

    if material.missing:
        return lambda: show_missing(preset, material, go_on)
    return lambda: show_other_data(client, preset, dataset, material.dataset, go_on)


def _key(name: str) -> str:
    return f"{PREFIX}.{name}"


def _mend_state() -> None:
    """What a form field holds as text, as its own control wants it; and the base, which most strategies drop."""
    images = str(st.session_state.get(_key("images")) or "")
    st.session_state[_key("images")] = int(images) if images.isdigit() else None
    if st.session_state.get(_key("model")) in (None, "", NONE):
        st.session_state[_key("model")] = default_base(get_client())


def _follow_strategy() -> None:
    """When the strategy changes, what stood at the former one's usual values goes to the new one's."""
    chosen = st.session_state[_key("strategy")]
    former = st.session_state.get(KEPT, chosen)
    st.session_state[KEPT] = chosen
    if chosen == former:
        return
    usual, before = usual_values(chosen), usual_values(former)
    for name in usual.keys() - {"augmentation"}:
        if (st.session_state.get(_key(name), before[name]) or 0) == before[name]:
            st.session_state[_key(name)] = usual[name]


def _choose_recipe(client: Client) -> str:
    """The book's settings, or one's own; the address holds what a recipe decides, not its name.

    Returns:
        The preset that somebody chose here and whose settings still stand; "" for none.
    """
    st.session_state[RECIPE] = present = _present_recipe(client)
    st.selectbox("Preset (Chollet, ch. 5)", ["", *TRAINING_PRESETS], key=RECIPE, on_change=_follow_recipe,
                 args=(client,), format_func=_recipe_title,
                 help="F. Chollet, Deep Learning with Python, 2017. Sets data set, strategy, base, size, epochs and "
                      "rates; change anything afterwards.")  # fmt: skip
    return present if present and present == st.session_state.get(WANTED) else ""


def _recipe_title(name: str) -> str:
    return f"{TRAINING_PRESETS[name].title} ({TRAINING_PRESETS[name].source})" if name else "settings of your own"


def _present_recipe(client: Client) -> str:
    """The preset whose settings stand there, with the data set it is about or because somebody chose it."""
    fields = held_values(TrainingRun, PREFIX)
    wanted = st.session_state.get(WANTED) or ""
    bases = (p.fields["model"] for n, p in TRAINING_PRESETS.items()
             if "model" in p.fields and has_base(client, n, str(fields["model"])))  # fmt: skip
    try:
        known = {"dataset": "builtin/digits", "augmentation": augmentation_values(_key("augment")),
                 "model": next(bases, fields["model"])}  # fmt: skip
        found = preset_of(TrainingRun.from_fields({**fields, **known}))
    except InvalidSpec:
        return ""
    return found if found and (found == wanted or fits(client, found, str(fields["dataset"]))) else ""


def _follow_recipe(client: Client) -> None:
    st.session_state[WANTED] = name = st.session_state[RECIPE]
    if not name:
        return
    for field, value in TRAINING_PRESETS[name].spec().model_dump(mode="json").items():
        if field not in (*OPEN, "augmentation"):
            st.session_state[_key(field)] = "" if value is None else value
    material = material_for(client, name, str(st.session_state[_key("dataset")]))
    for field, reference in (("dataset", material.dataset), ("model", material.model)):
        if reference:
            st.session_state[_key(field)] = reference
    fill_augmentation(_key("augment"), None)
    st.session_state[KEPT] = st.session_state[_key("strategy")]


def _choose_strategy() -> str:
    strategy = st.selectbox("Strategy", list(TITLES), key=_key("strategy"), format_func=TITLES.__getitem__,
                            help="Training strategies, from the simplest to fine-tuning (Chollet, ch. 5).")  # fmt: skip
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


def fill_augmentation(prefix: str, value: object) -> None:
    """Set the controls, before they are drawn.

    Args:
        prefix: of the controls' keys in the session.
        value: fields, their JSON or a preset's name, as a spec or an address holds them; None for the book's.
    """
    try:
        named = Augmentation.model_validate(value or {})
    except (ValueError, InvalidSpec):
        named = Augmentation()
    for name, field in named.model_dump().items():
        st.session_state[f"{prefix}.{name}"] = field


def augmentation_values(prefix: str) -> dict[str, Any]:
    """What the controls stand at; the book's where they were never drawn."""
    usual = Augmentation().model_dump()
    return {name: st.session_state.get(f"{prefix}.{name}", usual[name]) for name in FIELDS}


def fold_augmentation(prefix: str) -> dict[str, Any]:
    """Draw the fold; returns the fields. Closed, its controls are not drawn and their values are kept."""
    values = augmentation_values(prefix)
    fold = st.expander("Augmentation", key=f"{prefix}/fold", on_change="rerun", icon=":material/animation:")
    if fold.open:
        with fold:
            return augmentation_controls(prefix)
    for name, value in values.items():
        st.session_state[f"{prefix}.{name}"] = value
    st.caption(changes_in_words(values))
    return values


def choose_watched(client: Client, key: str, dataset: str) -> list[int]:
    """Draw the list.

    Args:
        client: of the installation.
        key: of the control in the session; may hold numbers as text, as an address has them.
        dataset: reference or name.

    Returns:
        Numbers of the chosen pictures.
    """
    try:
        card = client.datasets.card(dataset)
    except ConvscopeError:
        return []  # said where the run is asked for
    chosen = [number for number in watched_numbers(st.session_state.get(key)) if number < len(card.pictures)]
    st.session_state[key] = chosen
    options = sorted({*offered_pictures(card), *chosen})
    return st.multiselect("Watch pictures", options, key=key, max_selections=MOST_WATCHED, placeholder="none",
                          format_func=lambda number: picture_words(dataset, number),
                          help=TrainingRun.model_fields["watch"].description)  # fmt: skip


def offered_pictures(card: DatasetCard) -> list[int]:
    """The first pictures of the test split, else of validation, else of training; their classes are mixed."""
    split = next(name for name in ("test", "validation", "train") if name in card.splits)
    return list(card.rows(split)[:OFFERED])


def watched_numbers(value: object) -> Sequence[int]:
    """Numbers from a list, or from text such as "3,17-19"; () where it is neither."""
    if isinstance(value, list | tuple):
        return [int(number) for number in value]
    try:
        return listed_numbers(str(value or "").split(","))
    except ValueError:
        return ()
