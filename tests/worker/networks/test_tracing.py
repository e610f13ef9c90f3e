"""A worker that traces for weeks: nothing that was traced stays behind once it is dropped."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from shared.analyses import Attribution, DeepDream, Playground, TrainingRun
from tests.fixtures.learnable_datasets import add_squares, drain
from tests.fixtures.worker_context import context
from worker.analyses.attribution import attribution
from worker.analyses.deep_dream.analysis import deep_dream
from worker.analyses.playground.analysis import playground
from worker.analyses.training_run.analysis import training_run
from worker.networks.tracing import trace_function, tracing

MODEL = "keras/mobilenetv2/random"


def registered() -> int:
    """How many gradients TensorFlow knows."""
    return len(ops.gradient_registry.list())


def swish_slope(values: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(tf.nn.silu(values))  # one of TensorFlow's own custom gradients
    return tape.gradient(total, values)


def test_a_dropped_function_takes_its_graph_along() -> None:
    function = trace_function(swish_slope, tf.TensorSpec([3], tf.float32))
    assert function(tf.zeros(3)).numpy().tolist() == [0.5, 0.5, 0.5]
    graph = weakref.ref(function.graph)
    del function
    gc.collect()
    assert graph() is None


def test_a_function_that_traces_when_it_is_called_forgets_too() -> None:
    function, before = tracing(tf.function(swish_slope)), registered()
    for size in (2, 3):
        assert function(tf.zeros(size)).numpy().tolist() == [0.5] * size
    assert registered() == before


@pytest.mark.parametrize(
    ("analysis", "spec"),
    [
        (attribution, Attribution(model=MODEL, image="sample/cat", classes=(3,), methods=("guided_backprop",))),
        (deep_dream, DeepDream(model=MODEL, image="sample/cat", size=128, octaves=1, steps=1, precision="float32")),
        (playground, Playground(stages=[{"type": "activation", "function": "silu"}])),
    ],
)
def test_no_analysis_leaves_gradients_behind(tmp_path: Path, analysis: Any, spec: Any) -> None:
    before = registered()
    for _ in analysis(spec, context(tmp_path)):
        pass
    assert registered() == before


def test_training_leaves_none_behind(tmp_path: Path) -> None:
    here = context(tmp_path)
    spec = TrainingRun(dataset=add_squares(here), network="compact", size=24, epochs=1, batch=16)
    before = registered()
    drain(training_run(spec, here), [])
    assert registered() == before
