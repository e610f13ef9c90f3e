"""Model files and configurations written by hand, without Keras, to be right or wrong at will."""

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def dense(units: object = 4, name: str = "dense", **more: object) -> dict[str, Any]:
    """A Dense layer; `more` are fields beside its configuration."""
    return {"module": "keras.layers", "class_name": "Dense", "config": {"name": name, "units": units}, **more}


def layer(kind: str, module: str | None = "keras.layers", **config: object) -> dict[str, Any]:
    """A layer named "odd" of any class."""
    return {"module": module, "class_name": kind, "config": {"name": "odd", **config}}


def sequential(*entries: object, shape: tuple[int | None, ...] = (None, 8)) -> dict[str, Any]:
    """A Sequential model with an input and the given layers."""
    first = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": list(shape)}}
    config = {"name": "made", "layers": [first, *entries]}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def weights_file(path: Path) -> Path:
    """Weights of a Dense layer of 8 x 4."""
    with h5py.File(path, "w") as file:
        for number, shape in enumerate(((8, 4), (4,))):
            file.create_dataset(f"layers/dense/vars/{number}", data=np.zeros(shape, "float32"))
    return path


def keras_file(
    path: Path, config: object, weights: Path | None = None, members: dict[str, bytes] | None = None
) -> Path:
    """A .keras file written by hand, with further members or other bytes in their place."""
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    stored = (weights or weights_file(path.with_suffix(".w"))).read_bytes()
    everything = {"metadata.json": b"{}", "config.json": text, "model.weights.h5": stored, **(members or {})}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in everything.items():
            archive.writestr(name, data)
    return path


def legacy_file(path: Path, config: object) -> Path:
    """A legacy .h5 file of a Dense layer of 8 x 4."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.create_dataset("model_weights/dense/kernel:0", data=np.zeros((8, 4), "float32"))
    return path
