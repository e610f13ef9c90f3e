"""Files of Keras 1 and 2: the network that opens computes what NumPy, or today's Keras, makes of the same weights.

Mutations that these tests catch: kernels of Theano not mirrored, th kernels transposed the wrong way, a Flatten without
the Permute in front, running_std taken for a deviation, the order of a frozen nested network, Keras 3's hard_sigmoid.
"""

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures import plain_networks as plain
from tests.fixtures.old_model_files import (
    after,
    conv_1,
    conv_2,
    dense_2,
    entry,
    functional,
    listed,
    named,
    numbers,
    old_file,
    picture_input,
    sequential,
)  # fmt: skip
from worker.networks.old.models import open_old_model

Array = np.ndarray
GAMMA, BETA, MEAN, VARIANCE = (np.abs(numbers(seed, 4)) + 0.2 for seed in range(10, 14))


def opened(path: Path) -> keras.Model:
    """The network of an old file, checked and loaded as the engine does it."""
    found = check_model(path, Settings())
    assert found.upgraded is not None
    return open_old_model(path, found, found.upgraded)


def answers(path: Path, pictures: Array) -> Array:
    return np.asarray(opened(path)(pictures.astype(np.float32), training=False))


def assert_same(got: Array, wanted: Array) -> None:
    np.testing.assert_allclose(got, wanted, rtol=2e-4, atol=2e-5)


def pictures(height: int, width: int, channels: int) -> Array:
    return np.random.default_rng(1).random((2, height, width, channels))


KERNEL, BIAS = numbers(1, 3, 3, 2, 4), numbers(2, 4)


def keras_1_layers(order: str, shape: list[int], padding: str = "valid", stride: int = 1) -> list[dict[str, Any]]:
    """A small classifier of Keras 1.2, in either order of dimensions."""
    return [
        conv_1("convolution2d_1", 4, 3, dim_ordering=order, batch_input_shape=[None, *shape], input_dtype="float32",
               border_mode=padding, subsample=[stride, stride]),
        entry("BatchNormalization", "batchnormalization_1", epsilon=1e-5, mode=0, momentum=0.9, beta_regularizer=None,
              gamma_regularizer=None, axis=1 if order == "th" else -1),
        entry("MaxPooling2D", "maxpooling2d_1", pool_size=[2, 2], border_mode="valid", strides=[2, 2],
              dim_ordering=order),
        entry("Dropout", "dropout_1", p=0.5),
        entry("Flatten", "flatten_1"),
        entry("Dense", "dense_1", output_dim=3, input_dim=None, init="he_normal", activation="softmax", bias=True,
              W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, b_regularizer=None),
    ]  # fmt: skip


def keras_1_weights(kernel: Array, dense: Array, end: str) -> dict[str, list[tuple[str, Array]]]:
    norms = zip(("gamma", "beta", "running_mean", "running_std"), (GAMMA, BETA, MEAN, VARIANCE), strict=True)
    return {
        "convolution2d_1": [(f"convolution2d_1_W{end}", kernel), (f"convolution2d_1_b{end}", BIAS)],
        "batchnormalization_1": [(f"batchnormalization_1_{name}{end}", values) for name, values in norms],
        "maxpooling2d_1": [], "dropout_1": [], "flatten_1": [],
        "dense_1": [(f"dense_1_W{end}", dense), (f"dense_1_b{end}", numbers(4, 3))],
    }  # fmt: skip


def keras_1_answers(maps: Array, dense: Array, channels_first: bool = False) -> Array:
    seen = plain.pool(plain.normalise(plain.relu(maps), GAMMA, BETA, MEAN, VARIANCE, 1e-5))
    seen = seen.transpose(0, 3, 1, 2) if channels_first else seen
    return plain.softmax(seen.reshape(len(seen), -1) @ dense + numbers(4, 3))


