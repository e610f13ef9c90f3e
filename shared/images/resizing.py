"""How a picture meets the size that a network takes, as a short text that stands in requests and model cards.

crop          the largest part in the middle that has the size's proportions, resized
crop 0.875    seven eighths of that part's sides, as many networks were tested: the shorter side to 256, then 224
fit           all of it, squeezed or stretched
pad           all of it in its own proportions, filled up with black
own           as it is
auto          as the model's card says, else crop
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.errors import InvalidSpec, message

AUTO, CROP = "auto", "crop"
# What a card may say, and what a request may say besides.
RULES = (CROP, "fit", "pad")
OWN = "own"
LEAST_SHARE = 0.05
_FORM = re.compile(r"(?P<way>crop|fit|pad|own)(?: (?P<share>\d?\.\d+|1))?")


@dataclass(frozen=True)
class Resizing:
    """One rule.

    Attributes:
        way: "crop", "fit", "pad" or "own".
        share: of the sides of the largest middle part, what is looked at; of "crop" alone.
    """

    way: str = CROP
    share: float = 1.0

    def __str__(self) -> str:
        """The text that stands for it."""
        return self.way if self.share == 1 else f"{self.way} {self.share:.6g}"

    def box(self, have: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
        """What is looked at of a picture.

        Args:
            have: the picture's height and width.
            size: height and width that it is brought to.

        Returns:
            Top, left, height and width in the picture's own pixels; of "pad" it reaches beyond the picture.
        """
        if self.way not in (CROP, "pad"):
            return 0.0, 0.0, float(have[0]), float(have[1])
        steps = have[0] / size[0], have[1] / size[1]
        scale = min(steps) * self.share if self.way == CROP else max(steps)
        high, wide = size[0] * scale, size[1] * scale
        return (have[0] - high) / 2, (have[1] - wide) / 2, high, wide

    def inner(self, have: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
        """Height and width, within a size, of a whole picture in its own proportions."""
        scale = max(have[0] / size[0], have[1] / size[1])
        return max(1, round(have[0] / scale)), max(1, round(have[1] / scale))


@lru_cache(maxsize=64)
def read_resizing(text: str) -> Resizing:
    """The rule that a text stands for; "auto" is read as "crop".

    Raises:
        InvalidSpec: it is none.
    """
    found = _FORM.fullmatch(CROP if text == AUTO else " ".join(text.split()))
    share = float(found["share"] or 1) if found else 0.0
    if found is None or not LEAST_SHARE <= share <= 1 or (found["share"] and found["way"] != CROP):
        advice = "Choose crop, crop 0.875 (a share of the middle), fit or pad."
        raise InvalidSpec(message("how a picture meets the network's size", text[:80], advice))
    return Resizing(found["way"], share)


def card_rule(text: str) -> str:
    """The text of a rule that a model's card may hold; "" for none, and for crop, which holds without one.

    Raises:
        InvalidSpec: it is no rule, or one that leaves pictures as large as they are.
    """
    if not text.strip():
        return ""
    found = read_resizing(text)
    if found.way == OWN:
        raise InvalidSpec(message("a rule for pictures of any size", text, "Choose crop, crop 0.875, fit or pad."))
    return "" if str(found) == CROP else str(found)


def rule_of(asked: str, card: str) -> str:
    """What a request comes to: what it asks for, or what the model's card says, or crop.

    Args:
        asked: of the request, "auto" where it leaves it to the card.
        card: the card's own rule; "" for none.
    """
    return (card or CROP) if asked == AUTO else asked


def meets_words(text: str) -> str:
    """What a rule does, for a line that goes on with a size."""
    rule = read_resizing(text)
    if rule.way == CROP:
        return f"{_share(rule)}its middle, resized to"
    return {"fit": "all of it, squeezed to", "pad": "all of it, filled up with black to", OWN: "in its own size,"}[
        rule.way
    ]


def rule_words(text: str) -> str:
    """What a rule does, in short, for details and choices; "" of "auto", which stands for one that is known later."""
    if text == AUTO:
        return ""
    rule = read_resizing(text)
    if rule.way == CROP:
        return f"{_share(rule)}the middle" if rule.share < 1 else "middle of the picture"
    return {"fit": "squeezed to fit", "pad": "filled up with black", OWN: "own size"}[rule.way]


def _share(rule: Resizing) -> str:
    return "" if rule.share == 1 else f"{100 * rule.share:.3g} % of "
