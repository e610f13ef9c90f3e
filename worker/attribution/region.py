"""Over which part of a mask a class is explained: Seg-Grad-CAM's region.

Vinogradova, Dibrov, Myers, "Towards Interpretable Semantic Segmentation via Gradient-weighted Class Activation
Mapping", AAAI 2020, https://arxiv.org/abs/2002.11434: the class's score is its logit over a set of positions: one, an
object's, or all. Here it is the mean over them, so that maps of small and of large regions have one scale.
"""

from dataclasses import dataclass

import numpy as np

from shared.analyses.heat_map_fields import box_of, point_of
from shared.analyses.heat_map_parts import RegionFacts
from shared.errors import InvalidSpec, message
from worker.networks.heads import Head
from worker.networks.masks import areas, by_area, class_mask, predicted_mask

WORDS = {"mask": "its predicted mask", "whole": "the whole picture"}


@dataclass(frozen=True)
class Region:
    """What is explained of a mask.

    Attributes:
        weights: float32 (height, width, class), the mean's weights: over positions they add up to one.
        mask: int32 (height, width), the predicted class of each position; −1 for none.
        shares: float32 (class), what each takes of the picture.
        order: classes by that, see by_area().
        facts: where each class's region lies, in the order of the classes.
    """

    weights: np.ndarray
    mask: np.ndarray
    shares: np.ndarray
    order: list[int]
    facts: list[RegionFacts]


def region_of(asked: str, head: Head, probabilities: np.ndarray, size: tuple[int, int]) -> Region:
    """The region that a request names.

    Args:
        asked: the spec's field `region`: "mask", "whole", "x,y" or "left,top,width,height".
        head: an output with a mask.
        probabilities: float32 (height, width, class) of the picture.
        size: its height and width in pixels.

    Raises:
        InvalidSpec: the point or the box lies outside of the picture.
    """
    chosen = [_chosen(asked, head, probabilities, number, size) for number in range(head.count)]
    weights = np.stack([one / one.sum() for one, _ in chosen], -1).astype(np.float32)
    facts: list[RegionFacts] = [
        {"words": words, "positions": int(one.sum()), "share": float(one.mean())} for one, words in chosen
    ]
    shares = areas(head, probabilities)
    return Region(weights, predicted_mask(head, probabilities), shares, by_area(head, shares), facts)


def _chosen(
    asked: str, head: Head, probabilities: np.ndarray, number: int, size: tuple[int, int]
) -> tuple[np.ndarray, str]:
    height, width = probabilities.shape[:2]
    whole = np.ones((height, width), bool)
    if head.ending == "number" or asked == "whole":
        return whole, WORDS["whole"]
    if asked == "mask":
        own = class_mask(head, probabilities, number)
        return (own, WORDS["mask"]) if own.any() else (whole, "the whole picture, for it is predicted nowhere")
    point, box = point_of(asked), box_of(asked)
    left, top, across, down = box or (*point, 1, 1)  # type: ignore[misc]
    if left + across > size[1] or top + down > size[0]:
        raise InvalidSpec(
            message(f"a `region` within the picture of {size[1]} × {size[0]} pixels", asked, "Change `region`.")
        )
    rows = slice(top * height // size[0], max(top * height // size[0] + 1, -(-(top + down) * height // size[0])))
    columns = slice(left * width // size[1], max(left * width // size[1] + 1, -(-(left + across) * width // size[1])))
    there = ~whole
    there[rows, columns] = True
    return there, f"the box {across} × {down} px at {left}, {top}" if box else f"the pixel at {left}, {top}"