def test_keras_1_of_tensorflow(tmp_path: Path) -> None:
    dense = numbers(3, 4 * 4 * 4, 3)
    path = old_file(tmp_path / "a.h5", listed(*keras_1_layers("tf", [10, 10, 2])),
                    keras_1_weights(KERNEL, dense, ":0"), "1.2.2", None)  # fmt: skip
    seen = pictures(10, 10, 2)
    assert_same(answers(path, seen), keras_1_answers(plain.convolve(seen, KERNEL, BIAS), dense))


@pytest.mark.parametrize("end", ["", ":0"], ids=["theano", "tensorflow"])
@pytest.mark.parametrize("version", ["1.2.0", None])
def test_keras_1_with_channels_first(tmp_path: Path, end: str, version: str | None) -> None:
    """Theano mirrors kernels, TensorFlow does not; both flatten a channel after the other."""
    dense = numbers(3, 4 * 4 * 3, 3)
    path = old_file(tmp_path / "a.h5", listed(*keras_1_layers("th", [2, 10, 8])),
                    keras_1_weights(KERNEL.transpose(3, 2, 0, 1), dense, end), version, None)  # fmt: skip
    seen = pictures(10, 8, 2)
    kernel = KERNEL if end else KERNEL[::-1, ::-1]
    assert_same(answers(path, seen), keras_1_answers(plain.convolve(seen, kernel, BIAS), dense, channels_first=True))


@pytest.mark.parametrize("end", ["", ":0"], ids=["theano", "tensorflow"])
def test_margins_of_keras_1_that_do_not_say_their_order(tmp_path: Path, end: str) -> None:
    """The VGG of Keras 1: its ZeroPadding2D has no dim_ordering, for it had that of the whole network."""
    entries = [
        entry("ZeroPadding2D", "z", padding=[1, 2], batch_input_shape=[None, 2, 6, 4]),
        conv_1("c", 4, 3, dim_ordering="th"),
        entry("UpSampling2D", "u", size=[2, 3]), entry("Cropping2D", "cut", cropping=[[1, 0], [2, 1]]),
        entry("Flatten", "f"), entry("Dense", "d", output_dim=2, bias=True),
    ]  # fmt: skip
    dense = numbers(3, 4 * 11 * 15, 2)
    held = {"c": [(f"c_W{end}", KERNEL.transpose(3, 2, 0, 1)), (f"c_b{end}", BIAS)],
            "d": [(f"d_W{end}", dense), (f"d_b{end}", numbers(4, 2))]}  # fmt: skip
    path = old_file(tmp_path / "a.h5", listed(*entries), held, "1.2.2", None)
    seen = pictures(6, 4, 2)
    kernel = KERNEL if end else KERNEL[::-1, ::-1]
    maps = plain.relu(plain.convolve(np.pad(seen, ((0, 0), (1, 1), (2, 2), (0, 0))), kernel, BIAS))
    grown = maps.repeat(2, axis=1).repeat(3, axis=2)[:, 1:, 2:-1]
    assert_same(answers(path, seen), grown.transpose(0, 3, 1, 2).reshape(2, -1) @ dense + numbers(4, 2))


def test_theanos_margins_with_a_stride(tmp_path: Path) -> None:
    """Theano's windows begin one pixel outside, where TensorFlow's begin inside."""
    dense = numbers(3, 4 * 2 * 2, 3)
    path = old_file(tmp_path / "a.h5", listed(*keras_1_layers("th", [2, 8, 8], "same", 2)),
                    keras_1_weights(KERNEL.transpose(3, 2, 0, 1), dense, ""), "1.2.2", None)  # fmt: skip
    seen = pictures(8, 8, 2)
    maps = plain.convolve(np.pad(seen, ((0, 0), (1, 1), (1, 1), (0, 0))), KERNEL[::-1, ::-1], BIAS, 2)
    assert_same(answers(path, seen), keras_1_answers(maps, dense, channels_first=True))


