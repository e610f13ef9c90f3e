"""`training_run`: a network learns from a data set, an epoch a part.

Chollet, "Deep Learning with Python", 2017, chapter 5.
"""

import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from shared.errors import InvalidSpec, NotFinite, message
from shared.job_specs.training_run import TrainingRun
from shared.results import Part, Progress
from worker.analyses.context import RunContext
from worker.datasets import PictureFeed
from worker.training.networks import new_network

OPTIMIZERS = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}


def training_run(spec: TrainingRun, context: RunContext) -> Iterator[Part | Progress]:
    """Train, and say after every epoch how far it is.

    Yields:
        Parts as the docstring of TrainingRun lays them out.

    Raises:
        InvalidSpec, UnknownDataset, NotFinite: see their names.
    """
    yield Progress("opening the data set", total=spec.planned_epochs)
    if spec.strategy not in ("dense", "scratch"):
        raise InvalidSpec(message("dense or scratch", spec.strategy, "The others come next."))
    card = (dataset := context.dataset(spec.dataset)).card
    keras.utils.set_random_seed(spec.seed)
    size, channels = spec.size or 28, 3 if card.colour else 1
    options: Any = {"channels": channels, "batch": spec.batch, "memory": context.dataset_memory}
    feed = PictureFeed(dataset, "train", (size, size), seed=spec.seed, **options)
    network = new_network(spec, (size, size, channels), len(card.classes))
    loss = "binary_crossentropy" if len(card.classes) == 2 else "sparse_categorical_crossentropy"
    network.compile(OPTIMIZERS[spec.optimizer](spec.learning_rate), loss, metrics=["accuracy"])
    best = -1.0
    for epoch in range(spec.epochs):
        begun, facts = time.perf_counter(), {}
        network.reset_metrics()
        for number, (pictures, labels) in enumerate(feed.epoch(epoch), 1):
            facts = network.train_on_batch(pictures, labels, return_dict=True)
            yield Progress(f"epoch {epoch + 1} of {spec.epochs}, batch {number} of {len(feed)}",
                           fraction=(epoch + number / len(feed)) / spec.epochs)  # fmt: skip
        if not np.isfinite(facts["loss"]):
            raise NotFinite(message("a finite loss", f"NaN in epoch {epoch + 1}", "Choose a lower learning_rate."))
        said = {name: float(value) for name, value in facts.items()}
        if "validation" in card.splits:
            rows = PictureFeed(dataset, "validation", (size, size), **options).epoch()
            found = network.evaluate(rows, return_dict=True, verbose=0)
            said |= {f"val_{name}": float(value) for name, value in found.items()}
        is_best = said.get("val_accuracy", said["accuracy"]) > best
        best = max(best, said.get("val_accuracy", said["accuracy"]))
        said |= {"epoch": epoch + 1, "phase": "training", "rate": spec.learning_rate, "best": is_best, "network": "",
                 "checkpoint": "", "seconds": round(time.perf_counter() - begun, 3)}  # fmt: skip
        yield Part(epoch, f"epoch {epoch + 1}", facts=said)
