"""Seconds a channel: this project's atlas against a plain loop, in one run, alternating.

The plain loop does what the well-known example does: a feature extractor that ends at the layer, one
channel at a time, its number a Python integer (so that every channel is traced anew), the gradient
normalised, a 2-pixel border left out. Same model, layer, size and steps.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.client import Client
from shared.job_specs import FilterAtlas
from shared.results import Part
from shared.settings import Settings
from worker.analyses.context import RunContext
from worker.analyses.filter_atlas import filter_atlas
from worker.devices import cpu_precisions
from worker.models import WarmModels

LAYER, SIZE, STEPS, CHANNELS, ROUNDS = "block3_conv1", 128, 30, 16, 3
# An L2-normalised gradient times this moves a picture as far as a root mean square of 4 of 255 grey levels.
STEP_LENGTH = 4 * float(np.sqrt(SIZE * SIZE * 3))


def main() -> None:
    """Print seconds a channel and ratios, for each precision that is fast here."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        extractor = _extractor()
        pairs: dict[str, list[tuple[float, float]]] = {}
        for turn in range(rounds):
            for precision in reversed(cpu_precisions()):
                loop = _plain_loop(extractor, range(4 * turn, 4 * turn + 4), precision)
                ours = _atlas(context, precision)
                pairs.setdefault(precision, []).append((loop, ours))
    plain_exact = statistics.median(loop for loop, _ in pairs["float32"])
    for precision, times in pairs.items():
        loop, ours = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"vgg16 {LAYER}, {SIZE} px, {STEPS} steps, {precision}: atlas {ours:.3f} s a channel, "
              f"plain loop {loop:.3f}, ratio {loop / ours:.2f}; "
              f"against the plain loop in float32 {plain_exact / ours:.2f}")  # fmt: skip


def _context(folder: Path) -> RunContext:
    settings = Settings(data=folder)
    client = Client(settings, store=object())  # type: ignore[arg-type]
    return RunContext(WarmModels(client.models, client.files, settings), client.images)


def _atlas(context: RunContext, precision: str) -> float:
    """Seconds a channel of a whole atlas run, tracing and encoding included."""
    spec = FilterAtlas(
        model="keras/vgg16/random", layer=LAYER, size=SIZE, steps=STEPS, channels=tuple(range(CHANNELS)),
        precision=precision, restarts=0,
    )  # fmt: skip
    context.models.load(spec.model, head=False)
    begun = time.perf_counter()
    parts = [item for item in filter_atlas(spec, context) if isinstance(item, Part)]
    assert len(parts) == CHANNELS
    return (time.perf_counter() - begun) / CHANNELS


def _extractor() -> keras.Model:
    keras.utils.set_random_seed(0)
    network = keras.applications.VGG16(weights=None, include_top=False)
    return keras.Model(network.inputs, network.get_layer(LAYER).output)


def _plain_loop(extractor: keras.Model, channels: range, precision: str) -> float:
    for layer in extractor.layers:
        layer.dtype_policy = keras.dtype_policies.get({"float32": "float32"}.get(precision, f"mixed_{precision}"))

    @tf.function
    def step(picture: Any, channel: int, step_size: float) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            activation = extractor(picture)
            objective = tf.reduce_mean(tf.cast(activation[:, 2:-2, 2:-2, channel], tf.float32))
        gradient = tf.math.l2_normalize(tape.gradient(objective, picture))
        return objective, picture + step_size * gradient

    random = np.random.default_rng(0)
    begun = time.perf_counter()
    for channel in channels:
        picture = tf.constant(random.uniform(-10, 10, (1, SIZE, SIZE, 3)), tf.float32)
        for _ in range(STEPS):
            _, picture = step(picture, channel, STEP_LENGTH)
        shown = (picture - tf.reduce_mean(picture)) / (tf.math.reduce_std(picture) + 1e-5) * 0.15 + 0.5
        np.asarray(tf.cast(tf.clip_by_value(shown, 0, 1) * 255, tf.uint8))
    return (time.perf_counter() - begun) / len(channels)


if __name__ == "__main__":
    main()
