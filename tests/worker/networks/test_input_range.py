"""How pictures go into a file's network, worked out from the numbers in front of its filters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.images.bands import number_range
from worker.networks.input_range import worked_out_range
from worker.networks.loose_inputs import take_floats

layers, ops, applications = keras.layers, keras.ops, keras.applications
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
Front = Callable[[Any], Any]


def network(front: Front, dtype: str = "float32", channels: int = 3, size: int = 16) -> keras.Model:
    """A classifier of three classes behind some scaling, as it comes back from its file's configuration."""
    keras.utils.set_random_seed(3)
    picture = keras.Input((size, size, channels), dtype=dtype, name="picture")
    maps = layers.Conv2D(4, 3, activation="relu", name="filters")(front(picture))
    ends = layers.Dense(3, activation="softmax", name="classes")(layers.GlobalAveragePooling2D()(maps))
    return keras.Model(picture, ends)


def fitted(scale: float, offset: float = 0.0, **shape: Any) -> layers.Normalization:
    """A Normalization adapted to pictures of a range."""
    layer = layers.Normalization(**shape)
    pictures = np.random.default_rng(0).beta(1.2, 1.6, (32, 16, 16, 3))
    layer.adapt((pictures * scale + offset).astype(np.float32))
    return layer


def fitted_batches(scale: float) -> layers.BatchNormalization:
    layer = layers.BatchNormalization()
    layer.build((None, 16, 16, 3))
    layer.set_weights([np.full(3, 2.0), np.full(3, -1.0), np.full(3, 0.4 * scale), np.full(3, (0.25 * scale) ** 2)])
    return layer


def in_channels(x: Any) -> Any:
    """Each channel scaled by itself and put together again, as people write preprocessing by hand."""
    parts = ops.split(x / 255.0, 3, axis=-1)
    return ops.concatenate([(p - m) / d for p, m, d in zip(parts, MEAN.tolist(), DEVIATION.tolist(), strict=True)], -1)


def stacked(x: Any) -> Any:
    return ops.stack([x[..., 2] - 103.939, x[..., 1] - 116.779, x[..., 0] - 123.68], axis=-1)


def nested(front: Front) -> Front:
    """The scaling inside a model that is called as a layer."""

    def call(x: Any) -> Any:
        inside = keras.Input(x.shape[1:])
        return keras.Model(inside, front(inside), name="base")(x)

    return call


def standardized(x: Any) -> Any:
    return (x - ops.mean(x, (1, 2, 3), keepdims=True)) / (ops.std(x, (1, 2, 3), keepdims=True) + 1e-12)


GREY_LEVELS: dict[str, Front] = {
    "rescaling": lambda x: layers.Rescaling(1 / 255)(x),
    "rescaling to signs": lambda x: layers.Rescaling(1 / 127.5, -1)(x),
    "halves of 256": lambda x: layers.Rescaling(1 / 128, -1)(x),
    "no offset": lambda x: layers.Rescaling(1 / 127.5)(x),
    "centred": lambda x: layers.Rescaling(1 / 255, -0.5)(x),
    "divided": lambda x: x / 255.0,
    "multiplied": lambda x: x * (1 / 255),
    "by a layer": lambda x: layers.Rescaling(2.0)(layers.Rescaling(1 / 510)(x)),
    "mode tf": applications.mobilenet_v2.preprocess_input,
    "mode torch": applications.densenet.preprocess_input,
    "mode caffe": applications.vgg16.preprocess_input,
    "torch by hand": lambda x: (x / 255.0 - MEAN) / DEVIATION,
    "channel by channel": in_channels,
    "stacked": stacked,
    "turned round": lambda x: x[..., ::-1] / 255.0,
    "fitted to grey levels": lambda x: fitted(255)(x),
    "fitted, one for all": lambda x: fitted(255, axis=None)(x),
    "fitted by batches": lambda x: fitted_batches(255)(x),
    "scaled, then fitted": lambda x: fitted(1)(layers.Rescaling(1 / 255)(x)),
    "scaled and unscaled": lambda x: layers.Rescaling(255.0)(layers.Rescaling(1 / 255)(x)),
    "padded and scaled": lambda x: layers.Rescaling(1 / 255)(layers.ZeroPadding2D(2)(x)),
    "resized and scaled": lambda x: layers.Resizing(24, 24)(x) / 255.0,
    "augmented and scaled": lambda x: layers.Rescaling(1 / 255)(layers.RandomFlip()(x)),
    "clipped": lambda x: ops.clip(x, 0.0, 255.0) / 255.0,
    "inverted": lambda x: 255.0 - x,
    "nested": nested(lambda x: layers.Rescaling(1 / 255)(x)),
    "nested operations": nested(applications.mobilenet_v2.preprocess_input),
    "by a hundred": lambda x: x / 100.0,
}
UNIT: dict[str, Front] = {
    "up to grey levels": lambda x: layers.Rescaling(255.0)(x),
    "up and down": lambda x: layers.Rescaling(1 / 255, name="inner")(layers.Rescaling(255.0)(x)),
    "up, then caffe": lambda x: applications.vgg16.preprocess_input(x * 255.0),
    "fitted to 0..1": lambda x: fitted(1)(x),
    "fitted by batches": lambda x: fitted_batches(1)(x),
    "torch": lambda x: (x - MEAN) / DEVIATION,
    "signs": lambda x: x * 2.0 - 1.0,
    "less its mean": lambda x: x - 0.449,
    "less a half": lambda x: ops.subtract(x, 0.5),
    "inverted": lambda x: 1.0 - x,
    "clipped": lambda x: ops.clip(x, 0.0, 1.0),
}
SIGNED: dict[str, Front] = {
    "to 0..1": lambda x: (x + 1.0) / 2.0,
    "to grey levels": lambda x: (x + 1.0) * 127.5,
    "to caffe": lambda x: applications.vgg16.preprocess_input((x + 1.0) * 127.5),
    "fitted": lambda x: fitted(2, -1)(x),
}
UNKNOWN: dict[str, Front] = {
    "nothing": lambda x: x,
    "padding": lambda x: layers.ZeroPadding2D()(x),
    "a batch normalization that has seen nothing": lambda x: layers.BatchNormalization()(x),
    "turned round": lambda x: x[..., ::-1],
}
KNOWN = [(how, name, front) for how, fronts in (("0..255", GREY_LEVELS), ("0..1", UNIT), ("-1..1", SIGNED))
         for name, front in fronts.items()]  # fmt: skip


