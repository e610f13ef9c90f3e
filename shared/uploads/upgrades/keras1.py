"""Layers as Keras 0.3 to 1.2 wrote them, in the words of Keras 2."""

from typing import Any

from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]

CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
}
_MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "min": "Minimum",
    "mul": "Multiply",
    "sum": "Add",
}
# Old argument: new argument. For every class, then for single ones.
_ARGUMENTS = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "atrous_rate": "dilation_rate",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "bias": "use_bias",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "filter_length": "kernel_size",
    "init": "kernel_initializer",
    "nb_filter": "filters",
    "pool_length": "pool_size",
    "subsample": "strides",
    "subsample_length": "strides",
}
_CLASS_ARGUMENTS = {
    "AveragePooling1D": {"stride": "strides"},
    "BatchNormalization": {"gamma_init": "gamma_initializer", "beta_init": "beta_initializer"},
    "Cropping1D": {},
    "Dense": {"output_dim": "units"},
    "Dropout": {"p": "rate"},
    "Embedding": {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "MaxPooling1D": {"stride": "strides"},
    "PReLU": {"init": "alpha_initializer"},
    "SeparableConv2D": {"init": "depthwise_initializer"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "SpatialDropout3D": {"p": "rate"},
    "UpSampling1D": {"length": "size"},
}
_DATA_FORMATS = {"th": "channels_first", "tf": "channels_last"}
# What says nothing about the network: caches, fillers, Keras 1's own notes.
_FORGOTTEN = ("cache_enabled", "input_dim", "input_length", "input_shape", "weights")
_KERNELS = ("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")
_MERGE_NOTES = ("arguments", "layers", "mode", "mode_type", "node_indices", "output_mask", "output_mask_type",
                "output_shape", "output_shape_type", "tensor_indices")  # fmt: skip
_RECURRENT = frozenset({"GRU", "LSTM", "SimpleRNN"})


def to_keras_2(entry: Config) -> Config:
    """A layer's entry with the class and the arguments of Keras 2; one that is that already, unchanged.

    Args:
        entry: class_name and config of one layer, as read from the file; not changed.

    Raises:
        RefusedUpload: a mode that no later Keras has.
    """
    kind = str(CLASSES.get(entry["class_name"], entry["class_name"]))
    config = dict(entry["config"])
    name = str(config.get("name", entry.get("name", "")))
    if kind == "Merge":
        return {**entry, **_merge(config, name)}
    if kind == "BatchNormalization" and config.pop("mode", 0) not in (0, None):
        raise refuse("BatchNormalization of mode 0", "another mode of Keras 1", name, "setting")
    if kind in _RECURRENT and "output_dim" in config:
        raise refuse("layers of Keras 2 or later", f"{kind} of Keras 1", name, "gone")
    config = _with_kernel(config)
    names = {**_ARGUMENTS, **_CLASS_ARGUMENTS.get(kind, {})}
    config = {names.get(key, key): value for key, value in config.items()}
    _forget(kind, config)
    if config.get("data_format") in _DATA_FORMATS:
        config["data_format"] = _DATA_FORMATS[config["data_format"]]
    if kind.startswith("ZeroPadding"):
        config["padding"] = _margins(config.get("padding", 1))
    if kind.endswith("Transpose") and "nb_filter" in entry["config"]:
        config.pop("output_shape", None)
    _check_padding(kind, config, name)
    return {**entry, "class_name": kind, "config": config}


def _forget(kind: str, config: Config) -> None:
    # An Embedding's input_dim is how many words it knows; everywhere else it says what comes in.
    for key in _FORGOTTEN:
        if not (key == "input_dim" and kind == "Embedding"):
            config.pop(key, None)


def _with_kernel(config: Config) -> Config:
    for sides in _KERNELS:
        if sides[0] in config:
            kernel = [config.pop(side) for side in sides]
            return {**config, "kernel_size": kernel}
    return config


def _margins(value: Any) -> Any:
    """Margins of a ZeroPadding2D: Keras 1 also knew four numbers, and words for the sides."""
    if isinstance(value, dict):
        sides = [int(value.get(f"{side}_pad", 0)) for side in ("top", "bottom", "left", "right")]
        return [sides[:2], sides[2:]]
    if isinstance(value, list) and len(value) == 4:
        return [value[:2], value[2:]]
    return value


def _check_padding(kind: str, config: Config, name: str) -> None:
    padding = config.get("padding")
    if isinstance(padding, str) and padding not in ("same", "valid", "causal"):
        raise refuse("padding 'same' or 'valid'", f"{kind} with border_mode {padding!r}", name, "theano")


def _merge(config: Config, name: str) -> Config:
    """A Merge by its mode; one that holds two networks of their own takes two pictures."""
    mode = config.get("mode")
    if config.get("layers"):
        raise refuse("a model with one picture input", "Merge of several networks, each with an input of its own",
                     name, "setting")  # fmt: skip
    if not isinstance(mode, str) or mode not in _MERGES:
        raise refuse("a Merge that adds, multiplies or joins", f"Merge of mode {mode!r}"[:80], name, "Lambda")
    kept = {key: value for key, value in config.items() if key not in _MERGE_NOTES}
    axes, concat_axis = kept.pop("dot_axes", -1), kept.pop("concat_axis", -1)
    if mode == "concat":
        kept["axis"] = concat_axis
    if mode in ("dot", "cos"):
        kept |= {"axes": axes, "normalize": mode == "cos"}
    return {"class_name": _MERGES[mode], "config": kept}
