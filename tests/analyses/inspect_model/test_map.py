"""The map of a network: what is folded, that every layer and connection is there, that nothing lies on anything."""

import time
from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest

from dashboard.analyses.inspect_model.map_items import MOST_CARDS, Group, Item, Layer, chains, holders, sources
from dashboard.analyses.inspect_model.map_layout import curve, layered
from dashboard.analyses.inspect_model.map_tree import network_tree
from dashboard.analyses.inspect_model.network_map import LayerNotes, map_data
from shared.analyses.inspect_model.parts import LayerRow


def row(path: str, kind: str, *fed: str, stride: float | None = 1, parameters: int = 0) -> LayerRow:
    return {"path": path, "class": kind, "output_shape": "8 × 8 × 4", "channels": 4, "parameters": parameters,
            "receptive_field": 3, "stride": stride, "shows": [], "inputs": list(fed)}  # type: ignore[misc] # fmt: skip


def chain(length: int) -> list[LayerRow]:
    kinds = ["Conv2D", "Activation"]
    return [row(f"layer_{i}", kinds[i % 2], f"layer_{i - 1}" if i else "") for i in range(length)]


def residual(blocks: int, prefix: str = "") -> list[LayerRow]:
    rows, last = [row(f"{prefix}stem", "Conv2D", "")], f"{prefix}stem"
    for i in range(blocks):
        name = f"{prefix}block{i}"
        rows += [row(f"{name}_conv", "Conv2D", last), row(f"{name}_bn", "BatchNormalization", f"{name}_conv"),
                 row(f"{name}_add", "Add", last, f"{name}_bn")]  # fmt: skip
        last = f"{name}_add"
    return [*rows, row(f"{prefix}head", "Dense", last, stride=None)]


def cells(number: int) -> list[LayerRow]:
    """As NASNet's: each is fed by the two before it, so that no layer is met by all paths."""
    rows, before, last = [row("stem", "Conv2D", "")], "stem", "stem"
    for i in range(number):
        left, right = f"cell{i}_left", f"cell{i}_right"
        rows += [row(left, "Conv2D", before), row(right, "Conv2D", last)]
        rows += [row(f"cell{i}_pool", "MaxPooling2D", last), row(f"cell{i}_add", "Add", left, right)]
        rows += [row(f"cell{i}_join", "Concatenate", f"cell{i}_add", f"cell{i}_pool", left)]
        before, last = last, f"cell{i}_join"
    return rows


