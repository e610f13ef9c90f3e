"""The network as a map: its layers as cards from input to output, groups of them folded, numbers and tiles on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from dashboard.analyses.inspect_model.map_items import Group, Item, Layer, chains, sources
from dashboard.analyses.inspect_model.map_layout import curve, layered
from dashboard.widgets.text import count
from shared.analyses.inspect_model.parts import LayerRow

# Pixels: of a card, of a layer on it, of one that has no weights and changes no shape, of a strip of tiles; of a
# group that is folded, of the bar over one that is not, and what is left free around what is in it.
CARD, ROW, SMALL_ROW, STRIP, ENDS = 224, 44, 25, 42, 8
FOLDED, BAR, INSET = 66, 30, 14
# Layers that are said in one line.
SMALL = frozenset({
    "Activation", "BatchNormalization", "Cropping2D", "Dropout", "ELU", "GaussianNoise", "InputLayer",
    "LayerNormalization", "LeakyReLU", "Normalization", "PReLU", "ReLU", "Rescaling", "Softmax",
    "SpatialDropout2D", "ZeroPadding2D",
})  # fmt: skip


@dataclass(frozen=True)
class LayerNotes:
    """What is drawn beside layers.

    Attributes:
        zeros: path to the share of zeros in what comes out, 0 to 1, where that is known.
        tiles: path to the address of a strip of tiles.
    """

    zeros: Mapping[str, float] = field(default_factory=dict)
    tiles: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Drawing:
    """Cards, frames of unfolded groups and lines, with places in pixels from the corner of what holds them."""

    width: float = 0.0
    height: float = 0.0
    cards: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


def map_data(items: Sequence[Item], rows: Sequence[LayerRow], unfolded: set[str], notes: LayerNotes,
             picture: str) -> dict[str, Any]:  # fmt: skip
    """What the browser needs, as JSON values.

    Args:
        items: of the network, from network_tree().
        rows: of its layer table.
        unfolded: ids of groups.
        notes: what is drawn beside layers.
        picture: shape of the input, in words; "" draws none.
    """
    most = max((row["parameters"] for row in rows), default=0)
    painter = _Painter(unfolded, notes, most, _fed_by_others(rows))
    whole = painter.draw(items, picture)
    return {"width": round(whole.width), "height": round(whole.height), "cards": whole.cards, "frames": whole.frames,
            "lines": whole.lines}  # fmt: skip


def _fed_by_others(rows: Sequence[LayerRow]) -> dict[str, list[str]]:
    feeds: dict[str, list[str]] = {}
    for row in rows:
        for path in row.get("inputs", ()):
            feeds.setdefault(path, []).append(row["path"])
    return feeds


class _Painter:
    def __init__(self, unfolded: set[str], notes: LayerNotes, most: int, feeds: Mapping[str, Sequence[str]]) -> None:
        self._unfolded, self._notes, self._most, self._feeds = unfolded, notes, most, feeds

    def draw(self, items: Sequence[Item], picture: str = "", inside: bool = False) -> _Drawing:
        """What holds some items; of a group, lines lead in at its top and out at its bottom."""
        cards = [[items[at] for at in card] for card in chains(items)]
        boxes = [self._box(card) for card in cards]
        # What comes from outside is box 0, what goes there the last one.
        enter = _input_card(picture) if picture else _Drawing(1.0, 0.0)
        sizes = [(box.width, box.height) for box in [enter, *boxes, *([_Drawing(1.0, 0.0)] if inside else [])]]
        edges = self._edges(items, cards, bool(picture) or inside, len(sizes) - 1 if inside else 0)
        placed = layered(sizes, edges)
        whole = _Drawing(placed.width, placed.height)
        for box, corner in zip([enter, *boxes], placed.corners, strict=False):
            _put(whole, box, corner)
        for line, edge in zip(placed.lines, edges, strict=True):
            points = _centred(line, whole.width, edge, len(sizes) - 1) if inside else line
            whole.lines.append({"x": 0, "y": 0, "path": curve(points)})
        return whole

    def _edges(
        self, items: Sequence[Item], cards: Sequence[Sequence[Item]], entered: bool, leave: int
    ) -> list[tuple[int, int]]:
        """Between boxes, see draw(); to box `leave` from whatever is needed outside, where that is not 0."""
        box_of = {item.id: at for at, card in enumerate(cards, 1) for item in card}
        found = set()
        for item, fed in zip(items, sources(items), strict=True):
            starts = {box_of[items[at].id] if at >= 0 else 0 for at in fed}
            found |= {(start, box_of[item.id]) for start in starts if start != box_of[item.id] and (start or entered)}
        here = {row["path"] for item in items for row in item.layers}
        for item in items:
            if leave and any(self._leads_out(row["path"], here) for row in item.layers):
                found.add((box_of[item.id], leave))
        return sorted(found)

    def _leads_out(self, path: str, here: set[str]) -> bool:
        feeds = self._feeds.get(path, ())
        return not feeds or any(one not in here for one in feeds)

    def _box(self, card: Sequence[Item]) -> _Drawing:
        if isinstance(card[0], Layer):
            return self._layers([cast(Layer, item).row for item in card])
        return self._unfolded_group(card[0]) if card[0].id in self._unfolded else self._folded_group(card[0])

    def _layers(self, rows: Sequence[LayerRow]) -> _Drawing:
        lines = [self._line(row) for row in rows]
        height = sum(line["height"] for line in lines) + ENDS
        return _Drawing(CARD, height, [{"x": 0, "y": 0, "width": CARD, "height": height, "layers": lines}])

    def _line(self, row: LayerRow) -> dict[str, Any]:
        """A layer on its card."""
        path, kind = row["path"], str(row.get("class", ""))
        small, tiles = kind in SMALL, self._notes.tiles.get(path, "")
        zeros = self._notes.zeros.get(path)
        return {
            "path": path,
            "name": path.rpartition("/")[2],
            "detail": kind if small else f"{kind} · {row['output_shape']}",
            "small": small,
            "height": (SMALL_ROW if small else ROW) + (STRIP if tiles else 0),
            "tiles": tiles,
            "bars": _bars(row, self._most, zeros, small),
            "title": "\n".join(filter(None, [path, f"{kind}, {row['output_shape']}", _number_words(row, zeros)])),
        }

    def _folded_group(self, group: Group) -> _Drawing:
        tiles = next((self._notes.tiles[row["path"]] for row in group.layers if row["path"] in self._notes.tiles), "")
        height = FOLDED + (STRIP if tiles else 0)
        card = {"x": 0, "y": 0, "width": CARD, "height": height, "group": _group(group), "tiles": tiles}
        return _Drawing(CARD, height, [card])

    def _unfolded_group(self, group: Group) -> _Drawing:
        inner = self.draw(group.items, inside=True)
        whole = _Drawing(max(inner.width, CARD) + 2 * INSET, inner.height + BAR)
        _put(whole, inner, ((whole.width - inner.width) / 2, BAR))
        frame = {"x": 0, "y": 0, "width": whole.width, "height": whole.height, "group": _group(group)}
        whole.frames.insert(0, frame)
        return whole


def _input_card(picture: str) -> _Drawing:
    card = {"x": 0, "y": 0, "width": CARD, "height": SMALL_ROW + ENDS, "words": f"Input · {picture}"}
    return _Drawing(CARD, SMALL_ROW + ENDS, [card])


def _group(group: Group) -> dict[str, Any]:
    last = group.layers[-1]
    times = f"{group.times} × the same · " if group.times > 1 else ""
    kind = "network inside · " if group.kind == "network" else ""
    return {
        "id": group.id,
        "name": group.title,
        "words": f"{times}{kind}{count(len(group.layers), 'layer')} · {last['output_shape']}",
        "holds": group.holds,
        "title": f"{group.layers[0]['path']} … {last['path']}\n"
        + count(sum(row["parameters"] for row in group.layers), "parameter"),
    }


def _bars(row: LayerRow, most: int, zeros: float | None, small: bool) -> list[dict[str, Any]]:
    """Parameters as a share of the largest layer's, zeros as a share of what comes out; 0 to 1."""
    own = [] if small or not row["parameters"] else [{"of": "parameters", "share": round(row["parameters"] / most, 4)}]
    return [*own, *([] if zeros is None else [{"of": "zeros", "share": round(zeros, 4)}])]


def _number_words(row: LayerRow, zeros: float | None) -> str:
    words = [count(row["parameters"], "parameter")] if row["parameters"] else []
    return ", ".join([*words, *([] if zeros is None else [f"{zeros:.0%} of its output is zero"])])


def _put(whole: _Drawing, part: _Drawing, corner: tuple[float, float]) -> None:
    """Take a drawing into another one."""
    x, y = corner
    for mine, others in ((whole.cards, part.cards), (whole.frames, part.frames), (whole.lines, part.lines)):
        mine += [{**one, "x": round(one["x"] + x, 1), "y": round(one["y"] + y, 1)} for one in others]


def _centred(
    line: list[tuple[float, float]], width: float, edge: tuple[int, int], last: int
) -> list[tuple[float, float]]:
    """A line that enters or leaves a group does so in its middle."""
    start = (width / 2, line[0][1]) if edge[0] == 0 else line[0]
    end = (width / 2, line[-1][1]) if edge[1] == last else line[-1]
    return [start, *line[1:-1], end]
