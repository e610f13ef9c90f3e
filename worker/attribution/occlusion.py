"""Occlusion.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2.
"""

import math

import numpy as np

from worker.attribution.task import ExplainTask, MapSteps

GREY = 0.5


def occlusion(task: ExplainTask, window: int) -> MapSteps:
    """How far each class's logit falls when a grey square covers a place; negative where it rises.

    The picture is divided into cells of half a window; the square around a cell's middle gives the cell's value, so
    that the map covers the picture. At the border the square is cut. The paper takes the softmax's probability; the
    logit still moves where that is saturated.

    Args:
        task: the picture and the classes.
        window: side of the square in pixels, from window_side().

    Returns:
        float32 (class, rows of cells, columns of cells).
    """
    squares = squares_of(task.picture.shape[:2], window)
    logits, _ = yield from task.outputs_of(len(squares), lambda p: _covered(task, squares[p]), "place")
    rows, columns = grid_of(task.picture.shape[:2], window)
    falls = task.result.logits[list(task.classes)] - logits[:, list(task.classes)]
    return np.asarray(falls.T.reshape(len(task.classes), rows, columns), np.float32)


def window_side(size: tuple[int, ...], wanted: int) -> int:
    """Pixels: as wanted, 0 meaning a sixth of the shorter side; an even number, and not above that side."""
    side = min(wanted or max(2, min(size) // 6), min(size))
    return max(2, side - side % 2)


def grid_of(size: tuple[int, ...], window: int) -> tuple[int, int]:
    """Rows and columns of cells."""
    cell = window // 2
    return math.ceil(size[0] / cell), math.ceil(size[1] / cell)


def squares_of(size: tuple[int, ...], window: int) -> np.ndarray:
    """int (cell, 4): top, bottom, left, right of each cell's square, cut at the border, row by row."""
    cell = window // 2
    rows, columns = (np.arange(n) * cell + cell // 2 for n in grid_of(size, window))
    middles = np.stack([m.ravel() for m in np.meshgrid(rows, columns, indexing="ij")], -1)
    top, left = (middles - cell).T
    edges = np.stack([top, top + window, left, left + window], -1)
    return np.clip(edges, 0, np.array([size[0], size[0], size[1], size[1]]))


def _covered(task: ExplainTask, squares: np.ndarray) -> np.ndarray:
    pictures = np.repeat(task.picture[None], len(squares), 0)
    for picture, (top, bottom, left, right) in zip(pictures, squares, strict=True):
        picture[top:bottom, left:right] = GREY
    return np.asarray(task.passes.prepare(pictures))
