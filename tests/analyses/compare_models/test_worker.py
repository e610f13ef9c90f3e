"""Two networks of which one was changed by a known amount: how far it moved, what is drawn of it, what is said.

Each was seen to fail with the matching line broken: before and after swapped, sums over the wrong axis, the share
rounded to one, prefixes and automatic names left as they are.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses import CompareModels
from shared.errors import InvalidSpec, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures.tiny_models import loaded, random_convnet
from tests.fixtures.worker_context import context
from worker.analyses.compare_models.analysis import compare_models
from worker.analyses.compare_models.distance import LayerMoves, MoveSums, layer_moves
from worker.analyses.compare_models.match import match_layers, weighted_layers

layers = keras.layers
QUICK = {"model": "before", "other": "after", "size": 16, "steps": 3, "mode": "classic", "precision": "float32"}


def changed(network: keras.Model, layer: str, change: Any) -> keras.Model:
    """A copy with the weights of one layer changed."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    found = copy.get_layer(layer)
    found.set_weights(change([np.array(w) for w in found.get_weights()]))
    return copy


def one_filter(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Channel 2 turned into its opposite."""
    weights[0][..., 2] *= -1
    return weights


def twice(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Channel 2 twice as strong."""
    weights[0][..., 2] *= 2
    return weights


def run(folder: Path, before: keras.Model, after: keras.Model, done: frozenset[int] = frozenset(), **fields: object):
    spec = CompareModels.from_fields(QUICK | fields)
    assert isinstance(spec, CompareModels)
    made = context(folder, done, before=loaded(before, title="old"), after=loaded(after, title="new"))
    found = list(compare_models(spec, made))
    totals = [item.total for item in found if isinstance(item, Progress) and item.total]
    parts = {p.index: decode_part(encode_part(p)) for p in found if isinstance(p, Part)}
    assert totals and set(parts) == set(range(totals[-1])) - done
    return parts


def moves(before: keras.Model, after: keras.Model) -> dict[str, LayerMoves]:
    return {a.path: layer_moves(a, b) for a, b in match_layers(before, after).pairs}


def single(layer: keras.layers.Layer, *shape: int) -> keras.Model:
    """A network of one layer, all weights 1."""
    inputs = keras.Input(shape)
    network = keras.Model(inputs, layer(inputs))
    layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    return network


# How far


def test_distance_cosine_and_share_by_hand() -> None:
    before = single(layers.Conv2D(6, 3, name="conv"), 8, 8, 3)

    def change(weights: list[np.ndarray]) -> list[np.ndarray]:
        weights[0][..., 2] = 2  # 27 weights by 1 each, from a norm of √(27 + 1) with the bias
        weights[1][4] = -1
        return weights

    found = moves(before, changed(before, "conv", change))["conv"]
    distance = [0, 0, np.sqrt(27 / 28), 0, 2 / np.sqrt(28), 0]
    assert found.channels.distance == pytest.approx(distance, abs=1e-6)
    assert found.channels.cosine[2] == pytest.approx(55 / np.sqrt(28 * 109))
    assert found.channels.unchanged == pytest.approx([1, 1, 1 / 28, 1, 27 / 28, 1])
    assert found.whole.distance[0] == pytest.approx(np.sqrt((27 + 4) / 168))
    assert found.whole.cosine[0] == pytest.approx((4 * 28 + 55 + 26) / np.sqrt(168 * (4 * 28 + 109 + 28)))
    assert found.whole.unchanged[0] == pytest.approx(140 / 168)
    assert found.most(3) == [2, 4, 0] and found.state == "moved"
    assert [name for name, _ in found.weights] == ["kernel", "bias"]


def test_before_and_after_are_not_the_same_thing() -> None:
    single_weights = single(layers.Conv2D(2, 1, name="conv"), 4, 4, 1)
    double = changed(single_weights, "conv", lambda weights: [2 * w for w in weights])
    assert moves(single_weights, double)["conv"].whole.distance[0] == 1
    assert moves(double, single_weights)["conv"].whole.distance[0] == 0.5


def test_what_did_not_move_is_frozen_exactly_and_one_bit_is_enough_to_have_moved() -> None:
    before = single(layers.Dense(64, name="wide"), 64)

    def nudge(weights: list[np.ndarray]) -> list[np.ndarray]:
        weights[0][5, 7] = np.nextafter(np.float32(1), np.float32(2))
        return weights

    same = moves(before, changed(before, "wide", lambda w: w))["wide"]
    assert (same.whole.distance[0], same.whole.cosine[0], same.whole.unchanged[0]) == (0, 1, 1)
    assert same.state == "frozen"
    found = moves(before, changed(before, "wide", nudge))["wide"]
    assert found.whole.unchanged[0] < 1 and found.state == "moved"
    assert np.flatnonzero(found.channels.unchanged < 1).tolist() == [7]


def test_one_weight_of_a_thousand_million_is_not_rounded_away() -> None:
    size = 10**9
    found = MoveSums(np.array([[1e-14], [size], [size], [size], [size - 1]], np.float64), size).moves()
    assert 0.9999999 < found.unchanged[0] < 1 and found.distance[0] > 0


def test_weights_that_were_zero_moved_infinitely_far() -> None:
    before = single(layers.Conv2D(2, 1, use_bias=False, name="conv"), 4, 4, 1)
    before.set_weights([np.array([0, 3], np.float32).reshape(1, 1, 1, 2)])
    found = moves(before, changed(before, "conv", lambda w: [w[0] + 1]))["conv"]
    assert np.isinf(found.channels.distance[0]) and np.isnan(found.channels.cosine[0])
    assert found.most(1) == [0] and found.facts()["distance"] == pytest.approx(np.sqrt(2) / 3)


@pytest.mark.parametrize(
    ("layer", "place", "channel"),
    [
        (layers.DepthwiseConv2D(3, depth_multiplier=2, name="one"), (0, (1, 1, 2, 1)), 5),
        (layers.Conv2DTranspose(4, 3, name="one"), (0, (1, 1, 3, 2)), 3),
        (layers.SeparableConv2D(4, 3, name="one"), (1, (0, 0, 1, 3)), 3),
        (layers.Conv2D(6, 3, groups=3, name="one"), (0, (0, 0, 0, 4)), 4),
        (layers.Dense(5, name="one"), (0, (2, 1)), 1),
        (layers.BatchNormalization(name="one"), (0, (2,)), 2),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, keras.layers.Layer) else "",
)  # fmt: skip
def test_a_weight_counts_for_its_own_output_channel(layer: Any, place: Any, channel: int) -> None:
    before = single(layer, 8, 8, 3)

    def change(weights: list[np.ndarray]) -> list[np.ndarray]:
        weights[place[0]][place[1]] = 9
        return weights

    found = moves(before, changed(before, "one", change))["one"]
    assert len(found.channels.distance) == before.output.shape[-1]
    assert np.flatnonzero(found.channels.distance).tolist() == [channel]


def test_a_separable_layers_first_kernel_counts_for_the_layer_alone() -> None:
    before = single(layers.SeparableConv2D(4, 3, name="one"), 8, 8, 3)
    found = moves(before, changed(before, "one", lambda w: [w[0] + 1, *w[1:]]))["one"]
    assert found.whole.distance[0] > 0 and not found.channels.distance.any()


def test_running_statistics_alone_are_said_to_be_that() -> None:
    before = single(layers.BatchNormalization(name="norm"), 4, 4, 3)
    drifted = changed(before, "norm", lambda w: [*w[:2], w[2] + 1, w[3]])
    trained = changed(before, "norm", lambda w: [w[0] + 1, w[1], w[2] + 1, w[3]])
    assert [moves(before, one)["norm"].state for one in (before, drifted, trained)] == [
        "frozen",
        "statistics",
        "moved",
    ]


# Whose


def backbone(name: str = "backbone", first: int = 4) -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(first, 3, padding="same", activation="relu", name="low")(inputs)
    return keras.Model(inputs, layers.Conv2D(5, 3, name="high")(x), name=name)


def trained_on(base: keras.Model, classes: int = 2) -> keras.Model:
    """The base as a model inside, with preprocessing in front and a head behind."""
    inputs = keras.Input((16, 16, 3))
    x = base(layers.Rescaling(2.0, -1, name="scale")(inputs))
    return keras.Model(inputs, layers.Dense(classes, name="dense")(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize("swapped", [False, True])
def test_a_base_is_found_inside_what_was_trained_on_it(swapped: bool) -> None:
    base, trained = backbone(), trained_on(backbone())
    pair = (trained, base) if swapped else (base, trained)
    found = match_layers(*pair)
    paths = {(a.path, b.path) for a, b in found.pairs}
    flat, nested = ["low", "high"], ["backbone/low", "backbone/high"]
    assert paths == set(zip(nested, flat, strict=True) if swapped else zip(flat, nested, strict=True))
    only = (found.only_before, found.only_after)
    assert [[one.path for one in side] for side in only] == ([["dense"], []] if swapped else [[], ["dense"]])
    assert (found.inside_before, found.inside_after) == (("backbone", "") if swapped else ("", "backbone"))


def test_containers_may_have_other_names_and_heads_other_classes() -> None:
    found = match_layers(trained_on(backbone("mine"), 2), trained_on(backbone("yours"), 3))
    assert [(a.path, b.path) for a, b in found.pairs] == [("mine/low", "yours/low"), ("mine/high", "yours/high")]
    assert [one.path for one in (*found.only_before, *found.only_after)] == ["dense", "dense"]
    same = match_layers(trained_on(backbone("mine")), trained_on(backbone("yours")))
    assert [a.path for a, _ in same.pairs] == ["mine/low", "mine/high", "dense"]


def automatic() -> keras.Model:
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3)(layers.Conv2D(4, 3, padding="same")(layers.Conv2D(4, 1)(inputs)))
    return keras.Model(inputs, layers.BatchNormalization()(x))


def test_names_that_keras_counted_on_are_counted_anew() -> None:
    first, second = automatic(), automatic()
    assert {one.path for one in weighted_layers(first)}.isdisjoint(one.path for one in weighted_layers(second))
    found = match_layers(first, second)
    assert [a.shapes for a, _ in found.pairs] == [b.shapes for _, b in found.pairs] and len(found.pairs) == 4
    assert [b.path for _, b in found.pairs] == [one.path for one in weighted_layers(second)]


def test_another_width_and_another_architecture_are_refused_by_their_first_difference() -> None:
    with pytest.raises(InvalidSpec, match="low with weights 3×3×3×4, 4 before, low with weights 3×3×3×8, 8 after"):
        match_layers(backbone(), backbone(first=8))
    with pytest.raises(InvalidSpec, match=r"low with .* before, first with .* after, the first layer that differs"):
        match_layers(backbone(), random_convnet())


def test_grey_and_colour_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="one of 3 and one of 1 channels"):
        run(tmp_path, random_convnet(), random_convnet(channels=1))


# What is drawn


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Part]:
    before = random_convnet()
    return run(tmp_path_factory.mktemp("compared"), before, changed(before, "second", one_filter), most_channels=3)


