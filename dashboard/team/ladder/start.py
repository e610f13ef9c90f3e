"""Run the ladder: the strategies on one data set, asked for one after another with a single click."""

from collections.abc import Sequence

import streamlit as st

from dashboard.runs.start_box import forecast
from dashboard.server.connection import get_client
from dashboard.widgets.current import default_base
from dashboard.widgets.errors import show_error
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.strategy_words import TITLES
from dashboard.widgets.text import count, escape
from shared.analyses.training_run.spec import WITH_BASE, TrainingRun, usual_values
from shared.client import Client, plan_estimate
from shared.errors import ConvscopeError

PREFIX = "ladder"
# Feature extraction end to end takes longest by far, and lies between two others on the ladder: it is a choice.
USUAL = [name for name in TITLES if name != "feature_extraction_augmented"]
REFUSED = f"{PREFIX}/refused"
SENTENCE = (
    "Several training runs with one click, from the simplest strategy up. Each waits for a batch worker, can be "
    "cancelled by itself, and is computed once: what is there already is not trained again."
)


def start_fold(dataset: str, begun: bool) -> None:
    """Draw the fold.

    Args:
        dataset: reference, sha256:...
        begun: whether there are runs already; the fold is open while there are none.
    """
    fold = st.expander("Run all strategies", expanded=not begun, icon=":material/stairs:")
    with fold:
        st.caption(SENTENCE)
        left, middle, right = st.columns([3, 2, 1], gap="medium")
        with left:
            chosen = st.multiselect("Strategies", list(TITLES), USUAL, key=f"{PREFIX}.strategies",
                                   format_func=TITLES.__getitem__)  # fmt: skip
        with middle:
            st.session_state.setdefault(f"{PREFIX}.model", default_base(get_client()))
            base = choose_model(get_client(), f"{PREFIX}.model", "Base")
        with right:
            epochs = st.number_input("Epochs", 1, 1000, None, key=f"{PREFIX}.epochs", placeholder="usual",
                                     help="Of every run; empty for what each strategy usually takes.")  # fmt: skip
        _ask(strategy_specs(dataset, [name for name in TITLES if name in chosen], base, epochs))


def strategy_specs(dataset: str, strategies: Sequence[str], base: str, epochs: int | None) -> list[TrainingRun]:
    """A request a strategy, the simplest first.

    Args:
        dataset: reference or name.
        strategies: from the simplest up.
        base: for the strategies that have one.
        epochs: of every run; fine-tuning then takes as many again, at most its usual number. None: as usual.
    """
    specs = []
    for strategy in strategies:
        fields: dict[str, object] = {"dataset": dataset, "strategy": strategy}
        fields |= {"model": base} if strategy in WITH_BASE else {}
        if epochs:
            tuned = usual_values(strategy)["fine_tune_epochs"]
            fields |= {"epochs": epochs} | ({"fine_tune_epochs": min(tuned, epochs)} if tuned else {})
        specs.append(TrainingRun.model_validate(fields))
    return specs


def _ask(specs: Sequence[TrainingRun]) -> None:
    client = get_client()
    try:
        keys = [client.resolve(spec).key() for spec in specs]
    except ConvscopeError as error:
        show_error(str(error))
        return
    states = [run.status for run in client.store.runs.get_many(keys)]
    wanted = [spec for spec, state in zip(specs, states, strict=True) if state not in ("complete", "running", "queued")]
    if refusal := st.session_state.pop(REFUSED, None):
        show_error(refusal)
    time = f" {escape(forecast(plan_estimate(client, [client.resolve(spec) for spec in wanted])))}" if wanted else ""
    st.markdown(_words(specs, wanted) + time)
    if st.button(f"Queue {count(len(wanted), 'run')}", key=f"{PREFIX}/ask", type="primary", disabled=not wanted):
        _submit(client, wanted)
        st.rerun()


def _words(specs: Sequence[TrainingRun], wanted: Sequence[TrainingRun]) -> str:
    if not specs:
        return "Choose at least one strategy."
    epochs = count(sum(spec.planned_epochs for spec in wanted), "epoch")
    there = len(specs) - len(wanted)
    known = f" {there} of {len(specs)} {'is' if there == 1 else 'are'} there already or under way." if there else ""
    return f"{epochs} in all.{known}" if wanted else f"All {len(specs)} are there already or under way."


def _submit(client: Client, specs: Sequence[TrainingRun]) -> None:
    for spec in specs:
        try:
            client.submit(spec)
        except ConvscopeError as error:
            st.session_state[REFUSED] = str(error)
            return