@pytest.mark.parametrize(("how", "front"), [(how, front) for how, _, front in KNOWN],
                         ids=[f"{how} {name}" for how, name, _ in KNOWN])  # fmt: skip
def test_the_range_is_the_one_whose_values_land_where_filters_are_fed(how: str, front: Front, tmp_path: Path) -> None:
    network(front).save(tmp_path / "net.keras")
    found = worked_out_range(keras.saving.load_model(tmp_path / "net.keras"))
    assert (found.preprocess, found.assumed) == (how, False)


@pytest.mark.parametrize("front", UNKNOWN.values(), ids=UNKNOWN)
def test_where_nothing_tells_the_likeliest_is_assumed(front: Front) -> None:
    found = worked_out_range(network(front))
    assert (found.preprocess, found.assumed) == ("0..1", True)


def test_a_network_that_standardizes_each_picture_takes_any_range() -> None:
    found = worked_out_range(network(standardized))
    assert (found.preprocess, found.assumed) == ("0..1", False)


@pytest.mark.parametrize(("scale", "how"), [(1 / 65535, "0..65535"), (1 / 4095, "0..4095")])
def test_pictures_of_more_bits(scale: float, how: str) -> None:
    found = worked_out_range(network(lambda x: layers.Rescaling(scale)(x), channels=1))
    assert (found.preprocess, found.assumed) == (how, False)


def test_a_flattened_picture_counts_as_any(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2)])
    assert worked_out_range(model).preprocess == "0..255"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_half_precision_hides_nothing(policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    try:
        model = network(applications.mobilenet_v2.preprocess_input)
    finally:
        keras.config.set_dtype_policy("float32")
    take_floats(model)
    assert worked_out_range(model).preprocess == "0..255"


@pytest.mark.parametrize(("dtype", "scale", "how"), [("uint8", 1, "0..255"), ("int32", 1, "0..255"),
                                                     ("uint16", 1 / 65535, "0..65535"),
                                                     ("int32", 1 / 4095, "0..4095")])  # fmt: skip
def test_whole_numbers_say_themselves_what_they_are(dtype: str, scale: float, how: str) -> None:
    model = network(lambda x: ops.cast(x, "float32") * scale, dtype)
    found = worked_out_range(model, take_floats(model))
    assert (found.preprocess, found.assumed) == (how, False)


def test_nothing_of_a_network_is_changed_by_looking() -> None:
    model = network(applications.vgg16.preprocess_input)
    worked_out_range(model)
    assert not [one for one in model.operations if "call" in one.__dict__]


@pytest.mark.parametrize("scale", [1 / 2047, 1 / 3000, 1 / 4095, 1 / 10_000, 1 / 20_000, 1 / 65_535])
def test_networks_of_many_bands_take_their_numbers_as_they_stand(scale: float) -> None:
    found = worked_out_range(network(layers.Rescaling(scale), channels=6))
    assert not found.assumed
    assert number_range(found.preprocess) is not None


@pytest.mark.parametrize(("largest", "how"), [(255.0, ("0..255", False)), (1.0, ("0..1", True))])
def test_what_lies_transparent_on_white_inside_the_network_is_told_by_opaque_greys(
    largest: float, how: tuple[str, bool]
) -> None:
    def on_white(x: Any) -> Any:
        share = x[..., 3:] / largest
        return x[..., :3] / largest * share + (1.0 - share)

    found = worked_out_range(network(on_white, channels=4))
    assert (found.preprocess, found.assumed) == how  # pictures of -1..1 would land as usually


def test_networks_of_many_bands_are_not_all_made_for_large_numbers() -> None:
    for front, expected in ((layers.Rescaling(1 / 255), "0..255"), (layers.Rescaling(2.0, offset=-1), "0..1")):
        assert worked_out_range(network(front, channels=4)).preprocess == expected
    assert worked_out_range(network(layers.Identity(), channels=6)).assumed