def test_keras_2_of_theano_has_mirrored_kernels_in_todays_order(tmp_path: Path) -> None:
    config = sequential(conv_2("c", 4, 3, batch_input_shape=[None, 7, 7, 2]), entry("GlobalMaxPooling2D", "g"))
    path = old_file(tmp_path / "a.h5", config, {"c": list(zip(named("c", "kernel", "bias", end=""), (KERNEL, BIAS),
                    strict=True)), "g": []}, "2.1.2", "theano")  # fmt: skip
    seen = pictures(7, 7, 2)
    wanted = plain.relu(plain.convolve(seen, KERNEL[::-1, ::-1], BIAS)).max(axis=(1, 2))
    assert_same(answers(path, seen), wanted)


@pytest.mark.parametrize(("mode", "combine"), [
    ("concat", lambda a, b: np.concatenate([a, b], -1)), ("sum", np.add), ("mul", np.multiply), ("max", np.maximum),
    ("ave", lambda a, b: (a + b) / 2),
])  # fmt: skip
def test_keras_1_merges(tmp_path: Path, mode: str, combine: Any) -> None:
    start = {"batch_input_shape": [None, 6, 6, 2], "input_dtype": "float32", "sparse": False, "name": "input_1"}
    notes = {"mode_type": "raw", "output_shape": None, "output_shape_type": "raw", "output_mask": None,
             "output_mask_type": "raw", "arguments": {}, "dot_axes": -1, "concat_axis": -1}  # fmt: skip
    left, right = conv_1("left", 4, 3), conv_1("right", 4, 3)
    config = functional(
        {"class_name": "InputLayer", "name": "input_1", "inbound_nodes": [], "config": start},
        {**left, "name": "left", "inbound_nodes": [[["input_1", 0, 0]]]},
        {**right, "name": "right", "inbound_nodes": [[["input_1", 0, 0]]]},
        entry("Merge", "merge_1", [["left", 0, 0], ["right", 0, 0]], mode=mode, **notes),
        out="merge_1",
    )  # fmt: skip
    other = numbers(5, 3, 3, 2, 4)
    weights = {"input_1": [], "left": [("left_W:0", KERNEL), ("left_b:0", BIAS)],
               "right": [("right_W:0", other), ("right_b:0", BIAS)], "merge_1": []}  # fmt: skip
    seen = pictures(6, 6, 2)
    maps = [plain.relu(plain.convolve(seen, kernel, BIAS)) for kernel in (KERNEL, other)]
    assert_same(answers(old_file(tmp_path / "a.h5", config, weights, "1.1.1", None), seen), combine(*maps))


def weights_2(layer: str, *arrays: Array) -> list[tuple[str, Array]]:
    """Kernel and bias, or the four of a batch normalisation, under Keras 2's names."""
    names = ("kernel", "bias") if len(arrays) < 3 else ("gamma", "beta", "moving_mean", "moving_variance")
    return list(zip(named(layer, *names[: len(arrays)]), arrays, strict=True))


FORMS = {"2.1.6": listed, "2.3.1": sequential}


