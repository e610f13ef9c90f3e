"""Functions of TensorFlow inside old networks: the layers in their place compute what NumPy makes of the same."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.fixtures import plain_networks as plain
from tests.fixtures.old_model_files import (
    after,
    conv_2,
    dense_2,
    entry,
    functional,
    numbers,
    old_file,
    operation,
    picture_input,
)
from tests.worker.networks.old.test_models import BIAS, KERNEL, answers, assert_same, pictures, weights_2


def test_functions_of_tensorflow_become_layers(tmp_path: Path) -> None:
    """The preprocessing of keras.applications in a network of TensorFlow 2.4 to 2.15, and arithmetic between layers."""
    reverse = [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]
    config = functional(
        picture_input(6, 6, 3),
        operation("tf.__operators__.getitem", ["input_1", 0, 0, {"slice_spec": reverse}], kind="SlicingOpLambda"),
        operation("tf.nn.bias_add", ["tf.__operators__.getitem", 0, 0, {"bias": [-100.0, -110.0, -120.0]}]),
        operation("tf.math.truediv", ["tf.nn.bias_add", 0, 0, {"y": 127.5, "name": None}]),
        operation("tf.math.subtract", ["_CONSTANT_VALUE", -1, 1.0, {"y": ["tf.math.truediv", 0, 0], "name": None}]),
        operation("tf.nn.relu6", ["tf.math.subtract", 0, 0, {"name": None}]),
        operation("tf.__operators__.add", ["tf.nn.relu6", 0, 0, {"y": ["tf.math.subtract", 0, 0], "name": None}]),
        operation("tf.concat", [["tf.__operators__.add", 0, 0, {"axis": -1}], ["tf.nn.relu6", 0, 0, {"axis": -1}]]),
        operation("tf.math.reduce_mean", ["tf.concat", 0, 0, {"axis": [1, 2], "keepdims": False}]),
        dense_2("d", 2, after("tf.math.reduce_mean")),
        out="d", kind="Functional",
    )  # fmt: skip
    dense = numbers(3, 6, 2)
    path = old_file(tmp_path / "a.h5", config, {"d": weights_2("d", dense, numbers(4, 2))}, "2.10.0")
    seen = pictures(6, 6, 3) * 255
    values = 1 - (seen[..., ::-1] - [100, 110, 120]) / 127.5
    cut = np.clip(values, 0, 6)
    mean = np.concatenate([cut + values, cut], -1).mean(axis=(1, 2))
    assert_same(answers(path, seen), mean @ dense + numbers(4, 2))


def test_functions_that_name_themselves_by_tensorflow_1_and_pooling_by_function(tmp_path: Path) -> None:
    """tf.pad and tf.transpose of TensorFlow 2 are written as tf.compat.v1.pad and tf.compat.v1.transpose."""
    config = functional(
        picture_input(6, 8, 3),
        operation("tf.compat.v1.pad", ["input_1", 0, 0, {"paddings": [[0, 0], [1, 1], [0, 0], [0, 0]], "mode":
            "CONSTANT", "name": None, "constant_values": 0}]),
        operation("tf.nn.max_pool2d", ["tf.compat.v1.pad", 0, 0, {"ksize": 2, "strides": [1, 2, 2, 1],
            "padding": "VALID"}]),
        operation("tf.nn.avg_pool", ["tf.nn.max_pool2d", 0, 0, {"ksize": [2], "strides": 2, "padding": "VALID"}]),
        operation("tf.math.pow", ["tf.nn.avg_pool", 0, 0, {"y": 2, "name": None}]),
        operation("tf.math.maximum", ["tf.math.pow", 0, 0, {"y": 0.1, "name": None}]),
        operation("tf.compat.v1.transpose", ["tf.math.maximum", 0, 0, {"perm": [0, 3, 1, 2], "conjugate": False}]),
        entry("Flatten", "f", after("tf.compat.v1.transpose")),
        dense_2("d", 2, after("f")), out="d", kind="Functional",
    )  # fmt: skip
    dense = numbers(3, 12, 2)
    path = old_file(tmp_path / "a.h5", config, {"d": weights_2("d", dense, numbers(4, 2))}, "2.12.0")
    seen = pictures(6, 8, 3) - 0.5
    padded = np.pad(seen, ((0, 0), (1, 1), (0, 0), (0, 0)))
    largest = padded.reshape(2, 4, 2, 4, 2, 3).max(axis=(2, 4))
    values = np.maximum(largest.reshape(2, 2, 2, 2, 2, 3).mean(axis=(2, 4)) ** 2, 0.1)
    assert_same(answers(path, seen), values.transpose(0, 3, 1, 2).reshape(2, -1) @ dense + numbers(4, 2))


def test_graph_operations_of_tensorflow_2_0_to_2_3(tmp_path: Path) -> None:
    def made(name: str, op: str, constants: dict[str, float], *nodes: Any) -> dict[str, Any]:
        return entry("TensorFlowOpLayer", name, *nodes, node_def={"name": name, "op": op}, constants=constants)

    config = functional(
        picture_input(5, 5, 2), conv_2("c", 4, 3, after("input_1"), activation="linear"),
        made("tf_op_layer_AddV2", "AddV2", {"1": 3.0}, after("c")),
        entry("ReLU", "re_lu", after("tf_op_layer_AddV2"), max_value=6.0, negative_slope=0.0, threshold=0.0),
        made("tf_op_layer_Mul", "Mul", {"1": 0.5}, after("re_lu")),
        made("tf_op_layer_Mul_1", "Mul", {}, after("c", "tf_op_layer_Mul")), out="tf_op_layer_Mul_1",
    )  # fmt: skip
    path = old_file(tmp_path / "a.h5", config, {"c": weights_2("c", KERNEL, BIAS)}, "2.2.4-tf")
    seen = pictures(5, 5, 2)
    maps = plain.convolve(seen, KERNEL, BIAS)
    assert_same(answers(path, seen), maps * np.clip(maps + 3, 0, 6) * 0.5)


def test_nodes_with_attributes_of_tensorflow_2_0_to_2_3(tmp_path: Path) -> None:
    """Their attributes are JSON of a protocol buffer: numbers as text, text in base 64."""

    def made(name: str, op: str, source: str, constants: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        return entry("TensorFlowOpLayer", name, after(source), constants=constants,
                     node_def={"name": name, "op": op, "attr": attributes})  # fmt: skip

    masks = {"begin_mask": {"i": "2"}, "end_mask": {"i": "2"}, "ellipsis_mask": {"i": "1"},
             "new_axis_mask": {"i": "0"}, "shrink_axis_mask": {"i": "0"}}  # fmt: skip
    window = {"ksize": {"list": {"i": ["1", "2", "2", "1"]}}, "strides": {"list": {"i": ["1", "2", "2", "1"]}},
              "padding": {"s": "VkFMSUQ="}, "data_format": {"s": "TkhXQw=="}}  # fmt: skip
    inner = {f"{key}_mask": {"i": "9" if key in ("begin", "end") else "0"}
             for key in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}  # fmt: skip
    config = functional(
        picture_input(6, 8, 3),
        made("flipped", "StridedSlice", "input_1", {"1": [0, 0], "2": [0, 0], "3": [1, -1]}, **masks),
        made("padded", "Pad", "flipped", {"1": [[0, 0], [1, 1], [2, 2], [0, 0]]}),
        made("cut", "StridedSlice", "padded", {"1": [0, 1, 0, 0], "2": [0, -1, -2, 0], "3": [1, 1, 1, 1]}, **inner),
        made("pooled", "MaxPool", "cut", {}, **window),
        made("turned", "Transpose", "pooled", {"1": [0, 2, 1, 3]}),
        made("mean", "Mean", "turned", {"1": [1, 2]}, keep_dims={"b": False}),
        made("squared", "Pow", "mean", {"1": 2.0}),
        dense_2("d", 2, after("squared")), out="d",
    )  # fmt: skip
    dense = numbers(3, 3, 2)
    path = old_file(tmp_path / "a.h5", config, {"d": weights_2("d", dense, numbers(4, 2))}, "2.2.4-tf")
    seen = pictures(6, 8, 3)
    padded = np.pad(seen[..., ::-1], ((0, 0), (0, 0), (2, 0), (0, 0)))
    pooled = padded.reshape(2, 3, 2, 5, 2, 3).max(axis=(2, 4))
    assert_same(answers(path, seen), pooled.mean(axis=(1, 2)) ** 2 @ dense + numbers(4, 2))
