"""What a model's configuration may name: exact classes of Keras, read without Keras. All else is refused."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from shared.errors import RefusedUpload, message
from shared.uploads.advice import ADVICE as _ADVICE
from shared.uploads.advice import REBUILD as _BUILT_IN
from shared.uploads.allowed_classes import ACTIVATION_MODULES, ACTIVATIONS, CLASSES, LEGACY_CLASSES, MODELS
from shared.uploads.own_classes import OwnClass, advice_on, own_class

MAX_DEPTH = 120
MAX_WIDTH = 1_000_000

_LAYER_MODULES = (
    "keras.layers",
    "keras.models",
    "keras.src.models.",
    "keras.src.ops.",
    "keras.src.applications.",
)
_VALUES = frozenset(["__keras_tensor__", "__slice__", "__ellipsis__", "__tuple__", "TensorShape"])
_ARRAYS = frozenset({"__numpy__", "__tensor__"})
# Settings that say how wide a layer is.
_WIDTHS = """
units filters output_dim input_dim projection_dim depth_multiplier kernel_size num_heads key_dim value_dim
head_dim num_query_heads num_key_value_heads groups n size pool_size output_size num_tokens height width
"""

_LOCATION = re.compile(r"^[a-z][a-z0-9+.-]*://|^[/~]|^[a-z]:[\\/]|^\\\\|(^|[\\/])\.\.([\\/]|$)", re.IGNORECASE)
_NUMBERS = re.compile(r"(bool|bfloat16|(u?int|float)(8|16|32|64))$")


def parse_config(text: bytes, name: str) -> dict[str, Any]:
    """Parse a JSON object.

    Args:
        text: UTF-8 JSON.
        name: what it is called in the file, for the message.

    Returns:
        The object.

    Raises:
        RefusedUpload: no JSON, no object, or nested too deeply to parse.
    """
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        advice = "The file is damaged; save the model again with Keras."
        raise RefusedUpload(message(f"JSON in {name}", f"{type(error).__name__}: {error}", advice)) from error
    if not isinstance(config, dict):
        raise RefusedUpload(message(f"a JSON object in {name}", type(config).__name__, _BUILT_IN))
    return config


def check_config(config: dict[str, Any], modules: Sequence[str] = (), trusted: bool = False) -> tuple[OwnClass, ...]:
    """Refuse a model configuration that names anything but built-in classes of Keras, or of an administrator's modules.

    Args:
        config: of Keras 3 (every class with its module) or of Keras 1 and 2 (class names only). How the
            model itself was compiled is not looked at: it is loaded with `compile=False`.
        modules: whose registered classes may stand in it; see shared.uploads.own_classes.
        trusted: whether somebody who may has said that code of any kind may run; sizes and depth stay bounded.

    Returns:
        What it names of these modules, or of any where it is trusted, each once. An engine compares the first with
        what they really register.

    Raises:
        RefusedUpload: naming the layer and its class.
    """
    own: dict[OwnClass, None] = {}
    if not trusted and not own_class(config, modules):
        _check_object(config, _layer_name(config))
        if config.get("class_name") not in MODELS:
            raise RefusedUpload(message("a Sequential or Functional model", config.get("class_name"), _BUILT_IN))
    waiting: list[tuple[Any, int, str]] = [({**config, "compile_config": None}, 0, "")]
    while waiting:
        value, depth, layer = waiting.pop()
        if depth > MAX_DEPTH:
            raise RefusedUpload(message(f"at most {MAX_DEPTH} levels of nesting", f"more in {layer}", _BUILT_IN))
        if isinstance(value, dict):
            layer = _layer_name(value) or layer
            if one := own_class(value, modules) or (trusted and _code(value)):
                own[one] = None
                _check_widths(value.get("config"), layer)
            else:
                _check_object(value, layer)
            _check_nodes(value, layer)
        elif isinstance(value, str):
            _check_text(value, layer)
        waiting.extend((child, depth + 1, layer) for child in reversed(list(_children(value))))
    return tuple(own)


def _code(value: dict[str, Any]) -> OwnClass | None:
    """What is no class of Keras, or holds Python code; None for all that may stand in any file."""
    try:
        _check_object(value, "")
    except RefusedUpload:
        name = value["config"] if value["class_name"] == "function" else value["class_name"]
        return OwnClass(str(name), str(value.get("registered_name")), str(value.get("module") or "Python"))
    return None


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _layer_name(value: dict[str, Any]) -> str:
    module = value.get("module", "keras.layers")
    config = value.get("config")
    if "class_name" not in value or not isinstance(config, dict):
        return ""
    # Data types and optimizers have names as well, which would say nothing about where they stand.
    if isinstance(module, str) and not module.startswith(_LAYER_MODULES) and module.startswith("keras"):
        return ""
    name = config.get("name", value.get("name"))
    return name if isinstance(name, str) else ""


def _refuse(name: object, layer: str, why: str = "", otherwise: str = _BUILT_IN) -> RefusedUpload:
    where = f" (layer {layer!r})" if layer else ""
    advice = _ADVICE.get(name, otherwise) if isinstance(name, str) else otherwise
    return RefusedUpload(message("built-in layers of Keras", f"{name}{why}{where}"[:116], advice))


def _check_object(value: dict[str, Any], layer: str) -> None:
    if "class_name" not in value:
        return
    name = value["class_name"]
    if not isinstance(name, str):
        raise _refuse(name, layer)
    if name in _ARRAYS:
        _check_array(value, layer)
    elif name == "function":
        _check_activation(value, layer)
    elif name not in _VALUES:
        _check_class(name, value, layer)
        _check_widths(value.get("config"), layer)


def _check_class(name: str, value: dict[str, Any], layer: str) -> None:
    if "module" not in value:
        if name not in LEGACY_CLASSES:
            raise _refuse(name, layer)
        return
    module, registered = value["module"], value.get("registered_name")
    if not isinstance(module, str | None) or (module, name) not in CLASSES:
        raise _refuse(name, layer, f" of {module}" if module else " (own class)", advice_on(module))
    if registered not in (None, name):
        raise _refuse(name, layer, f" registered as {registered!r}")


def _check_activation(value: dict[str, Any], layer: str) -> None:
    function, registered = value.get("config"), value.get("registered_name")
    known = isinstance(function, str) and function in ACTIVATIONS
    if not known or value.get("module") not in ACTIVATION_MODULES or registered not in (None, "function", function):
        module = str(function).rpartition(">")[0] or value.get("module")
        raise _refuse(f"function {function}", layer, otherwise=advice_on(module))


def _check_array(value: dict[str, Any], layer: str) -> None:
    # numpy makes room for whatever a data type says: "S1000000000" is a gigabyte an element.
    config = value.get("config")
    dtype = config.get("dtype") if isinstance(config, dict) else None
    if not isinstance(dtype, str) or not _NUMBERS.match(dtype):
        raise _refuse(f"array of {dtype}", layer)


def _check_widths(config: Any, layer: str) -> None:
    if not isinstance(config, dict):
        return
    for field in _WIDTHS.split():
        value = config.get(field)
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int | float) and not 0 <= number <= MAX_WIDTH:
                expected = f"`{field}` of at most {MAX_WIDTH:,}{', none below 0' if number < 0 else ''}"
                advice = "No picture needs a layer of this width; check the file's origin."
                raise RefusedUpload(message(expected, f"{number:,} (layer {layer!r})"[:116], advice))


def _check_nodes(value: dict[str, Any], layer: str) -> None:
    """A call on constants alone would be computed while loading, at any size; Keras never writes one."""
    nodes = value.get("inbound_nodes")
    for node in nodes if isinstance(nodes, list) else []:
        if isinstance(node, dict) and not any(True for _ in tensors(node)):
            raise _refuse(value.get("class_name"), layer, " called without an input")


def tensors(node: Any) -> Iterator[dict[str, Any]]:
    """The symbolic tensors that a call of a layer takes, in order.

    Args:
        node: an entry of `inbound_nodes` of Keras 3.

    Yields:
        Their configurations: shape, dtype, keras_history.
    """
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            yield config if isinstance(config, dict) else {}
        else:
            waiting.extend(reversed(list(_children(value))))


def _check_text(text: str, layer: str) -> None:
    if _LOCATION.search(text):
        advice = "A model file must not point to other files; save the model again without it."
        raise RefusedUpload(message("no addresses and no paths", f"{text[:60]} (layer {layer!r})"[:116], advice))
