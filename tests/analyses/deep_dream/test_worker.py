"""Deep Dream: octaves by hand, lost detail put back, tiles that cover everything once, rolls undone, ends and errors.

Mutations that were tried, each caught: the last partial tile skipped, the roll not undone, a gradient of the wrong
sign, height and width swapped, detail left out, a step that is not normalised, a roll that forgets the seed.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses.deep_dream.spec import DeepDream
from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses.deep_dream.analysis import deep_dream
from worker.analyses.deep_dream.gradient import dream_gradient, tiles_of, whole_gradient
from worker.analyses.deep_dream.octaves import (
    Octave,
    Way,
    first_octave,
    next_octave,
    optimize_octave,
    photograph_at,
    roll_at,
)
from worker.networks.models import LoadedModel

layers = keras.layers
NOISE = np.random.default_rng(5).random((20, 30, 3), np.float32)
SMALL = {"size": 48, "octaves": 2, "steps": 3, "layers": "first", "precision": "float32", "jitter": 4}


def items(folder: Path, model: Any, finished: frozenset[int] = frozenset(), **fields: Any) -> list[Part | Progress]:
    known = model if isinstance(model, LoadedModel) else tiny_models.loaded(model)
    spec = DeepDream.from_fields({"model": "tiny", "image": "sample/cat", **SMALL, **fields})
    return list(deep_dream(spec, context(folder, finished, tiny=known)))  # type: ignore[arg-type]


def parts(folder: Path, model: Any, finished: frozenset[int] = frozenset(), **fields: Any) -> list[Part]:
    return [item for item in items(folder, model, finished, **fields) if isinstance(item, Part)]


def gradient_of(
    model: LoadedModel,
    picture: np.ndarray,
    tile: int,
    shift: tuple[int, int],
    layer: str,
    weights: tuple[float, ...] = (1,),
) -> tuple[float, np.ndarray]:
    """Objective and gradient of a whole picture."""
    function = dream_gradient(model, [(layer, ())], weights, "float32")
    gradient = np.full_like(picture, np.nan)
    walk = whole_gradient(function, picture, gradient, tiles_of(picture.shape[:2], tile, shift))
    while True:
        try:
            next(walk)
        except StopIteration as end:
            return end.value.objective, gradient


def dreaming(network: keras.Model, layer: str, weights: tuple[float, ...] = (1.0,)) -> Any:
    return dream_gradient(tiny_models.loaded(network), [(layer, ())], weights, "float32")


def optimized(function: Any, picture: np.ndarray, **way: Any) -> Octave:
    octave = Octave(0, picture.copy())
    settings = {"steps": 5, "step_size": 0.01, "jitter": 3, "tile": 64, "seed": 0, **way}
    for _ in optimize_octave(function, octave, Way(**settings)):
        pass
    return octave


def test_the_parts_are_the_photograph_every_octave_and_the_way(tmp_path: Path) -> None:
    found = parts(tmp_path, tiny_models.random_convnet())
    assert [part.index for part in found] == [0, 1, 2, 3]
    assert [p.pictures["dream"].shape for p in found[1:3]] == [(23, 34, 3), (32, 48, 3)]  # 32/1.4 = 22.9, 48/1.4 = 34.3
    assert found[0].pictures["original"].shape == (32, 48, 3)
    assert found[3].arrays["history"].shape[1:] == (32, 48, 3)
    assert found[3].arrays["objective"].shape == (6,)
    np.testing.assert_array_equal(found[3].arrays["history"][0], found[0].pictures["original"])
    np.testing.assert_array_equal(found[3].arrays["history"][-1], found[2].pictures["dream"])
    for part in found:
        assert decode_part(encode_part(part)).facts == part.facts


def test_no_steps_return_the_photograph_at_every_octave(tmp_path: Path) -> None:
    found = parts(tmp_path, tiny_models.random_convnet(), steps=0, octaves=3, size=120)
    original = found[0].pictures["original"]
    np.testing.assert_array_equal(found[3].pictures["dream"], original)
    for part in found[1:4]:
        height, width = part.pictures["dream"].shape[:2]
        expected = np.stack([photograph_at(original, (height, width), c) for c in range(3)], -1)
        np.testing.assert_array_equal(part.pictures["dream"], np.round(expected * 255).astype(np.uint8))
        assert part.arrays["objective"].shape == (1,)


def test_lost_detail_is_the_photograph_less_its_small_version_enlarged() -> None:
    photograph = np.asarray(Image.fromarray((NOISE * 255).astype(np.uint8)))
    small = first_octave(photograph, (10, 15), 3)
    changed = np.clip(small + 0.1, 0, 1)
    for share in (0.0, 0.5, 1.0):
        larger = next_octave(changed, photograph, (20, 30), share)
        for c in range(3):
            lost = photograph[..., c] / 255 - enlarge(small[..., c])
            expected = np.clip(enlarge(changed[..., c]) + share * lost, 0, 1)
            np.testing.assert_allclose(larger[..., c], expected, atol=2e-6)


def enlarge(plane: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize((30, 20), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(("size", "tile"), [((20, 30), 8), ((7, 64), 64), ((65, 64), 64), ((5, 5), 3)])
def test_tiles_cover_every_pixel_exactly_once_however_the_picture_is_rolled(size: tuple[int, int], tile: int) -> None:
    for shift in ((0, 0), (3, -5), (-40, 100)):
        counts = np.zeros(size, int)
        tiles = tiles_of(size, tile, shift)
        for rows, columns in tiles:
            assert len(rows) <= tile and len(columns) <= tile
            counts[np.ix_(rows, columns)] += 1
        assert (counts == 1).all()
        assert len({len(rows) for rows, _ in tiles}) <= 2


def test_a_roll_moves_what_the_network_sees_and_nothing_else() -> None:
    ((rows, columns),) = tiles_of((20, 30), 64, (3, -5))
    np.testing.assert_array_equal(NOISE[np.ix_(rows, columns)], np.roll(NOISE, (3, -5), axis=(0, 1)))
    model = tiny_models.loaded(tiny_models.colour_filters(None))  # 1 × 1 filters: no place is special
    still, moved = (gradient_of(model, NOISE, 64, shift, "colours") for shift in ((0, 0), (7, -4)))
    assert moved[0] == pytest.approx(still[0])
    np.testing.assert_array_equal(moved[1], still[1])


def test_a_tiled_gradient_is_the_whole_one_where_the_receptive_field_allows() -> None:
    model = tiny_models.loaded(tiny_models.colour_filters(None))
    whole, tiled = gradient_of(model, NOISE, 64, (0, 0), "colours"), gradient_of(model, NOISE, 8, (3, 5), "colours")
    assert tiled[0] == pytest.approx(whole[0], rel=1e-5)
    np.testing.assert_allclose(tiled[1], whole[1], rtol=1e-4, atol=1e-9)
    # With 3 × 3 filters a seam is two pixels wide, and everything else is as it was.
    model = tiny_models.loaded(tiny_models.edge_filters(3))
    whole, tiled = gradient_of(model, NOISE, 64, (0, 0), "edges"), gradient_of(model, NOISE, 15, (0, 0), "edges")
    same = np.isclose(tiled[1], whole[1], rtol=1e-4, atol=1e-9).all(axis=-1)
    assert same[:, 2:13].mean() > 0.75 and same[2:8, 2:13].all() and not same.all()


def test_weighted_layers_add_up_to_the_number_worked_out_by_hand() -> None:
    model = tiny_models.loaded(tiny_models.colour_filters(None))
    x = NOISE
    reds = np.clip(np.stack([x[..., 0] - x[..., 1], x[..., 1] - x[..., 0], x[..., 2], x[..., 2] * 0 - 5], -1), 0, None)
    assert gradient_of(model, x, 64, (0, 0), "colours", (3.0,))[0] == pytest.approx(3 * (reds**2).mean(), rel=1e-5)
    channels = dream_gradient(model, [("colours", (0, 2))], (2.0,), "float32")
    assert channels.judge(x) == pytest.approx(reds[..., 0].mean() + reds[..., 2].mean(), rel=1e-5)
    assert channels.objective_and_gradient(x)[0] == pytest.approx(channels.judge(x))
    scaled = tiny_models.loaded(tiny_models.colour_filters(None), "0..255")
    assert gradient_of(scaled, x, 64, (0, 0), "colours")[0] == pytest.approx(255**2 * (reds**2).mean(), rel=1e-5)


def test_a_step_changes_pixels_by_the_step_size_on_average() -> None:
    grey = np.full((16, 16, 3), 0.5, np.float32) + 0.1 * NOISE[:16, :16]
    after = optimized(dreaming(tiny_models.colour_filters(None), "colours"), grey, steps=1, step_size=0.02)
    assert np.abs(after.picture - grey).mean() == pytest.approx(0.02, rel=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_objective_rises_and_falls_with_the_sign_of_its_weight(seed: int) -> None:
    for weight in (1.0, -1.0):
        function = dreaming(tiny_models.random_convnet(), "second", (weight,))
        curve = optimized(function, NOISE, seed=seed, steps=8).curve
        assert curve[-1] > curve[0]
        assert (weight > 0) == (abs(curve[-1]) > abs(curve[0]))


def test_the_ceiling_ends_an_octave() -> None:
    function = dreaming(tiny_models.random_convnet(), "first")
    free = optimized(function, NOISE, steps=8)
    ceiling = (free.curve[2] + free.curve[3]) / 2
    held = optimized(function, NOISE, steps=8, ceiling=ceiling)
    assert held.ended == "ceiling" and held.done == 3 and held.curve[-1] > ceiling
    np.testing.assert_array_equal(held.picture, optimized(function, NOISE, steps=3).picture)


def test_rolls_come_from_seed_octave_and_step_and_stay_within_bounds() -> None:
    way = Way(10, 0.01, 3, 64, 7)
    rolls = [roll_at(Octave(1, np.zeros((30, 200, 3))), way, step) for step in range(200)]
    assert rolls == [roll_at(Octave(1, np.zeros((30, 200, 3))), way, step) for step in range(200)]
    down, across = np.abs(np.array(rolls)).max(axis=0)
    assert down == 3 and 28 <= across <= 32, "several tiles across: seams move by up to half a tile"
    assert rolls != [roll_at(Octave(2, np.zeros((30, 200, 3))), way, step) for step in range(200)]


def test_a_seed_gives_the_same_dream_and_another_seed_another(tmp_path: Path) -> None:
    network = tiny_models.loaded(tiny_models.random_convnet())
    one, again, other = (parts(tmp_path, network, seed=seed)[2].pictures["dream"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_a_run_that_was_killed_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    network = tiny_models.loaded(tiny_models.random_convnet())
    whole = parts(tmp_path, network, octaves=3, size=80)
    rest = parts(tmp_path, network, frozenset({0, 1, 2}), octaves=3, size=80)
    assert [part.index for part in rest] == [3, 4]
    np.testing.assert_array_equal(rest[0].pictures["dream"], whole[3].pictures["dream"])
    np.testing.assert_array_equal(rest[1].arrays["history"], whole[4].arrays["history"])


def test_all_octaves_and_tiles_use_one_trace(tmp_path: Path) -> None:
    model = tiny_models.loaded(tiny_models.random_convnet())
    parts(tmp_path, model, octaves=3, size=200, tile=64)
    parts(tmp_path, model, octaves=2, size=64, layers="first:2", image="sample/coffee")
    assert list(model.compiled) == ["dream"]
    (ascent,) = model.compiled["dream"].values()
    assert {name: type(f).__name__ for name, f in ascent._traced.items()}.keys() == {"gradient", "evaluate"}


def test_a_grey_network_dreams_in_grey(tmp_path: Path) -> None:
    found = parts(tmp_path, tiny_models.edge_filters(), layers="edges")
    assert found[0].pictures["original"].shape == found[2].pictures["dream"].shape == (32, 48)
    assert found[3].arrays["history"].shape[-1] == 3
    assert found[2].facts["objective"] > found[2].facts["objective_start"]


def test_a_nested_layer_behind_preprocessing_by_its_short_name(tmp_path: Path) -> None:
    model = tiny_models.loaded(tiny_models.nested(), "0..255")
    found = parts(tmp_path, model, layers="deep:1,trunk/backbone/deeper:2")
    assert found[0].facts["layers"] == ["trunk/backbone/deep", "trunk/backbone/deeper:2"]
    assert found[2].facts["objective"] > found[1].facts["objective_start"]


def test_relative_units_start_from_the_sum_of_the_weights(tmp_path: Path) -> None:
    model = tiny_models.loaded(tiny_models.random_convnet())
    relative, raw = (
        parts(tmp_path, model, layers="first:2,second", octaves=1, steps=0, units=units)[1].facts["objective"]
        for units in ("relative", "raw")
    )
    assert relative == pytest.approx(3, rel=1e-4) and raw != pytest.approx(3, rel=0.1)


def test_without_layers_the_middle_of_the_network_dreams(tmp_path: Path) -> None:
    found = parts(tmp_path, tiny_models.random_convnet(), layers="")
    assert found[0].facts["layers"] and set(found[0].facts["layers"]) <= {"first", "pool", "second", "second:2"}


def test_something_is_yielded_between_tiles_and_the_share_only_grows(tmp_path: Path) -> None:
    said = [i for i in items(tmp_path, tiny_models.random_convnet(), size=200, tile=64) if isinstance(i, Progress)]
    shares = [one.fraction for one in said if one.fraction is not None]
    assert shares == sorted(shares) and shares[-1] <= 1
    assert len(shares) >= 2 * 3 * 6, "six tiles and more a step"
    assert said[-1].facts["metrics"]["steps"] == [3, 3]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"layers": "nowhere"}, "first"),
        ({"layers": "flatten"}, "height and a width"),
        ({"channels": "6"}, "below 6"),
        ({"channels": "first:2,first:99"}, "99"),
        ({"size": 4096, "image": "sample/astronaut"}, "16,000,000 pixels"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(tmp_path: Path, fields: dict[str, Any], expected: str) -> None:
    with pytest.raises((InvalidSpec, UnknownLayer), match=expected):
        items(tmp_path, tiny_models.random_convnet(), **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"layers": "a:0,b:0"}, "not 0"),
        ({"layers": "a,a:2"}, "twice"),
        ({"layers": "a:nan"}, "weight"),
        ({"layers": "a", "channels": "b:1"}, "Add it to `layers`"),
        ({"layers": "", "channels": "1"}, "whose channels"),
        ({"layers": "a", "channels": "x"}, "channel numbers"),
        ({"size": 64, "octaves": 8}, "at least 16 pixels, not 6"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidSpec, match=expected):
        DeepDream.from_fields({"model": "m", "image": "sample/cat", **fields})


def test_equal_requests_have_equal_keys() -> None:
    one = DeepDream.from_fields({"model": "m", "image": "sample/cat", "layers": "b:2.0, a:1", "channels": "a:3,1-2"})
    same = DeepDream(model="m", image="sample/cat", layers=("a", "b:2"), channels=(2, 1, "a:3"))  # type: ignore[arg-type]
    assert one.key() == same.key() and one.layers == ("a", "b:2")
    assert one.channels_of("a") == [1, 2, 3] and one.channels_of("b") == [1, 2]


def test_an_octave_below_the_networks_size_names_the_least(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 3, strides=2, name="a")(layers.Conv2D(2, 7, strides=4)(inputs))
    network = keras.Model(inputs, layers.Conv2D(2, 5, name="deep")(x))
    with pytest.raises(InvalidSpec, match="at least 47 pixels"):  # ((5 - 1) · 2 + 3 - 1) · 4 + 7
        items(tmp_path, network, layers="deep", octaves=3, size=72)
    assert parts(tmp_path, network, layers="deep", octaves=1, size=72)


def test_layers_without_a_gradient_or_an_answer_are_said(tmp_path: Path) -> None:
    inputs = keras.Input((None, None, 3))
    rounded = keras.Model(inputs, layers.Lambda(lambda x: keras.ops.floor(x), name="steps")(inputs))
    with pytest.raises(InvalidSpec, match=r"gradient|answer"):
        items(tmp_path, rounded, layers="steps")
    with pytest.raises(InvalidSpec, match="respond to this picture"):
        items(tmp_path, tiny_models.colour_filters(None), layers="colours", channels="3")


def test_nan_is_raised_and_never_drawn(tmp_path: Path) -> None:
    network = tiny_models.colour_filters(None)
    network.layers[1].set_weights([np.full((1, 1, 3, 4), np.nan, np.float32), np.zeros(4, np.float32)])
    with pytest.raises(NotFinite, match="finite"):
        items(tmp_path, network, layers="colours", units="raw")