def test_the_table_says_what_moved_and_what_is_frozen(parts: dict[int, Part]) -> None:
    facts, arrays = parts[0].facts, parts[0].arrays
    assert [(row["path"], row["state"], row["part"]) for row in facts["layers"]] == [
        ("first", "frozen", 0), ("second", "moved", 1), ("classes", "frozen", 0),
    ]  # fmt: skip
    assert [row["hindrance"] for row in facts["layers"]] == ["", "", "which has no height and width"]
    assert (facts["matched"], facts["moved"], facts["frozen"], facts["only_after"]) == (3, 1, 2, [])
    assert arrays["distance"][[0, 2]].tolist() == [0, 0] and arrays["unchanged"][[0, 2]].tolist() == [1, 1]
    assert arrays["channel_distance"].shape == (6 + 8 + 3,)
    assert facts["layers"][1]["most"] == [2, 0, 1] and np.argmax(arrays["channel_distance"]) == 6 + 2
    assert parts[0].pictures["picture"].shape == (16, 16, 3)
    assert arrays["logits_before"].shape == arrays["logits_after"].shape == (3,)
    assert facts["top_before"][0]["logit"] == pytest.approx(arrays["logits_before"].max())
    assert not np.array_equal(arrays["logits_before"], arrays["logits_after"])


