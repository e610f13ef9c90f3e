"""Deletion and insertion as figures."""

import numpy as np

from shared.analyses import SanityCheck
from shared.analyses.sanity_check.figures import figures
from tests.analyses.sanity_check.parts import check_parts

CHECK = SanityCheck(model="keras/mobilenetv2/random", image="sample/cat", classes=(386,), methods=("grad_cam",))


def test_the_map_lies_over_the_random_ones_with_its_area() -> None:
    parts = {part.index: part for part in check_parts(CHECK)}
    curves = parts[max(parts)]
    found = figures({}, parts)
    assert list(found) == ["deletion", "insertion"] and figures({}, {0: parts[0]}) == {}
    for name, figure in found.items():
        *random, own = figure.data
        np.testing.assert_allclose([trace.y for trace in random], curves.arrays[f"{name}_random"], rtol=1e-4)
        np.testing.assert_allclose(own.x, curves.arrays["fractions"])
        areas = curves.facts["areas"][CHECK.methods[0]]
        assert own.name == f"this map, area {areas[name]:.3g}"
        assert [trace.showlegend for trace in random] == [True, False], "all random maps are one entry"
        assert figure.layout.xaxis.title.text == "share of the pixels changed"
    np.testing.assert_allclose(found["deletion"].data[-1].y, curves.arrays[f"deletion_{CHECK.methods[0]}"], rtol=1e-4)
