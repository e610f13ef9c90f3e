"""Every method against what it must give: worked out by hand, by NumPy, or by brute force.

Mutations that were tried, each caught: Grad-CAM's sign flipped, LayerCAM with negative gradients, Integrated Gradients
without its baseline subtracted, Score-CAM's mask not stretched, occlusion's window moved by half its side.
"""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.analyses.heat_maps import Grid, enlarge
from tests.fixtures import tiny_models
from tests.fixtures.explained_models import SIZE, explained, one_map, photograph, two_channels
from worker.attribution.eigen_cam import eigen_cam
from worker.attribution.grad_cam import grad_cam
from worker.attribution.grad_cam_plus_plus import grad_cam_plus_plus
from worker.attribution.guided_relu import guide_relus, guided_relu
from worker.attribution.hires_cam import hires_cam
from worker.attribution.layer_cam import layer_cam
from worker.attribution.occlusion import GREY, squares_of, window_side

layers = keras.layers
RNG = np.random.default_rng(1)
# A layer's output and a gradient of other height than width, so that swapped axes show.
SEEN, SLOPES = (RNG.standard_normal((3, 5, 4)).astype(np.float32) for _ in range(2))


@pytest.fixture(name="colours")
def _colours(tmp_path: Path) -> np.ndarray:
    """The two channels of two_channels() for the photograph, float32 (8, 8, 2)."""
    return photograph(tmp_path)[..., :2].astype(np.float32) / 255 - 0.5


@pytest.mark.parametrize("activation", ["softmax", None])
def test_where_the_score_is_the_mean_of_a_channel_grad_cam_is_its_positive_part(
    tmp_path: Path, colours: np.ndarray, activation: str | None
) -> None:
    part = one_map(tmp_path, two_channels([[1, 0], [0, 1]], activation), "grad_cam", 1)
    # A mean over 64 positions: each has a gradient of 1/64.
    np.testing.assert_allclose(part.arrays["maps"][0], np.maximum(colours[..., 1], 0) / 64, atol=1e-6)
    np.testing.assert_allclose(part.arrays["signed"][0], colours[..., 1] / 64, atol=1e-6)


def test_classes_are_explained_in_the_order_in_which_they_were_named(tmp_path: Path, colours: np.ndarray) -> None:
    part = explained(tmp_path, two_channels([[1, 0], [0, 1]]), methods="grad_cam", classes="1,0")[1]
    np.testing.assert_allclose(part.arrays["signed"], np.moveaxis(colours[..., ::-1], -1, 0) / 64, atol=1e-6)
    assert [row["class"] for row in part.facts["maps"]] == [1, 0]


@pytest.mark.usefixtures("colours")
def test_a_map_of_nothing_but_contradiction_is_zero_and_says_so(tmp_path: Path) -> None:
    network = two_channels([[1, -1], [0, 0]])
    network.get_layer("channels").bias.assign([1.0, 0.0])  # channel 0 is above zero everywhere
    part = one_map(tmp_path, network, "grad_cam", 1)
    row = part.facts["maps"][0]
    assert (part.arrays["maps"] == 0).all() and (part.arrays["signed"] < 0).all()
    assert (row["positive_evidence"], row["box"], row["peak"], row["raw_max"]) == (False, None, None, 0)
    assert row["signed_max"] < 0


@pytest.mark.usefixtures("colours")
def test_of_one_sigmoid_unit_the_first_answer_is_the_second_negated(tmp_path: Path) -> None:
    parts = explained(tmp_path, two_channels([[2], [-1]], "sigmoid", 0.3), methods="grad_cam", classes="0,1")
    np.testing.assert_allclose(*parts[1].arrays["signed"] * np.array([-1, 1])[:, None, None], atol=1e-7)
    first, second = parts[0].facts["classes"]
    assert first["logit"] == pytest.approx(-second["logit"])
    assert first["probability"] + second["probability"] == pytest.approx(1)
    assert first["explained"] == "negated logit of the model's only unit, for class 0"
    assert parts[0].facts["ending"] == "binary"


def test_grad_cam_weighs_channels_by_their_mean_gradient() -> None:
    alpha = SLOPES.reshape(-1, 4).mean(0)
    np.testing.assert_allclose(grad_cam(SEEN, SLOPES), sum(alpha[k] * SEEN[..., k] for k in range(4)), rtol=1e-5)


def test_hires_cam_is_the_element_wise_product() -> None:
    np.testing.assert_allclose(hires_cam(SEEN, SLOPES), (SEEN * SLOPES).sum(-1), rtol=1e-5, atol=1e-6)


