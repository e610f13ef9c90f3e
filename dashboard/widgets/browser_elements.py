"""The page elements that are drawn in the browser: ES modules, each with a style sheet of its name beside it.

A module lies with the page it belongs to; what several need lies in widgets/web/ and is imported as "#web/NAME.js"
(package.json tells Node and the linter the same). Names are unique, so that a module may move to another folder.
A component's own script is a few lines that import its module from an address with a digest of all modules in it: a
browser fetches each once, for all pages, and never asks again.

They build their content with textContent and attributes only, never with HTML, because names and messages
in their data were written by people.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

DASHBOARD = Path(__file__).parents[1]
KINDS = (".js", ".css", ".svg")
_IMPORT = re.compile(r'^(?:import|export) .*?from "(?:#web|\.)/(\w+)\.js";$', re.MULTILINE)
# The element's own module, then all that it imports, asked for together. Where the page came from: a proxy may put a
# path of its own in front.
STUB = """\
const gone = "This part could not be fetched. Reload the page.";
const instead = ({{ parentElement }}) => {{ parentElement.querySelector(".element").textContent = gone; }};
const fetched = (address) => import(new URL(address, document.baseURI)).catch(() => ({{ default: instead }}));
const [module] = {addresses}.map(fetched);
export default async (mounted) => (await module).default(mounted);
"""


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Path]:
    """Every script, style sheet and drawing of the dashboard by its file's name.

    Raises:
        ValueError: two files have the same name.
    """
    found: dict[str, Path] = {}
    for path in sorted(DASHBOARD.rglob("*.*")):
        if path.suffix in KINDS:
            if path.name in found:
                raise ValueError(f"Two files are called {path.name}: {found[path.name]} and {path}. Rename one.")
            found[path.name] = path
    return found


@lru_cache(maxsize=1)
def served_modules() -> Mapping[str, bytes]:
    """All modules as they are served, by address: "web/DIGEST/NAME.js". They lie flat there, whatever their folders."""
    scripts = [path.stem for path in assets().values() if path.suffix == ".js"]
    texts = {f"{name}.js": _source(name).replace('"#web/', '"./') for name in scripts}
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:16]
    return {f"web/{digest}/{name}": text.encode() for name, text in texts.items()}


def module_address(name: str) -> str:
    """Where a module is served, as seen from a page.

    Raises:
        LookupError: there is no such module.
    """
    addresses = [address for address in served_modules() if address.endswith(f"/{name}.js")]
    if not addresses:
        raise LookupError(f"Expected the name of a script of the dashboard. Received: {name!r}.")
    return addresses[0]


def _source(name: str) -> str:
    return assets()[f"{name}.js"].read_text()


def with_imports(name: str) -> list[str]:
    """Names of a module and of all that it imports, itself last."""
    found: list[str] = []

    def follow(one: str) -> None:
        for other in _IMPORT.findall(_source(one)):
            if other not in found:
                follow(other)
        if one not in found:
            found.append(one)

    follow(name)
    return found


def browser_element(name: str, *, isolated: bool = True) -> Any:
    """Register the module NAME.js as an element, with the style sheets of all the modules it is made of.

    Args:
        name: of the module.
        isolated: whether it has a shadow root of its own, which styles of the page's head do not reach.

    Returns:
        A function that mounts the element; it takes `key`, `data` and `on_<state>_change`.
    """
    parts = [part for part in with_imports(name) if f"{part}.css" in assets() or part == name]
    styles = "".join(assets()[f"{part}.css"].read_text() for part in ("base", *parts) if f"{part}.css" in assets())
    html = f'<div class="element {" ".join(part.replace("_", "-") for part in parts)}"></div>'
    script = STUB.format(addresses=json.dumps([module_address(part) for part in reversed(with_imports(name))]))
    return st.components.v2.component(f"convscope_{name}", html=html, css=styles, js=script, isolate_styles=isolated)
