"""The loop, by what must be true of it; never by pixels."""

import numpy as np
import pytest
import tensorflow as tf

from shared.errors import NotFinite
from tests.unit import tiny_models
from worker.ascent.gradient_ascent import climb, compile_ascent, normalised
from worker.ascent.objectives import channel_objective
from worker.ascent.parameterizations import noise_start, shown_noise_picture
from worker.capture import layer_outputs, walk
from worker.precision import set_precision


def ascend(model, layer, starts, channels, steps=5, step_size=0.02, precision="float32"):  # type: ignore[no-untyped-def]
    ascent = compile_ascent(model, layer, channel_objective, starts.shape[1], precision)
    return list(climb(ascent, starts, np.array(channels, np.int32), steps, step_size))[-1]


def starts_for(channels: list[int], size: int = 16, depth: int = 3, seed: int = 0) -> np.ndarray:
    return np.stack([noise_start(size, depth, seed, c) for c in channels])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_objective_rises_from_any_start(seed: int) -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    end = ascend(model, "first", starts_for([0, 1, 2], seed=seed), [0, 1, 2])
    assert (end.curve[:, -1] > end.curve[:, 0]).all()


def test_the_picture_moves_towards_the_colour_of_its_filter() -> None:
    model = tiny_models.loaded(tiny_models.colour_filters())
    red, green = np.asarray(ascend(model, "colours", starts_for([0, 1], 8), [0, 1], steps=20).pictures)
    assert red[..., 0].mean() > red[..., 1].mean() + 0.2
    assert green[..., 1].mean() > green[..., 0].mean() + 0.2


def test_height_and_width_are_not_swapped() -> None:
    model = tiny_models.loaded(tiny_models.edge_filters())
    right, down = np.asarray(ascend(model, "edges", starts_for([0, 1], 16, 1), [0, 1], steps=20).pictures)[..., 0]
    # A filter that rises to the right paints a left edge dark and a right edge bright.
    assert right[:, -4:].mean() - right[:, :4].mean() > 0.05
    assert abs(right[-4:].mean() - right[:4].mean()) < 0.05
    assert down[-4:].mean() - down[:4].mean() > 0.05


def test_a_tile_excites_its_channel_more_than_others_tiles_do() -> None:
    network = tiny_models.random_convnet(16)
    chosen = [0, 1, 2, 3]
    end = ascend(tiny_models.loaded(network), "first", starts_for(chosen), chosen, steps=30)
    answers = channel_means(network, np.asarray(end.pictures))[:, chosen]
    alive = end.curve[:, -1] > 0
    assert alive.sum() >= 3
    assert (answers.argmax(axis=0) == np.arange(4))[alive].all()


