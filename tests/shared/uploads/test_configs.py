"""Configurations that pass with the right number of parameters, and those that are refused by name."""

import contextlib
import importlib
import json
from typing import Any

import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.uploads import allowed_classes, sizes
from shared.uploads.configs import check_config, parse_config
from shared.uploads.sizes import ModelSize, measure
from tests.fixtures.model_files import dense, layer, sequential

keras = pytest.importorskip("keras")
layers = keras.layers

ARCHITECTURES = "MobileNetV2 MobileNetV3Small EfficientNetB0 ResNet50V2 DenseNet121 ConvNeXtTiny Xception NASNetMobile"


def _written(model: Any) -> dict[str, Any]:
    """The configuration as Keras would write it into a file."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


def _judge(config: dict[str, Any]) -> ModelSize:
    check_config(config)
    return measure(config)


@pytest.mark.parametrize("name", ARCHITECTURES.split())
def test_architectures_pass_and_are_counted_exactly(name: str) -> None:
    with keras.device("cpu"):
        model = getattr(keras.applications, name)(weights=None)
    assert _judge(_written(model)).parameters == model.count_params()


def test_many_layers_are_counted_exactly() -> None:
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2DTranspose(4, 3, strides=2)(layers.Conv2D(6, 3, groups=3, dilation_rate=2)(inputs))
    x = layers.UpSampling2D()(layers.ZeroPadding2D(((1, 0), (2, 1)))(layers.Cropping2D(1)(x)))
    x = layers.AveragePooling2D(3, 2, padding="same")(layers.PReLU(shared_axes=[1, 2])(x))
    x = layers.GroupNormalization(2)(layers.LayerNormalization()(layers.DepthwiseConv2D(3)(x)))
    x = layers.Permute((2, 1, 3))(layers.Resizing(6, 5)(x))
    x = layers.TimeDistributed(layers.Flatten())(x)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    x = layers.Dense(2)(layers.Flatten()(layers.Reshape((-1, 2))(layers.GRU(4)(x))))
    model = keras.Model(inputs, layers.Add()([x, layers.Dense(2)(x)]))
    assert _judge(_written(model)).parameters == model.count_params()


@pytest.mark.parametrize("layer", [
    layers.MultiHeadAttention(2, 3), layers.Embedding(5, 4), layers.EinsumDense("abc,cd->abd", (None, 7)),
    layers.SpectralNormalization(layers.Dense(3)), layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]),
    layers.Normalization(), layers.RMSNormalization(), layers.Pipeline([layers.RandomBrightness(0.1)]),
], ids=lambda layer: type(layer).__name__)  # fmt: skip
def test_other_layers_pass_with_counts_near_the_truth(layer: Any) -> None:
    inputs = keras.Input((6,) if isinstance(layer, layers.Embedding) else (6, 4))
    out = layer(inputs, inputs) if isinstance(layer, layers.MultiHeadAttention) else layer(inputs)
    model = keras.Model(inputs, out)
    assert 0.5 * model.count_params() <= _judge(_written(model)).parameters <= 2 * model.count_params() + 10


def test_the_allow_list_names_only_what_keras_has() -> None:
    for module, name in allowed_classes.CLASSES:
        assert isinstance(getattr(importlib.import_module(module), name), type), f"{module}.{name}"
    for name in allowed_classes.ACTIVATIONS:
        assert callable(getattr(keras.activations, name))


REFUSED_CONFIGS = {
    "lambda": (sequential(layer("Lambda")), r"Received: .Lambda of keras\.layers \(layer 'odd'\).*Python code"),
    "hidden lambda": (sequential(dense(hook={"class_name": "__lambda__", "config": {}})), "__lambda__.*dense"),
    "legacy lambda": ({"class_name": "Sequential", "config": [{"class_name": "Lambda", "config": {"name": "l"}}]},
        r"Lambda \(layer 'l'\).*never run"),
    "saved model": (sequential(layer("TFSMLayer", filepath="x")), r"TFSMLayer.*'odd'.*another framework"),
    "torch": (sequential(layer("TorchModuleWrapper")), r"TorchModuleWrapper.*'odd'.*another framework"),
    "jax": (sequential(layer("JaxLayer")), "JaxLayer.*another framework"),
    "lookup": (sequential(layer("StringLookup", vocabulary="/etc/passwd")), "StringLookup.*'odd'.*word lists"),
    "text": (sequential(layer("TextVectorization")), "TextVectorization.*sees pictures"),
    "own class": (sequential({**layer("Mine", None), "registered_name": "pkg>Mine"}), r"Mine \(own class\).*'odd'"),
    "own model": ({"module": None, "class_name": "Net", "config": {}}, r"Net \(own class\).*rebuild the model"),
    "module": (sequential(layer("system", "os")), r"system of os \(layer 'odd'\).*Keras itself"),
    "prefix": (sequential(layer("Dense", "keras.layers.evil")), r"Dense of keras\.layers\.evil"),
    "registered": (sequential(dense(registered_name="pkg>Dense")), r"registered as 'pkg>Dense'"),
    "getter": (sequential(layer("get_file", "keras.utils")), "get_file of keras.utils"),
    "function": (sequential(layer("function", "builtins", activation={
        "module": "builtins", "class_name": "function", "config": "eval"})), "function"),
    "activation": (sequential(dense(activation={
        "module": "builtins", "class_name": "function", "config": "eval"})), r"function eval \(layer 'dense'\)"),
    "class no text": (sequential({"module": "keras.layers", "class_name": ["Dense"], "config": {}}), "built-in"),
    "optimizer first": (layer("Adam", "keras.optimizers"), r"Adam of keras\.optimizers"),
    "layer first": (dense(), r"a Sequential or Functional model.*'Dense'"),
    "url": (sequential(dense(source="https://example.org/x")), r"no addresses.*https://example.*'dense'.*other"),
    "hub": (sequential(dense(source="hf://someone/model")), r"no addresses.*hf://"),
    "path": (sequential(dense(source="/etc/passwd")), r"no paths.*/etc/passwd"),
    "home": (sequential(dense(source="~/.ssh/id")), "no addresses and no paths"),
    "up": (sequential(dense(source="a/../../b")), "no addresses and no paths"),
    "drive": (sequential(dense(source="C:\\x")), "no addresses and no paths"),
    "array bomb": (sequential(dense(value={
        "class_name": "__numpy__", "config": {"value": [""], "dtype": "S1000000000"}})), "array of S1000000000"),
    "wide": (sequential(dense(40_000_000)), r"`units` of at most 1,000,000.*40,000,000 \(layer 'dense'\)"),
    "wide kernel": (sequential(layer("Conv2D", kernel_size=[3, 10**7], filters=2)), "`kernel_size` of at most"),
    "infinite": (sequential(dense(float("inf"))), "`units` of at most"),
    "text for number": (sequential(dense("many")), "of the form that Keras writes.*ValueError"),
    "no units": (sequential(layer("Dense")), "of the form that Keras writes.*KeyError"),
    "no layers": ({"module": "keras", "class_name": "Sequential", "config": {"name": "x", "layers": []}},
        r"a model with layers\. Received: 'an empty list of layers'"),
    "layer no layer": (sequential(7), "an entry among the layers is no layer"),
}  # fmt: skip


@pytest.mark.parametrize(("config", "words"), REFUSED_CONFIGS.values(), ids=REFUSED_CONFIGS)
def test_refused_configuration(config: Any, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words):
        _judge(config)


BAD_JSON = {
    "list": (b"[1, 2]", r"a JSON object in config\.json.*'list'"),
    "very deep": (b"[" * 100_000, r"JSON in config\.json.*RecursionError"),
    "no json": (b"\x80not json", r"JSON in config\.json.*damaged"),
}


@pytest.mark.parametrize(("text", "words"), BAD_JSON.values(), ids=BAD_JSON)
def test_no_configuration(text: bytes, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words):
        parse_config(text, "config.json")


def _graph(*entries: dict[str, Any]) -> dict[str, Any]:
    start = {**sequential()["config"]["layers"][0], "name": "in", "inbound_nodes": []}
    config = {"name": "g", "layers": [start, *entries], "input_layers": [["in", 0, 0]], "output_layers": []}
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


def _called(entry: dict[str, Any], source: str, shape: list[int | None]) -> dict[str, Any]:
    tensor = {"shape": shape, "dtype": "float32", "keras_history": [source, 0, 0]}
    node = {"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": [node]}


REFUSED_GRAPHS = {
    "loop": (_graph(_called(dense(name="a"), "b", [None, 4]), _called(dense(name="b"), "a", [None, 4])), "a loop"),
    "same name": (_graph(_called(dense(), "in", [None, 8]), _called(dense(5), "in", [None, 8])), "same name"),
    "constant": (_graph({**dense(), "name": "dense", "inbound_nodes": [{"args": [[1.0]]}]}), "without an input"),
    "lying": (_graph(_called(layer("Discretization"), "in", [None, 8]), _called(dense(), "odd", [None, 1])),
        "layer 'dense' was built for is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("config", "words"), REFUSED_GRAPHS.values(), ids=REFUSED_GRAPHS)
def test_refused_graph(config: Any, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words):
        _judge(config)


def test_too_many_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_LAYERS", 3)
    with pytest.raises(RefusedUpload, match="at most 3 layers"):
        measure(sequential(dense(), dense(), dense()))


def test_values_of_any_type_give_a_refusal_or_a_count() -> None:
    """Whatever stands in the place of a value, only a refusal comes out."""
    inputs = keras.Input((28, 28, 1))
    x = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", kernel_regularizer="l2")(inputs))
    x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(keras.ops.relu(x + 1.0)))
    text = json.dumps(_written(keras.Model(inputs, layers.Dense(10, activation="softmax")(x))))
    random = np.random.default_rng(0)
    odd: list[Any] = [None, -1, 0, 1.5, 10**30, "x", [], [[]], {}, {"class_name": 1}, True, [10**9] * 4]

    def change(value: Any) -> Any:
        if random.random() < 0.004:
            return odd[random.integers(len(odd))]
        if isinstance(value, dict):
            return {key: change(one) for key, one in value.items()}
        return [change(one) for one in value] if isinstance(value, list) else value

    for _ in range(150):
        with contextlib.suppress(RefusedUpload):
            _judge(parse_config(json.dumps(change(json.loads(text))).encode(), "config.json"))


def test_models_that_call_one_another_twice_take_no_time() -> None:
    inner: dict[str, Any] = {**dense(), "build_config": {"input_shape": [None, 8]}}
    for _ in range(24):
        entry = _called(inner, "in", [None, 8])
        inner = _graph({**entry, "inbound_nodes": entry["inbound_nodes"] * 2})
    with pytest.raises(RefusedUpload, match="at most 3,000"):
        measure(inner)
