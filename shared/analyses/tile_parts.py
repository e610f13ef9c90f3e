"""What the tiles of `filter_atlas` and `filter_twins` say, as a type."""

from typing import NotRequired

from typing_extensions import TypedDict

from shared.analyses.typed_parts import PartFacts, Picture


class TilePicture(TypedDict):
    """`tile`: what excites the channel most, (size, size, 3), or (size, size) for a grey model."""

    tile: Picture


class TileFacts(PartFacts):
    """What came of one channel.

    Attributes:
        channel: its number in the layer.
        objective, objective_start: after the last step, and before the first.
        dead: whether it never answered; `reason`: why it is called so.
        starts: how many were tried.
    """

    channel: int
    objective: float
    objective_start: float
    dead: bool
    starts: int
    reason: NotRequired[str]
