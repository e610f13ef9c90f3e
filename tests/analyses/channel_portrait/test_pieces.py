"""Pieces of a portrait by themselves: where a channel is read before its activation, the kernel behind it, the spec."""

import keras
import numpy as np
import pytest

from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts, portrait_size, sketch_steps
from shared.errors import InvalidSpec
from tests.fixtures import tiny_models
from worker.analyses.channel_portrait.analysis import kernel_part, kernel_picture
from worker.networks.before_activation import Origin, before_activation, without_activation
from worker.networks.first_kernel import first_kernel

layers = keras.layers


@pytest.fixture(scope="module")
def branches() -> keras.Model:
    """Branches of 3, 2 and 4 channels: cut by a layer, by an activation of its own, and open; joined, then pooled."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    cut = layers.ReLU(6.0, name="relu6")(layers.BatchNormalization(name="norm")(layers.Conv2D(3, 3, name="a")(inputs)))
    fused = layers.Conv2D(2, 3, activation="silu", name="b")(inputs)
    open_ = layers.Conv2D(4, 3, name="c")(inputs)
    joined = layers.Concatenate(name="joined")([cut, layers.MaxPooling2D(1, name="still")(fused), open_])
    return keras.Model(inputs, layers.AveragePooling2D(2, name="pooled")(joined))


@pytest.mark.parametrize("layer", ["joined", "pooled"])
@pytest.mark.parametrize(
    ("channel", "origin"), [(2, Origin("norm", 2)), (3, Origin("b", 0, fused=True)), (4, Origin("b", 1, fused=True))]
)
def test_a_channel_is_followed_back_through_joins_and_pooling(
    branches: keras.Model, layer: str, channel: int, origin: Origin
) -> None:
    assert before_activation(branches, layer, channel) == origin


@pytest.mark.parametrize("layer", ["joined", "pooled"])
def test_a_channel_that_nothing_cuts_off_stays_where_it_is(branches: keras.Model, layer: str) -> None:
    assert before_activation(branches, layer, 7) == Origin(layer, 7)


def test_inside_a_nested_model_paths_keep_their_container() -> None:
    assert before_activation(tiny_models.nested(), "trunk/backbone/deep", 1) == Origin("trunk/backbone/deep", 1, True)
    assert before_activation(tiny_models.nested(), "trunk/backbone/deeper", 1) == Origin("trunk/backbone/deeper", 1)


def test_a_layer_has_its_activation_back_whatever_happens(branches: keras.Model) -> None:
    layer, picture = branches.get_layer("b"), np.random.default_rng(0).normal(size=(1, 16, 16, 3)).astype(np.float32)
    before = np.asarray(layer(picture))
    with without_activation(layer):
        open_ = np.asarray(layer(picture))
    with pytest.raises(ValueError, match="broken"), without_activation(layer):
        raise ValueError("broken")
    np.testing.assert_allclose(open_ / (1 + np.exp(-open_)), before, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(layer(picture)), before)


def test_a_kernel_is_the_weights_in_the_pictures_colours() -> None:
    network = tiny_models.colour_filters()
    weights = network.get_layer("colours").get_weights()[0][..., 0]
    as_it_is = first_kernel(tiny_models.loaded(network), "colours", 0)
    turned = first_kernel(tiny_models.loaded(network, "caffe"), "colours", 0)
    assert as_it_is is not None and turned is not None
    np.testing.assert_array_equal(as_it_is.weights, weights)
    np.testing.assert_array_equal(turned.weights, weights[..., ::-1])
    dead = first_kernel(tiny_models.loaded(network), "colours", 3)
    assert dead is not None and dead.bias == -5


def test_a_kernel_is_found_behind_what_follows_it_and_nowhere_else(branches: keras.Model) -> None:
    model = tiny_models.loaded(branches)
    for path in ("a", "norm", "relu6"):
        found = first_kernel(model, path, 1)
        assert found is not None and found.path == "a"
        np.testing.assert_array_equal(found.weights, branches.get_layer("a").get_weights()[0][..., 1])
    assert first_kernel(model, "joined", 1) is None
    assert first_kernel(tiny_models.loaded(tiny_models.random_convnet()), "second", 1) is None
    assert first_kernel(tiny_models.loaded(tiny_models.nested()), "trunk/backbone/deep", 1) is not None


def test_a_kernel_picture_is_grey_at_zero_and_ends_at_the_largest_weight() -> None:
    weights = np.array([[[0.0, 0.5, -1.0]]], np.float32)
    np.testing.assert_array_equal(kernel_picture(weights), [[[128, 191, 0]]])
    assert kernel_picture(np.zeros((3, 3, 1), np.float32)).tolist() == np.full((3, 3, 3), 128).tolist()


def test_a_kernel_is_a_part_behind_all_others() -> None:
    part = kernel_part(tiny_models.loaded(tiny_models.colour_filters()), "colours", 2, 8)
    assert part is not None and part.index == 8 and part.facts["picture"] == "kernel"
    assert kernel_part(tiny_models.loaded(tiny_models.random_convnet()), "second", 2, 8) is None


def test_the_parts_follow_the_request() -> None:
    spec = ChannelPortrait(model="tiny", layer="a", channel=1)
    assert portrait_parts(spec) == ["portrait", "opposite", "facet_0", "facet_1", "facet_2", "facet_3", "sketch_0",
                                    "sketch_1"]  # fmt: skip
    assert sketch_steps(spec.model_copy(update={"steps": 128})) == [16, 64]
    short = ChannelPortrait(model="tiny", layer="a", channel=1, steps=8, facets=0, opposite=False)
    assert portrait_parts(short) == ["portrait"]


@pytest.mark.parametrize(("own", "size"), [((28, 28), 56), ((64, 96), 128), ((224, 224), 256), ((3, 3), 8)])
def test_the_usual_size_is_twice_the_models_own_up_to_a_bound(own: tuple[int, int], size: int) -> None:
    assert portrait_size(0, own) == size
    assert portrait_size(40, own) == 40


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"size": 5}, "at least 8, or 0"),
        ({"size": 600}, "less than or equal to 512"),
        ({"channel": -1}, "greater than or equal to 0"),
        ({"facets": 5}, "less than or equal to 4"),
        ({"tries": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_bound(fields: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidSpec, match=text):
        ChannelPortrait.from_fields({"model": "tiny", "layer": "a", "channel": 1, **fields})


def test_the_key_stays_and_differs_with_every_field() -> None:
    usual = {"mode": "lucid", "steps": 64, "step_size": 0.05, "precision": "float32"}
    spec = ChannelPortrait(model="keras/vgg16/imagenet", layer="block3_conv1", channel=5, **usual)
    assert spec.key() == "channel_portrait-v2-1c4ba1a5f64a8c66ee4c6314f12fc342"
    others = [{"channel": 6}, {"size": 128}, {"tries": 1}, {"facets": 2}, {"opposite": False}, {"mode": "classic"},
              {"seed": 1}, {"image": "sample/cat"}]  # fmt: skip
    keys = {ChannelPortrait(**{**spec.model_dump(), **change}).key() for change in others}
    assert len(keys | {spec.key()}) == len(others) + 1
    assert ChannelPortrait.from_fields({**spec.changes(), "opposite": "True"}) == spec
