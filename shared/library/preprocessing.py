"""How pictures go into a network, as a short text that stands in model cards: a name, or a range and what follows.

0..1  -1..1  0..255             what black and white become; any two numbers, "0..65535"
caffe  torch                    what keras.applications calls so: BGR less ImageNet's means; 0..1 standardized
0..1 mean 0.5,0.4,0.3 deviation 0.2,0.2,0.3
0..255 bgr mean 104,117,123     the channels turned round first; means in the network's order of channels
0..1 of 0..10000                of pictures of numbers, those that are black and white, whatever a file's own range is
0..1 rounded                    to whole numbers at last: black or white, of networks that take truth values
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from shared.errors import InvalidSpec, choices, message

Preprocess = Literal["0..1", "-1..1", "0..255", "caffe", "torch"]
PREPROCESSES: tuple[Preprocess, ...] = ("0..1", "-1..1", "0..255", "caffe", "torch")
# Means of ImageNet's training pictures, in the order and scale that the networks were trained with.
_WRITTEN_OUT = {
    "caffe": "0..255 bgr mean 103.939,116.779,123.68",
    "torch": "0..1 mean 0.485,0.456,0.406 deviation 0.229,0.224,0.225",
}
MAX_CHANNELS, LARGEST = 64, 1e9
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FORM = re.compile(
    rf"(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER})"
    rf"(?: of (?P<black>{_NUMBER})\.\.(?P<white>{_NUMBER}))?(?P<bgr> bgr)?"
    r"(?: mean (?P<mean>[^ ]+))?(?: deviation (?P<deviation>[^ ]+))?(?P<rounded> rounded)?"
)
# What a network of truth values is given.
BLACK_OR_WHITE = "0..1 rounded"


@dataclass(frozen=True)
class Preprocessing:
    """What is done to pictures in [0, 1], in this order.

    Attributes:
        bgr: whether the channels are turned round.
        low, high: what 0 and 1 become.
        mean: what is taken off then, one number a channel in the network's order, or one for all; () for none.
        deviation: what it is divided by then, likewise.
        numbers: which numbers of a file are 0 and 1; () where the picture's own range says it.
        rounded: whether whole numbers are made of them at last.
    """

    low: float = 0.0
    high: float = 1.0
    bgr: bool = False
    mean: tuple[float, ...] = field(default=())
    deviation: tuple[float, ...] = field(default=())
    numbers: tuple[float, ...] = field(default=())
    rounded: bool = False

    def apply(self, pictures: Any, rounding: Callable[[Any], Any] = np.round) -> Any:
        """Scale pictures, an array or a tensor: float32 (..., channel) in [0, 1]; the result is of the same shape.

        Args:
            pictures: the array or the tensor.
            rounding: makes whole numbers of it, where they are rounded.
        """
        scaled = self._scaled(pictures)
        return rounding(scaled) if self.rounded else scaled

    def _scaled(self, pictures: Any) -> Any:
        scaled = pictures[..., ::-1] if self.bgr else pictures
        if self.high - self.low != 1.0:
            scaled = scaled * (self.high - self.low)
        if self.low:
            scaled = scaled + self.low
        if self.mean:
            scaled = scaled - np.array(self.mean, np.float32)
        return scaled / np.array(self.deviation, np.float32) if self.deviation else scaled

    def fits(self, channels: int) -> bool:
        """Whether pictures of so many channels can be scaled so."""
        return {len(self.mean), len(self.deviation)} <= {0, 1, channels} and (not self.bgr or channels == 3)

    def __str__(self) -> str:
        """The text that stands for it; a name where it has one."""
        means = f" mean {_listed(self.mean)}" if self.mean else ""
        deviations = f" deviation {_listed(self.deviation)}" if self.deviation else ""
        numbers = f" of {_digits(self.numbers[0])}..{_digits(self.numbers[1])}" if self.numbers else ""
        text = f"{_digits(self.low)}..{_digits(self.high)}{numbers}{' bgr' if self.bgr else ''}{means}{deviations}"
        text += " rounded" if self.rounded else ""
        return next((name for name, same in _WRITTEN_OUT.items() if same == text), text)


@lru_cache(maxsize=256)
def read_preprocessing(text: str) -> Preprocessing:
    """What a text stands for.

    Raises:
        InvalidSpec: it is no name and no range, or a number in it cannot be.
    """
    found = _FORM.fullmatch(_WRITTEN_OUT.get(text, " ".join(text.split())))
    try:
        if found is None:
            raise ValueError
        read = Preprocessing(
            float(found["low"]), float(found["high"]), bool(found["bgr"]),
            _numbers(found["mean"]), _numbers(found["deviation"]),
            (float(found["black"]), float(found["white"])) if found["black"] else (), bool(found["rounded"]),
        )  # fmt: skip
    except ValueError:
        advice = f"{choices(text, PREPROCESSES)} Or write a range, such as '0..1 mean 0.5 deviation 0.25'."
        raise InvalidSpec(message("a preprocessing", text, advice)) from None
    _check(read, text)
    return read


def written_out(text: str) -> str:
    """A way in numbers: what a name stands for."""
    return _WRITTEN_OUT.get(text, text)


def with_numbers(text: str, span: Sequence[float]) -> str:
    """A way of going in that also says which numbers of a file are black and white; "" stays "" without a span."""
    return str(replace(read_preprocessing(text), numbers=tuple(span))) if span else text


def own_preprocessing(
    text: str = "",
    *,
    scale: float | None = None,
    offset: float = 0.0,
    mean: str = "",
    deviation: str = "",
    bgr: bool = False,
) -> str:
    """The text of what a person chose piece by piece; "" where nothing was.

    Args:
        text: a name or a range; "" means 0..1 where anything else is said.
        scale: what pictures of 0..255 are multiplied by, as a Rescaling layer does; instead of a range.
        offset: what is added behind it.
        mean, deviation: numbers, one a channel in the network's order or one for all, "0.485,0.456,0.406".
        bgr: whether the channels are turned round.

    Raises:
        InvalidSpec: a range and a scale, or a number that is none.
    """
    if scale is not None and text:
        raise InvalidSpec(message("a range or a scale", f"{text} and {scale:g}", "Leave one of them out."))
    if scale is not None:
        text = f"{offset:.6g}..{255 * scale + offset:.6g}"
    parts = [" bgr" if bgr else "", f" mean {_joined(mean)}" if mean else "",
             f" deviation {_joined(deviation)}" if deviation else ""]  # fmt: skip
    more = "".join(parts)
    return str(read_preprocessing((text or "0..1") + more)) if text or more else ""


def check_channels(text: str, channels: int | None) -> None:
    """Refuse what cannot be done to pictures of so many channels; None means that nobody knows how many.

    Raises:
        InvalidSpec: saying what the network takes.
    """
    if text and channels is not None and not read_preprocessing(text).fits(channels):
        raise InvalidSpec(
            message(
                f"numbers for the network's {channels} channels", text, "Give one number a channel, or one for all."
            )
        )


def _check(read: Preprocessing, text: str) -> None:
    numbers = (read.low, read.high, *read.mean, *read.deviation)
    sound = all(math.isfinite(n) and abs(n) <= LARGEST for n in numbers) and all(n > 0 for n in read.deviation)
    black, white = read.numbers or (0.0, 1.0)
    if (
        not sound
        or read.low == read.high
        or not -LARGEST <= black < white <= LARGEST
        or max(len(read.mean), len(read.deviation)) > MAX_CHANNELS
    ):
        advice = "Give two different ends, finite means and deviations above zero."
        raise InvalidSpec(message("a preprocessing", text[:200], advice))


def _numbers(text: str | None) -> tuple[float, ...]:
    return tuple(float(word) for word in text.split(",")) if text else ()


def _joined(text: str) -> str:
    return ",".join(text.replace(",", " ").split())


def _listed(numbers: Sequence[float]) -> str:
    return ",".join(_digits(n) for n in numbers)


def _digits(number: float) -> str:
    return format(number, ".9g")
