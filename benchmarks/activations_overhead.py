"""Warm `activations` of VGG16 at 224 px, all layers, encoded: against the bare forward pass, in one run.

The two take turns, so that whatever else the machine does falls on both.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from shared.analyses import Activations
from shared.client import Client
from shared.results import Part, encode_part
from shared.settings import Settings
from worker.analyses.activations import activations
from worker.analyses.context import RunContext
from worker.networks.models import WarmModels

ROUNDS = 15
MODEL = "keras/vgg16/random"
# Two pictures in turn: a second one must not be traced again.
IMAGES = ("sample/cat", "sample/coffee")


def main() -> None:
    """Print both medians, their ratio, and the goal."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        bare = _bare_pass(context)
        analysis = _analysis(context)
        analysis()
        bare()
        pairs = [(_milliseconds(bare), _milliseconds(analysis)) for _ in range(ROUNDS)]
    passed, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
    goal = 1.5 * passed + 150
    print(f"activations of VGG16, 224 px, all layers, encoded: {whole:.0f} ms warm; bare forward pass {passed:.0f} ms, "
          f"ratio {whole / passed:.2f} (goal: at most 1.5 × {passed:.0f} + 150 = {goal:.0f} ms)")  # fmt: skip


def _context(folder: Path) -> RunContext:
    settings = Settings(data=folder)
    client = Client(settings, store=object())  # type: ignore[arg-type]
    return RunContext(WarmModels(client.library), client.library)


def _bare_pass(context: RunContext) -> Callable[[], object]:
    network = context.models.load(MODEL).network
    run = tf.function(lambda pictures: network(pictures, training=False), autograph=False)
    pictures = tf.random.uniform((1, 224, 224, 3))
    return lambda: run(pictures).numpy()


def _analysis(context: RunContext) -> Callable[[], object]:
    turn = iter(IMAGES * (ROUNDS + 1))

    def run() -> int:
        items = activations(Activations(model=MODEL, image=next(turn)), context)
        return sum(len(encode_part(item)) for item in items if isinstance(item, Part))

    return run


def _milliseconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
