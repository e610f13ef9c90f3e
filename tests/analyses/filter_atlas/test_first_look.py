"""An atlas shows all its tiles coarsely before it refines any, and refines them to exactly what it would make alone."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.analyses import FilterAtlas
from shared.results import Part, Progress
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses.filter_atlas import filter_atlas
from worker.ascent import layer_ascent as module
from worker.ascent.layer_ascent import look_steps


def items(
    folder: Path,
    network: keras.Model,
    previewed: tuple[int, ...] = (),
    finished: tuple[int, ...] = (),
    **fields: object,
) -> list[Part | Progress]:
    """All items of an atlas of `network`, long enough for a first look."""
    chosen = {"model": "tiny", "layer": "first", "size": 16, "steps": 32, "precision": "float32", **fields}
    around = context(folder, frozenset(finished), tiny=tiny_models.loaded(network))
    return list(filter_atlas(FilterAtlas(**chosen), replace(around, previewed=frozenset(previewed))))


def previews_of(found: list[Part | Progress]) -> list[Part]:
    return [part for item in found if isinstance(item, Progress) for part in item.previews]


def parts_of(found: list[Part | Progress]) -> list[Part]:
    return sorted((item for item in found if isinstance(item, Part)), key=lambda part: part.index)


def test_every_tile_is_previewed_before_the_first_is_finished(tmp_path: Path) -> None:
    found = items(tmp_path, tiny_models.random_convnet())
    first_part = next(n for n, item in enumerate(found) if isinstance(item, Part))
    assert {part.index for part in previews_of(found[:first_part])} == set(range(6))
    assert len(previews_of(found)) == 6
    for preview, part in zip(previews_of(found), parts_of(found), strict=True):
        assert preview.pictures["tile"].shape == part.pictures["tile"].shape
        assert preview.facts["channel"] == part.facts["channel"]
        assert preview.facts["objective"] > preview.facts["objective_start"]


@pytest.mark.parametrize("mode", ["classic", "lucid"])
def test_the_finished_tiles_are_bit_for_bit_those_without_a_first_look(tmp_path: Path, mode: str) -> None:
    network = tiny_models.random_convnet()
    looked = parts_of(items(tmp_path, network, mode=mode, step_size=None))
    straight = items(tmp_path, network, tuple(range(6)), mode=mode, step_size=None)
    assert not previews_of(straight)
    for one, other in zip(looked, parts_of(straight), strict=True):
        np.testing.assert_array_equal(one.pictures["tile"], other.pictures["tile"])
        np.testing.assert_array_equal(one.arrays["objective"], other.arrays["objective"])


def test_progress_rises_through_the_look_and_the_rest(tmp_path: Path) -> None:
    found = items(tmp_path, tiny_models.random_convnet())
    shares = [item.fraction for item in found if isinstance(item, Progress) and item.fraction is not None]
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1
    looking = [i.fraction for i in found if isinstance(i, Progress) and "look" in i.stage and i.fraction is not None]
    assert looking and max(looking) < 0.1


def test_an_attempt_that_goes_on_looks_only_at_what_was_not_seen(tmp_path: Path) -> None:
    found = items(tmp_path, tiny_models.random_convnet(), previewed=(1, 2, 3), finished=(0,))
    assert [part.index for part in previews_of(found)] == [4, 5]
    assert [part.index for part in parts_of(found)] == [1, 2, 3, 4, 5]


def test_a_channel_that_stays_silent_has_no_preview(tmp_path: Path) -> None:
    found = items(tmp_path, tiny_models.colour_filters(), layer="colours", mode="classic", step_size=None)
    dead = {part.index for part in parts_of(found) if part.facts["dead"]}
    assert dead and dead.isdisjoint(part.index for part in previews_of(found))


def test_few_steps_need_no_first_look(tmp_path: Path) -> None:
    assert [look_steps(steps) for steps in (4, 19, 20, 30, 64, 4096)] == [0, 0, 2, 3, 3, 3]
    assert not previews_of(items(tmp_path, tiny_models.random_convnet(), steps=12))


@pytest.mark.parametrize(("mode", "times"), [("classic", 1), ("lucid", 2), ("maco", 2)])
def test_a_look_takes_three_steps_as_long_as_suits_the_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, times: int
) -> None:
    real, taken = module.optimize, []

    def watched(ascent, numbers, rows, steps, step_size, *rest):  # type: ignore[no-untyped-def]
        taken.append((steps, step_size))
        return real(ascent, numbers, rows, steps, step_size, *rest)

    monkeypatch.setattr(module, "optimize", watched)
    items(tmp_path, tiny_models.random_convnet(), mode=mode, step_size=0.02, channels=(0,))
    assert taken == [(4, 0.02 * times), (32, 0.02)]


def test_a_look_that_does_not_fit_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = module.optimize, []

    def short_of_memory(ascent, numbers, rows, steps, *rest):  # type: ignore[no-untyped-def]
        asked.append(steps)
        if steps < 32:
            raise MemoryError
        return real(ascent, numbers, rows, steps, *rest)

    monkeypatch.setattr(module, "optimize", short_of_memory)
    found = items(tmp_path, tiny_models.random_convnet())
    assert not previews_of(found) and len(parts_of(found)) == 6
    assert asked[:2] == [4, 32] and set(asked[2:]) == {32}
