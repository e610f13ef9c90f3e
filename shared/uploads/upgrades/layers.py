"""A layer of Keras 2 in the form of Keras 3: its class, its arguments, its data type."""

from typing import Any

from shared.uploads.allowed_classes import CLASSES, MODELS
from shared.uploads.upgrades.arguments import ARGUMENTS
from shared.uploads.upgrades.refusals import refuse
from shared.uploads.upgrades.settings import upgrade_activation, upgrade_setting

Config = dict[str, Any]

_RENAMED = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "FixedDropout": "Dropout",
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
    # They change pictures while a network is trained and let them through afterwards.
    "RandomHeight": "Identity",
    "RandomWidth": "Identity",
}
_ARGUMENTS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ThresholdedReLU": {"theta": "threshold"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
}
_GONE_NAMES = """
ConvRNN2D CuDNNGRU CuDNNLSTM DenseFeatures Highway LocallyConnected1D LocallyConnected2D MaxoutDense
ParametricSoftplus PeepholeLSTMCell RandomFourierFeatures SReLU SequenceFeatures TimeDistributedDense
"""
_GONE = frozenset(_GONE_NAMES.split())
OPERATIONS = "keras.src.ops.numpy"
_OTHER_MODULES = {
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
    "LayerScale": "keras.src.applications.convnext",
}
_WITHOUT_WEIGHTS = frozenset({"InputLayer", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})
# Arguments that say nothing about what is computed.
_SAYS_NOTHING = """
auto_vectorize autocast batch_input_shape batch_shape dtype dynamic experimental_autocast implementation input_dim
input_dtype input_length input_shape key_shape query_shape ragged rng_type stateful synchronized time_major
value_shape virtual_batch_size
"""
_DROPPED = frozenset(_SAYS_NOTHING.split())
# What an argument may be that no layer takes any more.
_HARMLESS: tuple[Any, ...] = (None, False, [], {})


def upgrade_layer(entry: Config) -> Config:
    """A layer's entry as Keras 3 writes it, without its nodes.

    Args:
        entry: class_name and config, in the words of Keras 2.

    Returns:
        module, class_name, config, registered_name; an unknown class comes out as one of the file's own, for the
        check to refuse.

    Raises:
        RefusedUpload: a layer or an argument that Keras 3 has not, and that changes what is computed.
    """
    kind, config = entry["class_name"], entry["config"]
    name = str(config.get("name", entry.get("name", "")))
    if entry.get("module") == OPERATIONS:
        return {"module": OPERATIONS, "class_name": kind, "config": config, "registered_name": kind}
    if kind in _GONE:
        raise refuse("layers that Keras 3 has", kind, name, "gone")
    new = str(_RENAMED.get(kind, kind)).removeprefix("Custom>")
    module = _OTHER_MODULES.get(new, "keras.layers")
    if (module, new) not in CLASSES:
        # Not ours to judge: what cannot be opened keeps its name, and the check says why.
        return {"module": entry.get("module", _module(kind)), "class_name": kind, "config": {"name": name},
                "registered_name": entry.get("registered_name")}  # fmt: skip
    names = _ARGUMENTS.get(kind, {})
    config = {names.get(key, key): _plain(value) for key, value in config.items()}
    settled = _settled(new, _kept(new, config, name), name)
    return {"module": module, "class_name": new, "config": settled, "registered_name": None}


def _module(kind: str) -> str | None:
    """Lambda and its like are Keras's own; anything else that is unknown is the file's own."""
    return "keras.layers" if kind in ("Lambda", "LambdaMerge", "TFOpLambda", "SlicingOpLambda") else None


def _plain(value: Any) -> Any:
    """Keras 2.1 wrote {"type": "ndarray", "value": 0.3}; TensorFlow's wrappers write tuples and shapes as objects."""
    if not isinstance(value, dict):
        return value
    if value.get("type") == "ndarray":
        return value.get("value")
    if value.get("class_name") in ("TensorShape", "__tuple__", "ListWrapper") and "items" in value:
        return [_plain(one) for one in value["items"]]
    return value


def _kept(kind: str, config: Config, name: str) -> Config:
    """The arguments that the layer takes today; one that is gone may be dropped only where it does nothing."""
    known = ARGUMENTS.get(kind)
    kept: Config = {"name": name}
    # True is what it is anyway, and layers without weights do not all take it.
    if config.get("trainable", True) is False and kind not in _WITHOUT_WEIGHTS:
        kept["trainable"] = False
    for key, value in config.items():
        if kind == "Identity":
            continue
        if known is None or key in known:
            kept[key] = value
        elif key not in ("name", "trainable") and not _is_dropped(key, value):
            raise refuse("settings that Keras 3 knows", f"{kind} with {key}={value!r}"[:90], name, "setting")
    for key in ("batch_input_shape", "dtype", "input_shape"):
        kept.pop(key, None)
    return kept


def _is_dropped(key: str, value: Any) -> bool:
    said = key.rpartition("_")[2] in ("initializer", "regularizer", "constraint")
    return said or key in _DROPPED or value in _HARMLESS or (key == "groups" and value == 1)


def _settled(kind: str, config: Config, name: str) -> Config:
    """Arguments whose values were written otherwise."""
    _settle_weights(config)
    if "activation" in config:
        config["activation"] = _activation(config["activation"], name)
    if "recurrent_activation" in config:
        config["recurrent_activation"] = _inner_activation(config["recurrent_activation"], kind, name)
    if kind == "BatchNormalization":
        axis = config.get("axis", -1)
        config["axis"] = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if kind == "GRU":
        # Keras 2 multiplied the state first, TensorFlow's does so since 2.0; only the former left it unsaid.
        config.setdefault("reset_after", False)
    if kind == "InputLayer":
        config["batch_shape"] = [None, *config["batch_shape"][1:]]
    _settle_wrapped(kind, config, name)
    return config


def _settle_weights(config: Config) -> None:
    for key in list(config):
        setting = key.rpartition("_")[2]
        if setting in ("initializer", "regularizer", "constraint"):
            config[key] = upgrade_setting(setting, config[key])
            if setting == "initializer" and config[key] is None:
                del config[key]


def _settle_wrapped(kind: str, config: Config, name: str) -> None:
    for key in ("layer", "backward_layer"):
        inner = config.get(key)
        # A wrapped model has been upgraded by whoever upgrades models.
        if isinstance(inner, dict) and inner.get("class_name") not in MODELS:
            config[key] = upgrade_layer(inner)
            _inner_activation(config[key]["config"].get("activation"), kind, name)


def _activation(value: Any, name: str) -> Any:
    found = upgrade_activation(value, name)
    return upgrade_layer(found) if isinstance(found, dict) else found


def _inner_activation(value: Any, kind: str, name: str) -> Any:
    if value == "hard_sigmoid":
        received = f"{kind} with the hard_sigmoid of Keras 2"
        raise refuse("an activation that is still the same", received, name, "setting")
    return value
