"""A network as items to draw: layers, and groups of them that can be folded, so that hundreds of layers fit a page.

Groups are made from the graph alone, whatever the layers are called: nested networks; blocks, which lie between two
layers that all paths meet (a residual block, an Inception module); cells, where no such layer is but only a few
tensors pass at once (NASNet); the same structure several times in a row, as one; and, where nothing else is left,
stretches of equal length. A network that fits is not folded.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from dashboard.analyses.inspect_model.map_items import (
    MOST_CARDS,
    Group,
    Item,
    Layer,
    consumers,
    fits,
    sources,
)
from shared.analyses.inspect_model.parts import LayerRow

# A repetition is looked for among so many items in a row, and folded where it covers so many layers, with branches or
# without.
LONGEST_PERIOD, FEWEST_REPEATED, FEWEST_IN_CHAIN = 24, 6, 24
# A repetition of fewer layers is not worth a group of its own; so many tensors may pass between two cells.
SMALLEST_BLOCK, WIDEST_CUT = 4, 3


def network_tree(rows: Sequence[LayerRow]) -> tuple[Item, ...]:
    """The items of a network, folded where they would not fit.

    Args:
        rows: of its layer table.
    """
    leaves = drawn_layers(rows)
    order = _depth_first(leaves)
    containers = {row["path"] for row in rows if row["path"] not in leaves}
    return _level([leaves[path] for path in order], "", containers)


def drawn_layers(rows: Sequence[LayerRow]) -> dict[str, LayerRow]:
    """The layers that have a place in the graph, by path: no networks, which hold others, and nothing that only the
    code of somebody's own layer knows. Of a table without connections, all that hold no others, one behind the other.
    """
    known = {row["path"]: row for row in rows if "inputs" in row}
    if known:
        return known
    holders = {path.rpartition("/")[0] for path in (row["path"] for row in rows)}
    plain = [row for row in rows if row["path"] not in holders]
    fed = ["", *(row["path"] for row in plain)]
    return {row["path"]: {**row, "inputs": [before]} for row, before in zip(plain, fed, strict=False)}


def _depth_first(leaves: Mapping[str, LayerRow]) -> list[str]:
    """Paths so that each comes behind what feeds it, one branch before the next. A layer that is called again, with
    what comes behind it, stands where it was called first.
    """
    order: list[str] = []
    done: set[str] = set()
    for start in leaves:
        stack = [(start, False)]
        while stack:
            path, fed = stack.pop()
            if fed:
                order.append(path)
            elif path not in done and path in leaves:
                done.add(path)
                stack.append((path, True))
                stack += [(source, False) for source in reversed(leaves[path]["inputs"])]
    return order


def _level(rows: Sequence[LayerRow], prefix: str, containers: set[str]) -> tuple[Item, ...]:
    """The items of one network: its layers, and the networks in it."""
    inside: dict[str, list[LayerRow]] = {}
    for row in rows:
        name = row["path"][len(prefix) :].partition("/")[0]
        holder = prefix + name if prefix + name in containers else ""
        inside.setdefault(holder or row["path"], []).append(row)
    items: list[Item] = []
    for path, held in inside.items():
        if path in containers:
            items.append(Group("network", path[len(prefix) :], _level(held, path + "/", containers), name=path))
        else:
            items += [Layer(row) for row in held]
    return fold(items)


def fold(items: Sequence[Item], width: int = 1) -> tuple[Item, ...]:
    """Group what would not fit.

    Args:
        items: in an order in which they can be computed.
        width: most tensors that may pass from one block to the next.
    """
    if fits(items) or width > WIDEST_CUT:
        return _stretches(_repeats(items))
    blocks: list[Item] = []
    for piece in _pieces(items, width):
        if len(piece) == 1:
            blocks += piece
        elif not fits(piece) and 2 * len(piece) > len(items):
            blocks += fold(piece, width + 1)  # most of the network: a block around it would say nothing
        else:
            blocks.append(_block(piece, width + 1))
    return _stretches(_repeats(blocks))


def _block(piece: Sequence[Item], width: int) -> Group:
    return Group("block", _title(piece), fold(piece, width))


def _pieces(items: Sequence[Item], width: int) -> list[list[Item]]:
    """The items, cut wherever so few of them feed what comes behind."""
    places = [max(after, default=at) for at, after in enumerate(consumers(items))]
    pieces: list[list[Item]] = [[]]
    alive: set[int] = set()
    for at, item in enumerate(items):
        pieces[-1].append(item)
        alive = {one for one in {*alive, at} if places[one] > at}
        if len(alive) <= width:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _repeats(items: Sequence[Item]) -> tuple[Item, ...]:
    """The same structure several times in a row, as one item; where all fits, as it is."""
    if fits(items) and all(isinstance(one, Layer) for one in items):
        return tuple(items)
    signatures = [_signature(item) for item in items]
    found: list[Item] = []
    at = 0
    while at < len(items):
        period, times = _repetition(items, signatures, at)
        if times > 1:
            found.append(_repeat(items[at : at + period * times], period, times))
        else:
            found.append(items[at])
        at += period * times
    return tuple(found)


def _repetition(items: Sequence[Item], signatures: Sequence[str], at: int) -> tuple[int, int]:
    """The shortest period from here on that is worth folding, and how often it occurs; (1, 1) for none."""
    for period in range(1, min(LONGEST_PERIOD, (len(items) - at) // 2) + 1):
        times = 1
        first = signatures[at : at + period]
        while signatures[at + period * times : at + period * (times + 1)] == first:
            times += 1
        covered = items[at : at + period * times]
        branched = any(isinstance(item, Group) for item in covered)
        fewest = FEWEST_REPEATED if branched else FEWEST_IN_CHAIN
        if times > 1 and sum(len(item.layers) for item in covered) >= fewest:
            return period, times
    return 1, 1


def _repeat(items: Sequence[Item], period: int, times: int) -> Group:
    each = [items[i * period : (i + 1) * period] for i in range(times)]
    small = len(each[0]) > 1 and sum(len(one.layers) for one in each[0]) < SMALLEST_BLOCK
    inside: list[Item] = []
    for one in each:
        inside += one if small or len(one) == 1 else [Group("block", _title(one), tuple(one))]
    title = f"{_title(each[0])} … {_title(each[-1])}"
    return Group("repeat", title, _stretches(inside), times)


def _signature(item: Item) -> str:
    """What two items of equal structure at the same resolution have in common."""
    if isinstance(item, Layer):
        return f"{item.row.get('class', '')}@{item.row['stride']}"
    parts = zip(item.items, sources(item.items), strict=True)
    inside = ";".join(f"{_signature(one)}<{','.join(str(at - i) if i >= 0 else '*' for i in fed)}"
                      for at, (one, fed) in enumerate(parts))  # fmt: skip
    return f"{item.times}({inside})"


def _stretches(items: Sequence[Item]) -> tuple[Item, ...]:
    """At most so many cards: what are more becomes stretches of equal length."""
    if fits(items):
        return tuple(items)
    size = -(-len(items) // min(MOST_CARDS - 6, max(2, len(items) // 2)))
    pieces = [items[at : at + size] for at in range(0, len(items), size)]
    return tuple(Group("part", f"{_end(piece[0], 0)} … {_end(piece[-1], -1)}", _stretches(piece)) for piece in pieces)


def _end(item: Item, which: int) -> str:
    return item.layers[which]["path"].rpartition("/")[2]


def _title(items: Sequence[Item]) -> str:
    """What the names of the layers begin with, where that is a word with a number; else the name of the last one."""
    names = [row["path"].rpartition("/")[2] for item in items for row in item.layers]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    common = "".join(letters[0] for letters in same).rstrip("_-.")
    whole = all(name[len(common) : len(common) + 1] in ("", "_", "-", ".") for name in names)
    numbered = any(letter.isdigit() for letter in common)
    return common if whole and numbered and len(common) > 3 and len(names) > 1 else names[-1]