def test_only_the_channel_that_moved_wants_and_sees_something_else(parts: dict[int, Part]) -> None:
    part = parts[1]
    assert part.arrays["channels"].tolist() == [2, 0, 1] and part.facts["path"] == part.facts["path_after"] == "second"
    for channel in (0, 1):  # from the same start through the same weights
        assert np.array_equal(part.pictures[f"before_{channel}"], part.pictures[f"after_{channel}"])
    assert part.arrays["distance"][0] > 0 and part.arrays["distance"][1:].tolist() == [0, 0]
    before, after = part.arrays["maps_before"], part.arrays["maps_after"]
    assert before.shape == after.shape == (6, 6, 3) and before.dtype == np.float16
    assert np.array_equal(before[..., 1:], after[..., 1:]) and not np.array_equal(before[..., 0], after[..., 0])
    first = part.facts["channels"][0]
    both = np.stack([before[..., 0], after[..., 0]])
    assert first["low"] == pytest.approx(both.min(), abs=1e-3) and first["high"] == pytest.approx(both.max(), rel=1e-3)
    assert part.arrays["objective_after"].shape == (3, 3)
    assert part.arrays["objective_after"][0, -1] > part.arrays["objective_after"][0, 0]


def test_a_twice_as_strong_filter_answers_twice_as_much(tmp_path: Path) -> None:
    linear = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3, name="linear")])
    found = run(tmp_path, linear, changed(linear, "linear", twice), most_channels=1)
    maps = [found[1].arrays[f"maps_{side}"].astype(np.float32) for side in ("before", "after")]
    assert maps[1] == pytest.approx(2 * maps[0], abs=1e-2) and np.abs(maps[0]).max() > 0.05


