"""The page elements that are drawn in the browser: one script and one style sheet each, in assets/.

They build their content with textContent and attributes only, never with HTML, because names and messages
in their data were written by people.
"""

from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"


def browser_element(name: str, base: str = "") -> Any:
    """Register assets/<name>.js with assets/<name>.css and the styles that all elements share.

    Args:
        name: of the element.
        base: an element whose classes and styles this one builds on; its script goes in front, less its export.

    Returns:
        A function that mounts the element; it takes `key`, `data` and `on_<state>_change`.
    """
    names = [base, name] if base else [name]
    styles = "".join((ASSETS / f"{n}.css").read_text() for n in ("shared", *names))
    script = (ASSETS / f"{name}.js").read_text()
    if base:
        script = (ASSETS / f"{base}.js").read_text().partition("\nexport default ")[0] + "\n" + script
    html = f'<div class="element {" ".join(n.replace("_", "-") for n in names)}"></div>'
    return st.components.v2.component(f"convscope_{name}", html=html, css=styles, js=script)
