"""The arithmetic of a convolution and of pooling on a small grid, step by step, drawn in the browser."""

import re
from typing import Any

import streamlit as st

from dashboard.widgets.address import keep_choices
from dashboard.widgets.browser_elements import browser_element

SIDE, MOST = 5, 3
OPERATIONS = ("convolution", "max", "average")
# operation, input channels, filters, stride, zeros at the border
# Numbers that were typed over: in a channel of an input ("i0.12~5", "u0.12~5") or of a filter ("k1.0.4~-0.5").
_NUMBER = re.compile(r"([iu][0-2]\.(?:1?\d|2[0-4])|k[0-2]\.[0-2]\.[0-8])~(-?\d{1,17}(?:\.\d{1,17})?(?:e[+-]?\d{1,2})?)")
_WALK = re.compile(r"(convolution|max|average)-([1-3])-([1-3])-([1-3])-([01])")
# The grid of the first reading: ones on a diagonal band, so that every product is easy to follow.
FIRST = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
# For pooling: numbers that differ, so that one sees which of them stays.
UNEVEN = ((1, 3, 2, 0, 5), (4, 6, 1, 8, 2), (0, 2, 7, 3, 1), (9, 1, 4, 5, 6), (2, 0, 3, 1, 8))
CROSS = ((1, 0, 1), (0, 1, 0), (1, 0, 1))
_element = browser_element("window_walk")


def window_walk() -> None:
    """Draw it. What is chosen on it goes into the page's address as `walk`, what is typed into it as `numbers`."""
    data = walk_data(st.query_params.get("walk", ""), st.query_params.get("numbers", ""))
    _element(key="walk", data=data, **keep_choices("walk", "walk", "numbers"))


def walk_data(chosen: str, typed: str = "") -> dict[str, Any]:
    """Numbers to begin with, the choices that an address names, and the numbers typed over, as JSON values.

    Args:
        chosen: operation, input channels, filters, stride and border, as in "convolution-2-1-1-0".
        typed: places and numbers, as in "i0.12~5_k1.0.4~-0.5"; what is none is left out.
    """
    found = _WALK.fullmatch(chosen)
    operation, *numbers = found.groups() if found else ("convolution", "1", "1", "1", "0")
    names = ("channels", "filters", "stride", "padding")
    return {
        "operation": operation,
        **dict(zip(names, map(int, numbers), strict=True)),
        "numbers": [[n[1], float(n[2])] for n in map(_NUMBER.fullmatch, typed.split("_")) if n],
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
