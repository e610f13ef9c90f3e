"""The line above a run's pictures, for every page that shows a network's run: model first, precision and time last."""

from collections.abc import Sequence

from dashboard.runs.header import Download, place_line
from dashboard.server.connection import get_client
from dashboard.widgets.model_choice import has_random_weights, model_title
from dashboard.widgets.text import duration
from shared.store import RunRecord


def run_place(
    run: RunRecord, steps: Sequence[str], details: Sequence[str], link: str, downloads: Sequence[Download]
) -> None:
    """Draw the line.

    Args:
        run: what is shown; its spec has a `model`.
        steps: from the whole to the part, behind the model: layer, channel.
        details: settings, in small print, in front of precision and time.
        link: path and query to share; "" where there is nothing to open yet.
        downloads: files of the result.
    """
    fields, facts = run.fields, run.facts
    model = str(fields["model"])
    random = facts.get("weights") == "random" or has_random_weights(model)
    place_line(
        [model_title(model, get_client().models.names(), str(facts.get("model", ""))), *steps],
        [
            *details,
            str(facts.get("precision") or fields.get("precision", "")),
            duration(run.seconds) if run.status == "complete" else "",
        ],
        key=run.key if was_asked(run) else "",
        link=link,
        warning="untrained" if random else str(facts.get("note") or ""),
        downloads=downloads,
    )


def was_asked(run: RunRecord) -> bool:
    """Whether somebody asked for the run; one that is only imagined has no link."""
    return run.submitted_at > 0