def test_layers_that_moved_most_are_drawn_in_the_networks_order(tmp_path: Path) -> None:
    before = random_convnet()
    after = changed(changed(before, "first", lambda w: [1.5 * w[0], w[1]]), "second", one_filter)
    found = run(tmp_path, before, after, most_channels=1, steps=1)
    assert [found[i].name for i in (1, 2)] == ["first", "second"]
    strongest = run(tmp_path, before, after, most_channels=1, most_layers=1, steps=1)
    table = {row["path"]: row["distance"] for row in strongest[0].facts["layers"]}
    assert strongest[1].name == max(("first", "second"), key=table.__getitem__)


def test_a_frozen_layer_is_drawn_when_it_is_named(tmp_path: Path) -> None:
    before = random_convnet()
    after = changed(before, "first", one_filter)
    found = run(tmp_path, before, after, layers="second", most_channels=2, steps=1)
    assert found[0].facts["layers"][1]["state"] == "frozen" and found[1].name == "second"
    assert not np.array_equal(found[1].arrays["maps_before"], found[1].arrays["maps_after"])


def test_networks_that_are_the_same_are_said_to_be_and_nothing_is_drawn(tmp_path: Path) -> None:
    found = run(tmp_path, random_convnet(), random_convnet(), layers="first")
    assert set(found) == {0} and found[0].facts["moved"] == 0 and found[0].facts["frozen"] == 3


