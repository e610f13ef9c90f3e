"""Dreams of networks that have learned: do the layers answer more, are they colourful, do tiles leave seams?

Needs the folder that CONVSCOPE_TEST_DATA names: weights/inceptionv3_to_mixed8_2015_fp32.weights.h5 and others.
"""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses import DeepDream
from shared.library import Library
from shared.results import Part
from shared.settings import Settings
from tests.fixtures.real_networks import FILES
from worker.analyses.context import RunContext
from worker.analyses.deep_dream.analysis import deep_dream
from worker.networks.models import WarmModels

pytestmark = pytest.mark.weights


def dream(folder: Path, weights: Path, architecture: str, **fields: object) -> list[Part]:
    """Parts of a dream of the coffee cup."""
    library = Library(Settings(data=folder))
    name, until = FILES[architecture]
    reference = library.models.add_weights(architecture, weights / name, "real", until)
    context = RunContext(WarmModels(library), library)
    spec = DeepDream.from_fields({"model": reference, "image": "sample/coffee", "precision": "float32", **fields})
    return [item for item in deep_dream(spec, context) if isinstance(item, Part)]  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", FILES)
def test_layers_answer_more_and_the_dream_is_colourful(test_data: Path, tmp_path: Path, architecture: str) -> None:
    parts = dream(tmp_path, test_data / "weights", architecture, size=256, octaves=3, steps=12)
    octaves = [part.facts for part in parts[1:-1]]
    assert all(octave["objective"] > octave["objective_start"] for octave in octaves)
    assert octaves[-1]["objective"] > 1.15 * octaves[0]["objective_start"]
    assert colour(parts[-2].pictures["dream"]) > 0.9 * colour(parts[0].pictures["original"])


def colour(picture: np.ndarray) -> float:
    """Mean spread of red, green and blue about their mean."""
    return float(picture.astype(np.float32).std(axis=-1).mean())


def test_tiles_leave_no_seams(test_data: Path, tmp_path: Path) -> None:
    parts = dream(tmp_path, test_data / "weights", "inceptionv3", size=384, octaves=1, steps=24, tile=128)
    changed = parts[-2].pictures["dream"].astype(np.float32) - parts[0].pictures["original"]
    steps = np.abs(np.diff(changed, axis=1)).mean(axis=(0, 2))
    seams = steps[[127, 255]]
    assert (seams < np.quantile(steps, 0.99)).all() and seams.mean() < 1.25 * steps.mean()
