"""Bilinear UpSampling2D of Keras 2.2.3 to 2.3.1, which enlarged from corner to corner without half pixels.

The Keras of that time called TensorFlow 1's resize: pixel i of the larger picture lies at i / size of the smaller one,
and the last ones repeat its last pixel. tf.keras and today's Keras put it at (i + 0.5) / size - 0.5. The old rule is
doubling by repetition, then the mean of each pixel and the next one; four times is twice that, and so on.
"""

from typing import Any

from shared.uploads.upgrades.chains import lay_chains
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]


def is_old_bilinear(version: str) -> bool:
    """Whether a version's UpSampling2D counts from corners: Keras itself until 2.3, never TensorFlow's."""
    return version.startswith(("2.2.", "2.3.")) and not version.endswith("-tf")


def keep_bilinear(model: Config) -> None:
    """Write the old rule out, wherever one model of Keras 2's form enlarges so; changes the model.

    Raises:
        RefusedUpload: it enlarges by a number that is no power of two.
    """
    chains = {}
    for entry in model["config"]["layers"]:
        if entry["class_name"] == "UpSampling2D" and entry["config"].get("interpolation") == "bilinear":
            name = str(entry.get("name") or entry["config"].get("name", ""))
            chains[name] = _written_out(entry["config"], name)
    lay_chains(model, chains)


def _written_out(config: Config, name: str) -> list[Config]:
    sizes = config.get("size", 2)
    left = list(sizes) if isinstance(sizes, list) else [sizes, sizes]
    if any(not isinstance(one, int) or one < 1 or one & (one - 1) for one in left):
        raise refuse("sizes 2, 4, 8, ...", f"UpSampling2D, bilinear, by {left} in Keras 2.2 or 2.3", name, "setting")
    shape = {"batch_input_shape": config["batch_input_shape"]} if "batch_input_shape" in config else {}
    order, step = config.get("data_format"), 0
    links: list[Config] = []
    while max(left) > 1 or not links:
        now = [min(2, one) for one in left]
        left = [max(1, one // 2) for one in left]
        # The first link keeps the name that the layers before it know.
        twice = name if not step else f"{name}_again_{step}"
        links.append(_layer("UpSampling2D", twice, size=now, interpolation="nearest", data_format=order, **shape))
        links.append(_layer("AveragePooling2D", f"{name}_between_{step}", pool_size=now, strides=[1, 1],
                            padding="same", data_format=order))  # fmt: skip
        shape, step = {}, step + 1
    return links


def _layer(kind: str, name: str, **config: Any) -> Config:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}}
