"""Filters that are turned copies of each other are found, with the symmetry that turns one into the other; others not.

Each was seen to fail with the matching line broken: turns with the clock, no reflection, the inverse symmetry, one
direction alone, the usual answer not taken off.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from shared.analyses.filter_twins.numbers import (
    ALIKE,
    INVERSE,
    SYMMETRIES,
    groups_of,
    kernel_likeness,
    likeness_of,
    pairs_of,
    really_different,
    stacked_responses,
    turn,
)
from shared.analyses.filter_twins.spec import FilterTwins
from shared.errors import InvalidSpec, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures.tiny_models import loaded, random_convnet
from tests.fixtures.worker_context import context
from worker.analyses.filter_twins import filter_twins
from worker.networks.models import LoadedModel

layers = keras.layers
# An L-shaped edge without any symmetry of its own: every position of it is another picture.
HOOK = np.array([[2, 1, -1], [1, 1, -2], [0, -1, -1]], np.float32)
RING = np.array([[1, 1, 1], [1, -8, 1], [1, 1, 1]], np.float32)


def hooks() -> LoadedModel:
    """Channels: a hook, the same turned by 90°, by 180°, mirrored, a ring, and the hook's negative."""
    kernels = [HOOK, turn(HOOK, 1), turn(HOOK, 2), turn(HOOK, 4), RING, -HOOK]
    inputs = keras.Input((None, None, 3))
    conv = layers.Conv2D(6, 3, padding="same", activation="relu", name="hooks")
    network = keras.Model(inputs, conv(inputs))
    weights = np.stack(kernels, -1)[:, :, None, :].repeat(3, axis=2)
    conv.set_weights([weights, np.zeros(6, np.float32)])
    return loaded(network)


def run(folder: Path, model: LoadedModel, finished: frozenset[int] = frozenset(), **fields: object) -> dict[int, Part]:
    spec = FilterTwins.from_fields(
        {"model": "m", "layer": "hooks", "size": 24, "steps": 24, "mode": "classic", "precision": "float32"} | fields
    )
    assert isinstance(spec, FilterTwins)
    found = list(filter_twins(spec, context(folder, finished, m=model)))
    assert any(isinstance(item, Progress) and item.total for item in found)
    return {p.index: decode_part(encode_part(p)) for p in found if isinstance(p, Part)}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Part]:
    return run(tmp_path_factory.mktemp("twins"), hooks())


def test_every_position_of_a_square_is_there_once_and_can_be_undone() -> None:
    seen = {turn(HOOK, s).tobytes() for s in range(len(SYMMETRIES))}
    assert len(seen) == len(SYMMETRIES) == 8
    for s, back in enumerate(INVERSE):
        assert np.array_equal(turn(turn(HOOK, s), back), HOOK)
    assert turn(np.array([[1, 2], [3, 4]]), 1).tolist() == [[2, 4], [1, 3]]  # against the clock
    assert turn(np.array([[1, 2], [3, 4]]), 4).tolist() == [[2, 1], [4, 3]]


def test_turned_copies_are_found_with_the_turn_that_makes_them(parts: dict[int, Part]) -> None:
    responses, places = stacked_responses({i: p.arrays["answers"] for i, p in parts.items()}, range(6))
    assert places == list(range(6)) and responses.shape == (6, 8, 6)
    likeness, symmetry = likeness_of(responses)
    assert likeness[0, 1] > 0.9 and SYMMETRIES[symmetry[0, 1]] == "turned 90°"
    assert likeness[0, 2] > 0.9 and SYMMETRIES[symmetry[0, 2]] == "turned 180°"
    assert likeness[0, 3] > 0.9 and SYMMETRIES[symmetry[0, 3]] == "mirrored"
    assert SYMMETRIES[symmetry[1, 0]] == "turned 270°"
    assert likeness[4, :4].max() < ALIKE  # the ring is a filter of its own
    assert np.array_equal(likeness, likeness.T)
    assert [row for row in really_different(likeness) if row < 5] == [0, 4]


def test_kernels_say_the_same_where_the_layer_sees_the_picture(parts: dict[int, Part]) -> None:
    kernels = np.stack([parts[i].arrays["kernel"] for i in range(6)], axis=-1)
    assert kernels.shape == (3, 3, 3, 6)
    likeness, symmetry = kernel_likeness(kernels)
    assert likeness[0, 1] == pytest.approx(1, abs=1e-5) and SYMMETRIES[symmetry[0, 1]] == "turned 90°"
    assert SYMMETRIES[symmetry[1, 0]] == "turned 270°" and SYMMETRIES[symmetry[0, 3]] == "mirrored"
    assert likeness[0, 4] < 0.5


