"""Score-CAM.

Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
Networks", CVPR workshops 2020, definitions 2 and 3.
"""

import numpy as np

from shared.analyses.heat_maps import Grid, enlarge
from worker.attribution.task import ExplainTask, MapSteps


def score_cam(task: ExplainTask, activations: np.ndarray, masks: int, grid: Grid | None = None) -> MapSteps:
    """Σ_k α_k A^k with α_k = p(X ∘ H^k) − p(0); the published map is its positive part.

    H^k is A^k from its smallest to its largest value as 0 to 1, at the picture's size; X the picture as the network
    takes it; p the class's probability, behind the softmax: the one method here that needs it. A channel that is the
    same everywhere masks nothing and counts nothing.

    Args:
        task: the picture and the classes.
        activations: A, float32 (height, width, channel).
        masks: how many channels, those whose values vary most; 0 means all.
        grid: where in the picture the layer's units look.

    Returns:
        float32 (class, height, width).
    """
    chosen = chosen_channels(activations, masks)
    inputs = np.asarray(task.passes.prepare(task.picture[None]))

    def masked(part: slice) -> np.ndarray:
        if part.stop > len(chosen):  # the last one is the empty picture
            return np.concatenate([masked(slice(part.start, len(chosen))), np.zeros_like(inputs)])
        channels = [_mask(activations[..., k], task.picture.shape[:2], grid) for k in chosen[part]]
        return inputs * np.stack(channels)[..., None] if channels else inputs[:0]

    _, probabilities = yield from task.outputs_of(len(chosen) + 1, masked, "mask")
    weights = (probabilities[:-1] - probabilities[-1])[:, list(task.classes)]
    return np.asarray(np.einsum("hwk,kc->chw", activations[..., chosen], weights), np.float32)


def chosen_channels(activations: np.ndarray, masks: int) -> np.ndarray:
    """Channels that are not flat, those that vary most first, at most `masks` of them (0: all)."""
    spread = activations.std((0, 1))
    order = np.argsort(-spread, kind="stable")
    order = order[spread[order] > 0]
    return order[:masks] if masks else order


def _mask(channel: np.ndarray, size: tuple[int, ...], grid: Grid | None) -> np.ndarray:
    low, high = float(channel.min()), float(channel.max())
    return enlarge((channel - low) / (high - low), size[0], size[1], grid)
