"""`attribution` as a whole: its parts and facts, every kind of model that people bring, and what it refuses.

Mutations that were tried, each caught: the first call of a shared layer taken, a rank off by one.
"""

import gc
import weakref
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.analyses.heat_map_methods import METHODS
from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.explained_models import SIZE, explained, one_map, photograph, two_channels
from tests.fixtures.worker_context import context
from worker.analyses.attribution import attribution
from worker.attribution.explained import explain_model
from worker.networks.models import LoadedModel

layers = keras.layers


@pytest.fixture(autouse=True)
def _picture(tmp_path: Path) -> None:
    photograph(tmp_path)


def named(network: keras.Model, *labels: str) -> LoadedModel:
    known = tiny_models.loaded(network)
    object.__setattr__(known, "labels", labels)
    return known


THREE = [[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]


def test_parts_come_as_the_request_lays_them_out(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    fields: dict[str, Any] = {"images": ["noise", "sample/cat"], "methods": "grad_cam,saliency", "classes": "0,2"}
    parts = explained(tmp_path, network, **fields)
    wanted = attribution_parts(Attribution(model="tiny", **fields))
    assert [(p.index, p.name) for p in parts] == [
        (i, method or ("noise", "sample/cat")[number]) for i, (number, method) in enumerate(wanted)
    ]
    assert [p.arrays["maps"].shape for p in parts if p.index % 3] == [(2, 2, 2), (2, SIZE, SIZE)] * 2
    assert parts[1].facts["layers"] == ["second"] and parts[2].facts["layers"] == []
    assert "layer_choices" in parts[0].facts and "layer_choices" not in parts[3].facts
    for part in parts:
        assert decode_part(encode_part(part)).facts == part.facts


def test_every_method_answers_with_finite_maps_and_its_facts(tmp_path: Path) -> None:
    parts = explained(tmp_path, tiny_models.random_convnet(16), methods=list(METHODS), samples=2, steps=2, masks=4)
    for part in parts[1:]:
        row, known = part.facts["maps"][0], METHODS[part.name]  # type: ignore[index]
        maps, signed = part.arrays["maps"], part.arrays.get("signed", part.arrays["maps"])
        assert np.isfinite(maps).all() and maps.shape == signed.shape
        assert (row["raw_min"], row["raw_max"]) == (pytest.approx(maps.min()), pytest.approx(maps.max()))
        assert known.signed or maps.min() >= 0
        assert part.facts["source"] == known.source and part.facts["warning"] == known.warning


def test_the_total_is_told_first_and_something_is_said_before_every_part(tmp_path: Path) -> None:
    spec = Attribution(model="tiny", image="noise", methods="grad_cam,occlusion")
    items = list(attribution(spec, context(tmp_path, tiny=tiny_models.loaded(tiny_models.random_convnet(SIZE)))))
    assert isinstance(items[0], Progress) and items[0].total == 3
    assert all(isinstance(before, Progress) for before, item in pairwise(items) if isinstance(item, Part))


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    spec = Attribution(model="tiny", images=["noise", "noise"], methods="grad_cam,saliency")
    known = tiny_models.loaded(tiny_models.random_convnet(SIZE))
    items = attribution(spec, context(tmp_path, frozenset({0, 1, 2, 4}), tiny=known))
    assert [i.index for i in items if isinstance(i, Part)] == [3, 5]


def test_without_classes_the_likeliest_are_explained_and_the_truth(tmp_path: Path) -> None:
    network = named(two_channels([[0] * 4, [0] * 4]), "ant", "bee", "cat", "dog")
    network.network.get_layer("head").bias.assign([3.0, 1.0, 2.0, 0.0])
    first = explained(tmp_path, network, methods="grad_cam", top=2, truths=["dog"])[0].facts
    assert [(r["class"], r["rank"]) for r in first["classes"]] == [(0, 1), (2, 2), (3, 4)]
    assert (first["truth"]["name"], first["wrong"]) == ("dog", True)
    assert [r["name"] for r in first["top"]] == ["ant", "cat", "bee", "dog"]
    alike = explained(tmp_path, network, methods="grad_cam", truths="ant")[0].facts
    assert [r["class"] for r in alike["classes"]] == [0] and alike["wrong"] is False
    unknown = explained(tmp_path, network, methods="grad_cam", truths="?")[0].facts
    assert (unknown["truth"], unknown["wrong"]) == (None, None)


def test_a_class_may_be_named_in_any_spelling(tmp_path: Path) -> None:
    network = named(two_channels(THREE), "African_elephant", "tusker", "crane")
    rows = explained(tmp_path, network, methods="grad_cam", classes=["african elephant", "TUSKER", 0])[0].facts[
        "classes"
    ]
    assert [r["class"] for r in rows] == [0, 1]
    assert rows[0]["explained"] == "logit of class 0 (African_elephant), as the model gives it"


@pytest.mark.parametrize(
    ("labels", "wanted", "expected"),
    [
        (("ant", "bee", "cat"), 3, "`classes` below 3"),
        (("ant", "bee", "cat"), "bees", "Did you mean bee?"),
        (("crane", "bee", "crane"), "crane", "[0, 2]"),
        ((), "bee", "`classes` by number"),
    ],
)
def test_a_class_beyond_the_head_or_of_an_unknown_name_is_refused(
    tmp_path: Path, labels: tuple[str, ...], wanted: object, expected: str
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        explained(tmp_path, named(two_channels(THREE), *labels), classes=[wanted])
    assert expected in str(caught.value)


def test_a_saturated_softmax_is_said_and_does_not_empty_the_map(tmp_path: Path) -> None:
    network = two_channels([[500.0, 0.0], [0.0, 0.0]], "softmax")
    network.get_layer("channels").bias.assign([1.0, 0.0])
    parts = explained(tmp_path, network, methods="grad_cam")
    assert parts[0].facts["saturated"] and "explain the logits" in parts[0].facts["saturation"]
    assert parts[0].facts["classes"][0]["probability"] == 1.0
    assert parts[1].facts["maps"][0]["raw_max"] > 1
    calm = explained(tmp_path, two_channels([[1.0, 0.0], [0.0, 1.0]], "softmax"), methods="grad_cam")[0].facts
    assert (calm["saturated"], calm["saturation"]) == (False, None)


def test_the_box_lies_around_the_strongest_region(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[4:10, 20:30] = (255, 0, 0)
    Image.fromarray(pixels).save(tmp_path / "spot.png")
    context(tmp_path).library.images.add((tmp_path / "spot.png").read_bytes(), "spot")
    picture = keras.Input((32, 32, 3))
    head = layers.Dense(2, name="head")
    network = keras.Model(picture, head(layers.GlobalAveragePooling2D()(layers.Conv2D(1, 1, name="red")(picture))))
    network.get_layer("red").set_weights([np.float32([1, 0, 0]).reshape(1, 1, 3, 1), np.float32([0])])
    head.set_weights([np.float32([[1, 0]]), np.float32([0, 0])])
    row = explained(tmp_path, network, images=["spot"], methods="grad_cam", classes="0")[1].facts["maps"][0]
    assert row["box"] == {"left": 20, "top": 4, "width": 10, "height": 6}
    assert row["box_share"] == pytest.approx(60 / 1024, abs=1e-4)


# Models as people have them


def functional_in_functional() -> keras.Model:
    keras.utils.set_random_seed(6)
    inner_in = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, activation="relu", padding="same", name="deep")(inner_in)
    inner = keras.Model(inner_in, x, name="backbone")
    picture = keras.Input((SIZE, SIZE, 3))
    return keras.Model(picture, layers.Dense(3, "softmax", name="end")(layers.Flatten()(inner(picture))))


def augmented() -> keras.Model:
    keras.utils.set_random_seed(7)
    front = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.2)], name="augmentation")
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Rescaling(255.0)(front(picture))
    x = layers.Normalization(mean=[100.0] * 3, variance=[50.0**2] * 3)(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="deep")(x))
    return keras.Model(picture, layers.Dense(3, name="end")(layers.Dropout(0.5)(x)))


