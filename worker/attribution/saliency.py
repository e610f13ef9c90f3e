"""Gradient saliency.

Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency
Maps", 2013, section 3.
"""

from typing import Any

import numpy as np

from worker.attribution.task import ExplainTask, MapSteps


def saliency(task: ExplainTask) -> MapSteps:
    """∂y/∂picture of each class's logit y, float32 (class, height, width, channel), per unit of [0, 1].

    The published map is strength() of it, the signed one its sum over the colours.
    """
    return (yield from task.mean_slopes([1.0], lambda _: task.picture[None], "gradient"))


def strength(slopes: np.ndarray) -> np.ndarray:
    """max over colours of |∂y/∂picture|: float32 (..., height, width) of (..., height, width, channel)."""
    return np.abs(slopes).max(-1)


def over_colours(slopes: Any) -> np.ndarray:
    """Sum over colours, signed; same shapes as strength()."""
    return np.asarray(slopes).sum(-1)
