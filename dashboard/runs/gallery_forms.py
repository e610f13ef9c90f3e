"""Forms around the gallery: import a result from another installation; title and tags of a pinned one."""

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.widgets.address import open_run
from dashboard.widgets.text import escape
from dashboard.widgets.uploaded_files import on_disk
from shared.errors import ConvscopeError
from shared.library.gallery import LONGEST_TITLE, MOST_TAGS


def import_form() -> None:
    """A zip that was exported elsewhere."""
    with st.form("gallery/import-form", border=False):
        file = st.file_uploader("Zip of a result", type=["zip"], help="Export, Everything in one file; or "
                                "`convscope export KEY result.zip`.")  # fmt: skip
        if not st.form_submit_button("Import", type="primary"):
            return
        if file is None:
            st.warning("Choose a zip first.", icon=":material/edit:")
            return
        with on_disk(file) as path:
            try:
                key = get_client().results.import_zip(path)
            except ConvscopeError as error:
                st.error(f"**Not imported.** {escape(str(error))}", icon=":material/error:")
                return
    open_run(key)


def piece_form(key: str) -> None:
    """Title and tags of a result, and whether it stands in the gallery."""
    client = get_client()
    piece = client.results.gallery.get(key)
    with st.form(f"piece/{key}", border=False):
        title = st.text_input("Title", piece.title if piece else "", max_chars=LONGEST_TITLE)
        tags = st.text_input("Tags", ", ".join(piece.tags) if piece else "", help=f"Up to {MOST_TAGS}, with commas.")
        left, right = st.columns(2)
        save = left.form_submit_button("Save" if piece else "Pin it", type="primary", width="stretch")
        gone = piece is not None and right.form_submit_button("Unpin", width="stretch",
                                                              help="Share links go on working.")  # fmt: skip
    if not (save or gone):
        return
    with explaining_errors():
        if gone:
            client.results.unpin(key)
        elif piece:
            client.results.gallery.describe(key, title, tags.split(","))
        else:
            client.results.pin(key, title, tags.split(","))
        st.rerun()