@pytest.mark.parametrize("version", FORMS)
def test_keras_2_sequential_without_an_input_layer(tmp_path: Path, version: str) -> None:
    """The two failures of the book's MNIST networks: a list of layers, and (28, 28, 1) read as five dimensions."""
    config = FORMS[version](
        conv_2("conv2d_1", 4, 3, batch_input_shape=[None, 10, 10, 2], dtype="float32"),
        entry("BatchNormalization", "batch_normalization_1", axis=[3], epsilon=1e-5, momentum=0.99),
        entry("LeakyReLU", "leaky_re_lu_1", alpha={"type": "ndarray", "value": 0.25}),
        entry("MaxPooling2D", "max_pooling2d_1", pool_size=[2, 2], padding="valid", strides=[2, 2]),
        entry("Flatten", "flatten_1", data_format="channels_last"),
        dense_2("dense_1", 3, activation="softmax", batch_input_shape=[None, 64]),
    )
    dense = numbers(3, 4 * 4 * 4, 3)
    weights = {"conv2d_1": weights_2("conv2d_1_1", KERNEL, BIAS),
               "batch_normalization_1": weights_2("batch_normalization_1_1", GAMMA, BETA, MEAN, VARIANCE),
               "leaky_re_lu_1": [], "dense_1": weights_2("dense_1_1", dense, numbers(4, 3))}  # fmt: skip
    seen = pictures(10, 10, 2)
    normal = plain.normalise(plain.relu(plain.convolve(seen, KERNEL, BIAS)), GAMMA, BETA, MEAN, VARIANCE, 1e-5)
    flat = plain.pool(np.where(normal > 0, normal, 0.25 * normal)).reshape(2, -1)
    path = old_file(tmp_path / "a.h5", config, weights, version)
    assert_same(answers(path, seen), plain.softmax(flat @ dense + numbers(4, 3)))
    with h5py.File(path) as file:
        stored = np.asarray(file["model_weights/conv2d_1/conv2d_1_1/kernel:0"])
    assert np.array_equal(opened(path).get_layer("conv2d_1").kernel, stored), "the very numbers of the file"


def test_an_old_hard_sigmoid_keeps_its_slope(tmp_path: Path) -> None:
    config = functional(
        picture_input(6, 6, 2), conv_2("c", 4, 3, after("input_1"), activation="hard_sigmoid"),
        entry("GlobalAveragePooling2D", "g", after("c"), data_format="channels_last"),
        dense_2("d", 2, after("g"), activation="hard_sigmoid"), out="d",
    )  # fmt: skip
    dense = numbers(3, 4, 2)
    weights = {"c": weights_2("c", KERNEL, BIAS), "d": weights_2("d", dense, numbers(4, 2))}
    seen = pictures(6, 6, 2)
    clipped = [np.clip(0.2 * plain.convolve(seen, KERNEL, BIAS) + 0.5, 0, 1)]
    clipped.append(np.clip(0.2 * (clipped[0].mean(axis=(1, 2)) @ dense + numbers(4, 2)) + 0.5, 0, 1))
    assert_same(answers(old_file(tmp_path / "a.h5", config, weights), seen), clipped[1])


def backbone(frozen: bool, kind: str) -> dict[str, Any]:
    """A nested network of two convolutions with a batch normalisation between them."""
    held = {"trainable": not frozen}
    return functional(
        picture_input(8, 8, 2, name="inner_input"), conv_2("first", 4, 3, after("inner_input"), **held),
        entry("BatchNormalization", "norm", after("first"), axis=-1, epsilon=1e-3, scale=True, center=True, **held),
        conv_2("second", 4, 3, after("norm"), **held), out="second", name="backbone", kind=kind,
    )  # fmt: skip


@pytest.mark.parametrize("says_frozen", [False, True], ids=["said trained", "said frozen"])
@pytest.mark.parametrize("frozen", [False, True], ids=["trained", "frozen"])
@pytest.mark.parametrize("prefix", ["", "earlier_"], ids=["by name", "by order"])
def test_nested_network(tmp_path: Path, says_frozen: bool, frozen: bool, prefix: str) -> None:
    """One group of weights for the whole backbone; the statistics lie last, or in their place where it is frozen."""
    inner = {**backbone(says_frozen, "Functional"), "name": "backbone"}
    config = sequential(inner, entry("GlobalMaxPooling2D", "g"), dense_2("d", 2), name="outer")
    second, dense = numbers(6, 3, 3, 4, 4), numbers(7, 4, 2)
    norm = weights_2(prefix + "norm", GAMMA, BETA, MEAN, VARIANCE)
    kernels = [weights_2(prefix + name, kernel, BIAS) for name, kernel in (("first", KERNEL), ("second", second))]
    order = [*kernels[0], *norm, *kernels[1]] if frozen else [*kernels[0], *norm[:2], *kernels[1], *norm[2:]]
    weights = {"backbone": order, "g": [], "d": weights_2("d", dense, numbers(8, 2))}
    seen = pictures(8, 8, 2)
    maps = plain.normalise(plain.relu(plain.convolve(seen, KERNEL, BIAS)), GAMMA, BETA, MEAN, VARIANCE, 1e-3)
    top = plain.relu(plain.convolve(maps, second, BIAS)).max(axis=(1, 2)) @ dense + numbers(8, 2)
    assert_same(answers(old_file(tmp_path / "a.h5", config, weights, "2.4.0"), seen), top)


