"""`inspect_model`: the layer table. Shapes are worked out symbolically; no picture goes through."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from shared.job_specs import InspectModel
from shared.results import Part, Progress
from worker.analyses.context import RunContext
from worker.capture import walk
from worker.models import LoadedModel
from worker.receptive_field import Field, field_after


def inspect_model(spec: InspectModel, context: RunContext) -> Iterator[Part | Progress]:
    """List the layers of a model in the order in which a picture meets them.

    Yields:
        One part. Its facts: `layers`, a row each with `path`, `class`, `output_shape`, `channels`, `parameters`,
        `receptive_field` and `stride` (pixels; None means the whole picture), `shows` (job kinds); and `title`,
        `weights`, `input`, `outputs`, `parameters`, `preprocess`, `classes`.
    """
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
    yield Part(0, model.title, facts=facts)


def describe(model: LoadedModel) -> dict[str, Any]:
    """The layer table of a model and what is known of its two ends, as JSON values."""
    network = model.network
    rows = layer_table(network, model.input_size)
    return {
        "title": model.title,
        "weights": model.weights,
        "input": _shape_text((*model.input_size, model.input_channels)),
        "outputs": ", ".join(_shape_text(o.shape[1:]) for o in network.outputs),
        "parameters": int(network.count_params()),
        "preprocess": model.preprocess,
        "classes": list(model.labels),
        "layers": rows,
    }


def layer_table(network: keras.Model, size: tuple[int, int]) -> list[dict[str, Any]]:
    """One row a layer, nested ones included.

    Args:
        network: the model.
        size: height and width to work the shapes out for.
    """
    trace = _Trace()
    channels = network.inputs[0].shape[-1]
    layers = dict(walk(network))
    with _watched(layers, trace):
        network.compute_output_spec(keras.KerasTensor((1, *size, channels)))
    order = sorted(layers, key=lambda path: trace.order.get(path, -1))
    return [_row(path, layers[path], trace) for path in order if path in trace.order]


class _Trace:
    """What went into and out of every layer while the model was run on shapes alone."""

    def __init__(self) -> None:
        self.order: dict[str, int] = {}
        self.shapes: dict[str, tuple[int | None, ...]] = {}
        self.fields: dict[str, Field] = {}
        self._of_tensor: dict[int, Field] = {}
        self._alive: list[Any] = []  # an id is only an identity while its tensor lives

    def saw(self, path: str, layer: keras.layers.Layer, inputs: list[Any], outputs: list[Any]) -> None:
        """Note one call of a layer."""
        container = isinstance(layer, keras.Model)
        known = [(t.shape, self._of_tensor.get(id(t), Field())) for t in inputs]
        field = self._of_tensor.get(id(outputs[0])) if container else None
        field = field or field_after(layer, known)
        for tensor in outputs:
            self._of_tensor.setdefault(id(tensor), field)
        self._alive += [*inputs, *outputs]
        if path not in self.order:
            self.order[path] = len(self.order)
            self.shapes[path] = tuple(outputs[0].shape[1:])
            self.fields[path] = field


@contextmanager
def _watched(layers: dict[str, keras.layers.Layer], trace: _Trace) -> Iterator[None]:
    def watch(path: str, layer: keras.layers.Layer) -> Any:
        infer = layer.compute_output_spec

        def watched(*args: Any, **kwargs: Any) -> Any:
            outputs = infer(*args, **kwargs)
            inputs = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
            trace.saw(path, layer, inputs, keras.tree.flatten(outputs))
            return outputs

        return watched

    try:
        for path, layer in layers.items():
            layer.__dict__["compute_output_spec"] = watch(path, layer)
        yield
    finally:
        for layer in layers.values():
            layer.__dict__.pop("compute_output_spec", None)


def _row(path: str, layer: keras.layers.Layer, trace: _Trace) -> dict[str, Any]:
    shape, field = trace.shapes[path], trace.fields[path]
    mapped = len(shape) == 3
    return {
        "path": path,
        "class": type(layer).__name__,
        "output_shape": _shape_text(shape),
        "channels": int(shape[-1]) if shape and shape[-1] else None,
        "parameters": int(layer.count_params()) if layer.built else 0,
        "receptive_field": _number(field.size) if mapped else None,
        "stride": _number(field.stride) if mapped else None,
        "shows": _shows(layer, mapped, field),
    }


def _shows(layer: keras.layers.Layer, mapped: bool, field: Field) -> list[str]:
    """Job kinds that the layer can serve: an atlas needs feature maps of what at least one filter has seen."""
    container = isinstance(layer, keras.Model)
    filtered = field.size is None or field.size > 1 or isinstance(layer, keras.layers.Conv2D)
    return ["filter_atlas"] if mapped and filtered and not container else []


def _number(value: float | None) -> int | float | None:
    return value if value is None or value != int(value) else int(value)


def _shape_text(shape: Any) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)
