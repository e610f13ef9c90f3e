"""A dream's objective as a figure."""

from shared.analyses.deep_dream.figures import figures
from shared.results import Part


def test_octaves_follow_each_other_in_colours_of_their_own() -> None:
    octaves = [{"octave": n, "width": 30 * (n + 1), "height": 20, "curve": [1.0 + n, 2.0 + n]} for n in range(2)]
    parts = {0: Part(0, "original", {}, {}, {"sizes": []})} | {n + 1: Part(n + 1, "", {}, {}, o)
                                                              for n, o in enumerate(octaves)}  # fmt: skip
    figure = figures({"units": "relative"}, parts)["objective"]
    first, second = figure.data
    assert (first.x, first.y, second.x, second.y) == ((0, 1), (1, 2), (2, 3), (2, 3))
    assert second.name == "octave 2, 60 × 20 px" and first.line.color != second.line.color
    assert figure.layout.yaxis.title.text == "objective, relative to the photograph"
    assert figures({"units": "raw"}, {0: parts[0]}) == {}