def test_a_backbone_called_twice_counts_its_calls_as_today(tmp_path: Path) -> None:
    """Keras 2 counted a nested network's own construction as its call 0, a Sequential's too."""
    shared = sequential(conv_2("c", 4, 3, batch_input_shape=[None, 6, 6, 2]), name="shared")
    config = functional(
        picture_input(6, 6, 2), entry("ReLU", "low", after("input_1"), max_value=0.5, negative_slope=0.0),
        {**shared, "name": "shared", "inbound_nodes": [[["input_1", 0, 0, {}]], [["low", 0, 0, {}]]]},
        entry("Subtract", "difference", [["shared", 1, 0, {}], ["shared", 2, 0, {}]]), out="difference",
    )  # fmt: skip
    path = old_file(tmp_path / "a.h5", config, {"shared": weights_2("c", KERNEL, BIAS)}, "2.2.4")
    seen = pictures(6, 6, 2)
    maps = [plain.relu(plain.convolve(one, KERNEL, BIAS)) for one in (seen, np.minimum(seen, 0.5))]
    assert_same(answers(path, seen), maps[0] - maps[1])


def test_teachable_machine(tmp_path: Path) -> None:
    """Sequential(Sequential(MobileNet-like), Sequential(head)): groups, policies and initializers of TensorFlow 2."""
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    zeros = {"class_name": "Zeros", "config": {"dtype": "float32"}}
    depthwise = entry("DepthwiseConv2D", "expanded/depthwise", after("input_1"), kernel_size=[3, 3], strides=[1, 1],
                      padding="valid", data_format="channels_last", dilation_rate=[1, 1], groups=1, dtype=policy,
                      activation="linear", use_bias=False, depth_multiplier=2, bias_initializer=zeros,
                      depthwise_initializer={"class_name": "GlorotUniform", "config": {"seed": None}})  # fmt: skip
    net = functional(picture_input(6, 6, 2), depthwise, out="expanded/depthwise", name="net", kind="Functional")
    start = {"class_name": "GlorotUniform", "config": {"seed": None, "dtype": "float32"}}
    head = dense_2("dense_1", 2, use_bias=False, dtype=policy, activation="softmax", batch_input_shape=[None, 4],
                   kernel_initializer=start)  # fmt: skip
    config = sequential(
        sequential(net, entry("GlobalAveragePooling2D", "mean"), name="seen", build_input_shape=[None, 6, 6, 2]),
        sequential(head, name="judged"), name="whole", build_input_shape=[None, 6, 6, 2],
    )  # fmt: skip
    kernel, dense = numbers(1, 3, 3, 2, 2), numbers(2, 4, 2)
    weights = {"seen": [("expanded/depthwise/depthwise_kernel:0", kernel)], "judged": [("dense_1/kernel:0", dense)]}
    seen = pictures(6, 6, 2)
    own = [plain.convolve(seen[..., [c]], kernel[:, :, [c], :], np.zeros(2)).mean(axis=(1, 2)) for c in (0, 1)]
    path = old_file(tmp_path / "a.h5", config, weights, "2.4.0")
    assert_same(answers(path, seen), plain.softmax(np.concatenate(own, -1) @ dense))


