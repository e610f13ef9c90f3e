"""Activation functions as figures."""

import numpy as np

from shared.analyses.playground.activation_functions import FUNCTIONS
from shared.analyses.playground.figures import USUAL, figures, functions_figure


def test_all_functions_are_there_and_the_usual_ones_are_seen_at_first() -> None:
    traces = {trace.name: trace for trace in functions_figure().data}
    assert set(traces) == set(FUNCTIONS) and set(USUAL) == {n for n, t in traces.items() if t.visible is True}
    x = np.array(traces["relu"].x)
    np.testing.assert_allclose(traces["relu"].y, np.maximum(x, 0), rtol=1e-4)
    np.testing.assert_allclose(traces["tanh"].y, np.tanh(x), rtol=1e-4)


def test_a_notebook_sees_the_functions_of_a_run() -> None:
    found = figures({"stages": [{"type": "conv"}, {"type": "activation", "function": "elu"}]}, {})
    assert [t.name for t in found["activations"].data if t.visible is True] == ["elu"]
    assert figures({"stages": [{"type": "conv"}]}, {}) == {}
