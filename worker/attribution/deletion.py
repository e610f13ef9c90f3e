"""Deletion and insertion: does what a map points at carry the probability? For `sanity_check`.

Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018, section 4.3.
"""

from collections.abc import Generator

import numpy as np

from shared.analyses.heat_maps import enlarge
from shared.results import Progress
from worker.attribution.task import ExplainTask

GREY = 0.5
# Cells a side of the blurred picture that insertion starts from, and of a random map; small pictures have fewer.
CELLS, PIXELS_A_CELL = 14, 4


def curves(
    task: ExplainTask, order_by: np.ndarray, points: int, what: str
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """The first class's probability while the picture's strongest places go, and while they come.

    Args:
        task: the picture and the class.
        order_by: float (height, width) at the picture's size; the largest go first.
        points: of a curve: 0, …, 1 of all pixels in equal steps.
        what: the map is called in the progress bar.

    Returns:
        Deletion (strongest first, put to grey) and insertion (into a blurred picture), float32 (point) each.
    """
    rank = np.empty(order_by.size, np.int64)
    rank[np.argsort(-order_by.ravel(), kind="stable")] = np.arange(order_by.size)
    gone = [(rank < round(share * rank.size)).reshape(order_by.shape) for share in fractions(points)]
    grey, blurred = np.full_like(task.picture, GREY), _blurred(task.picture)

    def pictures(part: slice) -> np.ndarray:
        pairs = [(grey, task.picture), (task.picture, blurred)]  # what the chosen pixels become, and the others
        rows = [(pairs[n // points], gone[n % points]) for n in range(part.start, part.stop)]
        return np.stack([np.where(mask[..., None], inside, outside) for (inside, outside), mask in rows])

    _, probabilities = yield from task.outputs_of(2 * points, lambda part: task.passes.prepare(pictures(part)), what)
    values = probabilities[:, task.classes[0]].astype(np.float32)
    return values[:points], values[points:]


def fractions(points: int) -> np.ndarray:
    """Shares of pixels at the points of a curve, float32 from 0 to 1."""
    return np.linspace(0, 1, points, dtype=np.float32)


def area(curve: np.ndarray) -> float:
    """Under a curve over shares from 0 to 1, trapezoidal: its mean height."""
    return float(np.trapezoid(curve.astype(np.float64), dx=1 / (len(curve) - 1)))


def random_map(size: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Smooth noise, float32 (height, width): a map that knows nothing, of blobs as large as a layer's."""
    cells = rng.standard_normal(_cells(size), np.float32)
    return enlarge(cells, size[0], size[1])


def _blurred(picture: np.ndarray) -> np.ndarray:
    """The picture's means over a coarse grid, smoothly joined."""
    height, width = picture.shape[:2]
    rows, columns = _cells((height, width))
    return np.stack([enlarge(enlarge(picture[..., c], rows, columns), height, width)
                     for c in range(picture.shape[-1])], -1)  # fmt: skip


def _cells(size: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = (max(1, min(CELLS, side // PIXELS_A_CELL)) for side in size[:2])
    return rows, columns