def test_layer_cam_keeps_positive_gradients() -> None:
    expected = (SEEN * np.where(SLOPES > 0, SLOPES, 0)).sum(-1)
    np.testing.assert_allclose(layer_cam(SEEN, SLOPES), expected, rtol=1e-5, atol=1e-6)


def test_grad_cam_plus_plus_follows_its_formula_position_by_position() -> None:
    expected = np.zeros((3, 5))
    for k in range(4):
        total, weight = SEEN[..., k].sum(), 0.0
        for i in range(3):
            for j in range(5):
                g = float(SLOPES[i, j, k])
                weight += g**2 / (2 * g**2 + total * g**3) * max(g, 0.0)
        expected += weight * SEEN[..., k]
    np.testing.assert_allclose(grad_cam_plus_plus(SEEN, SLOPES), expected, rtol=1e-4)
    assert np.isfinite(grad_cam_plus_plus(SEEN, np.zeros_like(SLOPES))).all()


@pytest.mark.parametrize("shape", [(3, 5, 4), (2, 3, 9)])
def test_eigen_cam_is_the_first_component_of_numpys_svd(shape: tuple[int, ...]) -> None:
    seen = RNG.standard_normal(shape).astype(np.float32)
    left, values, _ = np.linalg.svd(seen.reshape(-1, shape[-1]), full_matrices=False)
    expected = (left[:, 0] * values[0]).reshape(shape[:2])
    np.testing.assert_allclose(eigen_cam(seen), expected * np.sign(expected.sum()), atol=1e-5)


def test_score_cam_weighs_channels_by_the_probability_that_their_mask_leaves(
    tmp_path: Path, colours: np.ndarray
) -> None:
    network = two_channels([[4, -4], [-4, 4]], "softmax")
    part = one_map(tmp_path, network, "score_cam", 1)
    picture = photograph(tmp_path).astype(np.float32) / 255
    masks = [(c - c.min()) / (c.max() - c.min()) for c in (colours[..., 0], colours[..., 1])]
    probabilities = np.asarray(network(np.stack([*(picture * m[..., None] for m in masks), np.zeros_like(picture)])))[
        :, 1
    ]
    expected = (probabilities[0] - probabilities[2]) * colours[..., 0] + (
        probabilities[1] - probabilities[2]
    ) * colours[..., 1]
    np.testing.assert_allclose(part.arrays["signed"][0], expected, atol=1e-5)
    assert part.facts["of"] == "probability" and part.facts["parameters"] == {"masks": 2, "channels": 2}


def test_score_cam_can_try_fewer_channels(tmp_path: Path, colours: np.ndarray) -> None:
    part = one_map(tmp_path, two_channels([[1, 0], [0, 1]]), "score_cam", 0, masks=1)
    most = int(np.argmax(colours.std((0, 1))))
    ratio = part.arrays["signed"][0] / colours[..., most]
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-3)


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize("preprocess", ["0..1", "caffe"])
def test_saliency_is_the_gradient_at_the_picture(tmp_path: Path, preprocess: str) -> None:
    part = one_map(tmp_path, tiny_models.loaded(two_channels([[1, 0], [0, -3]]), preprocess), "saliency", 1)
    scale = {"0..1": 1, "caffe": 255}[preprocess]  # "caffe" also swaps red and blue, which leaves green in the middle
    np.testing.assert_allclose(part.arrays["maps"], 3 * scale / 64, rtol=1e-5)
    np.testing.assert_allclose(part.arrays["signed"], -3 * scale / 64, rtol=1e-5)


