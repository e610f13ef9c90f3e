"""A dream's sizes: the photograph in each of them, the way from one to the next, and the gradient ascent in one."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from shared.images.bands import stretched
from worker.analyses.deep_dream.gradient import DreamGradient, GradientSum, tiles_of, whole_gradient, whole_objective
from worker.networks.preprocessing import shown_picture, to_uint8

Size = tuple[int, int]
# Shares of tiles add up to 1 but for rounding.
ALMOST_ALL = 1 - 1e-9
# Rows that are turned into bytes at once.
BAND = 64
# 48 frames of 400 × 300 pixels take 17 MB as they are.
MOST_FRAMES = 48
LONGER_SIDE = 400


def photograph_at(photograph: np.ndarray, size: Size, channel: int) -> np.ndarray:
    """One colour of the photograph in a size.

    Args:
        photograph: uint8 (height, width, 3), or (height, width) in grey; float32 (height, width, band) in [0, 1].
        size: height and width.
        channel: which colour; a grey photograph is the same in all.

    Returns:
        float32 (height, width) in [0, 1].
    """
    plane = photograph if photograph.ndim == 2 else photograph[..., channel % photograph.shape[-1]]
    values = plane.astype(np.float32) / 255.0 if photograph.dtype == np.uint8 else np.ascontiguousarray(plane)
    return np.clip(_resized(values, size), 0.0, 1.0)


def first_octave(photograph: np.ndarray, size: Size, channels: int) -> np.ndarray:
    """The photograph in the smallest size, float32 (height, width, channels)."""
    return np.stack([photograph_at(photograph, size, c) for c in range(channels)], axis=-1)


def next_octave(dream: np.ndarray, photograph: np.ndarray, size: Size, detail: float) -> np.ndarray:
    """A dream in the next size, with the photograph's detail that the smaller one cannot hold put back.

    Chollet, "Deep Learning with Python", 2017, section 8.2: enlarged dream + (photograph - enlarged small
    photograph). Enlarging is linear, so only their difference is enlarged, and an unchanged picture gives exactly the
    photograph. One colour after the other: a large picture is in memory once.

    Args:
        dream: float32 (height, width, channel) in [0, 1].
        photograph: as for photograph_at().
        size: the next height and width.
        detail: share of the lost detail, 0 to 1.

    Returns:
        float32 (*size, channel) in [0, 1].
    """
    larger = np.empty((*size, dream.shape[-1]), np.float32)
    for c in range(dream.shape[-1]):
        changed = dream[..., c] - np.float32(detail) * photograph_at(photograph, dream.shape[:2], c)
        larger[..., c] = _resized(changed, size)
        larger[..., c] += np.float32(detail) * photograph_at(photograph, size, c)
    return np.clip(larger, 0.0, 1.0, out=larger)


def every_band(picture: np.ndarray) -> np.ndarray:
    """uint8 of a picture of one or three channels as picture_bytes() has it; of others all bands, drawn likewise."""
    return picture_bytes(picture) if picture.shape[-1] in (1, 3) else to_uint8(stretched(picture))


def picture_bytes(picture: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 3), or (height, width) of a network without colours; made in bands to spare memory."""
    if picture.shape[-1] not in (1, 3):
        return shown_picture(picture)
    kept = 3 if picture.shape[-1] >= 3 else 1
    shown = np.empty((*picture.shape[:2], kept), np.uint8)
    for top in range(0, len(picture), BAND):
        shown[top : top + BAND] = np.round(np.clip(picture[top : top + BAND, :, :kept], 0.0, 1.0) * 255.0)
    return shown if kept == 3 else shown[..., 0]


def _resized(plane: np.ndarray, size: Size) -> np.ndarray:
    if plane.shape == size:
        return plane
    way = Image.Resampling.LANCZOS if size < plane.shape else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(plane).resize(size[::-1], way))


@dataclass(frozen=True)
class Way:
    """How an octave is optimized: the request's own words, see shared.analyses.deep_dream.spec."""

    steps: int
    step_size: float
    jitter: int
    tile: int
    seed: int
    ceiling: float | None = None


@dataclass
class Octave:
    """How far an octave is.

    Attributes:
        number: 0 for the smallest.
        picture: float32 (height, width, channel) in [0, 1], changed in place by every step.
        done: steps, with the share of the present one.
        curve: the objective before every step, and at the end.
        ended: why it ended before its last step: "ceiling", "silent" (no gradient at all); "" where it did not.
    """

    number: int
    picture: np.ndarray
    done: float = 0.0
    curve: list[float] = field(default_factory=list)
    ended: str = ""


