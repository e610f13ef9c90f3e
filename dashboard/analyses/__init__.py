"""ANALYSES, the one list of the dashboard, in the order of the navigation.

A room declares its page as PAGE in its `__init__`: a PageEntry, or the kind whose page shows its runs too. What else it
has stands in a module of a fixed name: ROUTES in routes.py; in downloads.py, where a result is too large to stand in
memory, DOWNLOADS: name of a file to its media type and what writes it, called with a file, the run's record, the
numbers of its parts and a function that reads some of them.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

ANALYSES = (
    "inspect_model",
    "augmentation_preview",
    "training_run",
    "evaluate_model",
    "compare_models",
    "activations",
    "attribution",
    "sanity_check",
    "channel_switches",
    "channel_ablation",
    "concepts",
    "playground",
    "filter_atlas",
    "channel_portrait",
    "dataset_examples",
    "filter_twins",
    "class_maximization",
    "deep_dream",
)


def find_in_room(kind: str, name: str, module: str = "") -> Any:
    """What a room, or one of its modules, holds under a name; None where there is no such room or module."""
    if kind not in ANALYSES:
        return None
    place = f"{__name__}.{kind}.{module}".removesuffix(".")
    return getattr(import_module(place), name) if find_spec(place) else None