@pytest.mark.usefixtures("colours")
def test_smooth_grad_of_a_linear_network_is_its_gradient_and_depends_on_the_seed_elsewhere(tmp_path: Path) -> None:
    part = one_map(tmp_path, two_channels([[1], [-2]]), "smooth_grad", 1, samples=5)
    np.testing.assert_allclose(part.arrays["maps"], 2 / 64, rtol=1e-4)
    network = tiny_models.random_convnet(SIZE)
    first, again, other = (
        one_map(tmp_path, network, "smooth_grad", 0, samples=4, noise=0.5, seed=seed).arrays["maps"]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-5


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize("baseline", ["black", "grey", "white"])
def test_integrated_gradients_are_exact_on_a_linear_network(tmp_path: Path, baseline: str) -> None:
    part = one_map(tmp_path, two_channels([[1, 2], [0, -3]]), "integrated_gradients", 1, steps=3, baseline=baseline)
    start = {"black": 0, "grey": 0.5, "white": 1}[baseline]
    moved = photograph(tmp_path).astype(np.float32) / 255 - start
    np.testing.assert_allclose(part.arrays["maps"][0], (2 * moved[..., 0] - 3 * moved[..., 1]) / 64, atol=1e-6)


@pytest.mark.usefixtures("colours")
def test_integrated_gradients_sum_to_the_difference_of_the_logits(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    parts = explained(tmp_path, network, methods="integrated_gradients", classes="0,1,2", steps=200)
    picture = photograph(tmp_path).astype(np.float32)[None] / 255
    difference = np.asarray(network(picture) - network(picture * 0))[0]
    np.testing.assert_allclose(parts[1].arrays["maps"].sum((1, 2)), difference, rtol=0.01, atol=0.002)
    np.testing.assert_allclose([row["difference"] for row in parts[1].facts["maps"]], difference, atol=1e-4)


def test_a_guided_relu_drops_negative_gradients_on_the_way_back() -> None:
    x, upstream = tf.constant([-1.0, 1.0, 1.0, 7.0]), tf.constant([1.0, -1.0, 1.0, 1.0])
    for ceiling, expected in ((None, [0, 0, 1, 1]), (6.0, [0, 0, 1, 0])):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = guided_relu(x, ceiling)
        np.testing.assert_array_equal(tape.gradient(y, x, upstream), expected)


@pytest.mark.usefixtures("colours")
def test_guided_backpropagation_leaves_values_and_network_alone(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    picture = RNG.random((1, SIZE, SIZE, 3), np.float32)
    before, functions = np.asarray(network(picture)), [getattr(one, "activation", None) for one in network.layers]
    with guide_relus(network) as changed:
        np.testing.assert_allclose(network(picture), before, atol=1e-6)
    assert changed == 2
    part = one_map(tmp_path, network, "guided_backprop", 0)
    assert [getattr(one, "activation", None) for one in network.layers] == functions
    assert "edges" in part.facts["warning"] and part.facts["parameters"] == {"ReLUs": 2}


def test_guided_backpropagation_without_a_relu_says_that_it_is_the_plain_gradient(tmp_path: Path) -> None:
    picture = keras.Input((SIZE, SIZE, 3))
    flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="tanh")(picture))
    network = keras.Model(picture, keras.layers.Dense(3)(flat))
    photograph(tmp_path)
    guided = one_map(tmp_path, network, "guided_backprop", 0)
    assert guided.facts["warning"].startswith("No ReLU was found in this network, so this is the plain gradient.")
    plain = one_map(tmp_path, network, "saliency", 0)
    np.testing.assert_allclose(guided.arrays["maps"], plain.arrays["maps"], rtol=1e-4)


@pytest.mark.usefixtures("colours")
def test_occlusion_is_what_brute_force_gives(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    part = one_map(tmp_path, network, "occlusion", 2, window=4)
    picture = photograph(tmp_path).astype(np.float32) / 255
    whole = float(network(picture[None])[0, 2])
    expected = np.zeros((4, 4))
    for row in range(4):
        for column in range(4):
            covered = picture.copy()
            top, left = 2 * row - 1, 2 * column - 1
            covered[max(0, top) : top + 4, max(0, left) : left + 4] = GREY
            expected[row, column] = whole - float(network(covered[None])[0, 2])
    np.testing.assert_allclose(part.arrays["maps"][0], expected, atol=1e-5)
    assert part.facts["parameters"] == {"window": 4, "moves_by": 2}


def test_windows_cover_every_pixel() -> None:
    for size, wanted in (((9, 13), 4), ((32, 32), 0), ((5, 5), 900)):
        seen = np.zeros(size, int)
        for top, bottom, left, right in squares_of(size, window_side(size, wanted)):
            seen[top:bottom, left:right] += 1
        assert seen.min() >= 1


@pytest.mark.usefixtures("colours")
def test_several_layers_are_averaged_each_on_its_own_scale(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(16)
    single = {p: one_map(tmp_path, network, "hires_cam", 0, layers=p).arrays["maps"][0] for p in ("first", "second")}
    part = one_map(tmp_path, network, "hires_cam", 0, layers="second,first")
    even = {p: m / np.abs(m).max() for p, m in single.items()}
    # The second layer has lost a border to its unpadded convolution: 6 × 6 units, 2 pixels apart, in the middle.
    expected = (even["first"] + enlarge(even["second"], 16, 16, Grid((2.5, 2.5), 2))) / 2
    np.testing.assert_allclose(part.arrays["maps"][0], expected, atol=1e-5)
    assert part.facts["averaged"] and part.facts["layers"] == ["first", "second"]
