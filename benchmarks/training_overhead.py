"""An epoch of `training_run` against the same network's `fit`, and features computed once against end to end.

    python -m benchmarks.training_overhead

Both sides train the book's networks on drawn pictures, decoded already: 28 pixels in batches of 128, 150 pixels in
batches of 32. Ours is timed from part to part: learning, validation, checkpoint and the best network's file. Epochs of
the two alternate, and the first of each, which traces, does not count. Processor time is that of all threads.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.drawn_data_set import drawn_data_set

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROUNDS = 3
GOAL, FEATURE_GOAL = 1.1, 10
SIZES = ((28, 6000, 128), (150, 500, 32))


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as data:
        context = _context(Path(data))
        for side, count, batch in SIZES:
            _against_fit(context, side, count, batch)
        _features(context)


def _context(folder: Path) -> Any:
    from shared.client import Client
    from shared.settings import Settings
    from worker.analyses.context import RunContext
    from worker.networks.models import WarmModels

    settings = Settings(data=folder, redis_url="redis://127.0.0.1:1")
    client = Client(settings)
    return RunContext(WarmModels(client.library), client.library)


def _against_fit(context: Any, side: int, count: int, batch: int) -> None:
    import keras

    from shared.analyses import TrainingRun
    from worker.analyses.training_run.architectures import new_network
    from worker.pictures.datasets import PictureFeed

    spec = TrainingRun(
        dataset=drawn_data_set(context.library.datasets, side, count), size=side, batch=batch, epochs=ROUNDS + 1
    )
    network = new_network(spec, (side, side, 3), 2)
    network.compile(keras.optimizers.RMSprop(spec.learning_rate), "binary_crossentropy", metrics=["accuracy"])
    dataset, memory = context.dataset(spec.dataset), 2 * 1024**3
    options: Any = {"channels": 3, "batch": batch, "memory": memory}
    learnt = PictureFeed(dataset, "train", (side, side), seed=0, **options)
    looked_at = PictureFeed(dataset, "validation", (side, side), **options)
    epochs = _epochs(context, spec)

    def fit(epoch: int) -> None:
        network.fit(learnt.epoch(epoch), validation_data=looked_at.epoch(), verbose=0)

    sides: dict[str, Callable[[int], Any]] = {"fit": fit, "ours": lambda _: next(epochs)}
    wall, work = _timed(sides)
    assert list(epochs) == [], "nothing but its end is left"
    print(f"{side} px, {learnt.pictures} pictures in batches of {batch}: fit {wall['fit']:.2f} s an epoch, ours "
          f"{wall['ours']:.2f} s, ratio {wall['ours'] / wall['fit']:.2f}; processor time {work['fit']:.2f} and "
          f"{work['ours']:.2f} s, ratio {work['ours'] / work['fit']:.2f} (goal: at most {GOAL})")  # fmt: skip


def _epochs(context: Any, spec: Any) -> Iterator[Any]:
    from shared.results import Part
    from worker.analyses.training_run.analysis import training_run

    return (item for item in training_run(spec, context) if isinstance(item, Part))


def _timed(sides: dict[str, Callable[[int], Any]]) -> tuple[dict[str, float], dict[str, float]]:
    wall: dict[str, list[float]] = {name: [] for name in sides}
    work: dict[str, list[float]] = {name: [] for name in sides}
    for epoch in range(ROUNDS + 1):
        for name, run in sides.items():
            begun, worked = time.perf_counter(), time.process_time()
            run(epoch)
            wall[name].append(time.perf_counter() - begun)
            work[name].append(time.process_time() - worked)
    return tuple({name: statistics.median(v[1:]) for name, v in found.items()} for found in (wall, work))  # type: ignore[return-value]


def _features(context: Any) -> None:
    from shared.analyses import TrainingRun

    usual: dict[str, Any] = {
        "dataset": drawn_data_set(context.library.datasets, 96, 600),
        "model": "keras/mobilenetv2/random",
        "size": 96,
    }
    once = TrainingRun(**usual, strategy="feature_extraction", epochs=6)
    whole = TrainingRun(**usual, strategy="feature_extraction_augmented", augmentation="none", epochs=3)
    seconds = [
        statistics.median(part.facts["seconds"] for part in list(_epochs(context, spec))[1:]) for spec in (once, whole)
    ]
    print(f"MobileNetV2 frozen, 96 px, 480 pictures: {seconds[0]:.3f} s an epoch on features, {seconds[1]:.2f} s end "
          f"to end, {seconds[1] / seconds[0]:.0f} times as long (goal: at least {FEATURE_GOAL})")  # fmt: skip


if __name__ == "__main__":
    main()