def optimize_octave(function: DreamGradient, octave: Octave, way: Way) -> Iterator[Octave]:
    """Gradient ascent in one octave.

    In every step the picture is rolled by a random distance, cut into tiles, and rolled back, so that neither the
    network's strides nor the tiles' seams leave a mark. A step is the gradient over its mean absolute value.

    Args:
        function: from dream_gradient().
        octave: at its start; its fields say how far it is.
        way: how.

    Yields:
        The octave, after every tile and every step.

    Raises:
        NotFinite: NaN or infinity.
    """
    picture = octave.picture
    gradient = np.zeros_like(picture)
    for step in range(way.steps):
        tiles = tiles_of(picture.shape[:2], way.tile, roll_at(octave, way, step))
        found = yield from _telling(octave, step, whole_gradient(function, picture, gradient, tiles))
        octave.curve.append(found.objective)
        octave.ended = _end(found.objective, found.size, way.ceiling)
        if octave.ended:
            octave.done = step
            return
        gradient *= np.float32(way.step_size / found.size)
        picture += gradient
        np.clip(picture, 0.0, 1.0, out=picture)
        octave.done = step + 1
        yield octave
    tiles = tiles_of(picture.shape[:2], way.tile, (0, 0))
    found = yield from _telling(octave, way.steps, whole_objective(function, picture, tiles))
    octave.curve.append(found.objective)
    octave.done = way.steps


def roll_at(octave: Octave, way: Way, step: int) -> Size:
    """How far the picture is rolled in a step: by the jitter, or by up to a tile where there are several.

    Drawn from seed, octave and step alone, so that a resumed dream goes the way of an uninterrupted one.
    """
    random = np.random.default_rng([way.seed, octave.number, step])
    reach = [way.jitter if side <= way.tile else max(way.jitter, way.tile // 2) for side in octave.picture.shape[:2]]
    down, across = (int(random.integers(-most, most + 1)) for most in reach)
    return down, across


def _telling(
    octave: Octave, step: int, walk: Generator[float, None, GradientSum]
) -> Generator[Octave, None, GradientSum]:
    """The octave after every tile of a walk but the last, for the step is not done yet; what the walk returns."""
    while True:
        try:
            share = next(walk)
        except StopIteration as end:
            found: GradientSum = end.value
            return found
        if share < ALMOST_ALL:
            octave.done = step + share
            yield octave


def _end(objective: float, size: float, ceiling: float | None) -> str:
    if ceiling is not None and objective > ceiling:
        return "ceiling"
    return "silent" if size == 0 else ""


class DreamFrames:
    """Frames of one size, evenly over the steps of all octaves."""

    def __init__(self, sizes: Sequence[tuple[int, int]], steps: int, channels: int = 3) -> None:
        """Work out when a frame is due.

        Args:
            sizes: of the octaves; the last one is the dream's.
            steps: of an octave.
            channels: of the dream; frames of many bands are smaller, so that a part can hold them.
        """
        height, width = sizes[-1]
        longest = LONGER_SIDE * min(1.0, (3 / channels) ** 0.5)
        scale = min(1.0, longest / max(height, width))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self._every = max(1, -(-len(sizes) * steps // (MOST_FRAMES - 1)))
        self._steps = steps
        self._last = 0
        self._frames: list[np.ndarray] = []

    def add(self, picture: np.ndarray) -> None:
        """Keep a frame; uint8 (height, width), (height, width, 3) or all bands of other pictures."""
        if picture.ndim == 3 and picture.shape[-1] != 3:
            planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(picture, -1, 0)]
            frame = np.stack([np.asarray(one.resize(self._size, Image.Resampling.BICUBIC)) for one in planes], -1)
        else:
            small = Image.fromarray(picture).resize(self._size, Image.Resampling.BICUBIC)
            frame = np.asarray(small.convert("RGB"))
        self._frames.append(frame)

    def note(self, octave: Octave) -> None:
        """Keep a frame of the dream if one is due."""
        whole = octave.number * self._steps + int(octave.done)
        if octave.done == int(octave.done) and whole > self._last and (whole - self._last) >= self._every:
            self._last = whole
            self.add(every_band(octave.picture))

    def all(self) -> np.ndarray:
        """uint8 (frame, height, width, 3), or all bands in place of three."""
        return np.stack(self._frames)
