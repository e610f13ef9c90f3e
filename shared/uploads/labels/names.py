"""What a file of class names says."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClassNames:
    """Names in the order of the outputs.

    Attributes:
        names: of the only output; () where `outputs` has them.
        outputs: names by output, for a network of several.
        notes: sentences about what was guessed or looks wrong, for people.
    """

    names: tuple[str, ...] = ()
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
