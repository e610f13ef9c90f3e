"""Old configurations rewritten as today's, without Keras; and the tables that stand for Keras, compared with it."""

import contextlib
import copy
import importlib
import inspect
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.uploads.allowed_classes import CLASSES
from shared.uploads.configs import check_config
from shared.uploads.sizes import measure
from shared.uploads.upgrades import layers, settings
from shared.uploads.upgrades.arguments import ARGUMENTS
from shared.uploads.upgrades.upgrade import Origin, upgrade
from tests.fixtures.old_model_files import (
    after,
    conv_1,
    conv_2,
    dense_2,
    entry,
    functional,
    listed,
    operation,
    picture_input,
    sequential,
)

OLD = Origin("2.3.1", "tensorflow")
SHAPE = [None, 8, 8, 2]


def upgraded(config: Any, origin: Origin = OLD) -> dict[str, Any]:
    """The configuration in today's form, checked and measured as any other."""
    made = upgrade(config, origin).config
    check_config(made)
    measure(made)
    return made


def one(layer: dict[str, Any], origin: Origin = OLD) -> dict[str, Any]:
    """What becomes of a layer behind a convolution."""
    first = conv_2("c", 4, 3, batch_input_shape=SHAPE)
    return upgraded(sequential(first, layer), origin)["config"]["layers"][-1]


def test_the_arguments_are_those_of_keras() -> None:
    keras = pytest.importorskip("keras")
    for kind, named in ARGUMENTS.items():
        module = layers._OTHER_MODULES.get(kind, "keras.layers")
        assert (module, kind) in CLASSES
        taken = inspect.signature(getattr(importlib.import_module(module), kind).__init__).parameters
        assert named <= set(taken), kind
    for module, known in settings._KINDS.values():
        for name, words in known.items():
            taken = inspect.signature(getattr(importlib.import_module(module), name).__init__).parameters
            assert set(words.split()) <= set(taken), name
    assert keras.__version__ >= "3"


def test_nothing_here_imports_keras() -> None:
    code = "import sys, shared.uploads.upgrades.upgrade; print({'keras', 'tensorflow'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_the_configuration_that_was_read_stays_as_it_is() -> None:
    config = listed(conv_1("c", 4, 3, batch_input_shape=[None, 2, 8, 8], dim_ordering="th"), entry("Flatten", "f"))
    before = copy.deepcopy(config)
    upgrade(config, Origin("1.2.2", "theano"))
    assert config == before


@pytest.mark.parametrize(("version", "old"), [
    ("1", True), ("1.2.2", True), ("2.15.0", True), ("2.2.4-tf", True), ("3.0.0", False), ("3.15.1", False),
    ("", False),
])  # fmt: skip
def test_which_versions_are_old(version: str, old: bool) -> None:
    assert Origin.of(version).old is old


def test_what_a_file_says_of_itself_is_cut_to_a_version() -> None:
    assert Origin.of(b"2.1.6", b"theano") == Origin("2.1.6", "theano")
    assert Origin.of("2.1<img src=x>\n" + "9" * 99).version == "2.1imgsrcx99999999999999"[:24]
    assert Origin.of(np.zeros(3), 7) == Origin("", "")


