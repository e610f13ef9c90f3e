"""Names of layers that Keras 3 does not allow: Keras 2's may hold a "/", as those of its DenseNets do."""

from typing import Any

Config = dict[str, Any]


def today(name: str) -> str:
    """The name under which Keras 3 knows a layer of an older version: `conv1_conv` for `conv1/conv`."""
    return name.replace("/", "_")


def plain_names(config: Config) -> Config:
    """A model's configuration whose layers, and all references to them, have names that Keras 3 allows.

    Args:
        config: with a list of entries that have names; not changed.
    """
    taken = {entry["name"] for entry in config["layers"]}
    names: dict[str, str] = {}
    for old in sorted(name for name in taken if "/" in name):
        new = today(old)
        while new in taken:
            new += "_"
        names[old] = new
        taken.add(new)
    if not names:
        return config
    return {
        **config,
        "layers": [_plain_entry(entry, names) for entry in config["layers"]],
        **{key: rename(config[key], names) for key in ("input_layers", "output_layers") if key in config},
    }


def _plain_entry(entry: Config, names: dict[str, str]) -> Config:
    name = names.get(entry["name"], entry["name"])
    config = entry["config"]
    inner = {**config, "name": name} if isinstance(config, dict) else config
    return {**entry, "name": name, "config": inner, "inbound_nodes": rename(entry.get("inbound_nodes", []), names)}


def rename(value: Any, names: dict[str, str]) -> Any:
    """A structure of references, [name, call, output, ...], with other names for some layers."""
    if isinstance(value, dict):
        return {key: rename(one, names) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
        return [names.get(value[0], value[0]), *(rename(one, names) for one in value[1:])]
    return [rename(one, names) for one in value]
