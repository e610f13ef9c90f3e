"""Visits to the dashboard without a browser, and what stands on the page then."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import connection, layer_maps, layer_rows, live_state, part_facts, sheets
from dashboard.page_table import script
from shared import signing_secret
from shared.client import Client
from shared.settings import get_settings

ENTRY = Path(dashboard.__file__).parent / "entry.py"
SECONDS = 20


def point_dashboard_at(client: Client, patch: pytest.MonkeyPatch) -> None:
    """Let the dashboard's code in this process use a client's installation, and nothing it remembers of another."""
    patch.setenv("REDIS_URL", str(client.settings.redis_url))
    patch.setenv("CONVSCOPE_DATA", str(client.settings.data))
    patch.setenv("CONVSCOPE_USER", "tester")
    for cached in (
        get_settings,
        connection._open,
        sheets.sheet_cache,
        live_state.live_states,
        layer_maps.part_cache,
        layer_maps.drawn_sheets,
        signing_secret._secret,
        part_facts.facts_cache,
        layer_rows.inspection_facts,
    ):
        cached.cache_clear()


def visit(page: str = "", **query: str) -> AppTest:
    """Open an address: a page ("jobs"), or the entry with a query."""
    app = AppTest.from_file(str(ENTRY), default_timeout=SECONDS)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(script(page)).run() if page else app


def words(app: AppTest) -> str:
    """All text on the page, with the Markdown's escapes taken out."""
    kinds = (app.header, app.subheader, app.caption, app.markdown, app.error, app.warning, app.info, app.success,
             app.code)  # fmt: skip
    progress = [p.proto.text for p in _every(app, "progress")]
    progress += [json.loads(e.proto.json)["text"] for e in _every(app, "bidi_component") if "live-" in e.proto.id]
    return "\n".join([e.value for kind in kinds for e in kind] + progress).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    """Labels of the buttons."""
    return [button.label for button in app.button]


def element(app: AppTest, key: str) -> dict[str, Any] | None:
    """The data of an element that is drawn in the browser, by the beginning of its key; None when it is not there."""
    for node in _every(app, "bidi_component"):
        if key in node.proto.id:
            return json.loads(node.proto.json)
    return None


def links(app: AppTest) -> list[tuple[str, str]]:
    """Labels of the links to other pages, each with its query."""
    return [(node.proto.label, node.proto.query_string) for node in _every(app, "page_link")]


def _every(app: AppTest, kind: str) -> list[Any]:
    found, blocks = [], list(app._tree.children.values())
    while blocks:
        node = blocks.pop()
        blocks.extend(getattr(node, "children", {}).values())
        if getattr(node, "type", "") == kind:
            found.append(node)
    return found
