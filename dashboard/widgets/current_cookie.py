"""What somebody works on outlives a reload: a cookie of their browser, and of no other, so that no address holds it.

It is whatever a browser sends. What does not fit is left out, and what it names is looked up like anything that an
address names.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.widgets.browser_elements import browser_element

# The script that writes it has the same name.
COOKIE = "convscope_current"
TEXTS, NUMBERS, LISTS = ("model", "image", "dataset", "layer"), ("channel",), ("classes",)
LONGEST_TEXT, LARGEST, MOST, LONGEST = 200, 1_000_000, 20, 2000
_keeper = browser_element("current_keeper")


def read_current(text: str) -> dict[str, Any]:
    """What a cookie says that somebody works on: references and names, a layer's path, a channel, classes.

    Args:
        text: JSON; of anything else nothing is taken.
    """
    try:
        said = json.loads(text) if len(text) <= LONGEST else {}
    except ValueError:
        said = {}
    return {name: value for name, value in said.items() if _fits(name, value)} if isinstance(said, dict) else {}


def current_of_browser() -> dict[str, Any]:
    """What the browser at this page was used for last; {} for nothing, and outside of pages."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return {}
    return read_current(unquote(str(st.context.cookies.get(COOKIE, ""))))


def keep_in_browser(current: Mapping[str, Any]) -> None:
    """Draw the element that has the browser keep this; it cannot be seen."""
    words = json.dumps({name: value for name, value in current.items() if _fits(name, value)}, sort_keys=True)
    if current and len(words) <= LONGEST:
        _keeper(key="current-keeper", data={"current": words})


def _fits(name: str, value: object) -> bool:
    if name in TEXTS:
        return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
    if name in NUMBERS:
        return _is_number(value)
    listed = isinstance(value, (list, tuple)) and 0 < len(value) <= MOST
    return name in LISTS and listed and all(_is_number(one) or _fits(TEXTS[0], one) for one in value)  # type: ignore[attr-defined]


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST
