"""The page elements that are drawn in the browser: one script and one style sheet each, beside their page.

What several need (a row of buttons, a list of facts, curves' shapes) is in shared.js and shared.css, once.

They build their content with textContent and attributes only, never with HTML, because names and messages
in their data were written by people.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

DASHBOARD = Path(__file__).parents[1]
ASSET_KINDS = {".js", ".css", ".svg"}


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Path]:
    """Every script, style sheet and picture of the dashboard by its name, whatever room it lies in."""
    return {file.name: file for file in DASHBOARD.rglob("*") if file.suffix in ASSET_KINDS}


def browser_element(name: str, base: str = "") -> Any:
    """Register <name>.js with <name>.css, behind the script and the styles that all elements share.

    Args:
        name: of the element.
        base: an element whose classes and styles this one builds on; its script goes in front, less its export.

    Returns:
        A function that mounts the element; it takes `key`, `data` and `on_<state>_change`.
    """
    names = [base, name] if base else [name]
    styles = "".join(assets()[f"{n}.css"].read_text() for n in ("shared", *names))
    scripts = [assets()[f"{n}.js"].read_text() for n in ("shared", *names)]
    # Of those in front, only what they define: a module has one export.
    script = "\n".join([s.partition("\nexport default ")[0] for s in scripts[:-1]] + scripts[-1:])
    html = f'<div class="element {" ".join(n.replace("_", "-") for n in names)}"></div>'
    return st.components.v2.component(f"convscope_{name}", html=html, css=styles, js=script)
