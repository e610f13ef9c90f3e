"""Outputs of every kind: where their explained values are read, and what they come to beside the network's own call."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import InvalidSpec
from shared.library import ModelCard
from tests.fixtures import tiny_models
from worker.networks.head_values import likeliest, output_prediction, run_heads
from worker.networks.heads import Head, head_named, model_heads
from worker.networks.models import LoadedModel

layers, ops = keras.layers, keras.ops
PICTURES = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)


def network(*after: Any, first: int = 4) -> keras.Model:
    keras.utils.set_random_seed(2)
    start = layers.Conv2D(first, 3, padding="same", bias_initializer="normal", name="start")
    return keras.Sequential([keras.Input((8, 8, 3)), start, *after])


def functional(after: Callable[[Any], Any], first: int = 4) -> keras.Model:
    keras.utils.set_random_seed(2)
    picture = keras.Input((8, 8, 3))
    start = layers.Conv2D(first, 3, padding="same", bias_initializer="normal", name="start")
    return keras.Model(picture, after(start(picture)))


def mean() -> Any:
    return layers.GlobalAveragePooling2D(name="pooled")


def dense(activation: Any = "softmax", units: int = 3, name: str = "end") -> Any:
    return layers.Dense(units, activation, kernel_initializer="normal", bias_initializer="normal", name=name)


def conv(activation: Any, size: int = 1, units: int = 3, name: str = "end") -> Any:
    return layers.Conv2D(units, size, activation=activation, bias_initializer="normal", name=name)


def keepdims() -> Any:
    return layers.GlobalAveragePooling2D(keepdims=True, name="mean")


def labelled(model: keras.Model, *labels: str, **own: tuple[str, ...]) -> LoadedModel:
    known = tiny_models.loaded(model)
    object.__setattr__(known, "labels", labels)
    object.__setattr__(known, "card", ModelCard(labels=labels, output_labels=own))
    return known


def only(model: keras.Model | LoadedModel) -> Head:
    known = model if isinstance(model, LoadedModel) else tiny_models.loaded(model)
    return head_named(known, model_heads(known, (8, 8)))


def said(model: keras.Model | LoadedModel, head: Head | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Explained values and answers of an output."""
    net = model.network if isinstance(model, LoadedModel) else model
    ((values, given),), _ = run_heads(net, [head or only(model)], tf.constant(PICTURES))
    return np.asarray(values), np.asarray(given)


SOFTMAX_HEADS = {
    "dense": [mean(), dense()],
    "dense behind flatten": [layers.Flatten(), dense()],
    "dense, then reshape": [mean(), dense(), layers.Reshape((3,))],
    "dense, then dropout, flatten and a linear activation": [
        mean(), dense(), layers.Dropout(0.5), layers.Flatten(), layers.Activation("linear", dtype="float32")],
    "convolution on one place, flattened": [keepdims(), conv("softmax"), layers.Flatten()],
    "convolution as wide as the picture": [conv("softmax", 8), layers.Reshape((3,))],
    "convolution on one place, as it is": [keepdims(), conv("softmax")],
    "mobilenet's": [keepdims(), layers.Dropout(0.1), conv(None), layers.Reshape((3,)), layers.Activation("softmax")],
    "squeezenet's": [conv(None), mean(), layers.Activation("softmax")],
    "softmax layer": [mean(), dense("linear"), layers.Softmax()],
    "softmax as the layer's own layer": [mean(), dense(layers.Softmax())],
    "softmax as a function": [mean(), dense(keras.activations.softmax)],
    "within a nested model": [keras.Sequential([mean(), dense()], name="top")],
}  # fmt: skip
SOFTMAX_OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "an operation": lambda x: ops.softmax(dense(None)(mean()(x))),
    "a temperature": lambda x: layers.Softmax()(dense(None)(mean()(x)) / 2.5),
    "a temperature and an operation": lambda x: ops.softmax(ops.divide(dense(None)(mean()(x)), 2.5)),
    "three layers deep": lambda x: dense()(layers.Dense(8, "relu")(layers.Dense(8, "relu")(mean()(x)))),
    "within two nested models": lambda x: keras.Sequential([keras.Sequential([mean(), dense()])])(x),
    "squeezed": lambda x: ops.squeeze(conv("softmax")(keepdims()(x)), (1, 2)),
}


