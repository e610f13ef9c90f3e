"""Networks that come with the project and need no download: `bundled/<name>`.

Beside NAME.keras lies NAME.json: what the network tells apart (`labels`), how pictures go in (`preprocess`), how it was
trained (`recipe`, the fields of its `training_run`) and how well it does (`metrics`, its test accuracy among them).
`make bundled` makes both again.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import UnknownModel, choices, message

FOLDER = Path(__file__).parent
PREFIX = "bundled/"


@dataclass(frozen=True)
class BundledNetwork:
    """A network that comes with the project.

    Attributes:
        name: of its files.
        title: for people.
    """

    name: str
    title: str

    @property
    def reference(self) -> str:
        """bundled/<name>; stands for the digest of its card."""
        return PREFIX + self.name

    @property
    def file(self) -> Path:
        """The model file."""
        return FOLDER / f"{self.name}.keras"

    @property
    def facts(self) -> dict[str, Any]:
        """labels, preprocess, recipe, metrics."""
        return dict(json.loads((FOLDER / f"{self.name}.json").read_text()))


BUNDLED = {one.name: one for one in (BundledNetwork("cats_and_dogs", "Cats and dogs (bundled)"),)}
# What stands in where ImageNet weights are not to be had.
STAND_IN = "bundled/cats_and_dogs"


def bundled_network(reference: str) -> BundledNetwork:
    """The network of a reference, bundled/<name>.

    Raises:
        UnknownModel: listing those that exist.
    """
    name = reference.removeprefix(PREFIX)
    if name not in BUNDLED:
        known = [one.reference for one in BUNDLED.values()]
        raise UnknownModel(message("a bundled network", reference, choices(reference, known)))
    return BUNDLED[name]
