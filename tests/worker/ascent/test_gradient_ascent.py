"""The loop, by what must be true of it; never by pixels."""

import functools
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from tests.fixtures import tiny_models
from worker.ascent.compiled import Ascent, compile_ascent
from worker.ascent.gradient_ascent import Height, best_of, optimize
from worker.ascent.modes import Mode, classic, lucid, maco, mode
from worker.ascent.objectives import channel, class_logit
from worker.ascent.phases import mean_spectrum
from worker.networks.capture import layer_outputs, walk
from worker.networks.precision import set_precision

NAMES = ("classic", "lucid", "maco")


def chosen_mode(name: str, size: int = 16, depth: int = 3) -> Mode:
    photographs = [np.random.default_rng(1).uniform(size=(size + 8, size + 8, depth)).astype(np.float32)]
    return mode(name, (size, size), depth, mean_spectrum(photographs, size, size) if name == "maco" else None)


def ascend(
    ascent: Ascent, channels: list[int], steps: int = 5, step_size: float = 0.02, seed: int = 0, **more: object
) -> Height:
    rows = [(seed, c, 0) for c in channels]
    return list(optimize(ascent, {"channel": channels}, rows, steps, step_size, **more))[-1]  # type: ignore[arg-type]


@functools.cache
def convnet_ascent(name: str = "classic", precision: str = "float32") -> Ascent:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    return compile_ascent(model, channel("first"), chosen_mode(name), precision)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_the_objective_rises_from_any_start(name: str, seed: int) -> None:
    ascent = convnet_ascent(name)
    start = ascend(ascent, [0, 1, 2], steps=0, seed=seed)
    end = ascend(ascent, [0, 1, 2], 16, ascent.mode.step_size, seed)
    assert (end.objective > start.objective).all()


def test_the_picture_moves_towards_the_colour_of_its_filter() -> None:
    model = tiny_models.loaded(tiny_models.colour_filters())
    for name, steps, step_size in (("classic", 20, 0.02), ("lucid", 80, 0.1)):
        end = ascend(compile_ascent(model, channel("colours"), chosen_mode(name, 8)), [0, 1], steps, step_size)
        red, green = np.asarray(end.pictures)
        assert red[..., 0].mean() > red[..., 1].mean() + 0.2
        assert green[..., 1].mean() > green[..., 0].mean() + 0.2


def test_height_and_width_are_not_swapped() -> None:
    model = tiny_models.loaded(tiny_models.edge_filters())
    ascent = compile_ascent(model, channel("edges"), classic((16, 16), 1))
    right, down = np.asarray(ascend(ascent, [0, 1], 20).pictures)[..., 0]
    # A filter that rises to the right paints a left edge dark and a right edge bright.
    assert right[:, -4:].mean() - right[:, :4].mean() > 0.05
    assert abs(right[-4:].mean() - right[:4].mean()) < 0.05
    assert down[-4:].mean() - down[:4].mean() > 0.05


# Not maco: phases alone cannot change the mean that these filters see, for their ReLUs are never shut.
@pytest.mark.parametrize("name", ["classic", "lucid"])
def test_a_tile_excites_its_channel_more_than_noise_and_others_tiles_do(name: str) -> None:
    ascent = convnet_ascent(name)
    chosen = [0, 1, 2, 3]
    noise = channel_means(ascent, np.asarray(ascend(ascent, chosen, steps=0).pictures))
    answers = channel_means(ascent, np.asarray(ascend(ascent, chosen, 30, ascent.mode.step_size).pictures))[:, chosen]
    own = answers.diagonal()
    assert (own > noise[:, chosen].diagonal()).all()
    assert (answers.argmax(axis=0) == np.arange(4)).sum() >= (4 if name == "lucid" else 3)


def channel_means(ascent: Ascent, pictures: np.ndarray) -> np.ndarray:
    network = ascent.model.network
    return np.asarray(layer_outputs(network, ["first"], pictures)["first"]).mean(axis=(1, 2))


