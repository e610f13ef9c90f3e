"""Networks whose pictures are (channel, height, width), turned round to (height, width, channel).

Theano's order: Keras 1's dim_ordering "th", Keras 2's data_format "channels_first". TensorFlow computes it on graphics
cards only, and every picture here has its channels last. What leaves a picture's shape (Flatten, Reshape) sees the
old order again, through a Permute in front, so the weights behind it keep their places.
"""

from typing import Any

from shared.uploads.allowed_classes import MODELS
from shared.uploads.declared_shapes import name_of
from shared.uploads.upgrades.chains import lay_chains, layer
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]

FIRST = "channels_first"
_TO_FIRST, _TO_LAST = [3, 1, 2], [2, 3, 1]
# Where an axis of (batch, channel, height, width) lies in (batch, height, width, channel).
_AXES = {1: 3, 2: 1, 3: 2, -3: 3, -2: 1, -1: 2}
_SAME = """
Activation ActivityRegularization Add AlphaDropout Average Dropout ELU GaussianDropout GaussianNoise Identity
LeakyReLU Maximum Minimum Multiply ReLU SpatialDropout2D Subtract ThresholdedReLU
"""
_ANY_ORDER = frozenset(_SAME.split())
# Keras 1 did not write the order of these: it was that of the network.
_UNSAID = frozenset({"Cropping2D", "UpSampling2D", "ZeroPadding2D"})


def is_turned(model: Config) -> bool:
    """Whether a model, or one inside it, computes on pictures of Theano's order."""
    for entry in model["config"]["layers"]:
        inner = is_turned(entry) if entry["class_name"] in MODELS else entry["config"].get("data_format") == FIRST
        if inner and entry["class_name"] != "Flatten":
            return True
    return False


def turn(model: Config, given: bool | None = None) -> bool:
    """Turn a model of Keras 2's form round; changes it.

    Args:
        model: class_name and config, its layers upgraded to Keras 2, its nodes as they were.
        given: whether pictures come in from the model around it; None for the outermost.

    Returns:
        Whether its output still has the shape of a picture.

    Raises:
        RefusedUpload: a layer that would compute something else.
    """
    config = model["config"]
    pictures: dict[str, bool] = {}
    chains: dict[str, list[Config]] = {}
    state = bool(given)
    for number, entry in enumerate(config["layers"]):
        name = name_of(entry)
        if model["class_name"] != "Sequential":
            sources = [pictures[one] for one in _sources(entry.get("inbound_nodes", []))]
            state = any(sources) if sources else bool(given)
        state = _turn_shape(entry, number, state)
        links, state = _turn_layer(entry, name, state)
        pictures[name] = state
        if len(links) > 1:
            chains[name] = links
    lay_chains(model, chains)
    return state


def _sources(value: Any) -> list[str]:
    """Names of the layers that a structure of references names first."""
    if not isinstance(value, list) or not value:
        return []
    if isinstance(value[0], str):
        return [value[0]]
    return [name for one in value for name in _sources(one)]


def _turn_shape(entry: Config, number: int, state: bool) -> bool:
    """Turn the input shape that a layer states; it says whether pictures come in where nothing else does."""
    shape = entry["config"].get("batch_input_shape")
    if not isinstance(shape, list):
        return state
    if len(shape) != 4:
        return state and number > 0
    entry["config"]["batch_input_shape"] = [shape[0], shape[2], shape[3], shape[1]]
    return True


def _turn_layer(entry: Config, name: str, picture: bool) -> tuple[list[Config], bool]:
    """The entries that compute as before on turned pictures, and whether pictures come out."""
    kind, config = entry["class_name"], entry["config"]
    if kind in MODELS:
        return [entry], turn(entry, picture)
    if kind == "Reshape":
        return _turn_reshape(entry, name, picture)
    if not picture or kind == "InputLayer":
        return [entry], picture
    softmax = config.get("activation") == "softmax" and kind != "Dense"
    if softmax or kind in ("Dense", "Softmax"):
        raise refuse("a softmax or Dense behind a Flatten or a global pooling", kind, name, "order")
    if kind == "Flatten":
        links = [entry] if config.pop("data_format", None) == FIRST else [_permute(name, "order", _TO_FIRST), entry]
        return links, False
    if kind in ("BatchNormalization", "Concatenate"):
        config["axis"] = _turned_axis(config.get("axis", -1), kind, name)
    elif config.get("data_format", FIRST if kind in _UNSAID else None) == FIRST:
        config["data_format"] = "channels_last"
    elif kind not in _ANY_ORDER:
        raise refuse("layers that work in either order", kind, name, "order")
    return [entry], not kind.startswith("Global") or bool(config.get("keepdims"))


def _turned_axis(axis: Any, kind: str, name: str) -> int:
    number = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    turned = _AXES.get(number) if isinstance(number, int) else None
    if turned is None or (kind == "BatchNormalization" and turned != 3):
        raise refuse("an axis of channels", f"{kind} along axis {axis}", name, "order")
    return turned


def _turn_reshape(entry: Config, name: str, picture: bool) -> tuple[list[Config], bool]:
    becomes_picture = len(entry["config"]["target_shape"]) == 3
    links = [_permute(name, "order", _TO_FIRST)] if picture else []
    links.append(entry)
    shape = entry["config"].pop("batch_input_shape", None)
    if shape:
        links[0]["config"]["batch_input_shape"] = shape
    if becomes_picture:
        links.append(_permute(name, "turned", _TO_LAST))
    return links, becomes_picture


def _permute(name: str, what: str, dims: list[int]) -> Config:
    return layer("Permute", f"{name}_{what}", dims=dims)
