"""`activations`: the feature maps of one picture, all layers in one forward pass.

Chollet, "Deep Learning with Python", 2017, section 5.4.1.
"""

import time
from collections.abc import Iterator

import numpy as np

from shared.analyses import Activations
from shared.analyses.activations.parts import (
    LAYER,
    PICTURE,
    ActivationPictures,
    HeadArrays,
    LayerSummary,
    PictureFacts,
)
from shared.errors import NotFinite, message
from shared.images.masks import mask_over
from shared.images.resizing import OWN
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.networks.forward_pass import ForwardMaps, ForwardPass, LayerMaps, forward_pass
from worker.networks.head_values import output_prediction
from worker.networks.layer_trace import TracedLayer
from worker.networks.masks import predicted_mask
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture
from worker.pictures.drawn_pictures import add_bands


def activations(spec: Activations, context: RunContext) -> Iterator[Part | Progress]:
    """Show a picture to a network and keep what every layer answers.

    Yields:
        Parts as shared.analyses.activations.parts says.

    Raises:
        UnknownLayer, InvalidSpec, NotFinite: see their names.
    """
    begun = time.perf_counter()
    model = yield from yielding(lambda: context.models.load(spec.model, head=spec.resize != OWN), "loading the model")
    picture = _picture(spec, context, model)
    loaded = time.perf_counter()
    network = forward_pass(model, spec.layers, picture.shape[:2])
    facts = {"model": model.title, "weights": model.weights, "precision": "float32"}
    found = yield from yielding(lambda: network.run(picture), Progress("one forward pass", facts=facts))
    passed = time.perf_counter()
    timings = {"load_seconds": round(loaded - begun, 3), "forward_seconds": round(passed - loaded, 3)}
    metrics = {"layers": len(found.layers), "channels": sum(len(one.mean) for one in found.layers.values())}
    yield Progress(
        "storing the feature maps", total=len(found.layers) + 1, facts={"timings": timings, "metrics": metrics}
    )
    rows = [_facts(i, network.traced[p], maps) for i, (p, maps) in enumerate(found.layers.items(), start=1)]
    if 0 not in context.finished:
        yield _first_part(picture, network, found, rows)
    for row, maps in zip(rows, found.layers.values(), strict=True):
        if row["part"] not in context.finished:
            yield LAYER.part(row["part"], row["path"], arrays=maps.arrays(), facts={**row})


def _picture(spec: Activations, context: RunContext, model: LoadedModel) -> np.ndarray:
    return context.model_picture(spec.image, model, spec.resize)


def _first_part(picture: np.ndarray, network: ForwardPass, found: ForwardMaps, rows: list[LayerSummary]) -> Part:
    answers = [output_prediction(head, *said) for head, said in zip(network.heads, found.outputs, strict=True)]
    classes = next((i for i, one in enumerate(answers) if one["top"] and not one["mask"]), None)
    arrays: HeadArrays = {}
    if classes is not None:
        arrays = {"logits": found.outputs[classes][0], "probabilities": found.outputs[classes][1]}
    facts: PictureFacts = {
        "height": picture.shape[0],
        "width": picture.shape[1],
        "layers": rows,
        "ending": "" if classes is None else answers[classes]["ending"],
        "top": [] if classes is None else answers[classes]["top"],
        "outputs": answers,
    }
    add_bands(arrays, "picture", picture)
    pictures: ActivationPictures = {"picture": shown_picture(picture)}
    for head, (_, given) in zip(network.heads, found.outputs, strict=True):
        if head.mask and head.ending != "number":
            arrays["mask"] = predicted_mask(head, given)
            pictures["mask"] = mask_over(pictures["picture"], arrays["mask"])
            break
    return PICTURE.part(0, "picture", pictures=pictures, arrays=arrays, facts=facts)


def _facts(part: int, traced: TracedLayer, found: LayerMaps) -> LayerSummary:
    field = traced.field
    if not np.isfinite([found.minimum, found.maximum, found.mean]).all():
        raise NotFinite(
            message(f"finite activations at {traced.path}", "NaN or infinity",
                    "Choose layers before it, or train the model again.")
        )  # fmt: skip
    return {
        "part": part,
        "path": traced.path,
        "class": type(traced.layer).__name__,
        "height": found.maps.shape[0],
        "width": found.maps.shape[1],
        "channels": found.maps.shape[2],
        "receptive_field": field.size,
        "stride": field.stride,
        "start": list(field.start),
        "minimum": float(found.minimum.min()),
        "maximum": float(found.maximum.max()),
        "mean": float(found.mean.mean()),
        "zeros": float(found.zeros.mean()),
        "blank": float((found.zeros == 1).mean()),
    }
