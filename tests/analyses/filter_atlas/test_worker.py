"""The atlas as a generator: what it yields, for whom it tries again, what it refuses."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.analyses import FilterAtlas
from shared.errors import DoesNotFit, InvalidSpec, NotFinite, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context, middle_square
from worker.analyses.filter_atlas import filter_atlas
from worker.ascent import layer_ascent as module


def run(folder: Path, network: keras.Model, finished: frozenset[int] = frozenset(), **fields: object) -> list[object]:
    """All items of an atlas of `network`."""
    chosen = {"model": "tiny", "layer": "first", "size": 16, "steps": 4, "precision": "float32", **fields}
    return list(filter_atlas(FilterAtlas(**chosen), context(folder, finished, tiny=tiny_models.loaded(network))))


def parts_of(items: list[object]) -> list[Part]:
    return [i for i in items if isinstance(i, Part)]


def test_every_channel_is_one_part_with_tile_curve_and_facts(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.random_convnet()))
    assert sorted(p.index for p in parts) == list(range(6))
    for part in parts:
        assert part.name == f"channel {part.index}"
        assert part.pictures["tile"].shape == (16, 16, 3)
        assert part.pictures["tile"].dtype == np.uint8
        assert part.arrays["objective"].shape == (4,)
        assert part.arrays["objective"].dtype == np.float32
        assert part.facts["objective"] == part.arrays["objective"][-1] > part.facts["objective_start"]
        assert decode_part(encode_part(part)).facts == part.facts


def test_the_total_is_told_before_the_first_part(tmp_path: Path) -> None:
    items = run(tmp_path, tiny_models.random_convnet())
    told = [i.total for i in items if isinstance(i, Progress) and i.total is not None]
    assert told == [6]
    first_part = next(n for n, i in enumerate(items) if isinstance(i, Part))
    assert any(isinstance(i, Progress) and i.total == 6 for i in items[:first_part])


def test_progress_never_falls_and_stays_below_one(tmp_path: Path) -> None:
    items = run(tmp_path, tiny_models.random_convnet(), steps=6)
    shares = [i.fraction for i in items if isinstance(i, Progress) and i.fraction is not None]
    assert shares == sorted(shares)
    assert shares[0] > 0 and shares[-1] <= 1


def test_chosen_channels_keep_their_own_numbers(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.random_convnet(), channels=(1, 4)))
    assert [(p.index, p.facts["channel"]) for p in sorted(parts, key=lambda p: p.index)] == [(0, 1), (1, 4)]


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.random_convnet(), finished=frozenset({0, 2, 5})))
    assert sorted(p.index for p in parts) == [1, 3, 4]


def test_a_tile_does_not_depend_on_which_others_are_made_with_it(tmp_path: Path) -> None:
    network = tiny_models.random_convnet()
    all_of_them = {p.facts["channel"]: p for p in parts_of(run(tmp_path, network))}
    (alone,) = parts_of(run(tmp_path, network, channels=(3,)))
    difference = alone.pictures["tile"].astype(int) - all_of_them[3].pictures["tile"].astype(int)
    assert np.abs(difference).max() <= 2


def test_a_dead_channel_is_tried_again_then_labelled(tmp_path: Path) -> None:
    parts = {p.facts["channel"]: p for p in parts_of(run(tmp_path, tiny_models.colour_filters(), layer="colours"))}
    assert parts[3].facts["dead"] is True
    assert parts[3].facts["starts"] == 4, "the first start and three more"
    assert parts[3].facts["reason"] == "dead on 4 starts"
    assert np.unique(parts[3].pictures["tile"]).tolist() == [128], "what woke nothing is not shown as a finding"
    assert parts[2].facts["dead"] is False
    assert parts[2].facts["starts"] == 1


def test_a_channel_of_vanishing_weights_is_dead_even_where_it_rises(tmp_path: Path) -> None:
    # MobileNetV2's Conv1 has nine such filters. They rose from -6e-23 to -4e-23, and grey tiles counted as living.
    network = tiny_models.colour_filters()
    kernel, bias = network.get_layer("colours").get_weights()
    network.get_layer("colours").set_weights([kernel * 1e-20, bias * 0])
    parts = parts_of(run(tmp_path, network, layer="colours", mode="lucid", step_size=None))
    assert [p.facts["dead"] for p in parts] == [True] * 4


def test_no_restarts_are_made_when_none_are_asked_for(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.colour_filters(), layer="colours", restarts=0))
    assert {p.facts["starts"] for p in parts} == {1}


def test_grey_models_give_grey_tiles(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.edge_filters(1), layer="edges"))
    assert {p.pictures["tile"].shape for p in parts} == {(16, 16)}


@pytest.mark.parametrize(
    ("mode", "activation", "size"),
    [
        ("classic", "relu6", 28),
        ("lucid", "relu6", 28),
        ("lucid", "silu", 28),
        ("lucid", "gelu", 64),
        ("maco", "relu", 28),
    ],
)
def test_small_grey_networks_of_every_activation_have_an_atlas(
    tmp_path: Path, mode: str, activation: str, size: int
) -> None:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    body = [
        layers.Conv2D(4, 3, activation=activation),
        layers.MaxPooling2D(),
        layers.Conv2D(4, 3, bias_initializer="ones"),
    ]
    network = keras.Sequential([keras.Input((28, 28, 1)), *body, layers.Activation(activation, name="answer")])
    parts = parts_of(run(tmp_path, network, layer="answer", mode=mode, size=size, steps=24, step_size=None))
    assert {p.pictures["tile"].shape for p in parts} == {(size, size)} and len(parts) == 4
    alive = [p for p in parts if not p.facts["dead"]]
    assert len(alive) >= 3
    assert all(p.pictures["tile"].std() > 5 for p in alive), "a tile shows something"
    assert np.mean([p.facts["objective"] > p.facts["objective_start"] for p in alive]) > 0.7


def test_a_nested_layer_has_an_atlas(tmp_path: Path) -> None:
    parts = parts_of(run(tmp_path, tiny_models.nested(), layer="trunk/backbone/deeper", size=24))
    assert len(parts) == 4
    assert all(p.facts["objective"] > p.facts["objective_start"] for p in parts)


def test_an_atlas_may_start_from_a_picture(tmp_path: Path) -> None:
    still = parts_of(run(tmp_path, tiny_models.random_convnet(), image="sample/cat", size=32, steps=1, step_size=1e-6))
    cat = middle_square(32)
    np.testing.assert_allclose(still[0].pictures["tile"], cat * 255, atol=1)


def test_too_large_a_batch_is_halved_until_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = module.optimize

    def short_of_memory(ascent, numbers, *args):  # type: ignore[no-untyped-def]
        sizes.append(len(numbers["channel"]))
        if len(numbers["channel"]) > 2:
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return real(ascent, numbers, *args)

    monkeypatch.setattr(module, "optimize", short_of_memory)
    monkeypatch.setattr(module, "BATCHES_A_RUN", 1)
    items = run(tmp_path, tiny_models.random_convnet())
    assert sorted(p.index for p in parts_of(items)) == list(range(6))
    assert sizes[:3] == [6, 3, 1]
    assert max(sizes[2:]) == 1
    assert [i for i in items if isinstance(i, Progress)][-1].facts["metrics"]["batch"] == 1


def test_one_channel_that_does_not_fit_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never_fits(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(module, "optimize", never_fits)
    with pytest.raises(DoesNotFit, match="smaller size"):
        run(tmp_path, tiny_models.random_convnet())


@pytest.mark.parametrize(
    ("fields", "error", "text"),
    [
        ({"layer": "frist"}, UnknownLayer, "Did you mean first"),
        ({"layer": "classes"}, UnknownLayer, r"feature maps.*Received: 'classes"),
        ({"channels": (2, 6, 9)}, InvalidSpec, r"below 6.*Received: 6, 9"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    tmp_path: Path, fields: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        run(tmp_path, tiny_models.random_convnet(), **fields)


def test_a_model_with_nan_weights_is_refused(tmp_path: Path) -> None:
    from worker.networks.models import with_finite_weights

    network = tiny_models.random_convnet()
    kernel, bias = network.get_layer("second").get_weights()
    kernel[0, 0, 0, 0] = np.nan
    network.get_layer("second").set_weights([kernel, bias])
    with pytest.raises(NotFinite, match="second/kernel"):
        with_finite_weights(tiny_models.loaded(network))
