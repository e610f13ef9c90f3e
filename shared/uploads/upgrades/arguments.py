"""The arguments that layers of Keras 3 take, known here without Keras; a test compares them with Keras itself."""

_WEIGHT = "initializer regularizer constraint"


def _of(*weights: str) -> str:
    """Arguments that say how weights start and are held: kernel_initializer and the like."""
    return " ".join(f"{weight}_{kind}" for weight in weights for kind in _WEIGHT.split())


_KERNEL = _of("kernel", "bias") + " activation use_bias"
_WINDOW = "kernel_size strides padding data_format dilation_rate"
_CONVOLUTION = f"filters groups {_WINDOW} {_KERNEL}"
_TRANSPOSED = f"filters output_padding {_WINDOW} {_KERNEL}"
_DEPTHWISE = f"depth_multiplier {_WINDOW} activation use_bias {_of('depthwise', 'bias')}"
_SEPARABLE = f"filters depth_multiplier {_WINDOW} activation use_bias {_of('depthwise', 'pointwise', 'bias')}"
_POOLING = "pool_size strides padding data_format"
_NORMALIZATION = f"axis epsilon center scale {_of('beta', 'gamma')}"
_FILL = "fill_mode fill_value interpolation data_format seed"
_RECURRENT = (
    f"units {_KERNEL} {_of('recurrent')} dropout recurrent_dropout seed return_sequences return_state "
    "go_backwards stateful unroll"
)
_BY_RANK = {
    "AveragePooling": _POOLING,
    "Conv": _CONVOLUTION,
    "Cropping": "cropping data_format",
    "GlobalAveragePooling": "data_format keepdims",
    "GlobalMaxPooling": "data_format keepdims",
    "MaxPooling": _POOLING,
    "SpatialDropout": "rate data_format seed",
    "UpSampling": "size data_format",
    "ZeroPadding": "padding data_format",
}
_TABLE = {
    **{f"{name}{rank}D": words for name, words in _BY_RANK.items() for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": _TRANSPOSED for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": _DEPTHWISE for rank in (1, 2)},
    **{f"SeparableConv{rank}D": _SEPARABLE for rank in (1, 2)},
    "Activation": "activation",
    "ActivityRegularization": "l1 l2",
    "Add": "",
    "AlphaDropout": "rate noise_shape seed",
    "Average": "",
    "BatchNormalization": f"{_NORMALIZATION} momentum moving_mean_initializer moving_variance_initializer renorm "
    "renorm_clipping renorm_momentum synchronized",
    "Bidirectional": "layer merge_mode backward_layer",
    "CenterCrop": "height width data_format",
    "Concatenate": "axis",
    "CustomScaleLayer": "scale",
    "Cropping1D": "cropping",
    "Dense": f"units {_KERNEL}",
    "Dot": "axes normalize",
    "Dropout": "rate noise_shape seed",
    "ELU": "alpha",
    "EinsumDense": f"equation output_shape bias_axes activation {_of('kernel', 'bias')}",
    "Embedding": f"input_dim output_dim mask_zero {_of('embeddings')}",
    "Flatten": "data_format",
    "GRU": f"{_RECURRENT} recurrent_activation reset_after",
    "GaussianDropout": "rate seed",
    "GaussianNoise": "stddev seed",
    "GroupNormalization": f"{_NORMALIZATION} groups",
    "Identity": "",
    "InputLayer": "batch_shape sparse",
    "LSTM": f"{_RECURRENT} recurrent_activation unit_forget_bias",
    "LayerNormalization": _NORMALIZATION,
    "LayerScale": "init_values projection_dim",
    "LeakyReLU": "negative_slope",
    "Masking": "mask_value",
    "Maximum": "",
    "Minimum": "",
    "MultiHeadAttention": f"num_heads key_dim value_dim dropout use_bias output_shape attention_axes seed "
    f"{_of('kernel', 'bias')}",
    "Multiply": "",
    "Normalization": "axis mean variance invert",
    "PReLU": f"shared_axes {_of('alpha')}",
    "Permute": "dims",
    "RandomBrightness": "factor value_range seed",
    "RandomContrast": "factor value_range seed",
    "RandomCrop": "height width seed data_format",
    "RandomFlip": "mode seed data_format",
    "RandomRotation": f"factor {_FILL}",
    "RandomTranslation": f"height_factor width_factor {_FILL}",
    "RandomZoom": f"height_factor width_factor {_FILL}",
    "ReLU": "max_value negative_slope threshold",
    "RepeatVector": "n",
    "Rescaling": "scale offset",
    "Reshape": "target_shape",
    "Resizing": "height width interpolation crop_to_aspect_ratio data_format",
    "SimpleRNN": _RECURRENT,
    "Softmax": "axis",
    "SpatialDropout1D": "rate seed",
    "SpectralNormalization": "layer power_iterations",
    "Subtract": "",
    "TimeDistributed": "layer",
    "UnitNormalization": "axis",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "ZeroPadding1D": "padding data_format",
}
ARGUMENTS = {name: frozenset(words.split()) for name, words in _TABLE.items()}
