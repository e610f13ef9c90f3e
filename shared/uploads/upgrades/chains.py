"""Old layers that take several of today's to compute the same.

A chain stands where the layer stood: its first link takes what came in, each next one the link before, and whoever
took the layer's output takes the last link's.
"""

from itertools import pairwise
from typing import Any

from shared.uploads.declared_shapes import name_of
from shared.uploads.upgrades.names import rename
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]


def layer(kind: str, name: str, **config: Any) -> Config:
    """The entry of a layer."""
    return {"class_name": kind, "name": name, "config": {"name": name, **config}}


def lay_chains(model: Config, chains: dict[str, list[Config]]) -> None:
    """Put chains in the place of layers of one Sequential or Functional model of Keras 2's form; changes it.

    Args:
        model: class_name and config; nested models are left alone.
        chains: by the name of the layer, the entries that take its place; every link has a name of its own, and the
            one with weights keeps the old one.
    """
    config = model["config"]
    entries = [(entry, chains.get(name_of(entry), [entry])) for entry in config["layers"]]
    config["layers"] = [link for _, links in entries for link in links]
    if model["class_name"] == "Sequential":
        return
    last = {}
    for entry, links in entries:
        if len(links) > 1:
            _link(links, entry.get("inbound_nodes", []))
            last[name_of(entry)] = name_of(links[-1])
    inner = {id(link) for _, links in entries for link in links[1:]}
    for entry in config["layers"]:
        if id(entry) not in inner:
            entry["inbound_nodes"] = rename(entry.get("inbound_nodes", []), last)
    config["output_layers"] = rename(config.get("output_layers", []), last)


def _link(links: list[Config], nodes: list[Any]) -> None:
    links[0]["inbound_nodes"] = nodes
    for before, link in pairwise(links):
        link["inbound_nodes"] = [[[name_of(before), number, 0, {}]] for number in range(len(nodes))]


def keep_hard_sigmoids(model: Config) -> None:
    """Write Keras 1 and 2's hard_sigmoid out as two layers, wherever one model of Keras 2's form uses it; changes it.

    It was clip(0.2 x + 0.5, 0, 1); Keras 3's is clip(x / 6 + 0.5, 0, 1).
    """
    chains = {}
    for entry in model["config"]["layers"]:
        if entry["config"].get("activation") == "hard_sigmoid":
            name = name_of(entry)
            entry["config"]["activation"] = "linear"
            chains[name] = [entry, layer("Rescaling", f"{name}_line", scale=0.2, offset=0.5),
                            layer("ReLU", f"{name}_hard_sigmoid", max_value=1.0)]  # fmt: skip
    lay_chains(model, chains)


def is_old_bilinear(version: str) -> bool:
    """Whether a version's UpSampling2D counts from corners: Keras itself until 2.3, never TensorFlow's."""
    return version.startswith(("2.2.", "2.3.")) and not version.endswith("-tf")


def keep_bilinear(model: Config) -> None:
    """Write the old rule out, wherever one model of Keras 2's form enlarges so; changes the model.

    The Keras of that time called TensorFlow 1's resize: pixel i of the larger picture lies at i / size of the smaller
    one, and the last ones repeat its last pixel. tf.keras and today's Keras put it at (i + 0.5) / size - 0.5. The old
    rule is doubling by repetition, then the mean of each pixel and the next one; four times is twice that, and so on.

    Raises:
        RefusedUpload: it enlarges by a number that is no power of two.
    """
    chains = {}
    for entry in model["config"]["layers"]:
        if entry["class_name"] == "UpSampling2D" and entry["config"].get("interpolation") == "bilinear":
            chains[name_of(entry)] = _doublings(entry["config"], name_of(entry))
    lay_chains(model, chains)


def _doublings(config: Config, name: str) -> list[Config]:
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
        links.append(layer("UpSampling2D", twice, size=now, interpolation="nearest", data_format=order, **shape))
        links.append(layer("AveragePooling2D", f"{name}_between_{step}", pool_size=now, strides=[1, 1],
                            padding="same", data_format=order))  # fmt: skip
        shape, step = {}, step + 1
    return links


def keep_theano_padding(model: Config) -> None:
    """Write Theano's "same" padding out, wherever a layer of one model of Keras 2's form has it; changes the model.

    Its windows begin at -(kernel // 2), whatever the stride; TensorFlow puts the odd row of margin at the end. Both
    agree for odd kernels of stride 1.

    Raises:
        RefusedUpload: a pooling with "same" padding, for which Theano's rule has no equal.
    """
    chains = {}
    for entry in model["config"]["layers"]:
        kind, config = entry["class_name"], entry["config"]
        if config.get("padding") != "same":
            continue
        name = name_of(entry)
        if "Pooling" in kind or kind.endswith("Transpose"):
            raise refuse("padding 'valid' here", f"{kind} with padding 'same', computed by Theano", name, "theano")
        if kind in ("Conv2D", "SeparableConv2D", "DepthwiseConv2D") and _differs(config):
            chains[name] = [_margins(entry, name), entry]
    lay_chains(model, chains)


def _spans(config: Config) -> list[int]:
    """Pixels from the first to the last row and column under the kernel."""
    kernel, dilation = _pair(config["kernel_size"]), _pair(config.get("dilation_rate", 1))
    return [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]


def _pair(value: Any) -> list[int]:
    return [int(one) for one in value] if isinstance(value, list) else [int(value)] * 2


def _differs(config: Config) -> bool:
    return _pair(config.get("strides", 1)) != [1, 1] or any(span % 2 == 0 for span in _spans(config))


def _margins(entry: Config, name: str) -> Config:
    config = entry["config"]
    config["padding"] = "valid"
    margins = [[span // 2, span - 1 - span // 2] for span in _spans(config)]
    padding = {"padding": margins, "data_format": config.get("data_format")}
    if "batch_input_shape" in config:
        padding["batch_input_shape"] = config.pop("batch_input_shape")
    return layer("ZeroPadding2D", f"{name}_margins", **padding)
