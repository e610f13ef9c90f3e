"""One small file of every kind in docs/model_files.md: those that open, and those that are refused with a way out.

The titles are the first cells of the tables there; a test opens every file and compares.
"""

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.unit.model_files import keras_file, layer
from tests.unit.old_model_files import (
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
    operation,
    picture_input,
    sequential,
)

Maker = Callable[[Path], Path]
SHAPE = [None, 6, 6, 2]
KERNEL, BIAS = numbers(1, 3, 3, 2, 4), numbers(2, 4)


def _weights(name: str = "c") -> list[tuple[str, np.ndarray]]:
    return list(zip(named(name, "kernel", "bias"), (KERNEL, BIAS), strict=True))


def _old(config: Any, version: str = "2.3.1", backend: str = "tensorflow", **weights: Any) -> Maker:
    held = {"c": _weights(), **weights}
    return lambda folder: old_file(folder / "model.h5", config, held, version, backend)


def _after_conv(*entries: dict[str, Any]) -> dict[str, Any]:
    return sequential(conv_2("c", 4, 3, batch_input_shape=SHAPE), *entries)


def _graph(*entries: dict[str, Any]) -> dict[str, Any]:
    first = conv_2("c", 4, 3, after("input_1"))
    return functional(picture_input(6, 6, 2), first, *entries, out=entries[-1]["name"], kind="Functional")


def _keras_1(*entries: dict[str, Any], order: str = "tf", **first: Any) -> Any:
    shape = SHAPE if order == "tf" else [None, 2, 6, 6]
    return listed(conv_1("c", 4, 3, dim_ordering=order, batch_input_shape=shape, **first), *entries)


def _of_keras_1(config: Any, order: str = "tf", end: str = ":0") -> Maker:
    kernel = KERNEL if order == "tf" else KERNEL.transpose(3, 2, 0, 1)
    weights = {"c": [(f"c_W{end}", kernel), (f"c_b{end}", BIAS)]}
    return lambda folder: old_file(folder / "model.hdf5", config, weights, "1.2.2", None)


def _nested(version: str) -> Maker:
    inner = functional(picture_input(6, 6, 2), conv_2("c", 4, 3, after("input_1")), out="c", name="base")
    return _old(sequential(inner, entry("GlobalMaxPooling2D", "g")), version, base=_weights(), c=[])


def _zip_of_tensorflow(folder: Path) -> Path:
    """A .keras file of TensorFlow 2.13: modules, yet the shapes and lists of Keras 2."""
    config = _graph(entry("GlobalMaxPooling2D", "g", [["c", 0, 0, {}]]))
    for one in config["config"]["layers"]:
        one |= {"module": "keras.layers", "registered_name": None}
    config |= {"module": "keras.src.engine.functional", "registered_name": "Functional"}
    with h5py.File(folder / "w.h5", "w") as file:
        for number, values in enumerate((KERNEL, BIAS)):
            file[f"_layer_checkpoint_dependencies/conv2d/vars/{number}"] = values
    return keras_file(folder / "a.keras", config, folder / "w.h5", {"metadata.json": b'{"keras_version": "2.13.1"}'})


def _bytes(data: bytes, name: str) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def _zip(*names: str) -> Maker:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            for name in names:
                archive.writestr(name, b"something")
        return folder / "model.zip"

    return make


def _folder(folder: Path) -> Path:
    (folder / "saved").mkdir()
    (folder / "saved" / "saved_model.pb").write_bytes(b"\x08\x01")
    return folder / "saved"


def _weights_alone(*names: str) -> Maker:
    def make(folder: Path) -> Path:
        with h5py.File(folder / "weights.h5", "w") as file:
            file.attrs["layer_names"] = [name.encode() for name in names]
            file["first/first/kernel:0"] = KERNEL
        return folder / "weights.h5"

    return make


def _groups(*names: str) -> Maker:
    def make(folder: Path) -> Path:
        with h5py.File(folder / "model.h5", "w") as file:
            for name in names:
                file[f"{name}/Adam/iterations:0"] = 7
        return folder / "model.h5"

    return make


def _other_hdf5(folder: Path) -> Path:
    with h5py.File(folder / "table.h5", "w") as file:
        file["measurements"] = np.zeros(3)
    return folder / "table.h5"


_slice = {"slice_spec": [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]}
_truediv = operation("tf.math.truediv", ["c", 0, 0, {"y": 127.5, "name": None}])

