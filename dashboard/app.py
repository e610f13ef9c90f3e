"""The dashboard as an ASGI application: Streamlit's pages and, beside them, pictures and health."""

import logging
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.page_table import PAGES
from dashboard.server.connection import unreachable
from dashboard.server.door import Door
from dashboard.server.middleware import StaticAndLinks
from dashboard.server.routes import ROUTES
from dashboard.widgets.errors import show_error
from shared.errors import ConvscopeError, StoreUnavailable

__all__ = ["PAGES", "app"]

ENTRY = Path(__file__).parent / "entry.py"
log = logging.getLogger("convscope.dashboard")


def explain(error: Exception) -> bool:
    """The last resort for what no page caught: a sentence on the page, the traceback in the log only."""
    if isinstance(error, StoreUnavailable):
        unreachable(error)
    elif isinstance(error, ConvscopeError):
        show_error(str(error))
    else:
        log.error("a page failed", exc_info=error)
        st.error(
            "This part of the page could not be drawn. Reload it; if it stays, the dashboard's log has the reason.",
            icon=":material/error:",
        )
    return True


app = st.App(
    ENTRY,
    routes=ROUTES,
    middleware=[Middleware(Door), Middleware(StaticAndLinks, answered=[route.path for route in ROUTES])],
    on_script_error=explain,
)
