"""Figures of Plotly on a page: hover, zoom, reset, export, keys, and a table of the same numbers.

Not `st.plotly_chart`: that one is named by a digest of its figure, so it is made anew with each epoch of a live run,
loses its zoom, and saves one kind of picture only. This element redraws in place. Plotly's own bundle comes with the
first figure that comes into sight, after the rest of the page, and stays in the browser.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly

from dashboard.widgets.browser_elements import browser_element
from shared.analyses.chart_style import THEME

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# The package's own script, of the very version that builds the figures; named by it, so that it is kept for ever.
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_NAME = f"js/plotly-{plotly.__version__}.min.js"
_element = browser_element("charts", isolated=False)  # Plotly writes its styles into the page's head


def charts(
    key: str,
    figures: "Sequence[Figure]",
    *,
    view: str = "",
    waiting: str = "",
    table: bool = True,
    smoothing: tuple[float, float] | None = None,
    **when: Callable[[], None],
) -> None:
    """Draw figures side by side, as many as there is room for.

    Args:
        key: of the element.
        figures: none while there is nothing to draw.
        view: zoom and what is hidden stay as they are while this stays the same.
        waiting: what to say while there is no figure.
        table: whether their numbers stand in a fold below; False where another table of the page has them.
        smoothing: how far traces with `meta.smooth_of` are smoothed, and where the slider has a mark; None: no slider.
        when: `on_chosen_change`: of the point that was chosen, `chosen` is its `customdata`, or the first entry of
            that; "" where it was `selected` already, says the figure's `meta`, and `toggles`. `on_smooth_change`: of
            the slider.
    """
    data: dict[str, Any] = {
        "figures": [json.loads(figure.to_json()) for figure in figures],
        "library": f"./static/{PLOTLY_NAME}",
        "theme": THEME,
        "view": view or key,
        "waiting": waiting,
        "table": table,
        "smoothing": smoothing,
        "choosable": "on_chosen_change" in when,
    }
    _element(key=key, data=data, **when)
