"""The arithmetic of a convolution and of pooling on a small grid, step by step, drawn in the browser."""

import re
from typing import Any

import streamlit as st

from dashboard.browser_elements import browser_element
from dashboard.view_state import remember

SIDE, KERNEL, MOST = 5, 3, 3
OPERATIONS = ("convolution", "max", "average")
# operation, input channels, filters, stride, zeros at the border
_WALK = re.compile(r"(convolution|max|average)-([1-3])-([1-3])-([1-3])-([01])")
# The grid of the first reading: ones on a diagonal band, so that every product is easy to follow.
FIRST = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
# For pooling: numbers that differ, so that one sees which of them stays.
UNEVEN = ((1, 3, 2, 0, 5), (4, 6, 1, 8, 2), (0, 2, 7, 3, 1), (9, 1, 4, 5, 6), (2, 0, 3, 1, 8))
CROSS = ((1, 0, 1), (0, 1, 0), (1, 0, 1))
_element = browser_element("window_walk")


def window_walk() -> None:
    """Draw it. What is chosen on it goes into the page's address as `walk`."""
    _element(key="walk", data=walk_data(st.query_params.get("walk", "")), on_walk_change=_chosen)


def _chosen() -> None:
    if value := st.session_state["walk"].get("walk"):
        remember({"walk": str(value)})


def walk_data(chosen: str) -> dict[str, Any]:
    """Numbers to begin with, and the choices that an address names, as JSON values."""
    found = _WALK.fullmatch(chosen)
    operation, *numbers = found.groups() if found else ("convolution", "1", "1", "1", "0")
    names = ("channels", "filters", "stride", "padding")
    return {
        "operation": operation,
        **dict(zip(names, map(int, numbers), strict=True)),
        "input": [_turned(FIRST, c) for c in range(MOST)],
        "uneven": [_turned(UNEVEN, c) for c in range(MOST)],
        "kernels": [[_kernel(f, c) for c in range(MOST)] for f in range(MOST)],
    }


def _turned(rows: tuple[tuple[int, ...], ...], quarters: int) -> list[list[int]]:
    """Another channel: the first one turned, so that all channels differ and stay easy."""
    for _ in range(quarters):
        rows = tuple(zip(*rows[::-1], strict=True))
    return [list(row) for row in rows]


def _kernel(number: int, channel: int) -> list[list[int]]:
    kernels = (CROSS, ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), ((0, 1, 0), (1, -4, 1), (0, 1, 0)))
    sign = -1 if channel == 1 and number else 1
    return [[sign * n for n in row] for row in kernels[(number + (channel if number == 0 else 0)) % MOST]]
