"""A data set for measurements: as many pictures as one likes, of any size, that a network can tell apart."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from shared.library import DatasetRegistry
from shared.library.datasets.splits import Shares


def drawn_data_set(datasets: DatasetRegistry, side: int, count: int) -> str:
    """Two classes, bright on the left and bright on the right, under much noise; a fifth is for validation.

    Args:
        datasets: keeps them.
        side: pixels of a picture's edge.
        count: pictures in all.

    Returns:
        The data set's reference.
    """
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            pixels = random.integers(0, 200, (side, side, 3), np.uint8)
            half = slice(0, side // 2) if number % 2 else slice(side // 2, side)
            pixels[:, half] += 20
            path = Path(folder) / ("right", "left")[number % 2] / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(path, compress_level=0)
        return str(datasets.keep(datasets.check(Path(folder)), f"drawn{side}", Shares(0.2, 0)))
