"""One frozen spec per job kind. SPEC_TYPES, ANALYSES (worker) and PAGES (dashboard) are kept in step by a test."""

import json
from typing import Any

from shared.analyses.activations.spec import Activations
from shared.analyses.attribution.spec import Attribution
from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.analyses.base import JobSpec
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.analyses.class_maximization.spec import ClassMaximization
from shared.analyses.compare_models.spec import CompareModels
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.analyses.deep_dream.spec import DeepDream
from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.filter_twins.spec import FilterTwins
from shared.analyses.inspect_model.spec import InspectModel
from shared.analyses.playground.spec import Playground
from shared.analyses.sanity_check.spec import SanityCheck
from shared.analyses.training_run.spec import TrainingRun
from shared.errors import InvalidSpec, UnknownKind, VersionMismatch, choices, message

SPEC_TYPES: dict[str, type[JobSpec]] = {
    "inspect_model": InspectModel,
    "filter_atlas": FilterAtlas,
    "activations": Activations,
    "playground": Playground,
    "deep_dream": DeepDream,
    "augmentation_preview": AugmentationPreview,
    "attribution": Attribution,
    "sanity_check": SanityCheck,
    "channel_portrait": ChannelPortrait,
    "class_maximization": ClassMaximization,
    "filter_twins": FilterTwins,
    "training_run": TrainingRun,
    "evaluate_model": EvaluateModel,
    "compare_models": CompareModels,
    "dataset_examples": DatasetExamples,
}

__all__ = [
    "SPEC_TYPES",
    "Activations",
    "Attribution",
    "AugmentationPreview",
    "ChannelPortrait",
    "ClassMaximization",
    "CompareModels",
    "DatasetExamples",
    "DeepDream",
    "EvaluateModel",
    "FilterAtlas",
    "FilterTwins",
    "InspectModel",
    "JobSpec",
    "Playground",
    "SanityCheck",
    "TrainingRun",
    "parse_spec",
    "spec_from_json",
    "spec_type",
]


def spec_type(kind: str) -> type[JobSpec]:
    """The spec class of a kind.

    Raises:
        UnknownKind: when no analysis has this name.
    """
    try:
        return SPEC_TYPES[kind]
    except KeyError:
        raise UnknownKind(message("the name of an analysis", kind, choices(kind, SPEC_TYPES))) from None


def parse_spec(kind: str, fields: dict[str, Any], version: int | None = None) -> JobSpec:
    """Build the spec of a kind from plain values.

    Args:
        kind: a key of SPEC_TYPES.
        fields: field name to value.
        version: version that the sender spoke; None skips the check.

    Raises:
        UnknownKind, InvalidSpec, VersionMismatch: see their names.
    """
    chosen = spec_type(kind)
    if version is not None and version != chosen.version:
        raise VersionMismatch(
            message(
                f"{kind} version {chosen.version}",
                version,
                "Dashboard and workers run different releases: update and restart both.",
            )
        )
    return chosen.from_fields(fields)


def spec_from_json(text: str) -> JobSpec:
    """Read a spec file: a JSON object of the fields plus `kind`.

    Raises:
        InvalidSpec: when the text is not such an object.
    """
    try:
        fields = json.loads(text)
        kind = fields.pop("kind") if isinstance(fields, dict) else None
    except (ValueError, KeyError):
        kind = None
    if not isinstance(kind, str):
        raise InvalidSpec(
            message('a JSON object with "kind" and the fields of that kind', text[:80], "Mend the spec file.")
        )
    return parse_spec(kind, fields)