@pytest.mark.parametrize("name", [*SOFTMAX_HEADS, *SOFTMAX_OPERATIONS])
def test_the_softmax_of_the_logits_is_the_networks_answer(name: str) -> None:
    model = network(*SOFTMAX_HEADS[name]) if name in SOFTMAX_HEADS else functional(SOFTMAX_OPERATIONS[name])
    logits, probabilities = said(model)
    truth = np.asarray(model(PICTURES)).reshape(2, 3)
    np.testing.assert_allclose(np.asarray(tf.nn.softmax(logits)), truth, atol=1e-6)
    np.testing.assert_allclose(probabilities, truth, atol=1e-6)
    assert only(model).ending == "softmax"
    assert np.abs(logits.sum(-1) - 1).min() > 1e-4, "these are probabilities"


@pytest.mark.parametrize(
    "make",
    [lambda x: ops.log_softmax(dense(None)(mean()(x))), lambda x: dense("log_softmax")(mean()(x)),
     lambda x: ops.log(dense()(mean()(x)))],
)  # fmt: skip
def test_of_a_log_softmax_the_logits_are_found_and_the_probabilities_are_its_exponential(make: Any) -> None:
    model = functional(make)
    logits, probabilities = said(model)
    np.testing.assert_allclose(probabilities, np.exp(np.asarray(model(PICTURES))), atol=1e-6)
    np.testing.assert_allclose(np.asarray(tf.nn.softmax(logits)), probabilities, atol=1e-6)
    assert np.abs(logits - np.asarray(model(PICTURES))).max() > 1e-3, "these are logarithms of probabilities"


def test_the_sigmoid_of_the_logits_is_the_networks_answer() -> None:
    model = network(mean(), dense("sigmoid", 4))
    logits, probabilities = said(model)
    assert only(model).ending == "sigmoid"
    np.testing.assert_allclose(probabilities, np.asarray(model(PICTURES)), atol=1e-6)
    np.testing.assert_allclose(np.asarray(tf.sigmoid(logits)), probabilities, atol=1e-6)


@pytest.mark.parametrize("written", ["sigmoid", keras.activations.sigmoid, "operation", "layer"])
def test_a_single_sigmoid_answers_for_two_classes(written: Any) -> None:
    end: Callable[[Any], Any] = {
        "operation": lambda x: ops.sigmoid(dense(None, 1)(x)), "layer": lambda x: layers.Activation("sigmoid")(
            dense(None, 1)(x))}.get(written, lambda x: dense(written, 1)(x))  # fmt: skip
    model = functional(lambda x: end(mean()(x)))
    logits, probabilities = said(model)
    truth = np.asarray(model(PICTURES))
    np.testing.assert_allclose(probabilities, np.concatenate([1 - truth, truth], 1), atol=1e-6)
    np.testing.assert_allclose(logits[:, 1], np.log(truth / (1 - truth))[:, 0], atol=1e-5)
    np.testing.assert_allclose(logits[:, 0], -logits[:, 1])


