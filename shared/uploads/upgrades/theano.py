"""Theano's "same" padding, where it differs from TensorFlow's: the same pixels, counted from the other side.

Theano's windows begin at -(kernel // 2), whatever the stride; TensorFlow puts the odd row of margin at the end. Both
agree for odd kernels of stride 1.
"""

from typing import Any

from shared.uploads.upgrades.chains import lay_chains
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]


def keep_theano_padding(model: Config) -> None:
    """Write the margins out, wherever a layer of one model of Keras 2's form has them; changes the model.

    Raises:
        RefusedUpload: a pooling with "same" padding, for which Theano's rule has no equal.
    """
    chains = {}
    for entry in model["config"]["layers"]:
        kind, config = entry["class_name"], entry["config"]
        if config.get("padding") != "same":
            continue
        name = str(entry.get("name") or config.get("name", ""))
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
    padding = {"name": f"{name}_margins", "padding": margins, "data_format": config.get("data_format")}
    if "batch_input_shape" in config:
        padding["batch_input_shape"] = config.pop("batch_input_shape")
    return {"class_name": "ZeroPadding2D", "name": f"{name}_margins", "config": padding}
