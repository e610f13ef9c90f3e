"""Axes as groups of sides: what a reshape, a transpose and a broadcast do to them."""

import numpy as np
import pytest

from shared.uploads.onnx.axes import Atom, Axes, Mixed, atom_group, flat, matched, parted, regrouped
from shared.uploads.onnx.network import order_of

BATCH = (Atom((2,), batch=True),)


def axes(*sides: int) -> Axes:
    return (BATCH, *(atom_group((side,)) for side in sides))


def test_a_side_of_one_holds_nothing() -> None:
    assert axes(1, 3)[1] == () and len(axes(1, 3)[2]) == 1


def test_a_reshape_groups_sides() -> None:
    picture = axes(3, 4, 5)
    made, splits = regrouped(picture, [(2,), (60,)])
    assert made == (BATCH, flat(picture[1:])) and not splits


def test_a_reshape_splits_a_side() -> None:
    (channels,) = axes(6)[1]
    made, splits = regrouped((BATCH, (channels,)), [(2,), (2,), (3,)])
    assert [atom.sizes for atom in splits[channels]] == [(2,), (3,)]
    assert made[1:] == ((splits[channels][0],), (splits[channels][1],))


@pytest.mark.parametrize("shape", [[(2,), (7,)], [(2,), (4,), (3,)], [(1,), (12,), (2,)], [(6,), (2,)]], ids=str)
def test_a_reshape_that_mixes_sides_is_told(shape: list[tuple[int]]) -> None:
    with pytest.raises(Mixed):
        regrouped(axes(2, 3), shape)


def test_sizes_must_agree_for_every_picture_that_is_tried() -> None:
    side = Atom((224, 352))
    made, splits = regrouped(((side,),), [(2, 2), (112, 176)])
    assert [atom.sizes for atom in splits[side]] == [(2, 2), (112, 176)] and len(made) == 2
    with pytest.raises(Mixed):
        regrouped(((side,),), [(2, 2), (112, 112)])


def test_two_axes_of_one_size_get_the_same_sides() -> None:
    whole, parts = (Atom((6,)),), (Atom((2,)), Atom((3,)))
    splits, renamed = matched(whole, parts)
    assert tuple(renamed[atom][0] for atom in parts) == splits[whole[0]]
    splits, renamed = matched(parts, whole)
    assert not splits and renamed[whole[0]] == parts


def test_the_order_of_a_flattened_picture() -> None:
    channels, rows, columns = (Atom((side,)) for side in (2, 3, 4))
    order = order_of((channels, rows, columns), (rows, columns, channels), 1)
    numbers = np.arange(24).reshape(2, 3, 4)
    assert np.array_equal(numbers.ravel()[order], numbers.transpose(1, 2, 0).ravel())


def test_a_group_in_pieces() -> None:
    first, second, third = (Atom((2,)) for _ in range(3))
    assert parted((first, second, third), {second}) == [(first,), (second,), (third,)]
    assert parted((), {first}) == [()]
