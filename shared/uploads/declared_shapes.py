"""What the entries of a configuration state by themselves: names, layers, shapes of inputs."""

from collections.abc import Iterator
from typing import Any

from shared.uploads.allowed_classes import MODELS
from shared.uploads.shapes import Config, Shape


def name_of(entry: Config) -> str:
    """Name of an entry, from beside its configuration or from inside it; "" for none."""
    config = entry.get("config")
    inner = config.get("name", "") if isinstance(config, dict) else ""
    return str(entry.get("name") or inner)


def layers_of(model: Config) -> list[Config]:
    """The entries of a model.

    Raises:
        TypeError: one of them is no layer.
    """
    config = model["config"]
    # Keras 1 and early 2 wrote the layers of a Sequential without anything around them.
    layers = config if isinstance(config, list) else config.get("layers", [])
    if not all(isinstance(layer, dict) and isinstance(layer.get("class_name"), str) for layer in layers):
        raise TypeError("an entry among the layers is no layer")
    return layers


def declared_shape(entry: Config) -> Shape | None:
    """The input shape that an entry states by itself."""
    config = entry["config"] if isinstance(entry["config"], dict) else {}
    fields = ("batch_shape", "batch_input_shape", "build_input_shape")
    stated = (shape_of(config.get(field)) for field in fields)
    return next((shape for shape in stated if shape), None) or built_shape(entry)


def built_shape(entry: Config) -> Shape | None:
    """The shape that a layer was built for, as Keras 3 notes it."""
    build = entry.get("build_config")
    if not isinstance(build, dict):
        return None
    several = build.get("shapes_dict")
    first = next(iter(several.values()), None) if isinstance(several, dict) else None
    return shape_of(build.get("input_shape")) or shape_of(first)


def shape_of(value: Any) -> Shape | None:
    """A shape, or the first of several."""
    if not isinstance(value, list) or not value:
        return None
    if isinstance(value[0], list):
        return shape_of(value[0])
    return tuple(None if side is None else int(side) for side in value)


def first_leaf(value: Any) -> list[Any] | None:
    """The first [name, call, output] of a structure."""
    while isinstance(value, dict | list) and value:
        if isinstance(value, list) and isinstance(value[0], str):
            return value
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return None


def output_leaves(value: Any) -> dict[str, list[Any]]:
    """[name, call, output] of every output, by its key where they are a dict, else by its layer's name.

    Args:
        value: `output_layers` as Keras 1 to 3 write it: one, a list of them, or a dict.
    """
    if isinstance(value, dict):
        found = {str(key): first_leaf(one) for key, one in value.items()}
        return {key: leaf for key, leaf in found.items() if leaf}
    rows = [value] if isinstance(value, list) and value and isinstance(value[0], str) else value or []
    leaves = [leaf for leaf in map(first_leaf, rows) if leaf]
    names = [leaf[0] for leaf in leaves]
    return {f"{n}_{names[:i].count(n)}" if n in names[:i] else n: leaves[i] for i, n in enumerate(names)}


def first_shape(model: Config) -> Shape | None:
    """Shape of the first input of a model, looked for in its first layer."""
    layers = layers_of(model)
    leaf = first_leaf(model["config"].get("input_layers")) if isinstance(model["config"], dict) else None
    entry = next((layer for layer in layers if leaf and name_of(layer) == leaf[0]), layers[0] if layers else None)
    if entry is None:
        return None
    if entry["class_name"] in MODELS:
        return declared_shape(entry) or first_shape(entry)
    return declared_shape(entry) or declared_shape(model)


def input_shapes(model: Config) -> tuple[Shape | None, ...]:
    """Shapes of the inputs that a Functional model names; () for a Sequential."""
    config = model["config"]
    named = config.get("input_layers") if isinstance(config, dict) else None
    entries = {name_of(layer): layer for layer in layers_of(model)}
    return tuple(declared_shape(entries[name]) for name in _leaf_names(named) if name in entries)


def _leaf_names(value: Any) -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], str):
        yield value[0]
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaf_names(one)
