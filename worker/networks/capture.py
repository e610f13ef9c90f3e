"""The outputs of any layer of any model, nested or not.

The model is run as it is while the wanted layers' `call` is wrapped and what passes through is kept. No
graph surgery, so models inside models, preprocessing in front and layers that are called in a loop need
nothing special; `keras.Model(outer.inputs, inner.output)` fails at the border of a nested model.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from shared.errors import UnknownLayer, choices, message
from worker.networks.tried_window import is_own

_NONE = object()  # an attribute that was not there


class _Reached(BaseException):
    """All wanted layers have run. Not an Exception: Keras re-creates those with a longer text on their way."""


def walk(model: keras.Model, prefix: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    """Every layer with its path, containers before what they hold, in the model's order.

    A path joins names with "/", a character that Keras forbids in names: `mobilenetv2_1.00_224/Conv1`.
    """
    for layer in getattr(model, "layers", None) or _own_parts(model):
        path = f"{prefix}{layer.name}"
        yield path, layer
        inner = getattr(layer, "layer", None)  # a wrapper such as TimeDistributed holds one layer
        if isinstance(inner, keras.layers.Layer):
            yield f"{path}/{inner.name}", inner
            layer = inner
            path = f"{path}/{inner.name}"
        yield from walk(layer, f"{path}/")


def _own_parts(layer: Any) -> list[keras.layers.Layer]:
    """The layers that one of somebody's own holds."""
    return list(getattr(layer, "_layers", [])) if is_own(layer) else []


def walk_operations(model: keras.Model) -> Iterator[tuple[str, keras.Operation]]:
    """What a network computes between its layers, `x + y` and keras.ops.relu(x), with paths as walk() makes them."""
    models = [(f"{path}/", layer) for path, layer in walk(model) if isinstance(layer, keras.Model)]
    for prefix, one in (("", model), *models):
        graph = getattr(one, "_functional", None) or one
        for each in getattr(graph, "operations", ()):
            if not isinstance(each, keras.Layer):
                yield f"{prefix}{each.name}", each


def operations(model: keras.Model) -> Iterator[keras.Operation]:
    """The same without paths."""
    return (one for _, one in walk_operations(model))


def find_layer(model: keras.Model, path: str) -> keras.layers.Layer:
    """The layer at a path; a bare name is enough where only one nested layer has it.

    Raises:
        UnknownLayer: listing the layers there are, nearest names first.
    """
    layers = dict(walk(model))
    if path in layers:
        return layers[path]
    same_name = [p for p in layers if p.rsplit("/", 1)[-1] == path]
    if len(same_name) == 1:
        return layers[same_name[0]]
    shown = [p for p, layer in layers.items() if not isinstance(layer, keras.layers.InputLayer)]
    raise UnknownLayer(message("a layer of this model", path, choices(path, same_name or shown)))


