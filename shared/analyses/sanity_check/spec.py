"""`sanity_check`: whether a heat map depends on what the network learned, and whether what it points at counts."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.analyses.base import ImageRef, Queue
from shared.analyses.heat_map_fields import HeatMapSpec
from shared.analyses.heat_map_methods import Classes


class SanityCheck(HeatMapSpec):
    """The same heat map with the weights randomised from the top down, and deletion and insertion curves.

    Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018 (cascading randomisation); Petsiuk et al., "RISE",
    BMVC 2018 (deletion and insertion). The trained network itself is never touched.

    Parts: 0, the maps as trained; 1 … d, after each depth of randomisation (d is `depths`, or fewer where the network
    has fewer layers with weights; the run's total is d + 2); d + 1, the curves.

    **Parts 0 … d** (`name`: "as trained", "depth 1" …).
    Pictures: `picture` (part 0 alone) as in `attribution`.
    Arrays: for every method, under its name, float32 (height, width): the published map at its own size; under
    "signed_" and its name the map before its positive part was taken, where the two differ.
    Facts:
        `depth` (0 = trained); `randomised`: paths of the layers that were randomised at this depth; `count` of all
            randomised so far, `of` how many there are; `share` of all weights that are random by now (0 … 1);
        `class`, `name`, `logit`, `probability`: of the explained class, as the network now answers;
        `maps`: method to a row of `raw_min`, `raw_max`, `positive_evidence`, and (not in part 0) `rank`: Spearman's
            rank correlation with the trained map, -1 … 1, null where one of both is flat; `rank_absolute`: the same of
            the absolute values;
        part 0 also has `height`, `width`, `ending`, `explained`, `saturated`, `saturation`, `layers` and
            `default_layer` as in `attribution`, and `methods`: method to `title`, `warning`, `signed`, `place`,
            `parameters`, `of`, `grid`.

    **The curves** (`name`: "curves").
    Arrays: `fractions` float32 (points), share of pixels changed, 0 … 1; for every method `deletion_METHOD` and
    `insertion_METHOD` float32 (points): the class's probability when that share, strongest first, is greyed out of the
    picture, or put into a blurred one; `deletion_random` and `insertion_random` float32 (draw, points), for smooth
    maps of noise.
    Facts:
        `areas`: method to `deletion`, `insertion` (area under the curve, 0 … 1: a good map has a small deletion and a
            large insertion area), `deletion_random`, `insertion_random` (means over the draws), `deletion_margin` and
            `insertion_margin` (how much better than random, in units of the probability; above 0 is better);
        `verdicts`: method to `randomisation` ("passes", "fails" or "unclear"), `deletion` ("better", "no better" or
            "unclear"), `judged_rank` (median size of the ranks while the upper half of the layers is random, on which
            `randomisation` rests), `final_rank` (null where flat) and `sentence`: what it means for this map.
    """

    kind: ClassVar[str] = "sanity_check"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "interactive"

    image: ImageRef
    classes: Annotated[
        Classes, Field(max_length=1, description="Which class, by number or name; none means the likeliest.")
    ] = ()
    depths: Annotated[
        int, Field(ge=1, le=32, description="In how many stages the weights are randomised, the head first.")
    ] = 6
    points: Annotated[int, Field(ge=2, le=128, description="Points of a deletion or insertion curve.")] = 17
    draws: Annotated[int, Field(ge=1, le=16, description="Random maps that the curves are compared with.")] = 3

    @classmethod
    def read_anyway(cls) -> set[str]:
        """The seed also draws the random weights and maps."""
        return {"seed"}
