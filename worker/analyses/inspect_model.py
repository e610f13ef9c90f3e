"""`inspect_model`: the layer table, and of a file's network the proof that it says here what it says in plain Keras."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from shared.analyses import KINDS, InspectModel
from shared.analyses.inspect_model.parts import TABLE, LayerRow, ModelFacts
from shared.errors import InvalidSpec, UnknownImage, UnknownLayer, message
from shared.results import Part, Progress
from worker.analyses.context import RunContext
from worker.networks.heads import model_heads
from worker.networks.layer_trace import TracedLayer, trace_layers
from worker.networks.load_limits import within_time
from worker.networks.models import LoadedModel
from worker.networks.own_modules import own_layers
from worker.networks.proof import prove, ways_in
from worker.networks.receptive_field import Field

SAMPLE = "sample/cat"


def inspect_model(spec: InspectModel, context: RunContext) -> Iterator[Part | Progress]:
    """List the layers of a model in the order in which a picture meets them; within the time that opening may take,
    for this is the first look at what somebody added.

    Yields:
        The part that shared.analyses.inspect_model.parts describes.
    """
    with within_time():
        yield from _look(spec, context)


def _look(spec: InspectModel, context: RunContext) -> Iterator[Part | Progress]:
    started = time.perf_counter()
    yield Progress("loading the model", total=1)
    model = context.models.load(spec.model)
    loaded = time.perf_counter() - started
    facts = describe(model)
    yield Progress(
        "listing layers",
        facts={
            "model": model.title,
            "weights": model.weights,
            "timings": {"load_seconds": round(loaded, 3)},
            "metrics": {"parameters": facts["parameters"], "layers": len(facts["layers"])},
        },
    )
    if model.card.file:
        yield Progress("showing it a picture")
        picture = _picture(spec, context, model)
        if spec.image is None:
            if own := own_layers(model.network):
                facts["own"] = own
            facts["proof"] = prove(model, context.models.plain_network(model.card)[0], picture)
        facts["ways"] = ways_in(model, picture)
    if spec.image is None:
        context.library.models.proofs.note(spec.model, facts)
    yield TABLE.part(0, model.title, facts=facts)


def _picture(spec: InspectModel, context: RunContext, model: LoadedModel) -> np.ndarray:
    """What the network is shown: the asked picture, a sample, or noise where none has the bands that it takes."""
    if not spec.image:
        # Nobody asked for this picture, so that nothing is said of its way in.
        context = replace(context, pictures_in={})
    try:
        return context.model_picture(spec.image or SAMPLE, model)
    except (UnknownImage, InvalidSpec):
        if spec.image:
            raise
        shape = (*model.input_size, model.input_channels)
        return np.random.default_rng(0).integers(0, 256, shape).astype(np.float32) / 255


def describe(model: LoadedModel) -> ModelFacts:
    """The layer table of a model and what is known of its two ends, as JSON values."""
    network = model.network
    rows = layer_table(network, model.input_size)
    facts: ModelFacts = {
        "title": model.title,
        "weights": model.weights,
        "input": _shape_text((*model.input_size, model.input_channels)),
        "outputs": ", ".join(_shape_text(o.shape[1:]) for o in network.outputs),
        "parameters": int(network.count_params()),
        "preprocess": model.preprocess,
        "assumed": model.assumed,
        "classes": list(model.labels),
        "upgraded_from": model.upgraded_from,
        "layers": rows,
        "heads": [head.facts() for head in model_heads(model) if head.ending],
    }
    if model.inputs > 1:
        facts["inputs"] = model.inputs
    return facts


def layer_table(network: keras.Model, size: tuple[int, int]) -> list[LayerRow]:
    """One row a layer, nested ones included.

    Args:
        network: the model.
        size: height and width to work the shapes out for.
    """
    trace = trace_layers(network, size)
    if trace.refused is not None:
        path, shape = trace.refused
        raise UnknownLayer(
            message(f"pictures that fit {path}", f"{size[0]} × {size[1]} pixels, {shape} there", "Repair the model.")
        )
    return [_row(traced, trace.sources.get(traced.path)) for traced in trace.layers.values()]


def _row(traced: TracedLayer, sources: list[str] | None) -> LayerRow:
    layer, shape, field = traced.layer, traced.shape, traced.field
    mapped = len(shape) == 3
    row: LayerRow = {
        "path": traced.path,
        "class": type(layer).__name__,
        "output_shape": _shape_text(shape),
        "channels": int(shape[-1]) if shape and shape[-1] else None,
        "parameters": int(layer.count_params()) if layer.built else 0,
        "receptive_field": _number(field.size) if mapped else None,
        "stride": _number(field.stride) if mapped else None,
        "shows": _shows(layer, mapped, field),
    }
    if sources is not None and not traced.container:
        row["inputs"] = sources
    return row


def _shows(layer: keras.layers.Layer, mapped: bool, field: Field) -> list[str]:
    """Kinds that the layer can serve."""
    if not mapped or isinstance(layer, keras.Model | keras.layers.InputLayer):
        return []
    filtered = field.size is None or field.size > 1 or isinstance(layer, keras.layers.Conv2D)
    fitting = ("any", "filtered") if filtered else ("any",)
    return [name for name, kind in KINDS.items() if kind.layers in fitting]


def _number(value: float | None) -> int | float | None:
    return value if value is None or value != int(value) else int(value)


def _shape_text(shape: Any) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)