def test_augmentation_and_preprocessing_layers(tmp_path: Path) -> None:
    config = sequential(
        entry("RandomFlip", "random_flip", mode="horizontal", seed=None, batch_input_shape=[None, 6, 6, 2]),
        entry("RandomRotation", "random_rotation", factor=0.1, fill_mode="reflect", fill_value=0.0, rng_type="stateful",
              interpolation="bilinear", seed=None),
        entry("RandomHeight", "random_height", factor=0.2, interpolation="bilinear", seed=None),
        entry("Rescaling", "rescaling", scale=1 / 255, offset=0.0), conv_2("c", 4, 3),
    )  # fmt: skip
    states = [("random_flip/StateVar:0", np.zeros(3, np.int64))]
    weights = {"random_flip": states, "c": weights_2("c", KERNEL, BIAS)}
    seen = pictures(6, 6, 2) * 255
    wanted = plain.relu(plain.convolve(seen / 255, KERNEL, BIAS))
    assert_same(answers(old_file(tmp_path / "a.h5", config, weights, "2.9.0"), seen), wanted)


@pytest.mark.parametrize("first", [[6, 6], [36]], ids=["no channel", "a row of numbers"])
def test_rows_of_numbers_that_become_a_picture_at_once(tmp_path: Path, first: list[int]) -> None:
    config = listed(entry("Reshape", "r", target_shape=[6, 6, 1], batch_input_shape=[None, *first]), conv_2("c", 4, 3))
    kernel = numbers(1, 3, 3, 1, 4)
    path = old_file(tmp_path / "a.h5", config, {"c": weights_2("c", kernel, BIAS)})
    seen = pictures(6, 6, 1)
    assert_same(answers(path, seen), plain.relu(plain.convolve(seen, kernel, BIAS)))


def test_a_network_that_lays_a_grey_picture_flat_first(tmp_path: Path) -> None:
    config = sequential(entry("Flatten", "f", batch_input_shape=[None, 6, 6]), dense_2("d", 3))
    dense = numbers(3, 36, 3)
    path = old_file(tmp_path / "a.h5", config, {"f": [], "d": weights_2("d", dense, numbers(4, 3))})
    seen = pictures(6, 6, 1)
    assert_same(answers(path, seen), seen.reshape(2, -1) @ dense + numbers(4, 3))


def small(**config: Any) -> dict[str, Any]:
    return sequential(conv_2("c", 4, 3, **{"batch_input_shape": [None, 6, 6, 2], **config}), dense_2("d", 2))


LOST = {
    "shape": ({"c": weights_2("c", KERNEL[..., :3], BIAS), "d": weights_2("d", numbers(3, 4, 2), numbers(4, 2))},
        r"kernel of shape \(3, 3, 2, 4\) for layer c\. Received: '\(3, 3, 2, 3\) in the file'"),
    "number": ({"c": weights_2("c", KERNEL), "d": weights_2("d", numbers(3, 4, 2), numbers(4, 2))},
        r"2 weights for layer c\. Received: '1 in the file'"),
    "missing": ({"c": weights_2("c", KERNEL, BIAS)}, "weights for every layer that has some.*1 of them, for 2 layers"),
}  # fmt: skip


@pytest.mark.parametrize(("weights", "words"), LOST.values(), ids=LOST)
def test_weights_that_do_not_belong_are_refused(tmp_path: Path, weights: Any, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words + ".*Save the whole model again"):
        opened(old_file(tmp_path / "a.h5", small(), weights))


def test_a_dot_between_two_poolings(tmp_path: Path) -> None:
    config = functional(
        picture_input(6, 6, 2), conv_2("c", 4, 3, after("input_1")), entry("GlobalAveragePooling2D", "g", after("c")),
        entry("GlobalMaxPooling2D", "m", after("c")), entry("Dot", "dot", after("g", "m"), axes=1, normalize=False),
        dense_2("d", 2, after("dot")), out="d",
    )  # fmt: skip
    held = {"c": weights_2("c", KERNEL, BIAS), "d": weights_2("d", numbers(3, 1, 2), numbers(4, 2))}
    path = old_file(tmp_path / "a.h5", config, held, "2.3.1")
    seen = pictures(6, 6, 2)
    maps = plain.relu(plain.convolve(seen, KERNEL, BIAS))
    dot = (maps.mean(axis=(1, 2)) * maps.max(axis=(1, 2))).sum(axis=1, keepdims=True)
    assert_same(answers(path, seen), dot @ numbers(3, 1, 2) + numbers(4, 2))


