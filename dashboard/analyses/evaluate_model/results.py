"""What a page reads of an evaluation: all answers so far, and which of them the address names."""

import re
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.analyses.evaluate_model.choices import CELL, PICTURE
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from shared.analyses.evaluate_model.numbers import Evaluation, evaluation_of
from shared.results import decode_part
from shared.store import RunRecord

Cell = tuple[int, int]


@dataclass(frozen=True)
class Predictions:
    """Answers of the finished parts, and where each row's probabilities lie.

    Attributes:
        found: the answers.
        indices: number of each part.
        ends: int (part), rows up to the end of each.
    """

    found: Evaluation
    indices: tuple[int, ...]
    ends: np.ndarray

    def probabilities(self, run: RunRecord, row: int) -> np.ndarray | None:
        """float32 (class) of one picture; None when its part has left the store."""
        place = int(np.searchsorted(self.ends, row, side="right"))
        part = stored_part(get_client(), run, self.indices[place])
        return None if part is None else part.arrays["probabilities"][row - (self.ends[place - 1] if place else 0)]


def predictions_of(run: RunRecord) -> Predictions | None:
    """From the parts that are there now; None while there are none."""
    return _answered(run.key, run.done, run.submitted_at) if run.done else None


@bounded_cache(8)
def _answered(key: str, _done: int, _submitted_at: float) -> Predictions | None:
    parts = [decode_part(data) for _, data in sorted(get_client().results.parts(key).items())]
    found = evaluation_of(parts)
    if found is None:
        return None
    lengths = [len(part.arrays["labels"]) for part in parts]
    return Predictions(found, tuple(part.index for part in parts), np.cumsum(lengths))


def chosen_cell(found: Evaluation) -> Cell | None:
    """True and predicted class that the address names; None where it names none that there is."""
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", st.query_params.get(CELL, ""))
    if match is None:
        return None
    true, predicted = int(match[1]), int(match[2])
    inside = true < len(found.classes) and predicted < len(found.classes) + found.others
    return (true, predicted) if inside else None


def chosen_row(found: Evaluation) -> int | None:
    """Row of the picture that the address names by its number in the data set; None where there is none."""
    text = st.query_params.get(PICTURE, "")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return None
    rows = np.flatnonzero(found.pictures == int(text))
    return int(rows[0]) if len(rows) else None