def siamese() -> keras.Model:
    """A backbone that meets the picture and its mirror image; both answers go into the head."""
    keras.utils.set_random_seed(8)
    backbone = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(3, 3, name="deep")], name="backbone")
    picture = keras.Input((SIZE, SIZE, 3))
    mirrored = layers.Permute((2, 1, 3), name="turned")(picture)
    both = layers.Concatenate(name="concatenate")([backbone(picture), backbone(mirrored)])
    return keras.Model(picture, layers.Dense(3, name="end")(layers.GlobalMaxPooling2D()(both)))


def grey() -> keras.Model:
    return tiny_models.random_convnet(SIZE, channels=1)


def free_size() -> keras.Model:
    """Like a backbone without its top, and a head of one's own."""
    keras.utils.set_random_seed(9)
    backbone = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(4, 3, strides=2, activation="relu", name="deep")], name="backbone"
    )
    picture = keras.Input((None, None, 3))
    return keras.Model(
        picture, layers.Dense(3, "softmax", name="end")(layers.GlobalAveragePooling2D()(backbone(picture)))
    )


def mixed() -> keras.Model:
    keras.utils.set_random_seed(10)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        picture = keras.Input((SIZE, SIZE, 3))
        x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="deep")(picture))
        return keras.Model(picture, layers.Activation("softmax", dtype="float32")(layers.Dense(3, name="end")(x)))
    finally:
        keras.config.set_dtype_policy("float32")


