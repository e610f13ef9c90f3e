"""What a map is made of: layers, groups of them, what feeds what, and which stand together on a card."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from shared.analyses.inspect_model.parts import LayerRow

# So many cards and layers are read at a glance, and drawn in an instant; a card holds so many layers of a chain.
MOST_CARDS, MOST_LAYERS, MOST_IN_CARD = 30, 80, 8


@dataclass(frozen=True)
class Layer:
    """One layer, by its row of the table."""

    row: LayerRow

    @property
    def id(self) -> str:
        """Its path."""
        return self.row["path"]

    @property
    def layers(self) -> tuple[LayerRow, ...]:
        """Itself."""
        return (self.row,)


@dataclass(frozen=True)
class Group:
    """Items that are drawn as one while they are folded.

    Attributes:
        kind: a nested network, a block of branches, the same several times, or a stretch of a long network.
        title: what it is called.
        items: in an order in which they can be computed.
        times: how often a structure repeats; 1 for others.
    """

    kind: Literal["network", "block", "repeat", "part"]
    title: str
    items: "tuple[Item, ...]"
    times: int = 1
    name: str = field(default="")

    @property
    def id(self) -> str:
        """Of its kind and its first layer: the same whenever the table is the same."""
        return f"{self.kind} {self.name or self.layers[0]['path']} {len(self.layers)}"

    @cached_property
    def layers(self) -> tuple[LayerRow, ...]:
        """All that are in it."""
        return tuple(row for item in self.items for row in item.layers)

    @property
    def holds(self) -> str:
        """Its layers by class, the most frequent first."""
        counted = Counter(str(row.get("class", "")) for row in self.layers).most_common(3)
        return ", ".join(f"{number} {name}" for name, number in counted)


Item = Layer | Group


def sources(items: Sequence[Item]) -> list[list[int]]:
    """For each item the places of those that feed it, ascending; -1 for what comes from outside of them."""
    places = {row["path"]: at for at, item in enumerate(items) for row in item.layers}
    found = [{places.get(path, -1) for row in item.layers for path in row["inputs"]} for item in items]
    # What is fed by something behind it is called again there.
    return [sorted(one for one in fed if one < at) for at, fed in enumerate(found)]


def consumers(items: Sequence[Item]) -> list[list[int]]:
    """For each item the places of those that it feeds."""
    found: list[list[int]] = [[] for _ in items]
    for at, fed in enumerate(sources(items)):
        for one in fed:
            if one >= 0:
                found[one].append(at)
    return found


def fits(items: Sequence[Item]) -> bool:
    """Whether they can be read without a fold around them."""
    return len(items) <= MOST_LAYERS and len(chains(items)) <= MOST_CARDS


def chains(items: Sequence[Item]) -> list[list[int]]:
    """Places of the items, those together that stand on one card: layers that feed nothing but the next one, at one
    resolution, at most MOST_IN_CARD.
    """
    fed, feeds = sources(items), consumers(items)
    card_of: dict[int, list[int]] = {}
    cards: list[list[int]] = []
    for at, item in enumerate(items):
        before = fed[at][0] if len(fed[at]) == 1 else -1
        card = card_of.get(before, [])
        if before >= 0 and feeds[before] == [at] and card[-1] == before and _goes_on(items[before], item, len(card)):
            card.append(at)
        else:
            card = [at]
            cards.append(card)
        card_of[at] = card
    return cards


def _goes_on(before: Item, item: Item, length: int) -> bool:
    if not (isinstance(before, Layer) and isinstance(item, Layer)) or length >= MOST_IN_CARD:
        return False
    return before.row["stride"] == item.row["stride"]


def holders(items: Iterable[Item], path: str) -> list[str]:
    """Ids of the groups that a layer is in, from the outermost."""
    for item in items:
        if isinstance(item, Group) and any(row["path"] == path for row in item.layers):
            return [item.id, *holders(item.items, path)]
    return []
