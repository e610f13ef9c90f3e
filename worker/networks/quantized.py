"""Networks of other number formats (quantized, with LoRA beside their kernels, float64) as networks of float32.

A quantized layer of Keras keeps its kernel as small integers with a scale for each unit, is run by another method than
`call`, and has the integers as its `kernel`: what reads that would show another network. Here its kernel is what the
integers stand for, to the last bit, and what comes in is rounded as the quantized layer rounds it, so that the network
gives the same numbers; the gradient passes the rounding, as it does in Keras.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras.src.quantizers import quantizers

from shared.errors import UnknownModel, message

ops = keras.ops
Rounding = Callable[[Any], Any]
_FLOAT8 = "float8_e4m3fn"
# What a quantized layer has that one of float32 has not.
_QUANTIZED = """
_kernel bias kernel_scale kernel_zero g_idx inputs_scale inputs_amax_history kernel_amax_history outputs_grad_scale
outputs_grad_amax_history lora_kernel_a lora_kernel_b inputs_quantizer
"""


class Dense(keras.layers.Dense):
    """A Dense layer that rounds what comes in, as the quantized one did whose place it takes; copies do not round."""

    rounding: Rounding

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Round, and go on; what only has a shape is let through."""
        if not isinstance(inputs, keras.KerasTensor):
            inputs = self.rounding(ops.cast(inputs, "float32"))
        return super().__call__(inputs, *args, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> keras.layers.Dense:
        """A plain Dense: what is trained further, or saved, is a network of float32."""
        return keras.layers.Dense.from_config(config)


def as_float32(network: keras.Model) -> keras.Model:
    """A network whose layers are all of float32.

    Args:
        network: as loaded; changed in place, and returned; one of float64 is built anew.

    Raises:
        UnknownModel: another layer than Dense was quantized, or in a way that cannot be undone here.
    """
    for layer in network._flatten_layers():
        if getattr(layer, "quantization_mode", None):
            _dequantize(layer)
        elif getattr(layer, "lora_enabled", False):
            _merge_lora(layer)
    return _built_anew(network) if any(weight.dtype == "float64" for weight in network.weights) else network


def _built_anew(network: keras.Model) -> keras.Model:
    """The same network with float32 wherever it has float64: nothing else here computes in that."""
    copy = keras.models.model_from_json(network.to_json().replace('"float64"', '"float32"'))
    copy.set_weights([np.asarray(weight, str(own.dtype)) for weight, own in
                      zip(network.get_weights(), copy.weights, strict=True)])  # fmt: skip
    return copy


def _dequantize(layer: Any) -> None:
    mode = layer.quantization_mode
    if type(layer) is not keras.layers.Dense or mode not in ("int8", "int4", "float8"):
        received = f"{type(layer).__name__} {layer.name} of {mode}"
        raise UnknownModel(message("Dense layers that were quantized to int8, int4 or float8", received,
                                   "Add the network as it was before it was quantized."))  # fmt: skip
    kernel, bias, rounding = _float_kernel(layer), _bias(layer), _rounding(layer)
    _replace_weights(layer, kernel, bias)
    layer.quantization_config, layer._is_quantized = None, False
    if rounding:
        layer.__class__ = Dense
        layer.__dict__["rounding"] = rounding


def _merge_lora(layer: Any) -> None:
    """Put what was learned beside a kernel into it."""
    _replace_weights(layer, np.asarray(layer.kernel, np.float32), _bias(layer))


def _replace_weights(layer: Any, kernel: np.ndarray, bias: np.ndarray | None) -> None:
    trained = layer.trainable
    layer.lora_enabled, layer.lora_rank, layer.lora_alpha = False, None, None
    layer._tracker.unlock()
    for name in _QUANTIZED.split():
        if name in layer.__dict__:
            delattr(layer, name)
    layer.dtype_policy = "float32"
    layer._kernel = layer.add_weight(shape=kernel.shape, name="kernel", dtype="float32")
    layer.bias = None if bias is None else layer.add_weight(shape=bias.shape, name="bias", dtype="float32")
    layer._tracker.lock()
    layer._kernel.assign(kernel)
    if bias is not None:
        layer.bias.assign(bias)
    layer.trainable = trained


def _bias(layer: Any) -> np.ndarray | None:
    if layer.bias is None:
        return None
    if layer.quantization_mode == "float8":  # Keras rounds it there
        return np.asarray(ops.cast(ops.cast(layer.bias, "bfloat16"), "float32"))
    return np.asarray(layer.bias, np.float32)


def _float_kernel(layer: Any) -> np.ndarray:
    """float32 (input, unit): what a quantized kernel stands for, with what LoRA adds."""
    if layer.quantization_mode == "float8":
        rounded = quantizers.quantize_and_dequantize(ops.cast(layer._kernel, "float32"), layer.kernel_scale, _FLOAT8,
                                                     "float32")  # fmt: skip
        return np.asarray(rounded)
    scale = ops.cast(layer.kernel_scale, "float32")
    whole = ops.convert_to_tensor(layer._kernel)
    if layer.quantization_mode == "int4":
        whole = quantizers.unpack_int4(whole, layer._orig_output_dim, axis=-1)
    if getattr(layer, "kernel_zero", None) is not None:
        kernel = quantizers.dequantize_with_sz_map(whole, scale, layer.kernel_zero, layer.g_idx, group_axis=0)
    else:
        kernel = ops.cast(whole, "float32") / scale
    if layer.lora_enabled:
        kernel += (layer.lora_alpha / layer.lora_rank) * ops.matmul(layer.lora_kernel_a, layer.lora_kernel_b)
    return np.asarray(kernel, np.float32)


def _rounding(layer: Any) -> Rounding | None:
    """How a quantized layer rounds what comes in; None where it takes it as it is."""
    if layer.quantization_mode == "float8":
        scale = float(np.asarray(layer.inputs_scale))
        return _passing(lambda x: quantizers.quantize_and_dequantize(x, scale, _FLOAT8, "float32"))
    quantizer = getattr(layer, "inputs_quantizer", None)
    if quantizer is None or getattr(layer, "kernel_zero", None) is not None:
        return None

    def rounded(x: Any) -> Any:
        whole, scale = quantizer(x, axis=-1)
        return ops.cast(whole, "float32") / ops.cast(scale, "float32")

    return _passing(rounded)


def _passing(rounded: Rounding) -> Rounding:
    """A rounding that lets the gradient through as if it were none."""
    return lambda x: x + ops.stop_gradient(rounded(x) - x)
