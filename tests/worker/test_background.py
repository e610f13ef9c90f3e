"""Work beside an analysis: it reports meanwhile, its result and its errors arrive, and cancelling does not wait.

Mutations that were tried, each caught: the work done before the first yield, its error swallowed, an abandoned thread
forgotten, the wait for it left out.
"""

import threading
from collections.abc import Generator
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import UnknownLayer
from shared.results import Progress
from tests.fixtures import tiny_models
from worker.analyses import background as while_waiting
from worker.analyses.background import rest_of_abandoned_work, yielding


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report a hundred times a second, and leave nothing to the next test."""
    monkeypatch.setattr(while_waiting, "SILENT_SECONDS", 0.01)


def outcome(work: Generator[Progress, None, Any]) -> tuple[Any, list[Progress]]:
    """What the work returned, and what was yielded on the way."""
    seen: list[Progress] = []

    def through() -> Generator[Progress, None, Any]:
        return (yield from work)

    generator = through()
    while True:
        try:
            seen.append(next(generator))
        except StopIteration as end:
            return end.value, seen


def test_the_result_arrives_and_the_wait_is_reported() -> None:
    gate = threading.Event()
    work = yielding(lambda: gate.wait(10) and "done", Progress("tracing", total=3, facts={"a": 1}))
    first, second = next(work), next(work)
    assert (first.stage, first.total, first.facts) == ("tracing", 3, {"a": 1})
    assert second.stage.startswith("tracing, ") and second.total is None and not second.facts
    gate.set()
    found, _ = outcome(work)
    assert found == "done"


def test_nothing_is_begun_before_it_is_announced() -> None:
    begun = threading.Event()
    work = yielding(begun.set, "later")
    assert next(work).stage == "later" and not begun.is_set()
    outcome(work)
    assert begun.is_set()


def test_quick_work_reports_once() -> None:
    assert outcome(yielding(lambda: 7, "quick")) == (7, [Progress("quick")])


def test_an_error_of_the_work_is_the_analysis_s_own() -> None:
    def fail() -> None:
        raise UnknownLayer("Expected a layer. Received: nothing.")

    with pytest.raises(UnknownLayer, match="Expected a layer"):
        outcome(yielding(fail, "failing"))


def test_cancelling_does_not_wait_but_whoever_comes_next_does() -> None:
    gate, ended = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait(10)
        ended.set()

    abandoned = yielding(work, "long")
    next(abandoned), next(abandoned)
    abandoned.close()  # what a cancelled run does to its analysis
    assert not ended.is_set()
    rest = rest_of_abandoned_work()
    assert "cancelled" in next(rest).stage
    gate.set()
    assert all("cancelled" in one.stage for one in rest) and ended.is_set()
    assert list(rest_of_abandoned_work()) == []


def test_a_network_made_and_run_in_the_thread_is_the_one_made_here() -> None:
    """What Keras keeps a thread (names, scopes, policies) must not change names or numbers."""
    pictures = np.random.default_rng(0).uniform(0, 1, (1, 16, 16, 3)).astype(np.float32)

    def make() -> tuple[keras.Model, np.ndarray]:
        keras.utils.set_random_seed(0)
        network = tiny_models.random_convnet()
        return network, np.asarray(network(pictures))

    (here, expected), ((there, found), _) = make(), outcome(yielding(make, "making"))
    assert [layer.name for layer in there.layers] == [layer.name for layer in here.layers]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.asarray(there(pictures)), expected)
