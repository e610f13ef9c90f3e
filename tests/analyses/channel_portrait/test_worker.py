"""A channel's portrait as a generator: what its pictures do in the network, what is made again, what it refuses."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts
from shared.errors import DoesNotFit, InvalidSpec, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context, middle_square
from worker.analyses.channel_portrait.analysis import channel_portrait
from worker.analyses.channel_portrait.edge_share import edge_share
from worker.networks.capture import layer_outputs
from worker.networks.models import LoadedModel

layers = keras.layers
CHANNEL = 1


def run(folder: Path, model: LoadedModel, finished: frozenset[int] = frozenset(), **fields: object) -> list[Any]:
    """All items of a portrait in `model`."""
    usual = {"layer": "second", "channel": CHANNEL, "size": 24, "steps": 20, "step_size": 0.3, "precision": "float32"}
    spec = ChannelPortrait(**{"model": "tiny", **usual, **fields})
    return list(channel_portrait(spec, context(folder, finished, tiny=model)))


def parts_of(items: list[Any]) -> dict[str, Part]:
    found = {i.facts["picture"]: i for i in items if isinstance(i, Part)}
    assert len(found) == sum(isinstance(i, Part) for i in items), "every part once"
    return found


def answer(network: keras.Model, pictures: np.ndarray, channel: int, layer: str = "second") -> np.ndarray:
    """Mean of a channel for pictures, uint8 or in [0, 1], from a plain forward pass; float32 (picture)."""
    scaled = pictures / 255.0 if pictures.dtype == np.uint8 else pictures
    maps = layer_outputs(network, [layer], tf.constant(scaled, tf.float32))[layer]
    return np.asarray(maps)[:, 2:-2, 2:-2, channel].mean(axis=(1, 2))  # without the border, as the objective


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    """Two convolutions that answer to patterns, not to brightness; shared, so that it is traced once."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((16, 16, 3))
    x = layers.Rescaling(2.0, -1.0)(inputs)
    x = layers.Conv2D(8, 3, activation="relu", padding="same", name="first")(x)
    x = layers.Conv2D(6, 3, activation="relu", padding="same", name="second")(x)
    return tiny_models.loaded(keras.Model(inputs, x))


@pytest.fixture(scope="module")
def network(model: LoadedModel) -> keras.Model:
    return model.network


