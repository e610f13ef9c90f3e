"""What to compute before a network is published: an atlas of every convolution, and pictures of its classes."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.analyses import ClassMaximization, DatasetExamples, FilterAtlas, InspectModel, JobSpec
from shared.analyses.class_maximization.spec import MOST_CLASSES
from shared.client.client import Client
from shared.errors import InvalidSpec, message

TILE_PIXELS = 128


def everything_about(
    client: Client, model: str, dataset: str = "", classes: int = 2 * MOST_CLASSES, size: int = TILE_PIXELS
) -> list[JobSpec]:
    """The specs of a plan about all of a network; resolved. Its layer table is made where it is not.

    Args:
        client: of the installation.
        model: a name or reference.
        dataset: whose pictures are the examples of each channel; "" for none.
        classes: pictures are made of so many, the first ones; 0 for none.
        size: height and width of the tiles, in pixels.

    Raises:
        InvalidSpec: the network has no convolution.
        UnknownModel, UnknownDataset: a name that stands for nothing.
    """
    facts = client.run(InspectModel.from_fields({"model": model})).parts[0].facts
    layers = [str(row["path"]) for row in facts["layers"] if _is_convolution(row)]
    if not layers:
        raise InvalidSpec(message("a network with convolutions", model, "Choose another model."))
    specs: list[JobSpec] = [FilterAtlas(model=model, layer=layer, size=size) for layer in layers]
    if dataset:
        specs += [DatasetExamples(model=model, dataset=dataset, layer=layer) for layer in layers]
    specs += [
        ClassMaximization.from_fields({"model": model, "classes": [str(number) for number in some], "naive": False})
        for some in _batches(_classes(facts)[:classes])
    ]
    return [client.resolve(spec) for spec in specs]


def _is_convolution(row: Mapping[str, Any]) -> bool:
    return "Conv" in str(row["class"]) and "filter_atlas" in row.get("shows", ())


def _classes(facts: Mapping[str, Any]) -> list[int]:
    """Numbers of the first output's classes; [] where it answers something else."""
    heads = facts.get("heads") or ()
    if heads and heads[0]["ending"] in ("softmax", "sigmoid", "linear") and not heads[0]["mask"]:
        return list(range(int(heads[0]["units"])))
    return [0, 1] if heads and heads[0]["ending"] == "binary" and not heads[0]["mask"] else []


def _batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[first : first + MOST_CLASSES] for first in range(0, len(numbers), MOST_CLASSES)]
