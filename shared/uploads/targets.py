"""What a network learns to say of each picture of a data set, and where that stands."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from shared.errors import InvalidSpec, choices, message

TargetKind = Literal["classes", "masks", "numbers"]
Source = Literal["", "folders", "table", "names", "masks"]
SOURCES: tuple[Source, ...] = get_args(Source)
# A pixel of a mask that belongs to no class.
NO_CLASS = 255


@dataclass(frozen=True)
class Column:
    """One thing that is said of every picture: for a network of several outputs, one for each.

    Attributes:
        name: of the column in the table; "mask" of masks.
        unit: of a number, as "°C"; "" where none is known.
        classes: names by number; () of a number.
    """

    name: str
    unit: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a picture belongs.

    Attributes:
        path: as in the archive or folder, "/" between folders.
        split: "train", "validation" or "test"; "" where nothing names one.
        label: name of its class; of the first column where there are several; ALL where pictures have no class.
        values: of each column: numbers of classes, or numbers themselves; () where the class says it all.
        mask: path of its mask; "" for none.
    """

    path: str
    split: str
    label: str
    values: tuple[float, ...] = ()
    mask: str = ""


# The only class of pictures that have masks or numbers instead.
ALL = "all pictures"


@dataclass(frozen=True)
class Layout:
    """Pictures with their targets.

    Attributes:
        places: by split, class and path.
        kind: what is said of each picture.
        classes: names in the order of their numbers; () for the alphabet's.
        columns: where there are several, or masks, or numbers.
        notes: sentences about what was guessed.
        used: files beside the pictures that were read: tables, masks, lists of names.
    """

    places: tuple[Place, ...]
    kind: TargetKind = "classes"
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Labelling:
    """What a person says about where the classes stand, where it could be read in two ways.

    Attributes:
        source: "folders", "table" (a CSV beside the pictures), "names" (cat.1.jpg), "masks"; "" to see by itself.
        kind: "classes" or "numbers": how a table's column of numbers is taken; "" to see by itself.
    """

    source: str = ""
    kind: str = field(default="")

    def __post_init__(self) -> None:
        for value, known in ((self.source, SOURCES), (self.kind, ("", "classes", "numbers"))):
            if value not in known:
                raise InvalidSpec(message("where or what labels are", value, choices(value, filter(None, known))))
