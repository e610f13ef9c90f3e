"""One installation, asked from Python: `from shared.client import Client`. Pages and the command line ask in no other
way.

Asking: `client` (run, submit, wait, cancel, retry), `added_models` (a file that a worker opens once), `entries`
(renaming and deleting what was added), `fitting` (whether pictures have the bands that a network takes), `plans` (many
runs as one), `films` (trainings, frame by frame), `progress_bar`. What comes back: `result` (with its files),
`results_service` (read, pinned, shared, exported, deleted), `collections_service` (in an order, with words). Results
in other forms: `report`, `site` (a network's own pages), `export` (a zip), `signatures` (who made it), `imports` (what
is read of one), `thumbnails`, `reproduce` (the code that makes it again).
"""

from shared.client.added_models import AddedModel, add_model, opened_once
from shared.client.client import Client
from shared.client.entries import (
    Uses,
    delete_entry,
    may_change,
    rename_entry,
    uses_of,
    with_resize_rule,
    with_span,
    with_way_in,
)
from shared.client.films import add_frame, delete_film, film_link, may_delete_film, start_film
from shared.client.fitting import misfit, unknown_fit
from shared.client.plans import cancel_plan, layers_for, plan_estimate, resume_plan, start_plan, wait_for_plan
from shared.client.report import report_html
from shared.client.reproduce import command_line, python_code
from shared.client.result import Result, write_result
from shared.client.thumbnails import thumbnail

__all__ = [
    "AddedModel", "Client", "Result", "Uses", "add_frame", "add_model", "cancel_plan", "command_line",
    "delete_entry", "delete_film", "film_link", "layers_for", "may_change", "may_delete_film", "misfit",
    "opened_once", "plan_estimate", "python_code", "rename_entry", "report_html", "resume_plan", "start_film",
    "start_plan", "thumbnail", "unknown_fit", "uses_of", "wait_for_plan", "with_resize_rule", "with_span",
    "with_way_in", "write_result",
]  # fmt: skip