MODELS = {
    "functional in functional": (functional_in_functional, "backbone/deep"),
    "sequential in functional in sequential, one number": (tiny_models.nested, "trunk/backbone/deeper"),
    "augmentation and preprocessing in front": (augmented, "deep"),
    "shared backbone": (siamese, "concatenate"),
    "greyscale": (grey, "second"),
    "free size with a head of one's own": (free_size, "backbone/deep"),
    "mixed precision": (mixed, "deep"),
}


@pytest.mark.parametrize("case", MODELS)
def test_models_as_people_have_them(tmp_path: Path, case: str) -> None:
    build, default = MODELS[case]
    network = build()
    before = [np.asarray(w) for w in network.weights]
    parts = explained(tmp_path, network, methods=["grad_cam", "hires_cam", "saliency", "guided_backprop", "occlusion"])
    first = parts[0].facts
    assert first["default_layer"] == default and [row["path"] for row in first["layers"]] == [default]
    assert all(np.isfinite(p.arrays["maps"]).all() for p in parts[1:])
    assert np.abs(parts[3].arrays["signed"]).max() > 0, "no gradient reaches the picture"
    shown = parts[0].pictures["picture"].astype(np.float32) / 255
    answer = np.asarray(network((shown if shown.ndim == 3 else shown[..., None])[None], training=False), np.float32)[0]
    said = {"linear": "logits", "number": "numbers"}.get(first["ending"], "probabilities")
    given = parts[0].arrays[said]
    np.testing.assert_allclose(given, answer, atol=5e-3)
    for weight, was in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), was)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_loaded_file_that_was_never_called(tmp_path: Path, suffix: str) -> None:
    network = tiny_models.nested()
    network.save(tmp_path / f"model{suffix}")
    again = keras.saving.load_model(tmp_path / f"model{suffix}", compile=False)
    maps = [one_map(tmp_path, one, "grad_cam", 1).arrays["signed"] for one in (again, network)]
    np.testing.assert_allclose(maps[0], maps[1], atol=1e-7)


def test_of_a_shared_backbone_the_call_that_meets_the_picture_itself_counts(tmp_path: Path) -> None:
    backbone = layers.Conv2D(2, 1, name="seen")
    picture = keras.Input((SIZE, SIZE, 3))
    seen, turned = backbone(picture), backbone(layers.Permute((2, 1, 3))(picture))
    both = layers.Concatenate()([layers.GlobalAveragePooling2D()(seen), layers.GlobalAveragePooling2D()(turned)])
    network = keras.Model(picture, layers.Dense(2, name="end")(both))
    parts = explained(tmp_path, network, methods="hires_cam", layers="seen", classes="0")
    assert parts[0].facts["layers"][0]["calls"] == 2
    kernel, weights = np.asarray(backbone.kernel)[0, 0], np.asarray(network.get_layer("end").kernel)[:2, 0]
    upright = photograph(tmp_path).astype(np.float32) / 255 @ kernel @ weights / SIZE**2
    np.testing.assert_allclose(parts[1].arrays["maps"][0], upright, atol=1e-6)