@pytest.fixture(scope="module")
def portrait(model: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """One whole run."""
    return run(tmp_path_factory.mktemp("portrait"), model)


def test_every_part_holds_a_picture_a_curve_a_history_and_facts(portrait: list[Any]) -> None:
    parts = parts_of(portrait)
    assert [p.facts["picture"] for p in sorted(parts.values(), key=lambda p: p.index)] == portrait_parts(
        ChannelPortrait(model="tiny", layer="second", channel=CHANNEL, steps=20)
    )
    for name in ("portrait", "opposite", "facet_0", "facet_1", "facet_2", "facet_3"):
        part = parts[name]
        assert part.pictures["image"].shape == (24, 24, 3) and part.pictures["image"].dtype == np.uint8
        assert part.arrays["objective"].shape == (21,) and part.arrays["objective"].dtype == np.float32
        assert part.arrays["history"].dtype == np.uint8 and part.arrays["history"].shape[1:] == (24, 24, 3)
        assert part.arrays["history"][0].std() < 20 < part.arrays["history"][-1].std(), "from its grey start to its end"
        assert decode_part(encode_part(part)).facts == part.facts
    assert parts["portrait"].facts["starts"] == 3


def test_the_portrait_streams_first_and_early(portrait: list[Any]) -> None:
    order = [p.facts["picture"] for p in portrait if isinstance(p, Part)]
    assert order[:4] == ["sketch_0", "sketch_1", "portrait", "opposite"]
    told = [i.total for i in portrait if isinstance(i, Progress) and i.total is not None]
    assert told == [8]
    shares = [i.fraction for i in portrait if isinstance(i, Progress) and i.fraction is not None]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1


def test_pictures_excite_their_channel_more_than_noise_and_the_opposite_less(
    portrait: list[Any], network: keras.Model
) -> None:
    parts = parts_of(portrait)
    images = {name: part.pictures.get("image") for name, part in parts.items()}
    noise = np.random.default_rng(0).uniform(0, 1, (16, 24, 24, 3)).astype(np.float32)
    loudest = answer(network, noise, CHANNEL).max()
    up = answer(network, np.stack([images[n] for n in images if not n.startswith(("opposite", "sketch"))]), CHANNEL)
    (down,) = answer(network, images["opposite"][None], CHANNEL)
    assert up.min() > loudest > down
    assert up[0] > up[1:].max() * 0.9, "facets give up a part for being different"


def test_a_curve_ends_with_what_a_plain_forward_pass_says(portrait: list[Any], network: keras.Model) -> None:
    for name in ("portrait", "facet_1"):
        part = parts_of(portrait)[name]
        assert part.facts["objective"] == part.arrays["objective"][-1] > part.facts["objective_start"]
        (seen,) = answer(network, part.pictures["image"][None], CHANNEL)
        assert part.facts["objective"] == pytest.approx(seen, rel=0.02), "within the rounding to grey levels"


def test_the_opposite_is_minimised_before_the_relu_and_says_so(portrait: list[Any], network: keras.Model) -> None:
    opposite = parts_of(portrait)["opposite"]
    assert opposite.facts["objective"] == opposite.arrays["objective"][-1] < opposite.facts["objective_start"]
    assert (opposite.facts["of"], opposite.facts["before"]) == ("second", True)
    kernel, bias = network.get_layer("second").get_weights()
    picture = tf.constant(opposite.pictures["image"][None] / 255.0, tf.float32)
    first = layer_outputs(network, ["first"], picture)["first"]
    raw = np.asarray(tf.nn.conv2d(first, kernel, 1, "SAME") + bias)[0, 2:-2, 2:-2, CHANNEL].mean()
    assert opposite.facts["objective"] == pytest.approx(float(raw), rel=0.03)
    assert opposite.facts["objective"] < 0, "no ReLU stopped it at zero"
    assert opposite.facts["answer"] == pytest.approx(
        answer(network, opposite.pictures["image"][None], CHANNEL)[0], abs=1e-3
    )
    assert network.get_layer("second").activation is keras.activations.relu, "the network is as it was"


def test_an_opposite_that_has_to_be_read_behind_its_relu_says_so(tmp_path: Path) -> None:
    picture = keras.Input((24, 24, 3))
    summed = keras.layers.Conv2D(4, 3, name="one")(picture) + keras.layers.Conv2D(4, 3, name="two")(picture)
    cut = tiny_models.loaded(keras.Model(picture, keras.layers.ReLU(name="cut")(summed)))
    fields: dict[str, Any] = {"layer": "cut", "channel": 1, "facets": 0, "tries": 1, "steps": 2}
    assert parts_of(run(tmp_path, cut, **fields))["opposite"].facts["hidden"] == "cut"


def test_the_best_of_several_starts_is_kept(tmp_path: Path, model: LoadedModel) -> None:
    few = {"facets": 0, "opposite": False}
    best = parts_of(run(tmp_path, model, seed=2, **few))["portrait"]
    alone = [
        parts_of(run(tmp_path, model, tries=1, seed=seed, **few))["portrait"] for seed in (2, 1_000_005, 2_000_008)
    ]
    heights = [part.facts["objective"] for part in alone]
    assert best.facts["objective"] == pytest.approx(max(heights), rel=1e-4)
    assert heights[0] < 0.99 * max(heights), "the first start is not the best one, or this proves nothing"
    kept = alone[int(np.argmax(heights))].pictures["image"]
    np.testing.assert_allclose(best.pictures["image"].astype(int), kept.astype(int), atol=2)


def test_facets_differ_more_than_without_being_asked_to(
    tmp_path: Path, model: LoadedModel, portrait: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import worker.analyses.channel_portrait.analysis as module
    from worker.analyses.channel_portrait.facets import diverse_channel

    def likeness(parts: dict[str, Part]) -> float:
        pictures = np.stack([parts[f"facet_{i}"].pictures["image"] for i in range(4)])
        maps = np.asarray(layer_outputs(model.network, ["second"], tf.constant(pictures / 255.0, tf.float32))["second"])
        flat = maps.reshape(4, -1, maps.shape[-1])
        grams = np.einsum("npc,npd->ncd", flat, flat).reshape(4, -1)
        grams /= np.linalg.norm(grams, axis=1, keepdims=True)
        return float((grams @ grams.T)[np.triu_indices(4, 1)].mean())

    asked = likeness(parts_of(portrait))
    monkeypatch.setattr(module, "diverse_channel", lambda path: diverse_channel(path, 0.0))
    assert asked < likeness(parts_of(run(tmp_path, model, opposite=False, tries=1))) - 0.005


def test_a_resumed_portrait_equals_an_uninterrupted_one(
    tmp_path: Path, model: LoadedModel, portrait: list[Any]
) -> None:
    whole = parts_of(portrait)
    there = ("sketch_0", "sketch_1", "portrait", "facet_0", "facet_2")
    finished = frozenset(whole[name].index for name in there)
    rest = parts_of(run(tmp_path, model, finished))
    assert set(rest) == set(whole) - set(there)
    for name, part in rest.items():
        assert part.index == whole[name].index
        np.testing.assert_allclose(
            part.pictures["image"].astype(int), whole[name].pictures["image"].astype(int), atol=2
        )
        np.testing.assert_allclose(part.arrays["objective"], whole[name].arrays["objective"], rtol=1e-3)


def test_a_seed_gives_the_same_picture_and_another_seed_another(tmp_path: Path, model: LoadedModel) -> None:
    once, again, other = (
        parts_of(run(tmp_path, model, seed=seed, facets=0, opposite=False, tries=1, steps=4))["portrait"]
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(once.pictures["image"], again.pictures["image"])
    assert np.abs(once.pictures["image"].astype(int) - other.pictures["image"]).max() > 10


def test_a_dead_channel_is_said_plainly_with_what_was_tried(tmp_path: Path) -> None:
    parts = parts_of(
        run(
            tmp_path,
            tiny_models.loaded(tiny_models.colour_filters()),
            layer="colours",
            channel=3,
            steps=4,
            tries=2,
            facets=2,
        )
    )
    dead = parts["portrait"]
    assert dead.facts["dead"] is True and dead.facts["starts"] == 6
    assert dead.facts["reason"].startswith("6 starts of 4 steps in lucid mode: none raised its mean")
    assert np.unique(dead.pictures["image"]).tolist() == [128], "what woke nothing is not shown as a finding"
    assert parts["opposite"].facts["dead"] is True, "a bias alone cannot be lowered either"
    assert parts["facet_1"].facts["dead"] is True


@pytest.mark.parametrize("mode", ["classic", "maco"])
def test_the_other_modes_raise_it_too(tmp_path: Path, model: LoadedModel, mode: str) -> None:
    spectrum = ("sample/cat",) if mode == "maco" else ()
    parts = parts_of(run(tmp_path, model, mode=mode, steps=6, tries=2, facets=2, spectrum=spectrum))
    assert set(parts) == {"portrait", "opposite", "facet_0", "facet_1"}
    assert parts["portrait"].facts["objective"] > parts["opposite"].facts["answer"]
    assert not any(part.facts["dead"] for part in parts.values())


def test_grey_models_give_grey_pictures_and_a_grey_kernel(tmp_path: Path) -> None:
    edges = tiny_models.loaded(tiny_models.edge_filters(1))
    parts = parts_of(run(tmp_path, edges, layer="edges", channel=1, steps=4, facets=2))
    assert {parts[n].pictures["image"].shape for n in ("portrait", "opposite", "facet_1")} == {(24, 24)}
    assert parts["portrait"].arrays["history"].shape[1:] == (24, 24)
    np.testing.assert_array_equal(parts["kernel"].arrays["kernel"][..., 0], np.array([[-1, 0, 1]] * 3).T)


def test_a_nested_layer_has_a_portrait_under_its_bare_name(tmp_path: Path) -> None:
    parts = parts_of(
        run(tmp_path, tiny_models.loaded(tiny_models.nested()), layer="deeper", channel=3, steps=4, facets=0)
    )
    assert parts["portrait"].facts["of"] == "trunk/backbone/deeper"
    assert parts["portrait"].facts["objective"] > parts["portrait"].facts["objective_start"]
    assert parts["opposite"].facts["before"] is False, "this convolution has no activation to leave out"


def test_a_portrait_may_start_from_a_photograph(tmp_path: Path, model: LoadedModel) -> None:
    still = parts_of(run(tmp_path, model, image="sample/cat", steps=1, step_size=1e-6, facets=0, opposite=False))
    cat = middle_square(24)
    np.testing.assert_allclose(still["portrait"].pictures["image"], cat * 255, atol=2)
    assert still["portrait"].facts["starts"] == 1


def test_the_size_suits_the_model_unless_it_is_chosen(tmp_path: Path, model: LoadedModel) -> None:
    parts = parts_of(run(tmp_path, model, size=0, steps=1, facets=0, opposite=False, tries=1))
    assert parts["portrait"].pictures["image"].shape == (32, 32, 3), "twice the model's 16"


@pytest.mark.parametrize(
    ("fields", "error", "text"),
    [
        ({"layer": "secnod"}, UnknownLayer, "Did you mean second"),
        ({"channel": 6}, InvalidSpec, r"`channel` below 6, the channels of second.*Choose one of 0 to 5"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    tmp_path: Path, model: LoadedModel, fields: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        run(tmp_path, model, **fields)


def test_a_batch_that_does_not_fit_is_an_error_with_a_way_out(
    tmp_path: Path, model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_fits(*_: object, **__: object) -> object:
        raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        yield

    monkeypatch.setattr("worker.analyses.channel_portrait.optimized_batch.optimize", never_fits)
    with pytest.raises(DoesNotFit, match=r"3 pictures of this size.*smaller size, or fewer tries"):
        run(tmp_path, model)


def test_a_layer_without_feature_maps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match=r"feature maps.*Received: 'classes"):
        run(tmp_path, tiny_models.loaded(tiny_models.random_convnet()), layer="classes", size=16)


def test_too_small_a_picture_is_refused_with_a_size_that_is_enough(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    deep = layers.Conv2D(2, 7, name="wide")(layers.MaxPooling2D(4)(inputs))
    with pytest.raises(InvalidSpec, match=r"reaches wide.*8 pixels.*Choose a size of 32"):
        run(tmp_path, tiny_models.loaded(keras.Model(inputs, deep)), layer="wide", channel=0, size=8)


def test_a_layer_without_gradient_to_the_picture_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    steps = layers.Conv2D(2, 1, name="steps", activation="linear")(layers.Lambda(tf.round)(inputs))
    with pytest.raises(InvalidSpec, match="gradient to the picture"):
        run(tmp_path, tiny_models.loaded(keras.Model(inputs, steps)), layer="steps", channel=0)


def test_a_portrait_says_how_much_of_its_response_lies_at_the_border(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    wide = layers.Conv2D(2, 5, padding="same", activation="relu", name="wide")
    network = keras.Model(inputs, wide(inputs))
    kernel = np.zeros((5, 5, 3, 2), np.float32)
    kernel[2, 2, :, 0] = 1.0  # the pixel itself: everywhere alike
    kernel[..., 1] = -1.0  # darkness: at the border zeros stand in for the picture, so it responds there alone
    wide.set_weights([kernel, np.array([0.0, 37.5], np.float32)])
    model = tiny_models.loaded(network)
    grey = np.full((32, 32, 3), 0.55, np.float32)
    assert edge_share(model, "wide", 0, grey) == pytest.approx(1 - 28**2 / 32**2)
    assert edge_share(model, "wide", 1, grey) == pytest.approx(1.0)
    assert edge_share(model, "wide", 0, np.zeros_like(grey)) is None, "nothing responds"
    assert edge_share(model, "wide", 0, grey[:8, :8]) is None, "a map that is all border"
    spec = {"layer": "wide", "channel": 0, "size": 32, "steps": 4, "opposite": False, "facets": 0, "step_size": 0.05}
    share = parts_of(run(tmp_path, model, **spec))["portrait"].facts["edge_share"]
    assert 0 < share < 0.5
