"""Warm heat maps of VGG16 at 224 px against the bare computation, in one run; the two take turns.

Grad-CAM: one traced forward pass and one gradient at block5_conv3. Integrated Gradients: 64 steps in batches, against a
plain loop over equal batches of a traced gradient.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from shared.analyses.attribution.spec import Attribution
from shared.client import Client
from shared.results import Part, encode_part
from shared.settings import Settings
from worker.analyses.attribution import attribution
from worker.analyses.context import RunContext
from worker.networks.capture import layer_outputs
from worker.networks.models import WarmModels

GRAD_CAM_ROUNDS, INTEGRATED_ROUNDS, STEPS, LOOP_BATCH = 15, 3, 64, 8
MODEL, LAYER = "keras/vgg16/random", "block5_conv3"
# Two pictures in turn: a second one must not be traced again.
IMAGES = ("sample/cat", "sample/coffee")


def main() -> None:
    """Print both medians, their ratio and the goal, for each method."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        _compare("Grad-CAM", context, _bare_grad_cam(context), {"methods": "grad_cam"}, GRAD_CAM_ROUNDS, (1.3, 80))
        integrated = {"methods": "integrated_gradients", "steps": STEPS}
        _compare(
            f"Integrated Gradients, {STEPS} steps", context, _bare_loop(context), integrated, INTEGRATED_ROUNDS, (1, 0)
        )


def _compare(
    name: str, context: RunContext, bare: Callable[[], object], fields: dict[str, object], rounds: int,
    goal: tuple[float, float],
) -> None:  # fmt: skip
    analysis = _analysis(context, fields)
    analysis()
    bare()
    pairs = [(_milliseconds(bare), _milliseconds(analysis)) for _ in range(rounds)]
    plain, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
    most = goal[0] * plain + goal[1]
    print(f"{name} of VGG16, 224 px, encoded: {whole:.0f} ms warm; bare computation {plain:.0f} ms, ratio "
          f"{whole / plain:.2f} (goal: at most {goal[0]} × {plain:.0f} + {goal[1]} = {most:.0f} ms)",
          flush=True)  # fmt: skip


def _context(folder: Path) -> RunContext:
    settings = Settings(data=folder)
    client = Client(settings, store=object())  # type: ignore[arg-type]
    return RunContext(WarmModels(client.library), client.library)


def _logit(network: tf.Module, output: tf.Tensor) -> tf.Tensor:
    """Of class 3, from what goes into the last Dense."""
    head = network.get_layer("predictions")
    return tf.matmul(output, head.kernel[:, 3:4]) + head.bias[3]


def _bare_grad_cam(context: RunContext) -> Callable[[], object]:
    network = context.models.load(MODEL).network

    @tf.function(autograph=False)
    def run(pictures: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            found = layer_outputs(network, [LAYER, "fc2"], pictures)
            logit = _logit(network, found["fc2"])
        return found[LAYER], tape.gradient(logit, found[LAYER])

    pictures = tf.random.uniform((1, 224, 224, 3))
    return lambda: [one.numpy() for one in run(pictures)]


def _bare_loop(context: RunContext) -> Callable[[], object]:
    network = context.models.load(MODEL).network

    @tf.function(autograph=False)
    def slopes(pictures: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            logits = _logit(network, layer_outputs(network, ["fc2"], pictures)["fc2"])
        return tape.gradient(logits, pictures)

    picture = np.random.default_rng(0).random((1, 224, 224, 3), np.float32)
    way = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None, None, None]

    def run() -> np.ndarray:
        parts = [slopes(tf.constant(way[i : i + LOOP_BATCH] * picture)).numpy() for i in range(0, STEPS, LOOP_BATCH)]
        return picture * np.concatenate(parts).mean(0)

    return run


def _analysis(context: RunContext, fields: dict[str, object]) -> Callable[[], object]:
    turn = iter(IMAGES * 100)

    def run() -> int:
        spec = Attribution(model=MODEL, image=next(turn), classes=[3], **fields)
        return sum(len(encode_part(item)) for item in attribution(spec, context) if isinstance(item, Part))

    return run


def _milliseconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
