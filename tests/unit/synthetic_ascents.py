"""Class images and turned tiles without a worker: parts as their analyses make them, written straight into a store."""

import numpy as np

from shared.analyses import ClassMaximization, FilterTwins
from shared.client import Client
from shared.filter_twins import SYMMETRIES
from shared.job_specs.class_maximization import class_parts
from shared.results import Part, encode_part
from tests.unit.synthetic_runs import FACTS, begin, striped_tile

CLASSES = ClassMaximization(model="keras/mobilenetv2/imagenet", classes=(65, 18), steps=20, precision="float32")
TWINS = FilterTwins(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=(3, 5, 9, 12), size=32, steps=8, precision="float32"
)


def class_part(index: int, number: int, way: str, steps: int = 20) -> Part:
    """One climbed picture; the naive run is sure from step 6 on, the other from step 12."""
    sure = 6 if way == "naive" else 12
    odds = np.where(np.arange(steps + 1) < sure, 0.1, 0.9995).astype(np.float32)
    logit = np.linspace(-2, 30, steps + 1).astype(np.float32)
    top = [{"class": number, "name": f"animal_{number}", "logit": 20.0, "probability": 0.98}]
    facts = {
        "class": number, "name": f"animal_{number}", "words": f"logit of class {number}", "how": way,
        "mode": "classic" if way == "naive" else "lucid", "steps": steps, "step_size": 0.05, "logit": 30.0,
        "probability": float(odds[-1]), "shown_logit": 20.0, "shown_probability": 0.98, "top": top, "sure_after": sure,
    }  # fmt: skip
    frames = np.stack([striped_tile(number, 24)] * 3)
    arrays = {"objective": logit, "logit": logit, "probability": odds, "history": frames}
    return Part(index, f"animal_{number}, {way}", {"image": striped_tile(number + index, 64)}, arrays, facts)


def class_images(client: Client, made: int | None = None) -> str:
    """A run with its first parts made, all by default; returns its key."""
    order = class_parts(CLASSES)
    fence = begin(client.store, CLASSES, len(order))
    for index, (place, way) in list(enumerate(order))[:made]:
        part = class_part(index, int(CLASSES.classes[place]), way)
        client.store.runs.write(CLASSES.key(), fence, (index, encode_part(part)), {"stage": "climbing"})
    if made is None:
        client.store.runs.finish(CLASSES.key(), fence, FACTS)
    return CLASSES.key()


def twins(client: Client, made: int | None = None) -> str:
    """Four tiles: 3 turned by 90° is 5, 9 is alone, 12 is dead; returns the run's key."""
    answers = np.full((4, len(SYMMETRIES), 4), 1.0, np.float32)
    for own in range(3):
        answers[own, 0, own] = 9.0
    answers[0, 1, 1] = answers[1, 3, 0] = 8.0
    kernels = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    kernels[1] = np.rot90(kernels[0])
    fence = begin(client.store, TWINS, 4)
    for index, number in list(enumerate(TWINS.channels))[:made]:
        whole = np.zeros((len(SYMMETRIES), 16), np.float32)
        whole[:, list(TWINS.channels)] = answers[index]
        facts = {"channel": number, "objective": 9.0, "objective_start": 0.0, "dead": index == 3, "starts": 1}
        arrays = {"answers": whole, "objective": np.arange(8, dtype=np.float32), "kernel": kernels[index]}
        part = Part(index, f"channel {number}", {"tile": striped_tile(number, 32)}, arrays, facts)
        client.store.runs.write(TWINS.key(), fence, (index, encode_part(part)), {"stage": "climbing"})
    if made is None:
        client.store.runs.finish(TWINS.key(), fence, FACTS)
    return TWINS.key()
