"""What `--output DIR` and the download buttons hold: a manifest, pictures, arrays. One module a group of kinds."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.analyses.activations.files import write_maps
from shared.analyses.attribution.files import write_heat_maps, write_sanity_check
from shared.analyses.augmentation_preview.files import write_copies
from shared.analyses.channel_portrait.files import write_portrait
from shared.analyses.class_maximization.files import write_class_images
from shared.analyses.compare_models.files import write_comparison
from shared.analyses.dataset_examples.files import write_examples
from shared.analyses.deep_dream.files import write_dream
from shared.analyses.evaluate_model.files import write_evaluation
from shared.analyses.filter_atlas.files import write_atlas
from shared.analyses.filter_twins.files import write_twins
from shared.analyses.inspect_model.files import write_layers
from shared.analyses.manifest import manifest
from shared.analyses.playground.files import write_stages
from shared.analyses.training_run.files import write_training
from shared.results import Part
from shared.store import RunRecord

WRITERS: dict[str, Callable[[Path, RunRecord, Mapping[int, Part]], None]] = {
    "activations": write_maps,
    "channel_portrait": write_portrait,
    "filter_atlas": write_atlas,
    "inspect_model": write_layers,
    "playground": write_stages,
    "class_maximization": write_class_images,
    "deep_dream": write_dream,
    "filter_twins": write_twins,
    "augmentation_preview": write_copies,
    "attribution": write_heat_maps,
    "sanity_check": write_sanity_check,
    "evaluate_model": write_evaluation,
    "training_run": write_training,
    "compare_models": write_comparison,
    "dataset_examples": write_examples,
}


def write_result(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> Path:
    """Write a result into a folder, made when missing.

    Args:
        folder: where to.
        run: its record; a cancelled run's finished parts are written too.
        parts: its parts by number.

    Returns:
        Path of manifest.json, written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if parts and run.kind in WRITERS:
        WRITERS[run.kind](folder, run, parts)
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest(run), indent=2, sort_keys=True) + "\n")
    return path
