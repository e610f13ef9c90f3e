"""The curves of the activation functions: Keras's own, within the ranges that are written beside them."""

from typing import get_args

import keras
import numpy as np
import pytest

from shared.analyses.playground.activation_functions import FUNCTIONS, OF_ALL_CHANNELS
from shared.analyses.playground.shapes import ACROSS_CHANNELS
from shared.analyses.playground.stages import Activations

WIDE = np.linspace(-60, 60, 4801).astype(np.float32)


def test_every_function_of_the_playground_is_there_once() -> None:
    assert sorted([*FUNCTIONS, *OF_ALL_CHANNELS]) == sorted(get_args(Activations))
    assert tuple(OF_ALL_CHANNELS) == ACROSS_CHANNELS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_curve_is_what_keras_computes(name: str) -> None:
    x = np.linspace(-7, 7, 141).astype(np.float32)
    expected = np.asarray(keras.activations.get(name)(keras.ops.convert_to_tensor(x)))
    np.testing.assert_allclose(FUNCTIONS[name].curve(x.astype(np.float64)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_range_is_kept_and_reached(name: str) -> None:
    one, y = FUNCTIONS[name], FUNCTIONS[name].curve(WIDE.astype(np.float64))
    for bound, reached in ((one.low, y.min()), (one.high, y.max())):
        if bound is None:
            assert abs(reached) > 10, "nothing stops it"
        else:
            assert reached == pytest.approx(bound, abs=0.02)


def test_ranges_in_words() -> None:
    assert FUNCTIONS["tanh"].range_text == "−1 to 1"
    assert FUNCTIONS["relu"].range_text == "0 to ∞" and FUNCTIONS["linear"].range_text == "−∞ to ∞"
