"""What is to be known of a picture, row by row, at its right.

Of its data only `title` is needed. There may be a `note`, a picture with `url` and `alt`, `facts` as names and values,
and addresses of the `channel` and of a `download`.
"""

from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import duration
from shared.store import RunRecord

panel = browser_element("panel")


def made_by(run: RunRecord) -> list[list[str]]:
    """Names and values: on what a run was computed, how long it took, who asked for it."""
    return [
        ["Device", str(run.facts.get("device", ""))],
        ["Precision", run.precision],
        ["Time", duration(run.seconds) if run.seconds else ""],
        ["Asked by", run.by],
    ]