@pytest.mark.parametrize(("version", "size", "old"), [("2.2.4", 2, True), ("2.3.1", [4, 2], True),
                                                      ("2.2.4-tf", 2, False), ("2.4.0", 2, False)])  # fmt: skip
def test_bilinear_upsampling_counts_pixels_as_its_version_did(
    tmp_path: Path, version: str, size: Any, old: bool
) -> None:
    """Keras itself called TensorFlow 1's resize until 2.3, tf.keras never: it opened, and gave other numbers."""
    config = sequential(
        conv_2("c", 4, 3, batch_input_shape=[None, 6, 7, 2]),
        entry("UpSampling2D", "u", size=size, data_format="channels_last", interpolation="bilinear"),
        entry("Flatten", "f"), dense_2("d", 2),
    )  # fmt: skip
    down, across = size if isinstance(size, list) else (size, size)
    dense = numbers(3, 4 * down * 5 * across * 4, 2)
    held = {"c": weights_2("c", KERNEL, BIAS), "d": weights_2("d", dense, numbers(4, 2))}
    path = old_file(tmp_path / "a.h5", config, held, version)
    seen = pictures(6, 7, 2)
    maps = plain.relu(plain.convolve(seen, KERNEL, BIAS))
    for axis, by in ((1, down), (2, across)):
        maps = np.apply_along_axis(_enlarged, axis, maps, by, old)
    assert_same(answers(path, seen), maps.reshape(2, -1) @ dense + numbers(4, 2))


def _enlarged(line: Array, by: int, old: bool) -> Array:
    at = np.arange(len(line) * by) / by if old else (np.arange(len(line) * by) + 0.5) / by - 0.5
    return np.interp(at, np.arange(len(line)), line)


def test_bilinear_upsampling_by_three_is_refused_where_it_cannot_be_repeated(tmp_path: Path) -> None:
    layer = entry("UpSampling2D", "u", size=[3, 3], interpolation="bilinear")
    config = sequential(conv_2("c", 4, 3, batch_input_shape=[None, 6, 6, 2]), layer)
    path = old_file(tmp_path / "a.h5", config, {"c": weights_2("c", KERNEL, BIAS)}, "2.3.1")
    with pytest.raises(RefusedUpload, match=r"sizes 2, 4, 8.*by \[3, 3\].*layer 'u'"):
        check_model(path, Settings())


def test_sequentials_without_names_in_a_sequential(tmp_path: Path) -> None:
    """Teachable Machine's shape in early Keras 2: two lists of layers in a list, and neither has a name."""
    first = listed(conv_2("c", 4, 3, batch_input_shape=[None, 6, 6, 2]), entry("GlobalMaxPooling2D", "g"))
    config = listed(first, listed(dense_2("d", 3, batch_input_shape=[None, 4]), dense_2("e", 2)))
    held = {"sequential_1": weights_2("c", KERNEL, BIAS),
            "sequential_2": [*weights_2("d", numbers(3, 4, 3), numbers(4, 3)),
                             *weights_2("e", numbers(5, 3, 2), numbers(6, 2))]}  # fmt: skip
    path = old_file(tmp_path / "a.h5", config, held, "2.0.9")
    seen = pictures(6, 6, 2)
    maps = plain.relu(plain.convolve(seen, KERNEL, BIAS)).max(axis=(1, 2))
    assert_same(answers(path, seen), (maps @ numbers(3, 4, 3) + numbers(4, 3)) @ numbers(5, 3, 2) + numbers(6, 2))
