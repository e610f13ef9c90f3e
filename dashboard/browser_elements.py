"""The page elements that are drawn in the browser: one script and one style sheet each, in assets/.

They build their content with textContent and attributes only, never with HTML, because names and messages
in their data were written by people.
"""

from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"


def browser_element(name: str) -> Any:
    """Register assets/<name>.js with assets/<name>.css and the styles that all elements share.

    Returns:
        A function that mounts the element; it takes `key`, `data` and `on_<state>_change`.
    """
    styles = (ASSETS / "shared.css").read_text() + (ASSETS / f"{name}.css").read_text()
    script = (ASSETS / f"{name}.js").read_text()
    html = f'<div class="element {name.replace("_", "-")}"></div>'
    return st.components.v2.component(f"convscope_{name}", html=html, css=styles, js=script)
