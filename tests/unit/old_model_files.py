"""Model files as Keras 1 and 2 wrote them, made by hand with h5py: configuration, groups of weights, attributes.

Every maker returns plain data, so a test can say which version, which argument and which array it is about.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Config = dict[str, Any]
Weights = Mapping[str, Sequence[tuple[str, np.ndarray]]]

UNIFORM = {"class_name": "VarianceScaling",
           "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}  # fmt: skip


def entry(kind: str, name: str, *nodes: Any, **config: Any) -> Config:
    """A layer; with nodes, one of a Functional model."""
    row = {"class_name": kind, "config": {"name": name, "trainable": True, **config}}
    return {**row, "name": name, "inbound_nodes": list(nodes)} if nodes or kind == "InputLayer" else row


def after(*sources: str) -> list[Any]:
    """A call on the outputs of other layers, as Keras 2 wrote it."""
    return [[source, 0, 0, {}] for source in sources]


def picture_input(*shape: int | None, name: str = "input_1") -> Config:
    """The input of a Functional model of Keras 2."""
    config = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False, "name": name}
    return {"class_name": "InputLayer", "name": name, "inbound_nodes": [], "config": config}


def functional(*entries: Config, out: str | list[Any], name: str = "model_1", kind: str = "Model") -> Config:
    """A Functional model whose inputs are its InputLayers."""
    inputs = [[one["name"], 0, 0] for one in entries if one["class_name"] == "InputLayer"]
    outputs = [[out, 0, 0]] if isinstance(out, str) else out
    config = {"name": name, "layers": list(entries), "input_layers": inputs, "output_layers": outputs}
    return {"class_name": kind, "config": config}


def listed(*entries: Config) -> Config:
    """A Sequential as Keras 1 and early 2 wrote it: nothing but the list of its layers."""
    return {"class_name": "Sequential", "config": list(entries)}


def sequential(*entries: Config, name: str = "sequential_1", **more: Any) -> Config:
    """A Sequential as Keras 2.2.3 and later wrote it."""
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(entries), **more}}


def conv_1(name: str, filters: int, size: int, **config: Any) -> Config:
    """A Convolution2D of Keras 1.2, all its arguments written out."""
    first = {
        "nb_filter": filters, "nb_row": size, "nb_col": size, "init": "glorot_uniform", "activation": "relu",
        "border_mode": "valid", "subsample": [1, 1], "dim_ordering": "tf", "W_regularizer": None,
        "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True,
    }  # fmt: skip
    return entry("Convolution2D", name, **{**first, **config})


def conv_2(name: str, filters: int, size: int, *nodes: Any, **config: Any) -> Config:
    """A Conv2D of Keras 2, all its arguments written out."""
    first = {
        "filters": filters, "kernel_size": [size, size], "strides": [1, 1], "padding": "valid",
        "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "relu", "use_bias": True,
        "kernel_initializer": UNIFORM, "bias_initializer": {"class_name": "Zeros", "config": {}},
        "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
        "bias_constraint": None,
    }  # fmt: skip
    return entry("Conv2D", name, *nodes, **{**first, **config})


def dense_2(name: str, units: int, *nodes: Any, **config: Any) -> Config:
    """A Dense of Keras 2."""
    first = {"units": units, "activation": "linear", "use_bias": True, "kernel_initializer": UNIFORM}
    return entry("Dense", name, *nodes, **{**first, **config})


def operation(name: str, *nodes: Any, kind: str = "TFOpLambda") -> Config:
    """A function of TensorFlow in a network of 2.4 to 2.15; its name tells which."""
    function = name.removeprefix("tf.").rstrip("_0123456789")
    return entry(kind, name, *nodes, dtype="float32", function=function)


def numbers(seed: int, *shape: int) -> np.ndarray:
    """Random weights around zero."""
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def old_file(
    path: Path, config: Config, weights: Weights, version: str | None = "2.1.6", backend: str | None = "tensorflow"
) -> Path:
    """A legacy .h5 file.

    Args:
        path: where.
        config: of the model.
        weights: by layer, in the file's order: names inside the layer's group, and arrays.
        version: of Keras; None for one that does not say.
        backend: None for a version that does not say.
    """
    said = {"keras_version": version, "backend": backend}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["training_config"] = b'{"optimizer_config": {"class_name": "Gone", "config": {"lr": 0.01}}}'
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for key, value in said.items():
            if value is not None:
                file.attrs[key] = value.encode()
        for name, arrays in weights.items():
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [inner.encode() for inner, _ in arrays]
            for inner, values in arrays:
                layer.create_dataset(inner, data=values)
    return path


def named(layer: str, *names: str, end: str = ":0") -> list[str]:
    """Names of a layer's weights as Keras 2 wrote them."""
    return [f"{layer}/{name}{end}" for name in names]
