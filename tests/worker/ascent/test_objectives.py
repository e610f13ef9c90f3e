"""What is maximised, by arithmetic that fits on a page."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures import tiny_models
from worker.ascent.compiled import compile_ascent
from worker.ascent.modes import classic
from worker.ascent.objective_sums import diversity, negative, weighted_sum
from worker.ascent.objectives import (
    Objective,
    channel,
    class_logit,
    direction,
    logit_of,
    unit,
    whole_layer,
)
from worker.ascent.watching import LayerOutputs
from worker.networks.capture import layer_outputs


def seen(output: np.ndarray, **numbers: object) -> LayerOutputs:
    """One layer, "a", with the given output."""
    return LayerOutputs({"a": tf.constant(output, tf.float32)}, {k: tf.constant(v) for k, v in numbers.items()})


def value(objective: Objective, given: LayerOutputs) -> list[float]:
    return [round(float(v), 5) for v in objective.value(given)]


# Two pictures, 3 × 3 positions, two channels: channel 0 counts 0 .. 8 (picture 1: doubled), channel 1 is 10.
MAPS = np.zeros((2, 3, 3, 2), np.float32)
MAPS[0, ..., 0] = np.arange(9).reshape(3, 3)
MAPS[1, ..., 0] = 2 * MAPS[0, ..., 0]
MAPS[..., 1] = 10.0


def test_a_channel_is_its_mean_over_positions() -> None:
    assert value(channel("a"), seen(MAPS, channel=[0, 1])) == [4.0, 10.0]


def test_a_unit_is_one_position_by_default_the_centre() -> None:
    assert value(unit("a"), seen(MAPS, channel=[0, 0])) == [4.0, 8.0]
    assert value(unit("a", position=(0, 2)), seen(MAPS, channel=[0, 1])) == [2.0, 10.0]


def test_a_layer_is_the_mean_of_its_squares() -> None:
    squares = sum(n * n for n in range(9))  # 204
    assert value(whole_layer("a"), seen(MAPS)) == pytest.approx(
        [(squares + 900) / 18, (4 * squares + 900) / 18], abs=1e-4
    )


def test_a_direction_is_a_dot_product_weighted_with_the_cosine() -> None:
    maps = np.array([[[[3.0, 4.0]]], [[[-3.0, 0.0]]]], np.float32)
    along = [[1.0, 0.0], [1.0, 0.0]]
    assert value(direction("a"), seen(maps, direction=along)) == [3.0, -3.0]
    # cosines 0.6 and -1, the latter lifted to 0.1
    assert value(direction("a", power=2), seen(maps, direction=along)) == pytest.approx([3 * 0.36, -3 * 0.01], abs=1e-4)


def test_the_border_does_not_count_where_there_is_room() -> None:
    maps = np.zeros((1, 16, 16, 1), np.float32)
    maps[:, :2] = 100.0
    assert value(channel("a"), seen(maps, channel=[0])) == [0.0]
    assert value(channel("a", border=0), seen(maps, channel=[0])) == [12.5]
    assert value(channel("a"), seen(np.ones((1, 4, 4, 1)), channel=[0])) == [1.0]


def test_another_channels_nan_does_not_matter() -> None:
    broken = MAPS.copy()
    broken[..., 1] = np.nan
    assert value(channel("a"), seen(broken, channel=[0, 0])) == [4.0, 8.0]


def test_a_weighted_sum_is_what_one_works_out_by_hand_and_leaves_its_parts_alone() -> None:
    first, second = channel("a"), unit("a", "other")
    given = seen(MAPS, channel=[0, 1], other=[0, 1])
    before = value(first, given), value(second, given)
    total = weighted_sum([(1, first), (2, second), (-0.5, whole_layer("a"))])
    halves = [(204 + 900) / 36, (4 * 204 + 900) / 36]
    assert value(total, given) == pytest.approx([4 + 2 * 4 - halves[0], 10 + 2 * 10 - halves[1]], abs=1e-4)
    assert (value(first, given), value(second, given)) == before
    assert (total.whole, total.chosen) == (("a",), (("a", "channel"), ("a", "other")))
    assert set(total.numbers) == {"channel", "other"} and set(first.numbers) == {"channel"}


def test_weights_may_differ_by_picture() -> None:
    both_ways = weighted_sum([("sign", channel("a"))])
    assert value(both_ways, seen(MAPS, channel=[0, 0], sign=[1.0, -1.0])) == [4.0, -8.0]
    assert both_ways.numbers["sign"].dtype == tf.float32


def test_a_negative_is_the_opposite() -> None:
    assert value(negative(channel("a")), seen(MAPS, channel=[0, 1])) == [-4.0, -10.0]
    assert value(negative(negative(channel("a"))), seen(MAPS, channel=[0, 1])) == [4.0, 10.0]


def test_diversity_is_minus_the_cosines_to_ones_company() -> None:
    # Gram matrices diag(1, 0), diag(1, 0) and diag(0, 4): cosines 1 within the first two, 0 to the third.
    maps = np.array([[[[1.0, 0.0]]], [[[1.0, 0.0]]], [[[0.0, 2.0]]]], np.float32)
    assert value(diversity("a"), seen(maps)) == [-1.0, -1.0, 0.0]
    assert value(diversity("a", "group"), seen(maps, group=[0, 1, 1])) == [0.0, 0.0, 0.0]
    views_of_one = LayerOutputs({"a": tf.constant(maps)}, {}, tf.constant([0, 0, 1]))
    assert value(diversity("a"), views_of_one) == [0.0, 0.0, 0.0]


def test_a_class_of_a_mask_is_the_mean_over_its_positions_or_over_the_middle() -> None:
    several = tf.constant([[1.0, 5.0], [2.0, 7.0]])
    assert np.asarray(logit_of(several, tf.constant([1, 0]))).tolist() == [5.0, 2.0]
    mask = np.zeros((1, 8, 4, 2), np.float32)
    mask[0, 2:6, 1:3, 1] = 3.0
    assert np.asarray(logit_of(tf.constant(mask), tf.constant([1]))).tolist() == [3.0 * 8 / 32]
    assert np.asarray(logit_of(tf.constant(mask), tf.constant([1]), centre=True)).tolist() == [3.0]


@pytest.mark.parametrize("activation", ["softmax", "linear", "sigmoid"])
def test_a_logit_is_the_heads_before_its_softmax(activation: str) -> None:
    keras.utils.set_random_seed(0)
    body = [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D(name="mean")]
    network = keras.Sequential([*body, keras.layers.Dense(1 if activation == "sigmoid" else 3, activation)])
    model, picture = tiny_models.loaded(network), np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype(np.float32)
    ascent = compile_ascent(model, class_logit(), classic((8, 8), 3))
    logits, reports = ascent.evaluate(picture, {"class": np.array([0, 0], np.int32)})
    kernel, bias = network.layers[-1].get_weights()
    expected = (np.asarray(layer_outputs(network, ["mean"], picture)["mean"]) @ kernel + bias)[:, 0]
    np.testing.assert_allclose(logits, -expected if activation == "sigmoid" else expected, rtol=1e-4, atol=1e-5)
    if activation == "softmax":
        np.testing.assert_allclose(reports["probability"], np.asarray(network(picture))[:, 0], rtol=1e-4)


def test_several_layers_are_watched_in_one_pass_and_equal_each_alone() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    picture = np.random.default_rng(0).uniform(size=(2, 16, 16, 3)).astype(np.float32)
    numbers = {"channel": np.array([1, 2], np.int32), "deep": np.array([3, 4], np.int32)}
    parts = [(0.25, channel("first")), (3.0, unit("second", "deep")), (-2.0, whole_layer("pool"))]

    def judged(objective: Objective) -> np.ndarray:
        ascent = compile_ascent(model, objective, classic((16, 16), 3))
        return np.asarray(ascent.evaluate(picture, ascent.numbers(numbers))[0])

    alone = sum(weight * judged(one) for weight, one in parts)
    np.testing.assert_allclose(judged(weighted_sum(parts)), alone, rtol=1e-5)


def test_the_gradient_of_pictures_is_that_of_the_objective() -> None:
    model = tiny_models.loaded(tiny_models.colour_filters())
    ascent = compile_ascent(model, channel("colours", border=0), classic((8, 8), 3))
    picture = np.zeros((1, 8, 8, 3), np.float32)
    picture[..., 0] = 1.0
    value_, gradient = ascent.gradient(picture, ascent.numbers({"channel": [0]}))
    assert float(value_[0]) == 1.0
    np.testing.assert_allclose(np.asarray(gradient)[0].sum((0, 1)), [1.0, -1.0, 0.0], atol=1e-6)