@pytest.mark.parametrize(
    ("labels", "names"), [(("cat", "dog"), ("cat", "dog")), (("dog",), ("not dog", "dog")), ((), ("", ""))]
)
def test_a_single_unit_answers_for_two_classes_and_the_second_is_its_own(
    labels: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """A network that is sure of a cat was said to see it with 0.4 %: the unit stands for the dog."""
    assert only(labelled(network(mean(), dense("sigmoid", 1)), *labels)).names == names
    rows = likeliest(names, np.float32([5.5, -5.5]), np.float32([0.996, 0.004]))
    assert [(row["class"], row["name"]) for row in rows] == list(enumerate(names))


@pytest.mark.parametrize("after", [[mean(), dense("linear")], [conv(None), mean()]])
def test_a_head_without_activation_is_its_own_logits(after: list[Any]) -> None:
    model = network(*after)
    np.testing.assert_allclose(said(model)[0], np.asarray(model(PICTURES)), atol=1e-6)
    assert (only(model).ending, only(model).assumed) == ("linear", True), "nobody said that these are classes"
    assert not only(labelled(model, "ant", "bee", "cat")).assumed


def test_a_softmax_at_every_position_is_undone_before_the_mean() -> None:
    model = network(conv("softmax"), mean())
    start, end = model.get_layer("start"), model.get_layer("end")
    plain = np.asarray(start(PICTURES)) @ np.asarray(end.kernel)[0, 0] + np.asarray(end.bias)
    logits, probabilities = said(model)
    np.testing.assert_allclose(logits, plain.mean((1, 2)), atol=1e-5)
    np.testing.assert_allclose(probabilities, np.asarray(model(PICTURES)), atol=1e-6)


ENSEMBLES: dict[str, Callable[[list[Any]], Any]] = {
    "average": lambda members: layers.Average()(members),
    "sum and factor": lambda members: (members[0] + members[1]) * 0.5,
    "sum and division": lambda members: layers.Add()(members) / 2.0,
    "rescaled": lambda members: layers.Rescaling(0.5)(layers.Add()(members)),
    "weighted": lambda members: 0.5 * members[0] + 0.5 * members[1],
    "mean of a stack": lambda members: ops.mean(ops.stack(members), 0),
}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_of_several_networks_the_mean_of_their_logits_is_explained(name: str) -> None:
    model = functional(
        lambda x: ENSEMBLES[name]([dense(name="one")(mean()(x)), dense(name="two")(layers.Flatten()(x))])
    )
    head = only(model)
    logits, probabilities = said(model)
    assert (head.ending, head.reading.join, len(head.reading.points)) == ("softmax", "mean", 2)
    np.testing.assert_allclose(probabilities, np.asarray(model(PICTURES)), atol=1e-6)
    start = np.asarray(model.get_layer("start")(PICTURES))
    members = [
        fed @ np.asarray(model.get_layer(one).kernel) + np.asarray(model.get_layer(one).bias)
        for fed, one in ((start.mean((1, 2)), "one"), (start.reshape(2, -1), "two"))
    ]
    np.testing.assert_allclose(logits, (members[0] + members[1]) / 2, atol=1e-5)


def test_a_sum_of_probabilities_that_nothing_divides_is_shown_as_shares() -> None:
    model = functional(lambda x: layers.Add()([dense(name="one")(mean()(x)), dense(name="two")(layers.Flatten()(x))]))
    np.testing.assert_allclose(said(model)[1], np.asarray(model(PICTURES)) / 2, atol=1e-6)


def test_of_a_network_that_sees_a_picture_twice_both_calls_are_read() -> None:
    """Averaged over a picture and its mirror image: the shared head runs twice."""
    keras.utils.set_random_seed(2)
    picture = keras.Input((8, 8, 3))
    shared = keras.Sequential([layers.Conv2D(4, 3, name="start"), layers.Flatten(), dense()], name="shared")
    model = keras.Model(picture, layers.Average()([shared(picture), shared(ops.flip(picture, 2))]))
    logits = [np.asarray(tf.math.log(shared(one))) for one in (PICTURES, PICTURES[:, :, ::-1])]
    wanted = (logits[0] + logits[1]) / 2
    found = said(model)[0]
    np.testing.assert_allclose(found - found.mean(1, keepdims=True), wanted - wanted.mean(1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("activation", ["linear", "tanh", "relu", "softplus", "elu"])
@pytest.mark.parametrize("units", [1, 4])
def test_numbers_have_no_probability_and_two_ways(activation: str, units: int) -> None:
    if (activation, units) == ("linear", 4):
        model = network(mean(), dense(activation, units, "box"))
    else:
        model = network(mean(), dense(activation, units))
    head = only(model)
    values, given = said(model)
    answer = output_prediction(head, values[0], given[0])
    truth = np.asarray(model(PICTURES))
    assert (head.ending, head.count, answer["top"]) == ("number", 2 * units, [])
    np.testing.assert_allclose(given, np.concatenate([truth, -truth], 1), atol=1e-6)
    np.testing.assert_allclose([row["value"] for row in answer["numbers"]], truth[0], atol=1e-6)
    np.testing.assert_allclose(values[:, units:], -values[:, :units])
    undone = {"linear": lambda x: x, "tanh": np.arctanh, "softplus": lambda x: np.log(np.expm1(x))}.get(activation)
    if undone:
        np.testing.assert_allclose(values[:, :units], undone(truth), atol=1e-4)


def test_a_numbers_name_holds_its_unit() -> None:
    known = labelled(network(mean(), dense("linear", 1)), "age (years)")
    answer = output_prediction(only(known), *(one[0] for one in said(known)))
    assert (answer["numbers"][0]["name"], answer["numbers"][0]["unit"]) == ("age", "years")
    assert only(known).names == ("age (years) higher", "age (years) lower")


def test_biases_far_from_zero_tell_coordinates_from_logits() -> None:
    model = network(mean(), dense("linear", 4))
    assert only(model).ending == "linear"
    model.get_layer("end").bias.assign(np.float32([50, 50.1, 49.9, 50]))
    assert only(tiny_models.loaded(model)).ending == "number"
    assert only(labelled(model, "ant", "bee", "cat", "dog")).ending == "linear", "names of classes say more"
    assert only(labelled(model, "left (px)", "top (px)", "right (px)", "bottom (px)")).ending == "number"


def test_shares_whose_logits_are_not_to_be_found_are_taken_as_they_are() -> None:
    def by_hand(x: Any) -> Any:
        raised = ops.exp(dense(None)(mean()(x)))
        return raised / ops.sum(raised, -1, keepdims=True)

    model = functional(by_hand)
    values, given = said(model)
    assert only(model).ending == "given"
    np.testing.assert_array_equal(values, given)
    np.testing.assert_allclose(given, np.asarray(model(PICTURES)), atol=1e-6)


NUMBERS_BEHIND: dict[str, Callable[[Any], Any]] = {
    "a sigmoid from 20 to 120": lambda x: layers.Rescaling(100.0, 20.0)(dense("sigmoid", 1)(mean()(x))),
    "a sigmoid times 90": lambda x: dense("sigmoid", 1)(mean()(x)) * 90.0,
    "a line times 100": lambda x: dense("linear", 1)(mean()(x)) * 100.0,
    "coordinates behind a sigmoid": lambda x: dense("sigmoid", 4, "bbox")(mean()(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS_BEHIND)
def test_what_is_scaled_is_no_probability(name: str) -> None:
    model = functional(NUMBERS_BEHIND[name])
    head = only(model)
    assert head.ending == "number"
    np.testing.assert_allclose(said(model)[1][:, : head.units], np.asarray(model(PICTURES)), rtol=1e-5)


@pytest.mark.parametrize("times", [100.0, 1.0])
def test_a_mean_of_sigmoids_is_one_only_where_it_lies_between_0_and_1(times: float) -> None:
    model = functional(
        lambda x: (
            (dense("sigmoid", 1, "one")(mean()(x)) + dense("sigmoid", 1, "two")(layers.Flatten()(x))) * times / 2.0
        )
    )
    assert only(model).ending == ("binary" if times == 1 else "number")


def test_probabilities_that_are_cut_off_are_probabilities() -> None:
    model = functional(lambda x: ops.clip(dense()(mean()(x)), 1e-7, 1.0))
    logits, probabilities = said(model)
    np.testing.assert_allclose(np.asarray(tf.nn.softmax(logits)), probabilities, atol=1e-6)
    assert only(model).ending == "softmax"


def test_scaled_lines_of_several_units_are_taken_for_logits() -> None:
    model = functional(lambda x: dense(None)(mean()(x)) * 10.0)
    assert (only(model).ending, only(model).assumed) == ("linear", True)
    np.testing.assert_allclose(said(model)[0], np.asarray(model(PICTURES)), rtol=1e-5)


MASKS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "softmax": ("softmax", lambda x: conv("softmax")(x)),
    "softmax, then enlarged": ("softmax", lambda x: layers.UpSampling2D(2)(conv("softmax")(layers.MaxPooling2D()(x)))),
    "enlarged, then softmax": (
        "softmax", lambda x: layers.Softmax()(layers.UpSampling2D(2, interpolation="bilinear")(
            conv(None)(layers.MaxPooling2D()(x))))),
    "a row of positions": ("softmax", lambda x: layers.Softmax()(layers.Reshape((64, 3))(conv(None)(x)))),
    "sigmoid": ("sigmoid", lambda x: conv("sigmoid")(x)),
    "one sigmoid": ("binary", lambda x: conv("sigmoid", units=1)(x)),
    "one sigmoid without its channel": ("binary", lambda x: layers.Reshape((8, 8))(conv("sigmoid", units=1)(x))),
    "a transposed convolution": (
        "softmax", lambda x: layers.Conv2DTranspose(3, 2, 2, activation="softmax")(layers.MaxPooling2D()(x))),
}  # fmt: skip


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_is_read_at_every_position(name: str) -> None:
    ending, make = MASKS[name]
    model = functional(make)
    head = only(model)
    values, given = said(model)
    assert (head.ending, head.mask) == (ending, (8, 8))
    truth = np.asarray(model(PICTURES)).reshape(2, 8, 8, -1)
    np.testing.assert_allclose(given[..., -1:] if ending == "binary" else given, truth, atol=1e-6)
    assert values.shape == given.shape == (2, 8, 8, head.count)


def test_logits_of_a_mask_are_taken_for_one_where_they_are_as_fine_as_the_picture() -> None:
    assert (only(network(conv(None))).ending, only(network(conv(None))).assumed) == ("linear", True)
    coarse = network(layers.MaxPooling2D(8), conv(None), layers.UpSampling2D(2))
    with pytest.raises(InvalidSpec, match="an output to explain"):
        only(coarse)


def test_several_outputs_are_told_by_name() -> None:
    def heads(x: Any) -> dict[str, Any]:
        seen = mean()(x)
        return {"kind": dense(name="a")(seen), "age": dense("linear", 1, "b")(seen), "features": layers.ReLU()(seen)}

    model = functional(heads)
    known = labelled(model, age=("age (years)",), kind=("ant", "bee", "cat"))
    found = {head.name: head for head in model_heads(known, (8, 8))}
    assert {name: head.ending for name, head in found.items()} == {"age": "number", "features": "", "kind": "softmax"}
    assert found["kind"].names == ("ant", "bee", "cat")
    truth = model(PICTURES)
    for name in ("age", "kind"):
        np.testing.assert_allclose(said(known, found[name])[1][:, : found[name].units], truth[name], atol=1e-6)
    assert head_named(known, tuple(found.values())).name == "age"
    with pytest.raises(InvalidSpec, match=r"colour.*(age|kind)"):
        head_named(known, tuple(found.values()), "colour")
    with pytest.raises(InvalidSpec, match="an output to explain"):
        head_named(known, tuple(found.values()), "features")


def test_a_list_of_outputs_goes_by_its_layers_and_takes_the_names_that_fit_one_alone() -> None:
    model = functional(lambda x: [dense(name="kind")(mean()(x)), dense("softmax", 2, "side")(layers.Flatten()(x))])
    kind, side = model_heads(labelled(model, "ant", "bee", "cat"), (8, 8))
    assert (kind.name, kind.labels, side.name, side.labels) == ("kind", ("ant", "bee", "cat"), "side", ())


HEADLESS = {
    "feature maps": [layers.MaxPooling2D(4)],
    "filters as fine as the picture": [],
    "features behind a ReLU": [layers.ReLU(), mean()],
    "many features behind a ReLU": [layers.Flatten(), dense("relu", 64)],
    "one answer a position, flattened": [conv("softmax"), layers.Flatten()],
    "softmax over another axis": [keepdims(), layers.Softmax(axis=1), layers.Flatten()],
}


@pytest.mark.parametrize("name", HEADLESS)
def test_what_answers_nothing_has_no_head(name: str) -> None:
    with pytest.raises(InvalidSpec, match="an output to explain"):
        only(network(*HEADLESS[name], first=32))


def test_half_precision_leaves_the_logits_exact() -> None:
    from worker.networks.precision import set_precision

    model = network(mean(), dense())
    exact = said(model)[0]
    set_precision(model, "bfloat16")
    try:
        start = np.asarray(tf.cast(model.get_layer("pooled")(model.get_layer("start")(PICTURES)), tf.float32))
        end = model.get_layer("end")
        np.testing.assert_allclose(said(model)[0], start @ np.asarray(end.kernel) + np.asarray(end.bias), atol=1e-6)
    finally:
        set_precision(model, "float32")
    np.testing.assert_array_equal(said(model)[0], exact)
