"""The record of `concepts`."""

from shared.analyses.concepts.spec import Concepts
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    Concepts,
    title="Concepts",
    noun="concepts",
    part="concept",
    pictures=Pictures(wide=("crops", "places")),
    thumbnail="crops",
)
