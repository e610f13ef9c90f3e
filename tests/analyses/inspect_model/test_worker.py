"""The layer table, with shapes, parameters and receptive fields that can be worked out by hand."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.analyses import InspectModel
from shared.analyses.inspect_model.files import layer_table_csv
from shared.library import ModelCard
from shared.results import Part
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses.inspect_model import describe, inspect_model, layer_table
from worker.networks.capture import layer_outputs

layers = keras.layers


def rows_of(network: keras.Model, size: tuple[int, int]) -> dict[str, dict]:
    return {row["path"]: row for row in layer_table(network, size)}


def test_shapes_parameters_and_fields_of_a_small_network() -> None:
    rows = rows_of(tiny_models.random_convnet(16), (16, 16))
    assert list(rows) == ["first", "pool", "second", "flatten", "classes"]
    assert rows["first"] == {
        "path": "first", "class": "Conv2D", "output_shape": "16 × 16 × 6", "channels": 6,
        "parameters": 3 * 3 * 3 * 6 + 6, "receptive_field": 3, "stride": 1,
        "shows": ["activations", "filter_atlas"], "inputs": [""],
    }  # fmt: skip
    assert (rows["pool"]["receptive_field"], rows["pool"]["stride"]) == (4, 2)
    # A 3×3 window over units two pixels apart sees 4 + 2·2 = 8 pixels.
    assert (rows["second"]["receptive_field"], rows["second"]["stride"]) == (8, 2)
    assert rows["classes"]["receptive_field"] is None
    assert rows["classes"]["shows"] == []


def test_nested_layers_have_rows_of_their_own() -> None:
    rows = rows_of(tiny_models.nested(), (12, 12))
    assert rows["trunk/backbone/deeper"]["output_shape"] == "6 × 6 × 4"
    assert rows["trunk/backbone"]["shows"] == [], "a model inside is opened, not maximised"
    assert rows["scale"]["shows"] == ["activations"], "nothing is filtered before the first filter"
    assert list(rows).index("trunk/backbone/deep") < list(rows).index("head")


@pytest.mark.parametrize(
    ("layer", "size", "stride"),
    [
        (layers.Conv2D(2, 5, strides=2, padding="same"), 5, 2),
        (layers.Conv2D(2, 3, dilation_rate=2, padding="same"), 5, 1),
        (layers.SeparableConv2D(2, 3, padding="same"), 3, 1),
        (layers.AveragePooling2D(4), 4, 4),
        (layers.UpSampling2D(2), 1, 0.5),
        (layers.BatchNormalization(), 1, 1),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, layers.Layer) else str(v),
)
def test_one_layer_sees_what_its_window_covers(layer: layers.Layer, size: int, stride: float) -> None:
    inputs = keras.Input((16, 16, 3))
    (row,) = [r for r in layer_table(keras.Model(inputs, layer(inputs)), (16, 16)) if r["path"] == layer.name]
    assert (row["receptive_field"], row["stride"]) == (size, stride)


def test_the_longest_branch_counts_and_a_squeezed_factor_does_not() -> None:
    inputs = keras.Input((32, 32, 3))
    wide = layers.Conv2D(4, 7, padding="same", name="wide")(inputs)
    narrow = layers.Conv2D(4, 1, name="narrow")(inputs)
    factor = layers.Reshape((1, 1, 4), name="squeezed")(layers.GlobalAveragePooling2D(name="mean")(wide))
    both = layers.Add(name="both")([wide, narrow])
    network = keras.Model(inputs, layers.Multiply(name="excited")([both, factor]))
    rows = rows_of(network, (32, 32))
    assert rows["both"]["receptive_field"] == 7
    assert rows["excited"]["receptive_field"] == 7
    assert rows["mean"]["receptive_field"] is None


def test_the_field_is_what_the_gradient_reaches() -> None:
    network = tiny_models.random_convnet(32)
    pictures = tf.Variable(np.random.default_rng(0).uniform(size=(1, 32, 32, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        unit = tf.reduce_sum(layer_outputs(network, ["second"], pictures)["second"][0, 6, 6])
    reached = np.abs(tape.gradient(unit, pictures).numpy()[0]).sum(-1) > 0
    rows, columns = np.flatnonzero(reached.any(1)), np.flatnonzero(reached.any(0))
    field = rows_of(network, (32, 32))["second"]["receptive_field"]
    assert rows[-1] - rows[0] + 1 <= field
    assert columns[-1] - columns[0] + 1 <= field
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 >= field - 2, "max pooling may leave an edge out"


def test_the_published_field_of_vgg16_comes_out() -> None:
    network = keras.applications.VGG16(weights=None, include_top=False)
    rows = rows_of(network, (224, 224))
    # Araujo, Norris and Sim 2019 give 212 for the last pooling layer.
    assert rows["block5_pool"]["receptive_field"] == 212
    assert rows["block5_pool"]["stride"] == 32
    assert rows["block3_conv1"]["output_shape"] == "56 × 56 × 256"


def test_one_part_tells_both_ends_of_the_model(tmp_path: Path) -> None:
    model = replace(tiny_models.loaded(tiny_models.random_convnet(16)), card=ModelCard())
    items = list(inspect_model(InspectModel(model="tiny"), context(tmp_path, tiny=model)))
    (part,) = [i for i in items if isinstance(i, Part)]
    facts = part.facts
    assert (facts["input"], facts["outputs"], facts["preprocess"]) == ("16 × 16 × 3", "3", "0..1")
    assert facts["parameters"] == model.network.count_params()
    assert facts == {**describe(model)}


def test_the_model_is_left_as_it_was(tmp_path: Path) -> None:
    network = tiny_models.nested()
    layer_table(network, (12, 12))
    assert "compute_output_spec" not in network.get_layer("trunk").__dict__


def test_every_layer_names_what_feeds_it() -> None:
    inputs = keras.Input((16, 16, 3))
    stem = layers.Conv2D(4, 3, padding="same", name="stem")(inputs)
    left = layers.Conv2D(4, 3, padding="same", name="left")(stem)
    joined = layers.Concatenate(name="joined")([left, layers.Conv2D(4, 1, name="right")(stem)])
    # Two operations without a layer: what they join is what the next layer is given.
    summed = layers.Conv2D(8, 1, name="behind")(keras.ops.relu(joined + layers.Conv2D(8, 1, name="skip")(inputs)))
    rows = rows_of(keras.Model(inputs, [summed, layers.Dense(2, name="head")(summed)]), (16, 16))
    assert {path: row["inputs"] for path, row in rows.items()} == {
        "stem": [""], "left": ["stem"], "right": ["stem"], "joined": ["left", "right"], "skip": [""],
        "behind": ["joined", "skip"], "head": ["behind"],
    }  # fmt: skip


def test_layers_of_nested_networks_are_connected_across_their_borders() -> None:
    rows = rows_of(tiny_models.nested(), (12, 12))
    fed = {path: row.get("inputs") for path, row in rows.items()}
    assert fed["trunk/backbone/deep"] == ["scale"]
    assert fed["trunk/mean"] == ["trunk/backbone/deeper"]
    assert fed["head"] == ["trunk/mean"]
    assert fed["trunk"] is None, "what is inside has its own"
    twice = {row["path"]: row.get("inputs") for row in layer_table(tiny_models.shared_backbone(), (8, 8))}
    assert (twice["backbone/seen_twice"], twice["both"]) == (["", "mirror"], ["backbone/seen_twice"])


def test_the_csv_names_what_feeds_a_layer() -> None:
    text = layer_table_csv(layer_table(tiny_models.random_convnet(16), (16, 16)))
    assert text.splitlines()[0].endswith("shows,inputs")
    assert text.splitlines()[3].endswith("activations filter_atlas,pool")
