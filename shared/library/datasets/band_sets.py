"""Data sets of numbers in place of pixels: what all their pictures have in common, and the range that is theirs."""

import io
from dataclasses import dataclass, field

import numpy as np

from shared.images.bands import range_of

Ends = tuple[float, float]
# Bands and type of pictures of 8 bits, and of grey ones of 16.
ORDINARY, DEEP_GREY = (0, ""), (1, "uint16")
# Where no picture is brighter than this share of white, another range may be meant.
DARK = 0.5


def npy_bytes(values: np.ndarray) -> bytes:
    """A picture's numbers as they lie in the pack: a .npy file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(values), (1, 0), allow_pickle=False)
    return file.getvalue()


@dataclass
class BandSet:
    """Grows with every picture that is looked at.

    Attributes:
        span: what stands for black and white, see shared.images.bands.with_range().
        kind: bands and type of the first picture; 0 and "" where it is an ordinary one; None before it.
    """

    span: str = ""
    kind: tuple[int, str] | None = None
    _ends: list[Ends] = field(default_factory=list)

    def problem(self, bands: int, dtype: str, ends: Ends) -> str:
        """Why a picture does not belong to the others; "" where it does, and then it counts."""
        kind = (bands, dtype)
        self.kind = self.kind or kind
        if kind != self.kind:
            return f"{_words(kind)}, where the others are {_words(self.kind)}"
        self._ends.append(ends)
        return ""

    def is_deep_grey_among_others(self, bands: int, dtype: str) -> bool:
        """Whether a picture and the first one are ordinary and grey of 16 bits, which become ordinary together."""
        return {(bands, dtype), self.kind} == {ORDINARY, DEEP_GREY}

    @property
    def bands(self) -> int:
        """Of every picture; 0 where they are ordinary ones."""
        return self.kind[0] if self.kind and self._ends else 0

    def range(self) -> Ends:
        """What is black and what is white in all pictures alike.

        Raises:
            InvalidSpec: `span` is no range.
        """
        assert self.kind is not None
        low, high = min(low for low, _ in self._ends), max(high for _, high in self._ends)
        return range_of(np.dtype(self.kind[1]), (low, high), self.span)

    def note(self) -> str:
        """A sentence on the range that was taken."""
        low, high = self.range()
        least, most = min(low for low, _ in self._ends), max(high for _, high in self._ends)
        said = (
            f"{_words(self.kind or (0, ''))}: {low:.9g} was taken for black and {high:.9g} for white; the smallest "
            f"number is {least:.9g}, the largest {most:.9g}."
        )
        dark = most - low < DARK * (high - low)
        return (
            f"{said} All are dark then: say the range, such as 0,{_above(most)}, where it is another." if dark else said
        )


def _above(most: float) -> int:
    """The largest number of as many bits as hold the largest there is: 4095 for 3,900."""
    return (1 << max(1, int(most)).bit_length()) - 1


def _words(kind: tuple[int, str]) -> str:
    bands, dtype = kind
    return f"{bands} band{'s' if bands > 1 else ''} of {dtype}" if bands else "ordinary pictures of 8 bits"