OPENS: dict[str, Maker] = {
    "Keras 1.0 to 1.2, Sequential": _of_keras_1(_keras_1(entry("Dropout", "d", p=0.5), entry("Flatten", "f"))),
    "Keras 1 with Theano's order of channels": _of_keras_1(_keras_1(entry("Flatten", "f"), order="th"), "th", ""),
    "Keras 2.0 to 2.2, a list of layers": _old(listed(conv_2("c", 4, 3, batch_input_shape=SHAPE)), "2.1.3"),
    "Keras 2.2.3 to 2.15, Sequential": _old(_after_conv(entry("Flatten", "f")), "2.3.1"),
    "Keras 2.0 to 2.15, Functional": _old(_graph(entry("GlobalMaxPooling2D", "g", after("c"))), "2.0.5"),
    "Networks inside networks": _nested("2.4.0"),
    "Several inputs of one shape": _old(functional(
        picture_input(6, 6, 2), picture_input(6, 6, 2, name="input_2"),
        conv_2("c", 4, 3, after("input_1"), after("input_2")),
        entry("Concatenate", "j", [["c", 0, 0, {}], ["c", 1, 0, {}]]), out="j")),
    "Keras 2 computed by Theano": _old(_after_conv(), "2.1.2", "theano"),
    "Bilinear UpSampling2D of Keras 2.2 and 2.3": _old(_after_conv(
        entry("UpSampling2D", "u", size=[2, 4], interpolation="bilinear")), "2.3.1"),
    "Channels first": _old(sequential(
        conv_2("c", 4, 3, batch_input_shape=[None, 2, 6, 6], data_format="channels_first"), entry("Flatten", "f")),
        "2.2.4"),
    "TensorFlow 2.12 to 2.15, .keras": _zip_of_tensorflow,
    "Functions of TensorFlow that are layers": _old(_graph(
        operation("tf.__operators__.getitem", ["c", 0, 0, _slice], kind="SlicingOpLambda"), {**_truediv,
        "inbound_nodes": [["tf.__operators__.getitem", 0, 0, {"y": 127.5}]]}), "2.10.0"),
    "Augmentation and preprocessing": _old(_after_conv(entry("RandomZoom", "z", height_factor=0.1),
        entry("RandomWidth", "w", factor=0.1), entry("Rescaling", "s", scale=2.0, offset=0.0)), "2.4.0"),
    "float16 and mixed policies": _old(_after_conv(entry("ReLU", "r", dtype={
        "class_name": "Policy", "config": {"name": "mixed_float16"}})), "2.8.0"),
    "The old hard_sigmoid": _old(_after_conv(entry("Activation", "a", activation="hard_sigmoid"))),
    "Names with a slash": _old(_graph(entry("Activation", "relu/one", after("c"), activation="relu"))),
    "Unknown optimizers, losses and initializers": _old(_after_conv(dense_2("d", 2, kernel_initializer={
        "class_name": "MyStart", "config": {}})), d=[("d/kernel:0", numbers(3, 4, 2)), ("d/bias:0", numbers(4, 2))]),
}  # fmt: skip

