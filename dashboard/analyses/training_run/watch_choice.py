"""Which pictures of a data set a training run watches: a heat map of each after every epoch."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.training_run.watch_strip import picture_words
from shared.analyses.channel_lists import channel_numbers
from shared.analyses.training_run.spec import MOST_WATCHED, TrainingRun
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library import DatasetCard

# So many pictures are offered, of a split that no network learns from where there is one.
OFFERED = 24


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
    options = sorted({*offered(card), *chosen})
    return st.multiselect("Watch pictures", options, key=key, max_selections=MOST_WATCHED, placeholder="none",
                          format_func=lambda number: picture_words(dataset, number),
                          help=TrainingRun.model_fields["watch"].description)  # fmt: skip


def offered(card: DatasetCard) -> list[int]:
    """The first pictures of the test split, else of validation, else of training; their classes are mixed."""
    split = next(name for name in ("test", "validation", "train") if name in card.splits)
    return list(card.rows(split)[:OFFERED])


def watched_numbers(value: object) -> Sequence[int]:
    """Numbers from a list, or from text such as "3,17-19"; () where it is neither."""
    if isinstance(value, list | tuple):
        return [int(number) for number in value]
    try:
        return [n for word in str(value or "").split(",") if word.strip() for n in channel_numbers(word.strip())]
    except ValueError:
        return ()
