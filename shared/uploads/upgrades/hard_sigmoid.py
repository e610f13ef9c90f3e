"""Keras 1 and 2's hard_sigmoid, clip(0.2 x + 0.5, 0, 1); Keras 3's is clip(x / 6 + 0.5, 0, 1)."""

from typing import Any

from shared.uploads.upgrades.chains import lay_chains

Config = dict[str, Any]


def keep_hard_sigmoids(model: Config) -> None:
    """Write the old function out as two layers, wherever one model of Keras 2's form uses it; changes the model."""
    chains = {}
    for entry in model["config"]["layers"]:
        if entry["config"].get("activation") == "hard_sigmoid":
            chains[str(entry.get("name") or entry["config"].get("name", ""))] = _written_out(entry)
    lay_chains(model, chains)


def _written_out(entry: Config) -> list[Config]:
    name = str(entry.get("name") or entry["config"].get("name", ""))
    entry["config"]["activation"] = "linear"
    return [
        entry,
        _layer("Rescaling", f"{name}_line", scale=0.2, offset=0.5),
        _layer("ReLU", f"{name}_hard_sigmoid", max_value=1.0),
    ]


def _layer(kind: str, name: str, **config: float) -> Config:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}}