def test_pictures_are_preprocessed_on_their_way_in() -> None:
    network = tiny_models.colour_filters()
    white = np.ones((1, 8, 8, 3), np.float32)
    for how, expected in (("0..1", 1.0), ("0..255", 255.0)):
        ascent = compile_ascent(tiny_models.loaded(network, how), channel("colours"), classic((8, 8), 3))
        assert float(ascent.evaluate(white, {"channel": np.array([2], np.int32)})[0][0]) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_two_equals_two_singles(name: str) -> None:
    ascent = convnet_ascent(name)
    size = ascent.mode.step_size
    both = np.asarray(ascend(ascent, [1, 2], step_size=size).pictures)
    for place, one in enumerate([1, 2]):
        alone = np.asarray(ascend(ascent, [one], step_size=size).pictures)
        np.testing.assert_allclose(both[place], alone[0], atol=2e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_picture_and_another_seed_another(name: str) -> None:
    ascent = convnet_ascent(name)
    first, again, other = (np.asarray(ascend(ascent, [1], seed=seed).pictures) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_no_steps_return_the_start() -> None:
    for name in NAMES:
        ascent = convnet_ascent(name)
        way = ascent.mode.parameterization
        end = ascend(ascent, [0], steps=0)
        np.testing.assert_allclose(np.asarray(end.pictures), np.asarray(way.pictures(way.start((0, 0, 0))[None])))
        assert end.curve.shape == (1, 1) and end.done


def test_an_ascent_may_start_from_a_photograph() -> None:
    photograph = np.random.default_rng(0).uniform(0.1, 0.9, (1, 16, 16, 3)).astype(np.float32)
    for name in ("classic", "lucid"):
        end = ascend(convnet_ascent(name), [0], steps=0, pictures=photograph)
        np.testing.assert_allclose(np.asarray(end.pictures), photograph, atol=1e-4)


def test_the_best_picture_is_kept_not_the_last() -> None:
    ascent = convnet_ascent()
    end = ascend(ascent, [0, 1, 2], 8, step_size=-0.02)  # downhill: the start is the best there is
    start = ascend(ascent, [0, 1, 2], 0)
    np.testing.assert_allclose(end.objective, start.objective, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(end.pictures), np.asarray(start.pictures))
    np.testing.assert_allclose(end.curve[:, -1], end.objective)


def test_snapshots_lead_from_the_start_to_the_end() -> None:
    end = ascend(convnet_ascent(), [0, 1], 16, history=5)
    assert [step for step, _ in end.snapshots] == [0, 1, 4, 9, 16]
    np.testing.assert_array_equal(end.snapshots[-1][1], np.asarray(end.pictures))
    assert not ascend(convnet_ascent(), [0]).snapshots


def test_the_objective_tells_what_else_it_was_asked_for() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    ascent = compile_ascent(model, class_logit(), classic((16, 16), 3))
    end = list(optimize(ascent, {"class": [2]}, [(0, 2, 0)], 6, 0.02))[-1]
    np.testing.assert_allclose(end.reports["logit"], end.curve, rtol=1e-6)
    assert end.reports["probability"].shape == (1, 7)
    assert end.reports["probability"][0, -1] > end.reports["probability"][0, 0]


def test_another_channel_or_batch_does_not_trace_again() -> None:
    traces = []
    plain = channel("first")

    def counting(seen):  # type: ignore[no-untyped-def]
        traces.append(1)
        return plain.value(seen)

    model = tiny_models.loaded(tiny_models.random_convnet(16))
    ascent = compile_ascent(model, replace(plain, value=counting), chosen_mode("classic"))
    for channels in ([0], [1], [2, 3, 4]):
        ascend(ascent, channels, 2)
    assert len(traces) == 2  # the step and the evaluation


def test_a_compiled_ascent_is_found_again_and_old_ones_go() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet(16))
    first = compile_ascent(model, channel("first"), chosen_mode("classic"))
    assert compile_ascent(model, channel("first"), chosen_mode("classic")) is first
    for other in (channel("second"), channel("first", border=0), channel("pool"), channel("second", border=0)):
        assert compile_ascent(model, other, chosen_mode("classic")) is not first
    assert len(model.compiled["ascent"]) == 4
    assert compile_ascent(model, channel("first"), chosen_mode("classic")) is not first


def test_nan_is_an_error() -> None:
    network = tiny_models.edge_filters(3)
    kernel, bias = network.get_layer("edges").get_weights()
    kernel[0, 0, 0, 1] = np.nan
    network.get_layer("edges").set_weights([kernel, bias])
    with pytest.raises(NotFinite, match="channel 1"):
        ascend(compile_ascent(tiny_models.loaded(network), channel("edges"), chosen_mode("classic")), [0, 1])


def test_a_broken_picture_is_an_error_even_behind_a_relu_that_turns_nan_into_zero() -> None:
    picture = np.full((1, 16, 16, 3), 0.5, np.float32)
    picture[0, 3, 3, 1] = np.nan
    with pytest.raises(NotFinite):
        ascend(convnet_ascent(), [0], pictures=picture)


def test_half_precision_reaches_nearly_the_same_height_and_can_be_taken_back() -> None:
    network = tiny_models.random_convnet(16)
    model = tiny_models.loaded(network)
    mode = chosen_mode("classic")
    exact = ascend(compile_ascent(model, channel("first"), mode), [0, 1, 2], steps=20)
    half = ascend(compile_ascent(model, channel("first"), mode, "bfloat16"), [0, 1, 2], steps=20)
    np.testing.assert_allclose(half.objective, exact.objective, rtol=0.1)
    assert layer_outputs(network, ["first"], np.zeros((1, 16, 16, 3), np.float32))["first"].dtype == tf.bfloat16
    set_precision(network, "float32")
    assert layer_outputs(network, ["first"], np.zeros((1, 16, 16, 3), np.float32))["first"].dtype == tf.float32
    assert {w.dtype for _, layer in walk(network) for w in layer.weights} == {"float32"}


@pytest.mark.parametrize("name", NAMES)
def test_nested_and_grey_networks_are_maximised_in_every_mode(name: str) -> None:
    nested = compile_ascent(
        tiny_models.loaded(tiny_models.nested(), "0..255"), channel("trunk/backbone/deeper"), chosen_mode(name)
    )
    grey = compile_ascent(tiny_models.loaded(tiny_models.edge_filters(1)), channel("edges"), chosen_mode(name, 15, 1))
    for ascent in (nested, grey):
        start, end = (ascend(ascent, [0, 1], steps, ascent.mode.step_size) for steps in (0, 12))
        assert (end.objective > start.objective).all()
    assert end.pictures.shape == (2, 15, 15, 1)


def test_a_layer_without_a_gradient_is_said_plainly() -> None:
    inputs = keras.Input((8, 8, 3))
    rounded = keras.layers.Lambda(lambda x: tf.cast(tf.cast(x * 255, tf.int32), tf.float32), name="rounded")(inputs)
    network = keras.Model(inputs, rounded)
    with pytest.raises(InvalidSpec, match="gradient to the picture"):
        compile_ascent(tiny_models.loaded(network), channel("rounded"), chosen_mode("classic", 8))


def test_what_cannot_be_compiled_is_said_before_the_ascent() -> None:
    headless = tiny_models.loaded(tiny_models.edge_filters(3))
    with pytest.raises(InvalidSpec, match="an output to explain"):
        compile_ascent(headless, class_logit(), chosen_mode("classic"))
    with pytest.raises(UnknownLayer, match="Did you mean edges"):
        compile_ascent(headless, channel("edgse"), chosen_mode("classic"))


def test_the_memory_of_a_picture_is_bounded_from_what_is_computed() -> None:
    plain, moved = convnet_ascent("classic"), convnet_ascent("lucid")
    assert plain.bytes_per_picture > 16 * 16 * 6 * 4
    assert moved.bytes_per_picture > plain.bytes_per_picture
    assert convnet_ascent("maco").bytes_per_picture > 4 * moved.bytes_per_picture


def test_the_highest_of_several_starts_is_chosen() -> None:
    height = Height(1, None, np.array([1.0, 5.0, 2.0, 3.0], np.float32), np.zeros((4, 2), np.float32))
    assert best_of(height, [7, 7, 4, 4]) == [1, 3]


def test_modes_shrink_with_the_picture() -> None:
    small, large = lucid((28, 28), 3), lucid((224, 224), 3)
    assert small.transform.name != large.transform.name
    assert maco((28, 28), 1, np.ones((1, 28, 15), np.float32)).transform.views > 1
