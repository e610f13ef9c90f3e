"""`python -m benchmarks.bare_page PORT FOLDER`: a Streamlit page with one line of text, served as the dashboard is.

What a browser needs for it is the floor under every page of ours: Streamlit's own files, its connection, one run.
"""

import sys
from pathlib import Path
from typing import Any

from dashboard.__main__ import read_config, serve
from shared.listening import listen

SCRIPT = "import streamlit as st\nst.set_page_config(layout='wide')\nst.text('ready')\n"
# The browser's clock at the first frame that finds the text.
SHOWN = "() => document.querySelector('[data-testid=\"stText\"]') ? performance.now() : null"


def main() -> None:
    """Serve until it is ended."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    (folder / "bare.py").write_text(SCRIPT)
    with listen("127.0.0.1", port) as listener:
        serve(listener, read_config() | {"server.port": port}, lambda: _application(folder / "bare.py"))


def _application(script: Path) -> Any:
    import streamlit as st

    return st.App(script)


if __name__ == "__main__":
    main()
