"""ANALYSES, the one list of the dashboard, in the order of the navigation.

What a room has beside its page it declares in a module of a fixed name: ROUTES in routes.py.
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
    "playground",
    "filter_atlas",
    "channel_portrait",
    "dataset_examples",
    "filter_twins",
    "class_maximization",
    "deep_dream",
)


def declared(kind: str, module: str, name: str) -> Any:
    """What a room's module holds under a name; None where the room has no such module."""
    place = f"{__name__}.{kind}.{module}"
    return getattr(import_module(place), name) if find_spec(place) else None
