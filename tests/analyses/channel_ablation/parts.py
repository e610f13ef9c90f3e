"""A run of `channel_ablation` without a worker: parts of its types, with numbers that say what they are."""

import numpy as np

from shared.analyses.channel_ablation.parts import CHANNELS, CURVES, ESTIMATE
from shared.results import Part

CLASSES, PICTURES, COUNT = ["cat", "dog"], 8, 6
LABELS = np.arange(PICTURES, dtype=np.int32) % 2


def ablation_parts(channels: int = COUNT, path: str = "second") -> list[Part]:
    """Estimates, one group a half of the channels, curves: channel 1 costs cats most, the last one dogs."""
    own = LABELS[:, None] == np.arange(2)[None]
    effects = np.linspace(-0.1, 0.1, 2 * channels, dtype=np.float32).reshape(channels, 2)
    effects[1, 0], effects[-1, 1] = -3, -2
    predicted = np.repeat(LABELS[None], channels, 0).astype(np.int32)
    predicted[1, :4:2] = 1  # without channel 1 two cats are taken for dogs
    score = (predicted == LABELS).astype(np.float32)
    estimate = ESTIMATE.part(
        0, "estimates for all channels",
        arrays={"channels": np.arange(channels, dtype=np.int32), "estimate": effects * np.float32(1.1),
                "replacement": np.zeros(channels, np.float32), "pictures": np.arange(PICTURES, dtype=np.int32),
                "labels": LABELS, "own": own, "predicted": LABELS, "score": np.ones(PICTURES, np.float32)},
        facts={"classes": CLASSES, "answers": "classes", "ending": "softmax", "output": "out", "path": path,
               "channels": channels, "height": 4, "width": 4, "calls": 1, "cut": True},
    )  # fmt: skip
    groups = [
        _group(i + 1, rows, effects, predicted, score) for i, rows in enumerate(np.array_split(range(channels), 2))
    ]
    off = np.array([0, 1, 2, 5], np.int32)
    falling = np.linspace(1, 0.2, len(off), dtype=np.float32)
    curves = CURVES.part(
        3, "more and more channels off", facts={"seconds": 0.5},
        arrays={"off": off, "strongest": np.stack([falling, falling]),
                "random": np.ones((2, 2, len(off)), np.float32) - np.float32(0.05),
                "drawn": np.stack([np.random.default_rng(i).permutation(channels) for i in (0, 1)]).astype(np.int32)},
    )  # fmt: skip
    return [estimate, *groups, curves]


def _group(index: int, rows: np.ndarray, effects: np.ndarray, predicted: np.ndarray, score: np.ndarray) -> Part:
    some = effects[rows]
    error = np.full_like(some, 0.05)
    return CHANNELS.part(
        index, f"channels {rows[0]}–{rows[-1]}", facts={"seconds": 0.25},
        arrays={"channels": rows.astype(np.int32), "change": some / 2, "change_error": error, "own": some,
                "own_error": error, "halves": np.stack([some, some * np.float32(1.01)]), "predicted": predicted[rows],
                "score": score[rows]},
    )  # fmt: skip
