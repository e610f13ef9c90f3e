"""SmoothGrad.

Smilkov, Thorat, Kim, Viégas, Wattenberg, "SmoothGrad: removing noise by adding noise", 2017.
"""

import numpy as np

from worker.attribution.task import ExplainTask, MapSteps


def smooth_grad(task: ExplainTask, samples: int, noise: float, seed: int) -> MapSteps:
    """1/n Σ ∂y/∂picture at the picture plus N(0, noise²), float32 (class, height, width, channel).

    Args:
        task: the picture and classes.
        samples: n.
        noise: deviation, in units of [0, 1]; the paper finds 0.1 to 0.2 of the picture's range good.
        seed: start of the random numbers: a sample's noise depends on it and on the sample's number alone.
    """

    def noisy(part: slice) -> np.ndarray:
        draws = [np.random.default_rng([seed, n]) for n in range(part.start, part.stop)]
        return np.stack([task.picture + noise * d.standard_normal(task.picture.shape, np.float32) for d in draws])

    return (yield from task.mean_slopes([1.0 / samples] * samples, noisy, "noisy copy"))
