"""Integrated Gradients.

Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, equations 1 and 3.
"""

import numpy as np

from worker.attribution.task import ExplainTask, MapSteps

GREYS = {"black": 0.0, "grey": 0.5, "white": 1.0}


def integrated_gradients(task: ExplainTask, steps: int, baseline: str) -> MapSteps:
    """(x − x') × ∫ ∂y/∂x along the line from a plain picture x', float32 (class, height, width, channel).

    The integral is a sum over the middles of `steps` equal stretches, which for a network of ReLUs comes closer than
    the paper's right ends. All values of a class together give y(x) − y(x') (completeness).

    Args:
        task: the picture x and the classes.
        steps: points on the way.
        baseline: "black", "grey" or "white".
    """
    start = plain_picture(task, baseline)
    way = (np.arange(steps, dtype=np.float32) + np.float32(0.5)) / np.float32(steps)

    def points(part: slice) -> np.ndarray:
        return start + way[part, None, None, None] * (task.picture - start)

    slopes = yield from task.mean_slopes([1.0 / steps] * steps, points, "point")
    return (task.picture - start) * slopes


def plain_picture(task: ExplainTask, baseline: str) -> np.ndarray:
    """The baseline, float32, the picture's shape."""
    return np.full_like(task.picture, GREYS[baseline])
