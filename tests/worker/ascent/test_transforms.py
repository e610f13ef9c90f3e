"""Random moves, regularizers and steps: how far, for whom, and that equal seeds give equal moves."""

import numpy as np
import pytest
import tensorflow as tf

from worker.ascent.optimizers import adam, nadam, normalise, normalised_step
from worker.ascent.regularizers import distance_from_grey, penalty, total_variation
from worker.ascent.transforms import Transform, draws_at, no_transform, noisy_crops, roll, wobble, wobble_matrices

ROWS = [(0, 1, 0), (0, 2, 0)]


def bright_pixel(size: int = 32) -> np.ndarray:
    picture = np.full((1, size, size, 3), 0.5, np.float32)
    picture[:, size // 2, size // 2] = 1.0
    return picture


def where(picture: np.ndarray) -> np.ndarray:
    """Centre of what is not grey."""
    weight = np.abs(np.asarray(picture)[0] - 0.5).sum(-1)
    return (np.moveaxis(np.mgrid[: weight.shape[0], : weight.shape[1]], 0, -1) * weight[..., None]).sum(
        (0, 1)
    ) / weight.sum()


def moved(transform: Transform, step: int) -> np.ndarray:
    return where(transform.apply(tf.constant(bright_pixel()), tf.constant(draws_at(step, ROWS[:1], transform.draws))))


@pytest.mark.parametrize("transform", [wobble(4, (1, 1), 0, 2), roll(6)], ids=["wobble", "roll"])
def test_jitter_moves_a_bright_pixel_by_at_most_its_reach(transform: Transform) -> None:
    shifts = np.stack([moved(transform, step) for step in range(40)]) - where(bright_pixel())
    assert np.abs(shifts).max() <= 6.01
    assert (shifts.max(0) > 2).all() and (shifts.min(0) < -2).all()
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.5, "rows and columns move apart from each other"


def test_a_wobble_without_reach_changes_nothing() -> None:
    picture = np.random.default_rng(0).uniform(size=(2, 9, 12, 3)).astype(np.float32)
    draws = tf.constant(draws_at(0, ROWS, 6))
    np.testing.assert_allclose(wobble(0, (1, 1), 0, 0).apply(picture, draws), picture, atol=1e-5)


def test_scale_and_rotation_keep_the_centre_and_a_mirror_image_comes_in() -> None:
    halved = wobble_matrices(tf.constant([[0.5] * 6]), (1, 33, 33, 3), 0, (0.5, 0.5), 0, 0)
    np.testing.assert_allclose(np.asarray(halved)[0, :6], [2, 0, -16, 0, 2, -16], atol=1e-5)
    quarter = np.asarray(
        wobble_matrices(tf.constant([[0.5, 0.5, 0.5, 1.0, 0.5, 0.5]]), (1, 33, 33, 3), 0, (1, 1), 90, 0)
    )
    np.testing.assert_allclose(quarter[0, :6], [0, -1, 32, 1, 0, 0], atol=1e-4)
    ramp = np.repeat(np.linspace(0, 1, 33, dtype=np.float32)[None, None, :, None], 33, axis=1)
    small = np.asarray(wobble(0, (0.5, 0.5), 0, 0).apply(ramp, tf.constant([[0.5] * 6])))[0, 16, :, 0]
    np.testing.assert_allclose(small[8:25], np.linspace(0, 1, 17), atol=1e-5)
    assert (np.diff(small[:8]) < 0).all() and (np.diff(small[26:]) < 0).all(), "mirrored outside"


@pytest.mark.parametrize(
    "transform",
    [wobble(3, (0.9, 1.1), 10, 2), roll(4), noisy_crops(3, (16, 16))],
    ids=["wobble", "roll", "crops"],
)
def test_equal_rows_and_steps_give_equal_moves_in_any_company(transform: Transform) -> None:
    pictures = np.random.default_rng(0).uniform(size=(2, 16, 16, 3)).astype(np.float32)

    def apply(which: list[int], step: int) -> np.ndarray:
        draws = draws_at(step, [ROWS[i] for i in which], transform.draws)
        return np.asarray(transform.apply(tf.constant(pictures[which]), tf.constant(draws)))

    both = apply([0, 1], 5)
    np.testing.assert_array_equal(both, apply([0, 1], 5))
    np.testing.assert_array_equal(both[transform.views :], apply([1], 5))
    assert np.abs(both - apply([0, 1], 6)).max() > 0.01
    same = np.asarray(transform.apply(tf.constant(pictures[[0, 0]]), tf.constant(draws_at(5, ROWS, transform.draws))))
    assert np.abs(same[: transform.views] - same[transform.views :]).max() > 0.01, "one draw an image, not a batch"


def test_every_transform_passes_a_gradient_to_the_picture() -> None:
    pictures = tf.constant(np.random.default_rng(0).uniform(size=(2, 16, 16, 3)).astype(np.float32))
    for transform in (no_transform(), wobble(3, (0.9, 1.1), 10, 2), roll(4), noisy_crops(3, (16, 16))):
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            out = transform.apply(pictures, tf.constant(draws_at(0, ROWS, transform.draws)))
            total = tf.reduce_sum(out)
        assert out.shape == (2 * transform.views, 16, 16, 3)
        gradient = np.asarray(tape.gradient(total, pictures))
        assert np.isfinite(gradient).all() and gradient.sum() > 0.5 * 2 * 16 * 16 * 3


def test_crops_lie_inside_and_carry_noise() -> None:
    flat = tf.fill((1, 32, 32, 3), 0.5)
    transform = noisy_crops(8, (16, 16))
    out = np.asarray(transform.apply(flat, tf.constant(draws_at(0, ROWS[:1], transform.draws))))
    assert 0.06 < out.std() < 0.12, "what comes from outside would be black"
    assert np.abs(out.mean((1, 2, 3)) - 0.5).max() < 0.02
    assert len({round(float(o.sum()), 3) for o in out}) == 8


def test_regularizers_by_hand() -> None:
    board = np.zeros((1, 2, 2, 1), np.float32)
    board[0, 0, 0] = board[0, 1, 1] = 1.0
    assert float(total_variation(board)[0]) == 2.0
    assert float(distance_from_grey(board)[0]) == 0.25
    assert float(penalty(board, (("total_variation", 0.5), ("l2", 4.0)))[0]) == 2.0
    assert np.asarray(penalty(np.zeros((3, 2, 2, 1), np.float32), ())).tolist() == [0, 0, 0]


def test_a_step_changes_a_picture_by_its_root_mean_square() -> None:
    gradient = tf.constant(np.random.default_rng(0).normal(size=(2, 4, 4, 3)) * [[[[1e-9]]], [[[1e5]]]], tf.float32)
    rms = np.sqrt(np.mean(np.square(normalise(gradient)), axis=(1, 2, 3)))
    np.testing.assert_allclose(rms, 1.0, rtol=1e-4)


def test_no_gradient_is_no_step_and_no_nan() -> None:
    for optimizer in (normalised_step(), normalised_step(0.8), adam(), nadam()):
        change, _ = optimizer.rule(optimizer.begin(tf.zeros((1, 4))), tf.zeros((1, 4)), 1.0, 0.1)
        assert np.asarray(change).tolist() == [[0.0] * 4]


def test_the_first_steps_by_hand() -> None:
    gradient = tf.constant([[3.0, -0.5]])
    for optimizer, expected in ((adam(), [0.1, -0.1]), (nadam(), [0.1 * (0.9 / 1.9 + 1), -0.1 * (0.9 / 1.9 + 1)])):
        change, state = optimizer.rule(optimizer.begin(gradient), gradient, 1.0, 0.1)
        np.testing.assert_allclose(np.asarray(change)[0], expected, rtol=1e-4)
        assert len(state) == optimizer.remembered == 2
    steady = normalised_step(0.5)
    state = steady.begin(gradient)
    for _ in range(20):
        change, state = steady.rule(state, gradient, 1.0, 0.1)
    np.testing.assert_allclose(change, 0.1 * normalise(gradient), rtol=1e-4)
