"""The activation functions of Keras as curves: what each makes of a number, and between which numbers it stays.

Worked out with NumPy, for the dashboard never imports Keras; a test compares each curve with Keras's own function.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]
_erf = np.vectorize(math.erf)
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


@dataclass(frozen=True)
class ActivationFunction:
    """One function of a number.

    Attributes:
        curve: of an array, element by element.
        low: what it never falls below; None where nothing stops it.
        high: what it never rises above; None where nothing stops it.
        formula: in short, for people.
    """

    curve: Curve
    low: float | None
    high: float | None
    formula: str

    @property
    def range_text(self) -> str:
        """ "0 to ∞"."""
        low = "−∞" if self.low is None else f"{self.low:.3g}".replace("-", "−")
        return f"{low} to {'∞' if self.high is None else f'{self.high:.3g}'}"


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _hard_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(x / 6 + 0.5, 0, 1)


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


# The ones that the readings name first, then by alphabet.
FUNCTIONS: dict[str, ActivationFunction] = {
    "relu": ActivationFunction(lambda x: np.maximum(x, 0), 0, None, "max(0, x)"),
    "sigmoid": ActivationFunction(_sigmoid, 0, 1, "1 / (1 + e⁻ˣ)"),
    "tanh": ActivationFunction(np.tanh, -1, 1, "tanh x"),
    "linear": ActivationFunction(lambda x: x, None, None, "x"),
    "celu": ActivationFunction(_elu, -1, None, "x, below zero eˣ − 1"),
    "elu": ActivationFunction(_elu, -1, None, "x, below zero eˣ − 1"),
    "exponential": ActivationFunction(np.exp, 0, None, "eˣ"),
    "gelu": ActivationFunction(lambda x: x * (1 + _erf(x / math.sqrt(2))) / 2, -0.17, None, "x · Φ(x)"),
    "hard_shrink": ActivationFunction(
        lambda x: np.where(np.abs(x) > 0.5, x, 0), None, None, "x, zero from −0.5 to 0.5"
    ),
    "hard_sigmoid": ActivationFunction(_hard_sigmoid, 0, 1, "x/6 + 0.5, cut at 0 and 1"),
    "hard_silu": ActivationFunction(lambda x: x * _hard_sigmoid(x), -0.375, None, "x · hard sigmoid"),
    "hard_tanh": ActivationFunction(lambda x: np.clip(x, -1, 1), -1, 1, "x, cut at −1 and 1"),
    "leaky_relu": ActivationFunction(lambda x: np.where(x > 0, x, 0.2 * x), None, None, "x, below zero 0.2 x"),
    "log_sigmoid": ActivationFunction(lambda x: -_softplus(-x), None, 0, "log sigmoid"),
    "mish": ActivationFunction(lambda x: x * np.tanh(_softplus(x)), -0.309, None, "x · tanh(softplus x)"),
    "relu6": ActivationFunction(lambda x: np.clip(x, 0, 6), 0, 6, "x, cut at 0 and 6"),
    "selu": ActivationFunction(
        lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))), -1.76, None,
        "1.05 x, below zero 1.76 (eˣ − 1)",
    ),
    "silu": ActivationFunction(lambda x: x * _sigmoid(x), -0.278, None, "x · sigmoid x"),
    "soft_shrink": ActivationFunction(
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), None, None, "x moved 0.5 towards zero"
    ),
    "softplus": ActivationFunction(_softplus, 0, None, "log(1 + eˣ)"),
    "softsign": ActivationFunction(lambda x: x / (1 + np.abs(x)), -1, 1, "x / (1 + |x|)"),
    "sparse_plus": ActivationFunction(
        lambda x: np.where(x < 1, np.maximum(x + 1, 0) ** 2 / 4, x), 0, None, "0, (x + 1)² / 4, x"
    ),
    "sparse_sigmoid": ActivationFunction(lambda x: np.clip((x + 1) / 2, 0, 1), 0, 1, "(x + 1) / 2, cut at 0 and 1"),
    "squareplus": ActivationFunction(lambda x: (x + np.sqrt(x * x + 4)) / 2, 0, None, "(x + √(x² + 4)) / 2"),
    "tanh_shrink": ActivationFunction(lambda x: x - np.tanh(x), None, None, "x − tanh x"),
}  # fmt: skip
# Those that look at all channels of a position have no curve of one number.
OF_ALL_CHANNELS = {
    "softmax": "shares of all channels, 0 to 1, that add up to 1",
    "log_softmax": "logarithms of those shares, −∞ to 0",
    "sparsemax": "shares that may be exactly 0 and add up to 1",
}
