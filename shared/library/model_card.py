"""How to build a model from its reference: a small JSON file in the file store, or worked out from the reference."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self

from shared.errors import choices
from shared.library.bundled import BUNDLED, BundledNetwork


@dataclass(frozen=True)
class ModelCard:
    """How to build one model from its reference.

    Attributes:
        reference: keras/... or sha256:...
        architecture: name in keras.applications; "" for a model file.
        weights: "imagenet", "random", or the reference of a weights file; "" for a model file.
        until: last layer that has weights; "" for the whole network.
        file: reference of the model file; "" for an architecture.
        labels: class names in the order of the outputs; () where unknown.
        output_labels: the same by output, by its name, of a network of several outputs.
        preprocess: how pictures go in, see shared.library.preprocessing; "" where it is worked out from the layers.
        resize: how a picture meets the network's size, see shared.images.resizing; "" for its middle.
    """

    reference: str = ""
    architecture: str = ""
    weights: str = ""
    until: str = ""
    file: str = ""
    labels: tuple[str, ...] = field(default=(), repr=False)
    output_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False, hash=False)
    preprocess: str = ""
    resize: str = ""

    @classmethod
    def from_json(cls, text: str, reference: str) -> Self:
        """A card from its file."""
        row = json.loads(text)
        row["labels"] = tuple(row.get("labels", ()))
        row["output_labels"] = {name: tuple(names) for name, names in row.get("output_labels", {}).items()}
        return cls(**{**row, "reference": reference})

    def to_json(self) -> str:
        """The text whose digest is the card's reference."""
        row = {k: v for k, v in vars(self).items() if v and k != "reference"}
        return json.dumps(row, sort_keys=True, separators=(",", ":"))


@lru_cache
def bundled_card(one: BundledNetwork) -> ModelCard:
    """The card of a bundled network; its reference goes by the bytes of the file, the same everywhere."""
    facts = one.facts
    digest = hashlib.sha256(one.file.read_bytes()).hexdigest()
    card = ModelCard(file=f"sha256:{digest}", labels=tuple(facts["labels"]), preprocess=facts["preprocess"])
    return replace(card, reference=f"sha256:{hashlib.sha256(card.to_json().encode()).hexdigest()}")


def bundled_title(reference: str) -> str:
    """What people call a bundled network, by the reference of its card; "" for another model."""
    return next((one.title for one in BUNDLED.values() if bundled_card(one).reference == reference), "")


def known_names(model: str, known: list[str]) -> str:
    """What to do about a name that stands for no model."""
    if not known:
        return (
            "No model has been added yet: use keras/<architecture>/<imagenet|random> or bundled/cats_and_dogs, or add "
            "one under Models (in a terminal: `convscope models add`)."
        )
    return choices(model, known)