def test_a_residual_blocks_output_is_the_default_and_not_the_convolution_in_it(tmp_path: Path) -> None:
    picture = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(4, 3, padding="same", name="stem")(picture)
    x = layers.Add(name="block_out")([x, layers.Conv2D(4, 3, padding="same", name="inside")(x)])
    squeezed = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Dropout(0.2, name="late")(layers.Multiply(name="excited")([x, squeezed]))
    network = keras.Model(picture, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    assert explain_model(tiny_models.loaded(network), (SIZE, SIZE)).default == "excited"
    assert explained(tmp_path, network)[0].facts["layers"][0]["path"] == "excited"


def test_a_sum_that_no_layer_made_is_the_default_all_the_same(tmp_path: Path) -> None:
    picture = keras.Input((SIZE, SIZE, 3))
    stem = layers.Conv2D(4, 3, padding="same", name="stem")(picture)
    block = stem + layers.Conv2D(4, 3, padding="same", name="inside")(stem)
    network = keras.Model(picture, layers.Dense(2, name="end")(layers.GlobalAveragePooling2D(name="mean")(block)))
    parts = explained(tmp_path, network, methods="hires_cam", classes="0")
    assert parts[0].facts["default_layer"] == "mean/(input)"
    assert parts[0].facts["layers"][0]["class"] == "input of GlobalAveragePooling2D"
    head = network.get_layer("end")
    whole = parts[0].arrays["logits"][0] - float(np.asarray(head.bias)[0])
    assert parts[1].arrays["maps"].sum() == pytest.approx(whole, abs=1e-5)  # linear behind it: nothing is missing
    assert [r["path"] for r in parts[0].facts["layer_choices"]] == ["stem", "inside", "mean/(input)"]
    again = explained(tmp_path, network, methods="hires_cam", classes="0", layers="mean/(input)")
    np.testing.assert_array_equal(again[1].arrays["maps"], parts[1].arrays["maps"])


# What is refused


def test_a_layer_without_a_height_and_a_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match=r"a height and a width above 1.*flatten.*such as second"):
        explained(tmp_path, tiny_models.random_convnet(SIZE), layers="flatten")


def test_an_unknown_layer_is_refused_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match="Did you mean second"):
        explained(tmp_path, tiny_models.random_convnet(SIZE), layers="secnod")


def test_a_model_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSpec, match=r"a model with an output to explain.*\? × \? × 2.*Choose a model with its head"
    ):
        explained(tmp_path, tiny_models.edge_filters(3))


def test_a_picture_of_another_size_is_refused_where_the_head_fixes_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match=r"pictures of 16 × 16 pixels.*8 × 8 pixels.*Choose `resize` crop or fit"):
        explained(tmp_path, tiny_models.random_convnet(16), resize="own")
    assert explained(tmp_path, two_channels(THREE), images=["sample/cat"], resize="own")[0].facts["height"] > SIZE


def test_logits_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = two_channels(THREE)
    network.get_layer("channels").bias.assign([np.inf, 0.0])
    with pytest.raises(NotFinite, match="finite logits"):
        explained(tmp_path, network)


# What is kept


def test_a_second_picture_is_not_traced_again_and_few_functions_are_kept(tmp_path: Path) -> None:
    known = tiny_models.loaded(tiny_models.random_convnet(16))
    explained(tmp_path, known, methods="grad_cam,saliency")
    kept = {family: dict(traces) for family, traces in known.compiled.items()}
    explained(tmp_path, known, images=["sample/cat"], methods="grad_cam,saliency", classes="2")
    assert known.compiled == kept
    for name in ("first", "pool", "second", "first,pool", "first,second", "pool,second", "first,pool,second"):
        explained(tmp_path, known, layers=name)
    assert len(known.compiled["attribution"]) == 6


def test_nothing_outlives_its_model(tmp_path: Path) -> None:
    known = tiny_models.loaded(tiny_models.random_convnet(SIZE))
    explained(tmp_path, known, methods="grad_cam,saliency,score_cam,guided_backprop")
    alive = weakref.ref(known.network)
    del known
    gc.collect()
    assert alive() is None
