"""The way of a dream as frames of a small moving picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from worker.analyses.deep_dream.octaves import Octave, picture_bytes

# 48 frames of 400 × 300 pixels take 17 MB as they are.
MOST_FRAMES = 48
LONGER_SIDE = 400


class DreamFrames:
    """Frames of one size, evenly over the steps of all octaves."""

    def __init__(self, sizes: Sequence[tuple[int, int]], steps: int) -> None:
        """Work out when a frame is due.

        Args:
            sizes: of the octaves; the last one is the dream's.
            steps: of an octave.
        """
        height, width = sizes[-1]
        scale = min(1.0, LONGER_SIDE / max(height, width))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self._every = max(1, -(-len(sizes) * steps // (MOST_FRAMES - 1)))
        self._steps = steps
        self._last = 0
        self._frames: list[np.ndarray] = []

    def add(self, picture: np.ndarray) -> None:
        """Keep a frame; uint8 (height, width, 3) or (height, width)."""
        small = Image.fromarray(picture).resize(self._size, Image.Resampling.BICUBIC)
        self._frames.append(np.asarray(small.convert("RGB")))

    def note(self, octave: Octave) -> None:
        """Keep a frame of the dream if one is due."""
        whole = octave.number * self._steps + int(octave.done)
        if octave.done == int(octave.done) and whole > self._last and (whole - self._last) >= self._every:
            self._last = whole
            self.add(picture_bytes(octave.picture))

    def all(self) -> np.ndarray:
        """uint8 (frame, height, width, 3)."""
        return np.stack(self._frames)
