"""KINDS, the one list of shared: the record of every analysis, by the name of its kind.

An analysis is added by importing its spec below; its room beside this file holds all else.

For several rooms: `base` (what specs share), `kind` (the record), `typed_parts` (what parts hold), `ascent_modes`,
`augmentation`, `channel_lists`, `resize_fields`, `heat_map_fields`, `heat_map_methods`, `heat_map_parts`, `heat_maps`,
`outputs`, `band_arrays` (of pictures with many).
What is written of a result: `result_files`, `report_blocks`, `chart_style`.
"""

import sys
from collections.abc import Mapping
from typing import Any

from shared.analyses.activations import Activations as Activations
from shared.analyses.attribution import Attribution as Attribution
from shared.analyses.augmentation_preview import AugmentationPreview as AugmentationPreview
from shared.analyses.base import JobSpec as JobSpec
from shared.analyses.base import reference_fields as reference_fields
from shared.analyses.channel_ablation import ChannelAblation as ChannelAblation
from shared.analyses.channel_portrait import ChannelPortrait as ChannelPortrait
from shared.analyses.channel_switches import ChannelSwitches as ChannelSwitches
from shared.analyses.class_maximization import ClassMaximization as ClassMaximization
from shared.analyses.compare_models import CompareModels as CompareModels
from shared.analyses.concepts import Concepts as Concepts
from shared.analyses.dataset_examples import DatasetExamples as DatasetExamples
from shared.analyses.deep_dream import DeepDream as DeepDream
from shared.analyses.evaluate_model import EvaluateModel as EvaluateModel
from shared.analyses.filter_atlas import FilterAtlas as FilterAtlas
from shared.analyses.filter_twins import FilterTwins as FilterTwins
from shared.analyses.inspect_model import InspectModel as InspectModel
from shared.analyses.kind import Kind
from shared.analyses.playground import Playground as Playground
from shared.analyses.sanity_check import SanityCheck as SanityCheck
from shared.analyses.training_run import TrainingRun as TrainingRun
from shared.bounds import MOST_SPEC_LETTERS, read_json
from shared.errors import InvalidSpec, UnknownKind, VersionMismatch, choices, message


def _kinds(imported: Mapping[str, object]) -> dict[str, Kind]:
    specs = [one for one in imported.values() if isinstance(one, type) and issubclass(one, JobSpec)]
    rooms = [sys.modules[spec.__module__.removesuffix(".spec")] for spec in specs if spec is not JobSpec]
    return {room.KIND.name: room.KIND for room in rooms}


KINDS = _kinds(vars())
SPEC_TYPES: dict[str, type[JobSpec]] = {name: kind.spec for name, kind in KINDS.items()}


def kind_title(kind: str) -> str:
    """What people call a kind; its name where this release does not know it."""
    return KINDS[kind].title if kind in KINDS else kind


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
        later = "Dashboard and workers run different releases: update and restart both."
        earlier = "An earlier release made this request. Retry repeats it in today's form."
        advice = later if version > chosen.version else earlier
        raise VersionMismatch(message(f"{kind} version {chosen.version}", version, advice))
    return chosen.from_fields(fields)


def spec_from_json(text: str) -> JobSpec:
    """Read a spec file: a JSON object of the fields plus `kind`.

    Raises:
        InvalidSpec: when the text is not such an object.
    """
    try:
        fields = read_json(text, MOST_SPEC_LETTERS, finite=False)
        kind = fields.pop("kind") if isinstance(fields, dict) else None
    except (ValueError, KeyError):
        kind = None
    if not isinstance(kind, str):
        raise InvalidSpec(
            message('a JSON object with "kind" and the fields of that kind', text[:80], "Correct the spec file.")
        )
    return parse_spec(kind, fields)
