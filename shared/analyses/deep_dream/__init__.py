"""The record of `deep_dream`."""

from shared.analyses.deep_dream.spec import DeepDream
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    DeepDream,
    title="Deep Dream",
    noun="dream",
    part="picture",
    pictures=Pictures(first=("dream.png", "original.png"), large=("dream.png",)),
    thumbnail="dream",
)