SETTINGS = [
    ("initializer", "he_normal", ("HeNormal", {})),
    ("initializer", {"class_name": "HeNormal", "config": {"seed": 3, "dtype": "float32"}}, ("HeNormal", {"seed": 3})),
    ("initializer", "uniform", ("RandomUniform", {})),
    ("initializer", {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "seed": None,
        "distribution": "normal"}}, ("VarianceScaling", {"scale": 2.0, "mode": "fan_in", "seed": None,
        "distribution": "truncated_normal"})),
    ("initializer", {"class_name": "Mine", "config": {}}, None),
    ("regularizer", {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, ("L1L2", {"l1": 0.0, "l2": 0.01})),
    ("regularizer", {"class_name": "L2", "config": {"l2": 0.1}}, ("L2", {"l2": 0.1})),
    ("regularizer", 7, None),
    ("constraint", {"name": "MaxNorm", "m": 2, "axis": 0}, ("MaxNorm", {"max_value": 2, "axis": 0})),
    ("constraint", "non_neg", ("NonNeg", {})),
    ("constraint", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new"), SETTINGS)
def test_settings_of_weights(kind: str, old: Any, new: tuple[str, dict[str, Any]] | None) -> None:
    made = settings.upgrade_setting(kind, old)
    assert (made and (made["class_name"], made["config"])) == new
    assert made is None or made["module"] == f"keras.{kind}s"


LAYERS = [
    (entry("MaxPooling2D", "p", pool_size=[2, 2], border_mode="same", strides=[2, 2], dim_ordering="tf"),
        {"padding": "same", "data_format": "channels_last"}),
    (entry("AtrousConvolution2D", "a", nb_filter=2, nb_row=3, nb_col=1, atrous_rate=[2, 2], subsample=[1, 1],
        border_mode="same", init="normal", bias=False), {"kernel_size": [3, 1], "dilation_rate": [2, 2],
        "use_bias": False, "filters": 2}),
    (entry("ZeroPadding2D", "z", padding=[1, 2, 3, 4], dim_ordering="tf"), {"padding": [[1, 2], [3, 4]]}),
    (entry("ZeroPadding2D", "z", padding={"top_pad": 1, "right_pad": 2}), {"padding": [[1, 0], [0, 2]]}),
    (entry("GaussianNoise", "g", sigma=0.5), {"stddev": 0.5}),
    (entry("SpatialDropout2D", "s", p=0.25, dim_ordering="tf"), {"rate": 0.25}),
    (entry("ThresholdedReLU", "t", theta=0.5), {"threshold": 0.5}),
    (entry("LeakyReLU", "l", alpha=0.3), {"negative_slope": 0.3}),
    (entry("BatchNormalizationV1", "b", axis=[3], momentum=0.9, fused=None, renorm=False), {"axis": 3}),
    (entry("DepthwiseConv2D", "d", kernel_size=[3, 3], groups=1, kernel_initializer="zeros"), {"kernel_size": [3, 3]}),
    (entry("Activation", "a", activation="softmax_v2"), {"activation": "softmax"}),
    (entry("Conv2DTranspose", "c", filters=2, kernel_size=[2, 2], groups=1, strides=[2, 2]), {"filters": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "wanted"), LAYERS, ids=lambda v: v.get("class_name", ""))
def test_layers_and_arguments_of_old(layer: dict[str, Any], wanted: dict[str, Any]) -> None:
    config = one(layer)["config"]
    assert {key: config[key] for key in wanted} == wanted
    assert set(config) <= ARGUMENTS[one(layer)["class_name"]] | {"name", "trainable"}


def test_a_batch_of_a_fixed_size_is_opened_to_any() -> None:
    made = upgraded(sequential(conv_2("c", 4, 3, batch_input_shape=[32, 8, 8, 2])))
    assert made["config"]["layers"][0]["config"]["batch_shape"] == [None, 8, 8, 2]


def test_references_of_every_age_are_read() -> None:
    """[name, call, output] of Keras 1, with arguments of Keras 2, and bare for a single tensor since TensorFlow 2.4."""
    for node in ([["input_1", 0, 0]], [["input_1", 0, 0, {}]], ["input_1", 0, 0, {"training": False}]):
        graph = functional(picture_input(8, 8, 2), conv_2("c", 4, 3, node), out="c")
        made = upgraded(graph)["config"]
        (call,) = made["layers"][1]["inbound_nodes"]
        assert call["args"][0]["config"]["keras_history"] == ["input_1", 0, 0]
        assert call["kwargs"] == ({"training": False} if node[0] == "input_1" else {})
        assert made["output_layers"] == ["c", 0, 0]


ATTACKS = {
    "a hidden Lambda": sequential(conv_2("c", 4, 3, batch_input_shape=SHAPE), entry("TimeDistributed", "t", layer=entry(
        "Lambda", "l", function="x"))),
    "a path for a name": sequential(conv_2("../../etc/passwd", 4, 3, batch_input_shape=SHAPE),
        entry("Activation", "/etc/passwd", activation="https://example.org/x")),
    "another module": sequential({**entry("system", "s", command="ls"), "module": "os"}),
    "an operation of another module": sequential({**entry("Evil", "e"), "module": "keras.src.ops.numpy"}),
    "a width of a billion": sequential(dense_2("d", 10**9, batch_input_shape=[None, 8])),
    "a wrapped model of one's own": functional(picture_input(8, 8, 2), entry("Mine", "m", after("input_1")), out="m"),
}  # fmt: skip


@pytest.mark.parametrize("config", ATTACKS.values(), ids=ATTACKS)
def test_the_check_is_as_strict_as_for_todays_files(config: dict[str, Any]) -> None:
    with pytest.raises(RefusedUpload):
        upgraded(config)


def test_values_of_any_type_give_a_refusal_or_a_configuration() -> None:
    """Whatever stands in the place of a value, only a refusal comes out."""
    inner = functional(picture_input(8, 8, 2), conv_2("c", 4, 3, after("input_1")), out="c", name="inner")
    text = json.dumps(functional(
        picture_input(8, 8, 2), operation("tf.math.truediv", ["input_1", 0, 0, {"y": 2.0}]),
        {**inner, "name": "inner", "inbound_nodes": [[["tf.math.truediv", 0, 0, {}]]]},
        entry("BatchNormalization", "b", [["inner", 1, 0, {}]], axis=[3]),
        entry("Merge", "m", [["b", 0, 0], ["inner", 1, 0]], mode="sum"), conv_1("d", 2, 3) | {
            "name": "d", "inbound_nodes": [[["m", 0, 0]]]}, out="d"))  # fmt: skip
    upgraded(json.loads(text))
    random = np.random.default_rng(0)
    odd: list[Any] = [None, -1, 0, 1.5, 10**30, "x", [], [[]], {}, {"class_name": 1}, True, ["c", 0, 0]]

    def change(value: Any) -> Any:
        if random.random() < 0.01:
            return odd[random.integers(len(odd))]
        if isinstance(value, dict):
            return {key: change(one) for key, one in value.items()}
        return [change(one) for one in value] if isinstance(value, list) else value

    for _ in range(300):
        with contextlib.suppress(RefusedUpload):
            upgraded(change(json.loads(text)))
