"""Logits and probabilities of class images as figures."""

import numpy as np

from shared.analyses.class_maximization.figures import figures
from tests.fixtures.synthetic_ascents import class_part


def test_a_colour_a_class_and_the_naive_run_dotted() -> None:
    parts = {i: class_part(i, number, way) for i, (number, way) in enumerate(
        [(65, "naive"), (65, "regularised"), (18, "naive")])}  # fmt: skip
    found = figures({}, parts)
    assert list(found) == ["logit", "probability"]
    for name, figure in found.items():
        for trace, part in zip(figure.data, parts.values(), strict=True):
            np.testing.assert_allclose(trace.y, part.arrays[name], rtol=1e-4)
            assert trace.x == tuple(range(21))
        naive, regularised, other = figure.data
        assert naive.line.color == regularised.line.color != other.line.color
        assert (naive.line.dash, regularised.line.dash) == ("dot", "solid")
        assert (naive.name, figure.layout.yaxis.title.text) == ("animal 65, naive", name)
    assert found["probability"].layout.yaxis.tickformat == ".0%" and found["logit"].layout.yaxis.tickformat is None