def test_answers_worked_out_by_hand() -> None:
    """Two channels. Tile 0 as it is: 10 and 2; turned by 90°: 2 and 8. Tile 1: 2 and 8; turned back: 10 and 2."""
    responses = np.full((2, 8, 2), 2.0, np.float32)
    responses[0, 0], responses[0, 1] = (10, 2), (2, 7)
    responses[1, 0], responses[1, 3] = (2, 8), (8, 2)
    likeness, symmetry = likeness_of(responses)
    # Forwards (7 − 2) / (8 − 2) = 5/6, backwards (8 − 2) / (10 − 2) = 3/4: the smaller one counts.
    assert likeness[0, 1] == pytest.approx(0.75) and symmetry[0, 1] == 1 and symmetry[1, 0] == 3
    assert [(p.first, p.second, p.symmetry) for p in pairs_of(likeness, symmetry, [5, 9], 0.5)] == [(5, 9, 1)]


def test_a_channel_that_answers_to_everything_alike_is_no_twin() -> None:
    responses = np.random.default_rng(0).uniform(0, 1, (4, 8, 4)).astype(np.float32)
    for c in range(3):
        responses[c, 0, c] = 9
    responses[:, :, 3] = 50
    likeness, _ = likeness_of(responses)
    assert likeness[3, :3].max() == 0 and likeness[:3, 3].max() == 0


def test_really_different_walks_along_a_chain() -> None:
    chain = np.eye(3) + np.array([[0, 0.9, 0], [0.9, 0, 0.9], [0, 0.9, 0]])
    assert really_different(chain) == [0, 2]


def test_pairs_come_most_alike_first_and_no_more_than_asked() -> None:
    likeness = np.eye(4)
    likeness[0, 1] = likeness[1, 0] = 0.6
    likeness[2, 3] = likeness[3, 2] = 0.8
    found = pairs_of(likeness, np.zeros((4, 4), np.int8), [1, 3, 5, 7], 0.5)
    assert [(p.first, p.second) for p in found] == [(5, 7), (1, 3)]
    assert len(pairs_of(likeness, np.zeros((4, 4), np.int8), [1, 3, 5, 7], 0.5, most=1)) == 1


def test_finished_tiles_are_not_made_again(tmp_path: Path, parts: dict[int, Part]) -> None:
    rest = run(tmp_path, hooks(), frozenset({0, 1, 2, 3}))
    assert set(rest) == {4, 5}
    assert np.array_equal(rest[4].arrays["answers"], parts[4].arrays["answers"])


def test_deeper_layers_have_no_kernel_to_turn_and_grey_models_work(tmp_path: Path) -> None:
    parts = run(tmp_path, loaded(random_convnet(16, channels=1)), layer="second", size=16, steps=2, channels="0,2")
    assert set(parts) == {0, 1} and "kernel" not in parts[0].arrays
    assert parts[0].pictures["tile"].shape == (16, 16) and parts[1].arrays["answers"].shape == (8, 8)


def test_a_layer_without_maps_and_a_channel_beyond_it_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match="feature maps"):
        run(tmp_path, loaded(random_convnet(16)), layer="classes", size=16)
    with pytest.raises(InvalidSpec, match="below 8"):
        run(tmp_path, loaded(random_convnet(16)), layer="second", size=16, channels="3,8")


def test_every_channel_is_in_one_group_with_the_one_it_is_like() -> None:
    likeness = np.eye(5, dtype=np.float32)
    for one, other, value in ((0, 2, 0.9), (0, 4, 0.85), (2, 4, 0.5), (1, 3, 0.82)):
        likeness[one, other] = likeness[other, one] = value
    symmetry = np.arange(25, dtype=np.int8).reshape(5, 5) % 8
    groups = groups_of(likeness, symmetry, [10, 11, 12, 13, 14], 0.8)
    assert [(g.first, [p.second for p in g.others]) for g in groups] == [(10, [12, 14]), (11, [13])]
    assert [(p.symmetry, round(p.likeness, 2)) for p in groups[0].others] == [(2, 0.9), (4, 0.85)]
    assert len(groups_of(likeness, symmetry, [10, 11, 12, 13, 14], 0.84)) == 3, "1 and 3 alone, 2 and 4 with 0"
    assert len(groups_of(likeness, symmetry, [10, 11, 12, 13, 14], 0.84)) == len(really_different(likeness, 0.84))