def groups(items: Sequence[Item]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from groups(item.items)


NETWORKS = {"a chain": chain(9), "a long chain": chain(2000), "residual": residual(16), "cells": cells(20),
            "many blocks": residual(300)}  # fmt: skip


@pytest.mark.parametrize("rows", NETWORKS.values(), ids=NETWORKS)
def test_every_layer_is_there_once_and_each_level_is_readable(rows: list[LayerRow]) -> None:
    started = time.perf_counter()
    items = network_tree(rows)
    assert time.perf_counter() - started < 1.0, "a page waits for it"
    assert sorted(r["path"] for item in items for r in item.layers) == sorted(r["path"] for r in rows)
    assert all(len(chains(level)) <= MOST_CARDS for level in [items, *(group.items for group in groups(items))])


def test_a_small_network_is_not_folded() -> None:
    assert all(isinstance(item, Layer) for item in network_tree(residual(5)))


def test_equal_blocks_in_a_row_are_one_group() -> None:
    (repeat,) = [item for item in network_tree(residual(16)) if isinstance(item, Group) and item.kind == "repeat"]
    assert (repeat.times, len(repeat.layers)) == (16, 48)
    assert [len(item.layers) for item in repeat.items] == [3] * 16
    assert holders(network_tree(residual(16)), "block3_bn")[0] == repeat.id


def test_cells_that_two_tensors_join_are_told_apart() -> None:
    names = [{r["path"].partition("_")[0] for r in group.layers} for group in groups(network_tree(cells(20)))]
    assert {"cell7"} in names


def test_a_nested_network_is_a_group_that_unfolds_to_its_layers() -> None:
    rows = [row("scale", "Rescaling", ""), {**row("trunk", "Functional"), "path": "trunk"}]
    del rows[1]["inputs"]
    rows += [row("trunk/a", "Conv2D", "scale"), row("trunk/b", "Conv2D", "trunk/a"), row("head", "Dense", "trunk/b")]
    scale, trunk, head = network_tree(rows)
    assert isinstance(trunk, Group)
    assert (trunk.kind, [item.id for item in trunk.items]) == ("network", ["trunk/a", "trunk/b"])
    assert sources([scale, trunk, head]) == [[-1], [0], [1]]
    folded = map_data([scale, trunk, head], rows[:1] + rows[2:], set(), LayerNotes(), "8 × 8 × 3")
    assert [card["group"]["name"] for card in folded["cards"] if "group" in card] == ["trunk"]
    unfolded = map_data([scale, trunk, head], rows[:1] + rows[2:], {trunk.id}, LayerNotes(), "8 × 8 × 3")
    assert [frame["group"]["name"] for frame in unfolded["frames"]] == ["trunk"]
    drawn = [line["path"] for card in unfolded["cards"] for line in card.get("layers", [])]
    assert drawn == ["scale", "trunk/a", "trunk/b", "head"]


def test_a_layer_that_is_called_again_does_not_turn_in_circles() -> None:
    rows = [row("a", "Conv2D", "", "b"), row("b", "Conv2D", "a"), row("c", "Dense", "a")]
    assert sorted(item.id for item in network_tree(rows)) == ["a", "b", "c"]


@pytest.mark.parametrize("rows", [residual(5), cells(4), *NETWORKS.values()])
def test_no_card_lies_on_another_and_lines_lead_down(rows: list[LayerRow]) -> None:
    items = network_tree(rows)
    unfolded = {next(groups(items)).id} if any(True for _ in groups(items)) else set()
    data = map_data(items, rows, unfolded, LayerNotes(), "8 × 8 × 3")
    for one, other in combinations(data["cards"], 2):
        apart = [one[at] + one[size] <= other[at] or other[at] + other[size] <= one[at]
                 for at, size in (("x", "width"), ("y", "height"))]  # fmt: skip
        assert any(apart), (one, other)
    assert all(0 <= card["x"] <= data["width"] - card["width"] + 1 for card in data["cards"])
    assert data["lines"]


def test_each_box_is_below_what_feeds_it_and_long_lines_pass_beside_boxes() -> None:
    layout = layered([(100.0, 20.0)] * 4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    tops = [top for _, top in layout.corners]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4
    left, width = layout.corners[1][0], 100
    past = [x for x, y in layout.lines[3] if tops[1] <= y <= tops[2]]
    assert past
    assert all(x < left or x > left + width for x in past)
    assert curve([(0, 0), (0, 10), (5, 20)]) == "M0 0V10C0 15 5 15 5 20"


def test_bars_say_shares_of_the_largest_layer_and_of_zeros() -> None:
    rows = [row("a", "Conv2D", "", parameters=50), row("b", "ReLU", "a"), row("c", "Dense", "b", parameters=200)]
    data = map_data(network_tree(rows), rows, set(), LayerNotes({"b": 0.4}, {"a": "/strip.jpg"}), "")
    lines = {line["path"]: line for card in data["cards"] for line in card["layers"]}
    assert lines["a"]["bars"] == [{"of": "parameters", "share": 0.25}]
    assert lines["b"]["bars"] == [{"of": "zeros", "share": 0.4}]
    assert (lines["a"]["tiles"], lines["c"]["tiles"]) == ("/strip.jpg", "")
    assert "40% of its output is zero" in lines["b"]["title"]