@contextmanager
def swap_attributes(changes: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Within the block, layers have other attributes; they are, afterwards, as they were.

    Args:
        changes: (layer, name of the attribute, value), each taken when those before it are done.
    """
    before: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for layer, name, value in changes:
            # Into __dict__, past Keras's attribute tracking, which is locked once a layer is built.
            before.append((layer.__dict__, name, layer.__dict__.get(name, _NONE)))
            layer.__dict__[name] = value
        yield
    finally:
        for attributes, name, value in reversed(before):
            if value is _NONE:
                attributes.pop(name, None)
            else:
                attributes[name] = value


@dataclass(frozen=True)
class Call:
    """One call of a layer or an operation.

    Attributes:
        input: what went in.
        output: what came out; the first where it gives several.
        before: what the layer's own activation was given; None where it has none.
    """

    input: Any
    output: Any
    before: Any = None


def _wrapped(layers: Mapping[str, keras.Operation], seen: Callable[[str, Call], None]) -> AbstractContextManager[None]:
    """Within the block, tell `seen(path, call)` whenever one of the layers has run."""

    def watch(path: str, layer: keras.Operation, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            with _watched_activation(layer) as before:
                output = call(*args, **kwargs)
            first = output[0] if isinstance(output, list | tuple) else output
            seen(path, Call(args[0] if args else None, first, before[-1] if before else None))
            return output

        return watched

    return swap_attributes((layer, "call", watch(path, layer, layer.call)) for path, layer in layers.items())


@contextmanager
def _watched_activation(layer: keras.Operation) -> Iterator[list[Any]]:
    """What a layer's own activation is given within the block, however it is written."""
    given: list[Any] = []
    activation = layer.__dict__.get("activation")

    def watched(values: Any, *args: Any, **kwargs: Any) -> Any:
        given.append(values)
        return activation(values, *args, **kwargs)

    with swap_attributes([] if activation is None else [(layer, "activation", watched)]):
        yield given


def any_size(model: keras.Model) -> AbstractContextManager[None]:
    """Within the block, let a model with a fixed input size take pictures of another, as far as its layers allow.

    Only the check of the shape is lifted: convolutions and pooling run at any size, and a Flatten behind
    the wanted layer is never reached.
    """
    models = [model, *(layer for _, layer in walk(model) if isinstance(layer, keras.Model))]
    inner = [m._functional for m in models if getattr(m, "_functional", None) is not None]
    lifted = [m for m in (*models, *inner) if "_manual_input_spec" not in m.__dict__]
    return swap_attributes((one, "_manual_input_spec", None) for one in lifted)


def _run(model: keras.Model, paths: list[str], pictures: Any) -> Any:
    """What a model gives for pictures; None where something that was put into it raised _Reached on the way."""
    try:
        with any_size(model):
            return model(pictures, training=False)
    except _Reached:
        return None
    except ValueError as error:
        raise UnknownLayer(
            f"Expected pictures that reach {', '.join(paths)}. Received: {tuple(pictures.shape)}; the network "
            f"refuses them on the way ({str(error).splitlines()[0][:200]}). Choose the model's own input size."
        ) from error


def layer_outputs(model: keras.Model, paths: list[str], pictures: Any) -> dict[str, Any]:
    """Outputs of several layers in one forward pass that stops when the last of them has run.

    Differentiable, and meant to be called inside one tf.function: there, what lies behind the last wanted
    layer is never traced.

    Args:
        model: any Keras model that can be called on a picture tensor.
        paths: layer paths, see walk().
        pictures: float (batch, height, width, channel), already preprocessed.

    Returns:
        Path to the layer's output; of a layer that runs several times, the first output.

    Raises:
        UnknownLayer: a path leads nowhere, or its layer does not run for this input.
    """
    return {path: call.output for path, call in layer_calls(model, paths, pictures).items()}


def layer_calls(model: keras.Model, paths: list[str], pictures: Any) -> dict[str, Call]:
    """The same with what went into each layer; for arguments and errors see layer_outputs()."""
    layers = {path: find_layer(model, path) for path in paths}
    calls: dict[str, Call] = {}

    def keep(path: str, call: Call) -> None:
        calls.setdefault(path, call)
        if len(calls) == len(layers):
            raise _Reached

    with _wrapped(layers, keep):
        _run(model, paths, pictures)
    if len(calls) == len(layers):
        return calls
    missing = [p for p in paths if p not in calls]
    raise UnknownLayer(
        message("a layer that runs when the model sees a picture", ", ".join(missing), "Choose another layer.")
    )


def every_call(model: keras.Model, paths: list[str], pictures: Any) -> tuple[dict[str, list[Call]], list[Any]]:
    """All calls of some layers and operations, in order, in one forward pass to the model's end.

    Args:
        model, paths, pictures: as for layer_outputs(); paths of walk_operations() too.

    Returns:
        Path to its calls, and the model's outputs, flat.

    Raises:
        UnknownLayer: a path leads nowhere, or its layer does not run for this input.
    """
    operations = dict(walk_operations(model))
    layers = {path: operations.get(path) or find_layer(model, path) for path in paths}
    calls: dict[str, list[Call]] = {path: [] for path in paths}

    with _wrapped(layers, lambda path, call: calls[path].append(call)):
        outputs = keras.tree.flatten(_run(model, paths, pictures))
    silent = [path for path in paths if not calls[path]]
    if silent:
        raise UnknownLayer(
            message("a layer that runs when the model sees a picture", ", ".join(silent), "Choose another layer.")
        )
    return calls, outputs
