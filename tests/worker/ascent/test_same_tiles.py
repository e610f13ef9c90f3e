"""A tile is the same to the bit whoever makes it, in whatever company, and whatever was finished before.

On a network whose bits do depend on how many pictures go through it together, as the first test makes sure.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from shared.analyses import ClassMaximization, FilterAtlas, FilterTwins
from shared.analyses.class_maximization.spec import class_parts
from shared.part_sources import ListedParts, Series
from shared.results import Part
from tests.fixtures.worker_context import context
from worker.analyses.class_maximization import class_batch, class_maximization
from worker.analyses.context import RunContext
from worker.analyses.filter_atlas import filter_atlas
from worker.analyses.filter_twins import filter_twins
from worker.ascent import layer_ascent as module
from worker.ascent.layer_ascent import even_batch, run_batch
from worker.networks.models import LoadedModel, WarmModels

ATLAS = FilterAtlas(
    model="keras/mobilenetv2/random", layer="block_2_expand_relu", size=64, steps=3, channels="0-10",
    precision="float32",
)  # fmt: skip
TWINS = FilterTwins(
    model="keras/mobilenetv2/random",
    layer="block_2_expand_relu",
    size=64,
    steps=3,
    channels="0-6",
    precision="float32",
)
CLASSES = ClassMaximization(
    model="keras/mobilenetv2/random", classes="1,2,3,4,5", size=64, steps=3, precision="float32"
)
RUNS = {"filter_atlas": (filter_atlas, ATLAS), "filter_twins": (filter_twins, TWINS),
        "class_maximization": (class_maximization, CLASSES)}  # fmt: skip


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """A context with the network warm."""
    made = context(tmp_path_factory.mktemp("data"))
    network: LoadedModel = WarmModels(made.library).load("keras/mobilenetv2/random")
    made.models._handed["keras/mobilenetv2/random"] = network  # type: ignore[attr-defined]
    return made


def parts_of(items: Iterator[object]) -> dict[int, Part]:
    return {item.index: item for item in items if isinstance(item, Part)}


def differing(one: dict[int, Part], other: dict[int, Part]) -> set[int]:
    """Parts of which an array or a picture is not the same to the bit."""
    return {
        index
        for index, part in one.items()
        for kind in ("arrays", "pictures")
        for name, values in getattr(part, kind).items()
        if not np.array_equal(values, getattr(other[index], kind)[name])
    }


def test_another_length_of_batch_makes_other_bits(around: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = parts_of(filter_atlas(ATLAS, around))
    monkeypatch.setattr(module, "CPU_BATCHES", (3, 3))
    assert differing(usual, parts_of(filter_atlas(ATLAS, around)))


@pytest.mark.parametrize("kind", RUNS)
def test_parts_that_two_workers_made_are_those_of_one(kind: str, around: RunContext) -> None:
    analysis, spec = RUNS[kind]
    alone = parts_of(analysis(spec, around))
    theirs = set(list(alone)[1::3])

    def left_by_others(mine: set[int]) -> Callable[[Series], ListedParts]:
        return lambda series: ListedParts(i for i in range(series.first, series.total, series.step) if i in mine)

    shared = {
        **parts_of(analysis(spec, replace(around, shared=left_by_others(set(alone) - theirs)))),
        **parts_of(analysis(spec, replace(around, shared=left_by_others(theirs)))),
    }
    assert sorted(shared) == sorted(alone)
    assert not differing(alone, shared)


@pytest.mark.parametrize("kind", RUNS)
def test_an_attempt_that_goes_on_makes_the_same(kind: str, around: RunContext) -> None:
    analysis, spec = RUNS[kind]
    alone = parts_of(analysis(spec, around))
    rest = parts_of(analysis(spec, replace(around, finished=frozenset(list(alone)[:4]))))
    assert sorted(rest) == sorted(list(alone)[4:]) and not differing(rest, alone)


@pytest.mark.parametrize(
    ("total", "memory", "batch"),
    [(256, 0, 16), (64, 0, 8), (16, 0, 4), (9, 0, 3), (3, 0, 3), (1, 0, 1), (512, 10**9, 64), (64, 10**9, 32),
     (40, 10**9, 20), (512, 10**8, 47)],
)  # fmt: skip
def test_batches_of_a_run_are_even_and_enough_for_several_workers(total: int, memory: int, batch: int) -> None:
    assert run_batch(total, 10**6, memory) == batch


def test_filling_up_costs_less_than_one_picture_a_batch() -> None:
    for total in range(1, 300):
        for at_most in (1, 3, 4, 16, 256):
            batch = even_batch(total, at_most)
            batches = -(-total // batch)
            assert batch <= at_most and batch * batches - total < batches


def test_classes_are_cut_in_two_at_least() -> None:
    assert [class_batch(n, 4) for n in (1, 2, 3, 4, 5, 16)] == [1, 1, 2, 2, 3, 4]
    assert len(class_parts(CLASSES)) == 10
