"""What made one number of a stage: the window in its input, the kernel laid on it, and the sum written out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.widgets.text import fixed, short
from shared.analyses.playground.shapes import window
from shared.analyses.playground.stages import Activation, Convolution, Pooling, read_stage
from shared.results import decode_part
from shared.store import RunRecord

# Channels of the input that are drawn one by one; the others are one number.
SHOWN = 3
COLOURS = ("red", "green", "blue")
Rows = list[list[list[Any]]]
_PREPROCESSED = "The picture goes in preprocessed, so its numbers are not those of the kernel's input."


@dataclass(frozen=True)
class Stage:
    """What a stage is computed from, and what it gives; numbers are float32.

    Attributes:
        values: (height, width, channel).
        kernel: (height, width, input, filter); None without one.
        received: (height, width, input); None where it is not stored.
    """

    values: np.ndarray
    kernel: np.ndarray | None
    received: np.ndarray | None


@bounded_cache(6)
def stage_numbers(key: str, index: int) -> Stage | None:
    """The numbers of a stage; None where they are not there."""
    client = get_client()
    data = client.results.part(key, index)
    if data is None:
        return None
    part = decode_part(data)
    received: np.ndarray | None
    if index == 0:
        picture = part.pictures["input"].astype(np.float32) / 255.0
        received = picture.reshape(*picture.shape[:2], -1)
    else:
        before = client.results.part(key, index - 1)
        received = decode_part(before).arrays["stage"] if before else None
    return Stage(part.arrays["stage"], part.arrays.get("kernel"), received)


def window_of(run: RunRecord, index: int, channel: int, row: int, column: int) -> dict[str, Any] | None:
    """How a number of a stage comes about, as JSON values.

    Args:
        run: a finished playground.
        index: of the stage.
        channel: of its output.
        row: of the output, from 0.
        column: likewise.

    Returns:
        `title`; `box`: top, left, height and width of the window in the input, which a border of zeros lets begin
        before 0; `slices`: a name, the window's and the kernel's numbers, and their sum, a channel of the input each;
        `total`: the sum in words. None where there is no such number.
    """
    numbers, stages = stage_numbers(run.key, index), run.fields["stages"]
    if numbers is None or numbers.received is None or index >= len(stages):
        return None
    height, width, channels = numbers.values.shape
    if not (0 <= channel < channels and 0 <= row < height and 0 <= column < width):
        return None
    stage, value = read_stage(stages[index]), float(numbers.values[row, column, channel])
    title = f"Row {row}, column {column}, channel {channel}: {short(value)}"
    if isinstance(stage, Activation):
        words = f"{stage.function}({short(float(numbers.received[row, column, channel]))}) = {short(value)}"
        return {"title": title, "box": [row, column, 1, 1], "slices": [], "total": words}
    box, patch = _patch(stage, numbers, row, column)
    if isinstance(stage, Pooling):
        seen = patch[..., channel]
        how = f"largest of {np.isfinite(seen).sum()}" if stage.how == "max" else f"mean of {np.isfinite(seen).sum()}"
        slices = [_slice(f"channel {channel}", seen, None, short(value))]
        return {"title": title, "box": box, "slices": slices, "total": f"{how} numbers = {short(value)}"}
    if stage.preprocess:
        return {"title": title, "box": box, "slices": [], "total": _PREPROCESSED}
    assert numbers.kernel is not None
    return {"title": title, "box": box, **_products(patch, numbers.kernel[..., channel], value)}


def _patch(stage: Convolution | Pooling, numbers: Stage, row: int, column: int) -> tuple[list[int], np.ndarray]:
    """The window's place in the input, and its numbers (height, width, input): zeros of a border, NaN for a pool's."""
    assert numbers.received is not None
    received, convolution = numbers.received, isinstance(stage, Convolution)
    size = numbers.kernel.shape[:2] if numbers.kernel is not None else (stage.size, stage.size)  # type: ignore[union-attr]
    stride, dilation = (stage.stride, stage.dilation) if isinstance(stage, Convolution) else (stage.step, 1)
    along = [window(n, s, stride, stage.padding, dilation) for n, s in zip(received.shape[:2], size, strict=True)]
    top, left = (at * stride - w.before for at, w in zip((row, column), along, strict=True))
    rows, columns = (first + dilation * np.arange(n) for first, n in zip((top, left), size, strict=True))
    inside = np.logical_and.outer(
        (rows >= 0) & (rows < received.shape[0]), (columns >= 0) & (columns < received.shape[1])
    )
    seen = received[np.clip(rows, 0, received.shape[0] - 1)][:, np.clip(columns, 0, received.shape[1] - 1)]
    patch = np.where(inside[..., None], seen, 0.0 if convolution else np.nan)
    return [top, left, along[0].size, along[1].size], patch


def _products(patch: np.ndarray, kernel: np.ndarray, value: float) -> Mapping[str, Any]:
    """Slices with their sums, and all of it added up; what is missing to the stage's number is the bias."""
    depth = patch.shape[2]
    sums = (patch.astype(np.float64) * kernel).sum(axis=(0, 1))
    names = COLOURS if depth == len(COLOURS) else [f"channel {c}" for c in range(depth)]
    slices = [_slice(names[c], patch[..., c], kernel[..., c], short(sums[c])) for c in range(min(depth, SHOWN))]
    terms = [short(one) for one in sums[:SHOWN]]
    if depth > SHOWN:
        terms.append(f"{short(sums[SHOWN:].sum())} of {depth - SHOWN} more channels")
    bias = value - float(sums.sum())
    if abs(bias) > 1e-3 * max(1.0, abs(value)):
        terms.append(f"{short(bias)} bias")
    return {"slices": slices, "total": f"{' + '.join(terms)} = {short(value)}"}


def _slice(name: str, patch: np.ndarray, kernel: np.ndarray | None, total: str) -> dict[str, Any]:
    return {"name": name, "patch": _cells(patch), "kernel": None if kernel is None else _cells(kernel), "sum": total}


def _cells(values: np.ndarray) -> Rows:
    """Each number with two digits, and how strong it is beside the others, -1 to 1."""
    reach = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    return [[["" if np.isnan(v) else fixed(float(v)), 0 if np.isnan(v) else round(float(v) / reach, 2)]
             for v in row] for row in values]  # fmt: skip
