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

    What comes back, part by part, is in shared.analyses.sanity_check.parts.
    """

    kind: ClassVar[str] = "sanity_check"
    version: ClassVar[int] = 2
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
