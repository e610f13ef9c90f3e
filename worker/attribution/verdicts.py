"""What the checks mean for a map, in a sentence. The papers give no limits; these are ours, said beside the numbers."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from shared.analyses.sanity_check.parts import Counts, Depends, Verdict

# Rank correlation with the trained map while the upper half of the layers is random: a map that stays like this
# ignores what they learned. MobileNetV2: Grad-CAM 0.2, gradients 0.3 to 0.5, guided backpropagation 0.95.
STAYS, GOES = 0.7, 0.5


def verdict(
    title: str, ranks: Sequence[float | None], deletion: float, random: Sequence[float], of_number: bool = False
) -> Verdict:
    """Judge a method's map.

    Args:
        title: of the method.
        ranks: rank correlation with the trained map at each depth of randomisation; None where a map is flat.
        deletion: area under its deletion curve.
        random: the same of maps of noise.
        of_number: whether a number is explained and no class.
    """
    upper = [abs(rank or 0.0) for rank in ranks[: (len(ranks) + 1) // 2]]
    judged = float(median(upper)) if upper else None
    depends: Depends = "passes" if judged is None or judged <= GOES else "fails" if judged >= STAYS else "unclear"
    chance = sum(random) / len(random)
    counts: Counts = "better" if deletion < min(random) else "no better" if deletion >= chance else "unclear"
    return {
        "randomisation": depends,
        "deletion": counts,
        "judged_rank": judged,
        "final_rank": ranks[-1] if ranks else None,
        "sentence": f"{_of_weights(title, depends, judged, of_number)} "
        f"{_of_places(counts, deletion, chance, of_number)}",
    }


def _of_weights(title: str, depends: str, judged: float | None, of_number: bool) -> str:
    if judged is None:
        return "The network has no weights that could be randomised."
    likeness = f"rank correlation {judged:.2f}"
    if depends == "passes":
        return (
            f"With its upper layers random the {title} map becomes another one ({likeness}): it depends on what they "
            "learned."
        )
    if depends == "fails":
        why = "gives this number" if of_number else "chose this class"
        return (
            f"With its upper layers random the {title} map stays nearly the same ({likeness}): it shows the picture, "
            f"not why the network {why}. Do not read reasons from it."
        )
    return f"With its upper layers random part of the {title} map remains ({likeness}): read it with care."


def _of_places(counts: str, deletion: float, random: float, of_number: bool) -> str:
    figures = f"(area {deletion:.3f}, at random {random:.3f})"
    takes = "moves the number" if of_number else "takes the class away"
    if counts == "better":
        return f"Greying out its strongest places {takes} faster than greying out random ones {figures}."
    if counts == "no better":
        return f"Greying out its strongest places {takes} no faster than random ones {figures}."
    return f"Greying out its strongest places is only partly faster than random ones {figures}: undecided."


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """−1 to 1, equal values sharing the mean of their ranks; None where a map is flat and has no order.

    Args:
        first: numbers, any shape.
        second: of the same shape.
    """
    one, other = _ranks(first), _ranks(second)
    one, other = one - one.mean(), other - other.mean()
    length = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / length if length > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place.ravel()], np.float64)
