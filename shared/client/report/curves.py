"""Curves as the commands of SVG paths: all lines on one scale, the axes' ends written out."""

from dataclasses import dataclass

import numpy as np

from shared.analyses.report_blocks import Curves

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 240, 64, 12, 12, 28


@dataclass(frozen=True)
class SvgPaths:
    """What an SVG element is made of.

    Attributes:
        paths: name of a line to its path.
        axis: path of both axes.
        texts: x, y, text-anchor and text of the axes' ends.
        width, height: of the view box.
    """

    paths: dict[str, str]
    axis: str
    texts: tuple[tuple[float, float, str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def curve_lines(curves: Curves) -> SvgPaths:
    """The lines of a chart; values that are not finite leave a gap."""
    values = np.concatenate([np.asarray(line, float) for line in curves.lines.values()])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    high = high if high > low else low + 1.0
    longest = max(len(line) for line in curves.lines.values())
    paths = {name: _path(np.asarray(line, float), longest, low, high) for name, line in curves.lines.items()}
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    texts = (
        (LEFT - 6, TOP + 8, "end", f"{high:.4g}"),
        (LEFT - 6, bottom, "end", f"{low:.4g}"),
        (LEFT, HEIGHT - 8, "start", f"{curves.axis} 1"),
        (right, HEIGHT - 8, "end", str(longest)),
    )
    return SvgPaths(paths, f"M{LEFT} {TOP}V{bottom}H{right}", texts)


def _path(line: np.ndarray, longest: int, low: float, high: float) -> str:
    """M and L commands; after a gap the pen is set down anew."""
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    words, pen = [], "M"
    for place, value in enumerate(line):
        if not np.isfinite(value):
            pen = "M"
            continue
        x = LEFT + wide * (place / max(1, longest - 1))
        y = TOP + tall * (1 - (value - low) / (high - low))
        words.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return "".join(words)