def channel_means(network, pictures: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.asarray(layer_outputs(network, ["first"], pictures)["first"]).mean(axis=(1, 2))


def test_pictures_are_preprocessed_on_their_way_in() -> None:
    network = tiny_models.colour_filters()
    white = np.ones((1, 8, 8, 3), np.float32)
    as_is = compile_ascent(tiny_models.loaded(network, "0..1"), "colours", channel_objective, 8)
    scaled = compile_ascent(tiny_models.loaded(network, "0..255"), "colours", channel_objective, 8)
    blue = np.array([2], np.int32)
    assert float(as_is.evaluate(tf.constant(white), tf.constant(blue))[0]) == 1.0
    assert float(scaled.evaluate(tf.constant(white), tf.constant(blue))[0]) == 255.0


def test_a_batch_of_two_equals_two_singles() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    both = np.asarray(ascend(model, "first", starts_for([1, 2]), [1, 2]).pictures)
    for place, channel in enumerate([1, 2]):
        one = np.asarray(ascend(model, "first", starts_for([channel]), [channel]).pictures)
        np.testing.assert_allclose(both[place], one[0], atol=2e-3)


def test_no_steps_return_the_start() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    starts = starts_for([0])
    end = ascend(model, "first", starts, [0], steps=0)
    np.testing.assert_array_equal(np.asarray(end.pictures), starts)
    assert end.curve.shape == (1, 1)


def test_another_channel_or_batch_does_not_retrace() -> None:
    network = tiny_models.random_convnet(16)
    traces = []

    def counting(activations, channels):  # type: ignore[no-untyped-def]
        traces.append(1)
        return channel_objective(activations, channels)

    ascent = compile_ascent(tiny_models.loaded(network), "first", counting, 16)
    traced = len(traces)
    for channels in ([0], [1], [2, 3, 4]):
        list(climb(ascent, starts_for(channels), np.array(channels), 2, 0.01))
    assert len(traces) == traced == 2  # the step and the evaluation


def test_a_step_changes_a_picture_by_its_root_mean_square() -> None:
    gradient = tf.constant(np.random.default_rng(0).normal(size=(2, 4, 4, 3)) * [[[[1e-9]]], [[[1e5]]]], tf.float32)
    rms = np.sqrt(np.mean(np.square(normalised(gradient)), axis=(1, 2, 3)))
    np.testing.assert_allclose(rms, 1.0, rtol=1e-4)


def test_no_gradient_is_no_step_and_no_nan() -> None:
    assert np.asarray(normalised(tf.zeros((1, 4, 4, 3)))).max() == 0


def test_nan_is_an_error() -> None:
    network = tiny_models.edge_filters(3)
    kernel, bias = network.get_layer("edges").get_weights()
    kernel[0, 0, 0, 1] = np.nan
    network.get_layer("edges").set_weights([kernel, bias])
    with pytest.raises(NotFinite, match="channel 1"):
        ascend(tiny_models.loaded(network), "edges", starts_for([0, 1]), [0, 1])


def test_a_broken_picture_is_an_error_even_behind_a_relu_that_turns_nan_into_zero() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    starts = starts_for([0])
    starts[0, 3, 3, 1] = np.nan
    with pytest.raises(NotFinite):
        ascend(model, "first", starts, [0])


def test_half_precision_reaches_nearly_the_same_height_and_can_be_taken_back() -> None:
    network = tiny_models.random_convnet(16)
    model = tiny_models.loaded(network)
    exact = ascend(model, "first", starts_for([0, 1, 2]), [0, 1, 2], steps=20)
    half = ascend(model, "first", starts_for([0, 1, 2]), [0, 1, 2], steps=20, precision="bfloat16")
    np.testing.assert_allclose(half.curve[:, -1], exact.curve[:, -1], rtol=0.1)
    assert layer_outputs(network, ["first"], np.zeros((1, 16, 16, 3), np.float32))["first"].dtype == tf.bfloat16
    set_precision(network, "float32")
    assert layer_outputs(network, ["first"], np.zeros((1, 16, 16, 3), np.float32))["first"].dtype == tf.float32
    assert {w.dtype for _, layer in walk(network) for w in layer.weights} == {"float32"}


def test_the_border_does_not_count_where_there_is_room() -> None:
    maps = np.zeros((1, 16, 16, 1), np.float32)
    maps[:, :2] = 100.0
    assert float(channel_objective(tf.constant(maps), tf.constant([0]))[0]) == 0.0
    small = np.ones((1, 4, 4, 1), np.float32)
    assert float(channel_objective(tf.constant(small), tf.constant([0]))[0]) == 1.0


def test_a_start_depends_on_seed_channel_and_try_alone() -> None:
    assert np.array_equal(noise_start(8, 3, 1, 2), noise_start(8, 3, 1, 2))
    others = [noise_start(8, 3, 2, 2), noise_start(8, 3, 1, 3), noise_start(8, 3, 1, 2, 1)]
    assert not any(np.array_equal(noise_start(8, 3, 1, 2), other) for other in others)
    assert abs(float(noise_start(64, 3, 0, 0).mean()) - 0.5) < 0.01


def test_a_flat_picture_is_shown_grey() -> None:
    shown = shown_noise_picture(np.full((4, 4, 3), 7.0, np.float32))
    assert np.unique(shown).tolist() == [0.5]


def test_a_shown_picture_has_the_fixed_contrast() -> None:
    shown = shown_noise_picture(np.random.default_rng(0).normal(size=(64, 64, 3)).astype(np.float32) * 1e4)
    assert 0.2 < shown.std() < 0.26
    assert shown.min() >= 0 and shown.max() <= 1
