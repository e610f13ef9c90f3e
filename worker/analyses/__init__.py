"""ANALYSES, the one list of the worker: the module that holds each kind's generator, a function of the kind's name."""

from importlib import import_module
from typing import Any

ANALYSES = {
    "activations": "worker.analyses.activations",
    "attribution": "worker.analyses.attribution",
    "augmentation_preview": "worker.analyses.augmentation_preview",
    "channel_ablation": "worker.analyses.channel_ablation.analysis",
    "channel_portrait": "worker.analyses.channel_portrait.analysis",
    "channel_switches": "worker.analyses.channel_switches",
    "class_maximization": "worker.analyses.class_maximization",
    "compare_models": "worker.analyses.compare_models.analysis",
    "concepts": "worker.analyses.concepts.analysis",
    "dataset_examples": "worker.analyses.dataset_examples.analysis",
    "deep_dream": "worker.analyses.deep_dream.analysis",
    "evaluate_model": "worker.analyses.evaluate_model.analysis",
    "filter_atlas": "worker.analyses.filter_atlas",
    "filter_twins": "worker.analyses.filter_twins",
    "inspect_model": "worker.analyses.inspect_model",
    "playground": "worker.analyses.playground.analysis",
    "sanity_check": "worker.analyses.sanity_check",
    "training_run": "worker.analyses.training_run.analysis",
}


def generators() -> dict[str, Any]:
    """Kind to generator, (spec, context) -> parts and progress. Imports all of them, and TensorFlow with them."""
    return {kind: getattr(import_module(module), kind) for kind, module in ANALYSES.items()}
