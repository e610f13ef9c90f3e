"""A second picture beside the first: the same request for another photograph, computed when somebody asks for it."""

import streamlit as st

from dashboard.runs import view as job_view
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import escape
from shared.analyses import parse_spec
from shared.errors import ConvscopeError
from shared.store import RunRecord

# Parameter of the address that names the picture.
BESIDE = "image2"


def second_run(first: RunRecord) -> RunRecord | None:
    """The finished run of the picture beside; where there is none yet, the way to one is drawn here.

    Args:
        first: a finished run; the second differs from it in its picture alone.
    """
    image = st.query_params.get(BESIDE, "")
    if not image or first.status != "complete":
        return None
    client = get_client()
    try:
        spec = client.resolve(parse_spec(first.kind, {**first.fields, "image": image}))
    except ConvscopeError as error:
        st.error(f"**No second picture.** {escape(str(error))}", icon=":material/error:")
        return None
    run = client.record(spec.key())
    if run.status == "complete":
        return run
    title, beside = picture_title(image), picture_title(str(first.fields["image"]))
    plan = f"{title} stands beside {beside} once it has gone through the same layers."
    job_view.show(run.key, spec, View(noun=f"maps of {title}", plan=plan, leads=False))
    return None
