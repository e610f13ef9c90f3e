"""Which axis of a Keras tensor holds what of an ONNX tensor.

Every axis is a group of atoms: sides that are never mixed, in the order in which they are counted. A picture of ONNX,
(batch, channel, row, column), and of Keras, (batch, row, column, channel), are the same atoms in another order. So a
transpose only renames axes, a reshape only groups atoms anew or splits one, and layers that move numbers are needed
only where something is computed that depends on the order: channels stay last without a transpose in between, a
Flatten is followed by a kernel with its rows in another order, and a channel shuffle is one move. Sides of 1 hold
nothing, so an axis of size 1 is an empty group.

A side may be open. It then has several sizes, one for each of the pictures that are tried; sizes that are the same in
all of them are known.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

Sizes = tuple[int, ...]


class Mixed(ValueError):
    """A reshape that cuts across sides, or mixes the pictures of a batch."""


@dataclass(frozen=True, eq=False)
class Atom:
    """A side that is never mixed with another.

    Attributes:
        sizes: in each of the pictures that are tried.
        batch: whether it counts the pictures.
    """

    sizes: Sizes
    batch: bool = False


Group = tuple[Atom, ...]
Axes = tuple[Group, ...]


def atom_group(sizes: Sizes) -> Group:
    """The group of a new axis: one atom, or none for a side of 1."""
    return () if set(sizes) == {1} else (Atom(sizes),)


def group_sizes(group: Iterable[Atom], count: int) -> Sizes:
    """Sizes of an axis in each of `count` pictures."""
    atoms = list(group)
    return tuple(prod(atom.sizes[one] for atom in atoms) for one in range(count))


def flat(axes: Iterable[Group]) -> Group:
    """All atoms of some axes, in order."""
    return tuple(atom for group in axes for atom in group)


def replaced(axes: Axes, parts: Mapping[Atom, Group]) -> Axes:
    """Axes with some atoms replaced by others."""
    return tuple(tuple(new for atom in group for new in parts.get(atom, (atom,))) for group in axes)


def regrouped(axes: Axes, shape: Sequence[Sizes]) -> tuple[Axes, dict[Atom, Group]]:
    """Atoms in the groups of another shape.

    Args:
        axes: of a tensor.
        shape: sizes of every new axis.

    Returns:
        The new axes, and by what the atoms that had to be split are replaced.

    Raises:
        Mixed: the new shape does not keep sides whole.
    """
    waiting = deque(flat(axes))
    splits: dict[Atom, Group] = {}
    groups = [_take(waiting, wanted, splits) for wanted in shape]
    if waiting:
        if set(group_sizes(waiting, len(waiting[0].sizes))) != {1}:
            raise Mixed("a reshape to another number of values")
        groups[-1] += tuple(waiting)
    return tuple(groups), {atom: _ends(atom, splits) for atom in splits}


def _ends(atom: Atom, splits: Mapping[Atom, Group]) -> Group:
    return tuple(end for part in splits[atom] for end in (_ends(part, splits) if part in splits else (part,)))


def _take(waiting: deque[Atom], wanted: Sizes, splits: dict[Atom, Group]) -> Group:
    """The next atoms whose sizes make up an axis, the last of them split where it is too large."""
    group: list[Atom] = []
    have = tuple(1 for _ in wanted)
    if waiting and waiting[0].batch and waiting[0].sizes == wanted:
        return (waiting.popleft(),)
    while have != wanted:
        if not waiting:
            raise Mixed("a reshape to another number of values")
        atom = waiting.popleft()
        if not _divides(tuple(h * s for h, s in zip(have, atom.sizes, strict=True)), wanted):
            atom, rest = _split(atom, have, wanted, splits)
            waiting.appendleft(rest)
        group.append(atom)
        have = tuple(h * s for h, s in zip(have, atom.sizes, strict=True))
    return tuple(group)


def _divides(parts: Sizes, whole: Sizes) -> bool:
    return all(part and not w % part for part, w in zip(parts, whole, strict=True))


def _split(atom: Atom, have: Sizes, wanted: Sizes, splits: dict[Atom, Group]) -> tuple[Atom, Atom]:
    if atom.batch or not _divides(have, wanted):
        raise Mixed("a reshape that mixes sides")
    need = tuple(w // h for w, h in zip(wanted, have, strict=True))
    if not _divides(need, atom.sizes) or set(need) == {1}:
        raise Mixed("a reshape that cuts across sides")
    left, right = Atom(need), Atom(tuple(s // n for s, n in zip(atom.sizes, need, strict=True)))
    splits[atom] = (left, right)
    return left, right


def matched(first: Group, second: Group) -> tuple[dict[Atom, Group], dict[Atom, Group]]:
    """How the atoms of two axes of one size are split and renamed so that they are the same.

    Returns:
        For the first axis what its atoms are split into; for the second the atoms of the first that it gets.

    Raises:
        Mixed: the axes have other sizes.
    """
    splits: dict[Atom, Group] = {}
    renamed: dict[Atom, Group] = {}
    waiting = deque(first)
    for atom in second:
        renamed[atom] = _take(waiting, atom.sizes, splits)
        if atom.batch != any(one.batch for one in renamed[atom]):
            raise Mixed("pictures of a batch against another side")
    if waiting:
        raise Mixed("sides of different sizes")
    ends = {atom: _ends(atom, splits) for atom in splits}
    return ends, {atom: flat(ends.get(one, (one,)) for one in group) for atom, group in renamed.items()}


def blocks(have: Axes, want: Axes) -> Iterator[Group]:
    """The atoms of some axes, in pieces that stay together when they are laid out as other axes are."""
    order = {atom: place for place, atom in enumerate(flat(want))}
    for group in have:
        block: list[Atom] = []
        for atom in group:
            if block and order[atom] != order[block[-1]] + 1:
                yield tuple(block)
                block = []
            block.append(atom)
        if block:
            yield tuple(block)


def parted(group: Group, inside: Container[Atom]) -> list[Group]:
    """A group in pieces whose atoms are all in a set, or all outside; one empty piece of an empty group."""
    pieces: list[list[Atom]] = []
    for atom in group:
        if pieces and (pieces[-1][-1] in inside) == (atom in inside):
            pieces[-1].append(atom)
        else:
            pieces.append([atom])
    return [tuple(piece) for piece in pieces] or [()]
