"""How pictures are written down: what each way can say, and where it starts."""

import numpy as np
import pytest
import tensorflow as tf

from worker.ascent.fourier import coefficient_scale, fourier
from worker.ascent.optimizers import adam
from worker.ascent.parameterizations import (
    Parameterization,
    noise_start,
    pixels,
    shown_noise_picture,
    within_range,
)
from worker.ascent.phases import mean_spectrum, phases

SIZES = [(16, 16), (15, 17), (16, 13)]


def photograph(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.05, 0.95, (height, width, channels)).astype(np.float32)


def every_way(height: int, width: int, channels: int) -> list[Parameterization]:
    pictures = [photograph(40, 40, channels, seed) for seed in (1, 2)]
    return [
        pixels(height, width, channels, bounded=True),
        fourier(height, width, channels),
        phases(height, width, channels, mean_spectrum(pictures, height, width)),
    ]


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("size", SIZES)
def test_pictures_have_the_size_and_range_asked_for(size: tuple[int, int], channels: int) -> None:
    for way in every_way(*size, channels):
        variables = np.stack([way.start((0, 1, 0)), 30 * way.start((0, 2, 0))])
        found = np.asarray(way.pictures(variables))
        assert found.shape == (2, *size, channels)
        assert way.signature.is_compatible_with(tf.constant(variables))
        assert found.min() >= 0 and found.max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_pixels_and_coefficients_can_say_any_photograph(size: tuple[int, int], channels: int) -> None:
    wanted = photograph(*size, channels)[None]
    for way in every_way(*size, channels)[:2]:
        np.testing.assert_allclose(np.asarray(way.pictures(way.invert(wanted))), wanted, atol=2e-4)


def test_a_photograph_is_found_by_optimizing_coefficients() -> None:
    way, rule = fourier(12, 12, 3), adam()
    wanted = photograph(12, 12, 3)[None]
    variables = tf.constant(way.start((0, 0, 0))[None])
    state = rule.begin(variables)

    @tf.function
    def step(variables, state, count):  # type: ignore[no-untyped-def]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            nearness = -tf.reduce_sum(tf.square(way.pictures(variables) - wanted))
        change, state = rule.rule(state, tape.gradient(nearness, variables), count, 0.1)
        return variables + change, state

    before = np.abs(np.asarray(way.pictures(variables)) - wanted).mean()
    for count in range(300):
        variables, state = step(variables, state, tf.constant(count + 1.0))
    assert np.abs(np.asarray(way.pictures(variables)) - wanted).mean() < 0.15 * before


def test_phases_keep_a_photographs_outlines_and_the_spectrum_they_are_given() -> None:
    x = np.linspace(-1, 1, 32)
    disc = (0.2 + 0.6 * (np.hypot(*np.meshgrid(x, x)) < 0.5))[None, ..., None].astype(np.float32)
    way = phases(32, 32, 1, mean_spectrum([disc[0]], 32, 32))
    found = np.asarray(way.pictures(way.invert(disc)))
    assert np.corrcoef(found.ravel(), disc.ravel())[0, 1] > 0.9


def test_phases_are_angles() -> None:
    way = every_way(16, 16, 3)[2]
    start = way.start((0, 0, 0))[None]
    np.testing.assert_allclose(way.pictures(start), way.pictures(start + 2 * np.pi), atol=1e-4)
    assert np.abs(np.exp(1j * start).mean()) < 0.1, "or all waves crest in one corner"


@pytest.mark.parametrize(("row", "column"), [(0, 3), (2, 0), (4, 4)])
def test_one_frequency_gives_stripes(row: int, column: int) -> None:
    way = fourier(16, 16, 1)
    variables = np.zeros((1, 1, 16, 9, 2), np.float32)
    variables[0, 0, row, column, 0] = 0.5
    found = np.asarray(way.pictures(variables))[0, ..., 0]
    y, x = np.mgrid[:16, :16]
    wave = np.cos(2 * np.pi * (row * y + column * x) / 16)
    values = np.log(found / (1 - found))
    assert np.corrcoef(values.ravel(), wave.ravel())[0, 1] > 0.999


def test_low_frequencies_weigh_more_and_colours_are_mixed() -> None:
    scale = coefficient_scale(16, 16)
    assert scale[0, 1] == pytest.approx(2 * scale[0, 2]) and scale[0, 1] == scale[1, 0] == scale[0, 0]
    way = fourier(8, 8, 3)
    variables = np.zeros((1, 3, 8, 5, 2), np.float32)
    variables[0, 0, 0, 0, 0] = 1.0  # the first decorrelated plane is light and dark
    colour = np.asarray(way.pictures(variables))[0, 0, 0]
    assert colour.min() > 0.53 and np.ptp(colour) < 0.05


def test_grey_pictures_keep_their_plane() -> None:
    variables = np.zeros((1, 1, 8, 5, 2), np.float32)
    variables[0, 0, 0, 0, 0] = 0.1
    # 0.1 × scale 64 × gain ¼ / 64 positions, through the sigmoid
    np.testing.assert_allclose(fourier(8, 8, 1).pictures(variables), 1 / (1 + np.exp(-0.025)), rtol=1e-5)


def test_a_start_depends_on_its_row_alone() -> None:
    for way in (*every_way(8, 8, 3), pixels(8, 8, 3)):
        assert np.array_equal(way.start((1, 2, 0)), way.start((1, 2, 0)))
        others = [way.start((2, 2, 0)), way.start((1, 3, 0)), way.start((1, 2, 1))]
        assert not any(np.array_equal(way.start((1, 2, 0)), other) for other in others)
    assert abs(float(noise_start(64, 3, 0, 0).mean()) - 0.5) < 0.01


def test_bounded_pixels_can_come_back_inside() -> None:
    values = tf.constant([[-0.5, 0.5, 1.5]])
    for direction, expected in ((1.0, [1.0, 1.0, 0.0]), (-1.0, [0.0, -1.0, -1.0])):
        with tf.GradientTape() as tape:
            tape.watch(values)
            total = direction * tf.reduce_sum(within_range(values))
        assert np.asarray(tape.gradient(total, values)).tolist() == [expected]


def test_a_flat_picture_is_shown_grey() -> None:
    shown = shown_noise_picture(np.full((4, 4, 3), 7.0, np.float32))
    assert np.unique(shown).tolist() == [0.5]


def test_a_shown_picture_has_the_fixed_contrast() -> None:
    shown = shown_noise_picture(np.random.default_rng(0).normal(size=(64, 64, 3)).astype(np.float32) * 1e4)
    assert 0.2 < shown.std() < 0.26
    assert shown.min() >= 0 and shown.max() <= 1
