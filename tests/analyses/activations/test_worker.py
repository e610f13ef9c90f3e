"""Activations: every layer as if it were called alone, statistics by hand, logits without their softmax, errors.

Mutations that were tried, each caught: the picture's colours swapped, maps of a shared layer's last call, the share of
zeros scaled, logits behind the softmax, a crop from the corner, padding left out of the receptive field's start.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import Activations
from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from shared.images.bands import open_picture
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses.activations import activations
from worker.networks.forward_pass import forward_pass
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.pictures.picture_sizes import sized_picture

layers = keras.layers


def run(
    folder: Path, model: LoadedModel | keras.Model, finished: frozenset[int] = frozenset(), **fields: Any
) -> list[Part]:
    """Parts of a run on the cat."""
    known = model if isinstance(model, LoadedModel) else tiny_models.loaded(model)
    spec = Activations(**{"model": "tiny", "image": "sample/cat", **fields})
    return [i for i in activations(spec, context(folder, finished, tiny=known)) if isinstance(i, Part)]


def maps_of(parts: list[Part]) -> dict[str, np.ndarray]:
    return {p.name: p.arrays["maps"] for p in parts if p.index}


def shown(part: Part) -> np.ndarray:
    """The picture of part 0 as a batch in [0, 1]."""
    picture = part.pictures["picture"].astype(np.float32) / 255
    return (picture if picture.ndim == 3 else picture[..., None])[None]


def close(found: np.ndarray, expected: Any) -> None:
    """Equal up to float16 and the rounding of the picture to uint8."""
    np.testing.assert_allclose(found.astype(np.float32), np.asarray(expected)[0], rtol=2e-2, atol=2e-2)


def test_every_layer_is_what_calling_the_layers_one_by_one_gives(tmp_path: Path) -> None:
    network = tiny_models.random_convnet()
    parts = run(tmp_path, network)
    x = shown(parts[0])
    assert [p.name for p in parts] == ["picture", "first", "pool", "second"]
    for layer in network.layers[:3]:
        x = layer(x)
        close(maps_of(parts)[layer.name], x)


def test_nested_layers_behind_preprocessing(tmp_path: Path) -> None:
    network = tiny_models.nested()
    parts = run(tmp_path, tiny_models.loaded(network, "0..255"))
    assert [p.name for p in parts[1:]] == ["scale", "trunk/backbone/deep", "trunk/backbone/deeper"]
    backbone = network.get_layer("trunk").get_layer("backbone")
    scaled = shown(parts[0]) * 2 - 1
    deep = backbone.get_layer("deep")(scaled)
    close(maps_of(parts)["scale"], scaled)
    close(maps_of(parts)["trunk/backbone/deep"], deep)
    close(maps_of(parts)["trunk/backbone/deeper"], backbone.get_layer("deeper")(deep))


def test_a_shared_backbone_gives_its_first_answer(tmp_path: Path) -> None:
    network = tiny_models.shared_backbone()
    parts = run(tmp_path, network)
    backbone, picture = network.get_layer("backbone"), shown(parts[0])
    close(maps_of(parts)["backbone/seen_twice"], backbone(picture))
    close(maps_of(parts)["both"], backbone(picture) + backbone(picture[:, :, ::-1]))


def test_a_grey_network_gets_a_grey_picture(tmp_path: Path) -> None:
    network = tiny_models.edge_filters()
    parts = run(tmp_path, network)
    assert parts[0].pictures["picture"].ndim == 2
    close(maps_of(parts)["edges"], network(shown(parts[0])))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_loaded_file_that_was_never_called(tmp_path: Path, suffix: str) -> None:
    network = tiny_models.nested()
    network.save(tmp_path / f"model{suffix}")
    again = keras.saving.load_model(tmp_path / f"model{suffix}", compile=False)
    for name, maps in maps_of(run(tmp_path, again)).items():
        np.testing.assert_array_equal(maps, maps_of(run(tmp_path, network))[name])


def test_the_preprocessing_of_the_architecture_comes_first(tmp_path: Path) -> None:
    inputs = keras.Input((8, 8, 3))
    network = keras.Model(inputs, layers.Activation("linear", name="seen")(inputs))
    parts = run(tmp_path, tiny_models.loaded(network, "caffe"))
    np.testing.assert_allclose(
        maps_of(parts)["seen"], preprocess(shown(parts[0]), "caffe")[0], atol=0.6, rtol=1e-2
    )  # half a grey level


def test_statistics_are_those_of_the_channel(tmp_path: Path) -> None:
    parts = run(tmp_path, tiny_models.colour_filters())
    red_less_green = (shown(parts[0])[0, ..., 0] - shown(parts[0])[0, ..., 1]).clip(0)
    found = parts[1].arrays
    assert found["maximum"][0] == pytest.approx(red_less_green.max(), abs=0.01)
    assert found["mean"][0] == pytest.approx(red_less_green.mean(), abs=0.01)
    assert found["zeros"][0] == pytest.approx((red_less_green <= 0).mean(), abs=0.05)
    assert [float(found[name][3]) for name in ("minimum", "maximum", "mean", "zeros")] == [0, 0, 0, 1]
    facts = parts[1].facts
    assert facts["zeros"] == pytest.approx(found["zeros"].mean())
    assert facts["blank"] == pytest.approx((found["zeros"] == 1).mean()) == 0.5
    assert (facts["minimum"], facts["maximum"]) == (found["minimum"].min(), found["maximum"].max())


def test_part_0_alone_tells_of_every_layer(tmp_path: Path) -> None:
    parts = run(tmp_path, tiny_models.random_convnet())
    assert parts[0].facts["layers"] == [dict(p.facts) for p in parts[1:]]
    row = parts[3].facts
    assert (row["path"], row["class"], row["part"]) == ("second", "Conv2D", 3)
    assert (row["height"], row["width"], row["channels"]) == (6, 6, 8)
    # Pixels 0 to 7 reach the first unit: their middle lies between pixels 3 and 4, less one row of padding.
    assert (row["receptive_field"], row["stride"], row["start"]) == (8, 2, [2.5, 2.5])
    for part in parts:
        assert decode_part(encode_part(part)).facts == part.facts


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
def test_logits_are_taken_before_the_ending_and_the_model_stays_as_it_was(tmp_path: Path, activation: str) -> None:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    means = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, name="conv")(inputs))
    network = keras.Model(inputs, layers.Dense(3, activation=activation, name="end")(means))
    network.get_layer("end").bias.assign([0.5, -2.0, 4.0])
    before = network.get_config()
    first = run(tmp_path, network)[0]
    logits, probabilities = first.arrays["logits"], first.arrays["probabilities"]
    if activation == "linear":
        np.testing.assert_allclose(logits, network(shown(first))[0], atol=1e-2)
    else:
        np.testing.assert_allclose(probabilities, network(shown(first))[0], atol=1e-2)
        assert logits.max() > 3
    assert first.facts["ending"] == activation
    assert [row["class"] for row in first.facts["top"]] == [2, 0, 1]
    assert network.get_config() == before


def test_an_ending_of_its_own_gives_what_went_into_it(tmp_path: Path) -> None:
    inputs = keras.Input((8, 8, 3))
    x = layers.Reshape((3,))(layers.GlobalAveragePooling2D(keepdims=True)(layers.Conv2D(3, 3, name="c")(inputs)))
    network = keras.Model(inputs, layers.Activation("softmax", name="end")(x))
    first = run(tmp_path, network)[0]
    np.testing.assert_allclose(first.arrays["probabilities"], network(shown(first))[0], atol=1e-3)
    np.testing.assert_allclose(
        np.exp(first.arrays["logits"]) / np.exp(first.arrays["logits"]).sum(), first.arrays["probabilities"], rtol=1e-4
    )


def test_a_network_without_a_head_has_no_predictions(tmp_path: Path) -> None:
    first = run(tmp_path, tiny_models.edge_filters(3))[0]
    assert (dict(first.arrays), first.facts["top"], first.facts["ending"]) == ({}, [], "")


def test_class_names_stand_beside_the_logits(tmp_path: Path) -> None:
    known = tiny_models.loaded(tiny_models.random_convnet())
    object.__setattr__(known, "labels", ("ant", "bee", "cat"))
    top = run(tmp_path, known)[0].facts["top"]
    assert {row["name"] for row in top} == {"ant", "bee", "cat"}
    assert top[0]["logit"] >= top[1]["logit"] >= top[2]["logit"]


def test_chosen_layers_come_in_the_order_in_which_they_run(tmp_path: Path) -> None:
    parts = run(tmp_path, tiny_models.nested(), layers="deeper,scale")
    assert [p.name for p in parts[1:]] == ["scale", "trunk/backbone/deeper"]
    assert [len(one["numbers"]) for one in parts[0].facts["outputs"]] == [1]


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    assert [p.index for p in run(tmp_path, tiny_models.random_convnet(), frozenset({0, 2}))] == [1, 3]


def test_the_total_is_told_before_the_first_part(tmp_path: Path) -> None:
    spec = Activations(model="tiny", image="sample/cat")
    items = list(activations(spec, context(tmp_path, tiny=tiny_models.loaded(tiny_models.random_convnet()))))
    first = next(n for n, i in enumerate(items) if isinstance(i, Part))
    assert [i.total for i in items[:first] if isinstance(i, Progress) and i.total] == [4]


def test_pictures_of_several_sizes_leave_nothing_behind_in_the_model() -> None:
    model = tiny_models.loaded(tiny_models.random_convnet())
    picture = np.random.default_rng(0).uniform(0, 1, (40, 40, 3)).astype(np.float32)
    found = [forward_pass(model, ("first",), (side, side)).run(picture[:side, :side]) for side in (16, 24, 40)]
    assert [one.layers["first"].maps.shape[0] for one in found] == [16, 24, 40]
    assert not model.compiled
    np.testing.assert_array_equal(found[2].layers["first"].maps[:15, :15], found[0].layers["first"].maps[:15, :15])


def test_a_warm_model_that_another_analysis_left_in_half_precision_answers_in_float32(tmp_path: Path) -> None:
    model = tiny_models.loaded(tiny_models.random_convnet())
    expected = maps_of(run(tmp_path, model))
    set_precision(model.network, "bfloat16")
    for name, maps in maps_of(run(tmp_path, model)).items():
        np.testing.assert_array_equal(maps, expected[name])


# Pictures


def _save(folder: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(folder / "picture.png")
    return folder / "picture.png"


def test_crop_takes_the_middle_and_fit_all_of_it(tmp_path: Path) -> None:
    pixels = np.zeros((8, 24, 3), np.uint8)
    pixels[:, 8:16] = (0, 255, 0)
    path = _save(tmp_path, pixels)
    assert sized_picture(open_picture(path), (8, 8), 3, "crop")[..., 1].min() == 1
    squeezed = sized_picture(open_picture(path), (8, 8), 3, "fit")
    assert squeezed[4, 0, 1] < 0.1 and squeezed[4, 4, 1] > 0.9
    assert sized_picture(open_picture(path), (8, 8), 3, "own").shape == (8, 24, 3)
    assert sized_picture(open_picture(path), (4, 6), 1, "crop").shape == (4, 6, 1)


def test_a_picture_keeps_its_own_size_where_the_head_is_left_out(tmp_path: Path) -> None:
    parts = run(tmp_path, tiny_models.random_convnet(), resize="own")
    assert parts[0].pictures["picture"].shape == (300, 451, 3)
    assert maps_of(parts)["second"].shape == (148, 223, 8)
    assert parts[0].facts["top"] == []


# Errors


def test_a_layer_without_extent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match=r"height and a width above 1. Received: .flatten.*Choose a conv"):
        run(tmp_path, tiny_models.random_convnet(), layers="flatten")


def test_an_unknown_layer_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match="Did you mean first"):
        run(tmp_path, tiny_models.random_convnet(), layers="frist")


def test_a_picture_below_the_minimum_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    network = keras.Model(inputs, layers.Conv2D(2, 15, name="wide")(layers.Conv2D(2, 3, name="small")(inputs)))
    known = tiny_models.loaded(network)
    Image.fromarray(np.zeros((12, 12, 3), np.uint8)).save(tmp_path / "tiny.png")
    where = context(tmp_path, tiny=known)
    where.library.images.add((tmp_path / "tiny.png").read_bytes(), "tiny-picture")
    spec = {"model": "tiny", "image": "tiny-picture", "resize": "own"}
    with pytest.raises(InvalidSpec, match=r"large enough for wide. Received: .12 × 12 pixels.*`resize`"):
        list(activations(Activations(**spec), where))
    parts = [i for i in activations(Activations(**spec, layers=("small",)), where) if isinstance(i, Part)]
    assert parts[1].arrays["maps"].shape == (10, 10, 2)


def test_maps_that_no_store_should_hold_are_refused(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    network = keras.Model(inputs, layers.Conv2D(512, 1, name="many")(inputs))
    with pytest.raises(InvalidSpec, match=r"at most 47 MB a layer.*132 MB at many"):
        run(tmp_path, network, resize="own")


def test_values_that_are_not_finite_are_never_kept(tmp_path: Path) -> None:
    network = tiny_models.colour_filters()
    network.get_layer("colours").bias.assign([0, np.nan, 0, 0])
    network.get_layer("colours").activation = keras.activations.linear
    with pytest.raises(NotFinite, match="finite activations at colours"):
        run(tmp_path, network)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["xception", "inceptionv3", "resnet50", "vgg16", "vgg19", "mobilenet"])
def test_every_architecture_of_the_readings(tmp_path: Path, name: str) -> None:
    where = context(tmp_path)
    spec = Activations(model=f"keras/{name}/random", image="sample/cat")
    parts = [i for i in activations(spec, where) if isinstance(i, Part)]
    network = where.models.load(spec.model).network
    wanted = [layer for layer in network.layers[1:] if len(layer.output.shape) == 4 and layer.output.shape[1] > 1]
    assert sorted(p.name for p in parts[1:]) == sorted(layer.name for layer in wanted)
    whole = keras.Model(network.input, [layer.output for layer in wanted[:: max(1, len(wanted) // 12)]])
    picture = preprocess(shown(parts[0]), where.models.load(spec.model).preprocess)
    for name_, expected in zip(whole.output_names, whole(picture), strict=True):
        found, expected = maps_of(parts)[name_].astype(np.float32), np.asarray(expected)[0]
        assert np.abs(found - expected).max() <= 0.02 * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(parts[0].arrays["probabilities"].sum(), 1, rtol=1e-3)