def test_a_nested_layer_is_drawn_beside_its_base(tmp_path: Path) -> None:
    base = backbone()
    found = run(tmp_path, base, trained_on(changed(base, "high", one_filter)), most_channels=1)
    assert (found[1].facts["path"], found[1].facts["path_after"]) == ("high", f"{base.name}/high")
    assert found[0].facts["top_before"] is None and "logits_before" not in found[0].arrays
    assert len(found[0].facts["top_after"]) == 2


def three_answers() -> keras.Model:
    """Classes, a number and a mask of one picture."""
    keras.utils.set_random_seed(3)
    picture = keras.Input((16, 16, 3))
    maps = layers.Conv2D(6, 3, padding="same", activation="relu", name="first")(picture)
    pooled = layers.GlobalAveragePooling2D()(maps)
    return keras.Model(picture, {
        "kind": layers.Dense(3, "softmax", name="kind")(pooled),
        "age": layers.Dense(1, name="age")(pooled),
        "mask": layers.Conv2D(2, 1, activation="softmax", name="mask")(maps),
    })  # fmt: skip


def test_classes_numbers_and_masks_are_compared_output_by_output(tmp_path: Path) -> None:
    before = three_answers()
    after = changed(before, "age", lambda w: [w[0], w[1] + 2])
    after = changed(after, "mask", lambda w: [w[0], w[1] + np.array([0, 1e4])])
    table = run(tmp_path, before, after, most_layers=1, most_channels=1, steps=1)[0]
    facts = table.facts
    rows = [{row["output"]: row for row in facts[f"outputs_{side}"]} for side in ("before", "after")]
    assert set(rows[0]) == set(rows[1]) == {"kind", "age", "mask"}
    ages = [one["age"]["numbers"][0]["value"] for one in rows]
    assert ages[1] - ages[0] == pytest.approx(2, abs=1e-5)
    assert rows[0]["kind"]["top"] == rows[1]["kind"]["top"] == facts["top_before"]
    masks = [table.arrays[f"mask_{side}"] for side in ("before", "after")]
    assert (masks[1] == 1).all() and rows[1]["mask"]["top"][0]["probability"] == 1
    assert facts["same_mask"] == pytest.approx((masks[0] == 1).mean()) and facts["same_mask"] < 1
    assert table.pictures["mask_after"].shape == table.pictures["picture"].shape == (16, 16, 3)
    assert not np.array_equal(table.pictures["mask_after"], table.pictures["mask_before"])


def test_one_output_is_compared_by_name(tmp_path: Path) -> None:
    before = three_answers()
    after = changed(before, "age", lambda w: [w[0], w[1] + 2])
    facts = run(tmp_path, before, after, model_output="age")[0].facts
    assert [row["output"] for row in facts["outputs_after"]] == ["age"] and facts["top_after"] is None
    with pytest.raises(InvalidSpec, match="an output of this model"):
        run(tmp_path, before, after, model_output="weight")


def test_finished_layers_are_not_drawn_again(tmp_path: Path) -> None:
    before = random_convnet()
    after = changed(changed(before, "first", one_filter), "second", one_filter)
    found = run(tmp_path, before, after, frozenset({0, 1}), most_channels=1, steps=1)
    assert set(found) == {2} and found[2].name == "second"


def test_what_cannot_be_drawn_is_refused_with_the_way_out(tmp_path: Path) -> None:
    before = random_convnet()
    after = changed(before, "second", one_filter)
    with pytest.raises(UnknownLayer, match="classes, which has no height and width"):
        run(tmp_path, before, after, layers="classes")
    with pytest.raises(UnknownLayer, match="with weights in both networks"):
        run(tmp_path, before, after, layers="pool")
    deep = keras.Sequential([keras.Input((64, 64, 3)), layers.MaxPooling2D(16), layers.Conv2D(2, 3, name="conv")])
    with pytest.raises(InvalidSpec, match="Choose a size of 64"):
        run(tmp_path, deep, changed(deep, "conv", lambda w: [2 * w[0], w[1]]), size=32)
