"""The layers of a network from input to output, as a strip to walk along."""

from collections.abc import Sequence
from typing import Any

from dashboard.analyses.activations.routes import layer_url
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.feature_maps import Painting
from shared.analyses.activations.parts import LayerSummary
from shared.store import RunRecord

_element = browser_element("layer_strip")


def layer_strip(run: RunRecord, rows: Sequence[LayerSummary], chosen: LayerSummary, how: Painting) -> None:
    """Draw the strip; the layer that is chosen goes into the address as `layer`.

    Args:
        run: whose layers.
        rows: facts of its layers, in order.
        chosen: one of them.
        how: what its sheet is painted with, for its neighbours' sheets are fetched ahead.
    """
    _element(key="strip", data=strip_data(run, rows, chosen, how), on_layer_change=keep_choice("strip", "layer"))


def strip_data(run: RunRecord, rows: Sequence[LayerSummary], chosen: LayerSummary, how: Painting) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    at = chosen["part"]
    ahead = [row["part"] for row in rows if abs(row["part"] - at) == 1]
    return {
        "key": run.key,
        "layers": [
            {
                "path": row["path"],
                "class": row["class"],
                "detail": (shape := f"{row['height']} × {row['width']} × {row['channels']}"),
                "words": f"{shape}, {100 * row['zeros']:.0f} % zeros",
            }
            for row in rows
        ],
        "selected": chosen["path"],
        "ahead": [layer_url(run, part, how) for part in ahead],
    }