REFUSED: dict[str, tuple[Maker, str]] = {
    "A Lambda": (_old(_after_conv(entry("Lambda", "l", function=["code", None, None]))),
        r"Lambda of keras\.layers \(layer 'l'\).*never run.*Rescaling\(1 / 255\).*set_weights"),
    "A layer of one's own": (_old(_after_conv(entry("Mine", "m"))), r"Mine \(own class\).*layer 'm'.*rebuild"),
    "A model of one's own": (lambda folder: keras_file(folder / "a.keras", {**layer("Net", None), "config": {}}),
        r"Net \(own class\).*rebuild the model"),
    "A function of TensorFlow that is no layer": (_old(_graph(operation("tf.math.reduce_std", after("c"))), "2.9.0"),
        r"tf\.math\.reduce_std \(layer 'tf\.math\.reduce_std'\).*Rescaling, Resizing"),
    "A layer that Keras 3 has not": (_old(_after_conv(entry("LocallyConnected2D", "l", filters=2))),
        r"layers that Keras 3 has\. Received: \"LocallyConnected2D \(layer 'l'\).*today's layers"),
    "An activation of one's own": (_old(_after_conv(entry("Activation", "a", activation="my_swish"))),
        r"activation 'my_swish' \(layer 'a'\).*keras\.activations"),
    "A setting that Keras 3 has not": (_old(_after_conv(entry("MaxPooling2D", "p", pool_size=2, argmax=True))),
        r"MaxPooling2D with argmax=True \(layer 'p'\).*rebuild the network without it"),
    "BatchNormalization of mode 1 or 2": (_of_keras_1(_keras_1(entry("BatchNormalization", "n", mode=2, axis=-1))),
        r"BatchNormalization of mode 0.*layer 'n'"),
    "A Merge by code": (_old(_after_conv(entry("Merge", "m", mode="lambda"))), r"Merge of mode 'lambda'.*never run"),
    "Bilinear UpSampling2D by 3, of Keras 2.2 and 2.3": (_old(_after_conv(
        entry("UpSampling2D", "u", size=3, interpolation="bilinear")), "2.2.4"), r"sizes 2, 4, 8.*layer 'u'"),
    "A Merge of whole networks, of Keras 1": (_old(listed(entry("Merge", "m", mode="concat", layers=[_after_conv()]))),
        "a model with one picture input"),
    "No input shape": (_old(sequential(conv_2("c", 4, 3)), "2.2.4-tf"), r"says the shape.*model\.build"),
    "Theano's own paddings": (_of_keras_1(_keras_1(border_mode="full", order="th"), "th", ""),
        r"Conv2D with border_mode 'full'.*computed by Theano.*train it again"),
    "A softmax over a picture with channels first": (_of_keras_1(_keras_1(
        entry("Activation", "a", activation="softmax"), order="th"), "th"), r"Activation \(layer 'a'\).*channels_last"),
    "Weights without a network": (_weights_alone("block1_conv1", "block5_conv3"),
        r"weights only.*block1_conv1.*`convscope models add keras/vgg16 FILE --name NAME`.*load_weights"),
    "An empty HDF5 file": (_groups(), "an empty HDF5 file: the Keras that wrote it failed"),
    "The state of an optimizer": (_groups("optimizer_weights"), "the state of an optimizer, without a network"),
    "An HDF5 file of something else": (_other_hdf5, "an HDF5 file that no Keras wrote: measurements"),
    "PyTorch (.pt, .pth)": (_zip("archive/data.pkl", "archive/data/0"), r"weights of PyTorch.*transpose\(2, 3, 1, 0\)"),
    "PyTorch until 1.5": (_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a.pth"), "weights of PyTorch.*ONNX"),
    "safetensors": (_bytes(struct.pack("<Q", 40) + b'{"w":{"dtype":"F32","shape":[1]}}', "a.safetensors"),
        "weights in safetensors"),
    "ONNX": (_bytes(b"\x08\x07\x12\x07pytorch\x1a\x032.1", "a.onnx"), r"an ONNX model.*onnx2tf -i model\.onnx -oh5"),
    "SavedModel (a folder or a zip)": (_zip("model/saved_model.pb", "model/variables/variables.index"),
        r"a SavedModel of TensorFlow.*load_model\('folder'\)\.save\('name\.h5'\)"),
    "SavedModel, the folder itself": (_folder, "a SavedModel of TensorFlow.*2.15 or earlier"),
    "A frozen graph (.pb)": (_bytes(b"\n\x10\n\x05input\x12\x0bPlaceholder", "a.pb"), "frozen graph.*lost its layers"),
    "TFLite": (_bytes(b"\x1c\0\0\0TFL3\x14\0", "a.tflite"), "a TFLite model.*converted from"),
    "TensorFlow.js": (_bytes(b'{"format": "layers-model", "modelTopology": {}}', "model.json"),
        "a model of TensorFlow.js.*tensorflowjs_converter"),
    "A network's JSON alone": (_bytes(json.dumps({"class_name": "Sequential", "config": []}).encode(), "a.json"),
        "the JSON of a Keras network.*model_from_json"),
    "A zip with the model inside": (_zip("keras_model.h5", "labels.txt"), r"Unpack it.*`--labels`"),
    "Arrays of NumPy (.npy, .npz)": (_zip("conv1_kernel.npy"), "arrays of NumPy, without a network.*set_weights"),
    "A checkpoint of TensorFlow": (_bytes(b'model_checkpoint_path: "model-7"\n', "checkpoint"), "a checkpoint of Tens"),
    "Caffe, Core ML, Darknet, MXNet, Paddle": (_bytes(b"\n\x05alexnet\x12", "net.caffemodel"), "another framework"),
    "A pointer of Git LFS": (_bytes(b"version https://git-lfs.github.com/spec/v1\noid", "a.h5"), "git lfs pull"),
    "A web page saved instead of the file": (_bytes(b"<!DOCTYPE html><html>", "a.h5"), "download the file itself"),
    "A pickle": (_bytes(b"\x80\x04\x95\x10\0\0\0", "a.pkl"), "a pickle of Python.*can run anything"),
}  # fmt: skip
