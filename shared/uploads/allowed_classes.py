"""The classes of Keras that a model file may name, known here without Keras. A test compares them."""

MODELS = frozenset({"Functional", "Sequential", "Model"})

_LAYERS = """
Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention
AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D
Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CutMix Dense
DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten
GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D
GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization
GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization LeakyReLU Masking MaxPool1D
MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MixUp MultiHeadAttention Multiply
Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness
RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing
RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU RepeatVector
Rescaling Reshape Resizing SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D
SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D
UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
# None of them makes more of its operands than they are, but for what others here do as well.
_NUMPY_OPERATIONS = """
Absolute Add All Amax Amin Any Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin Average Cbrt Ceil
Clip Concatenate Copy Cos Cosh Cumprod Cumsum Deg2rad Diff Divide DivideNoNan Einsum Equal Exp Exp2 ExpandDims Expm1
Fabs Flip Fliplr Flipud Floor FloorDivide Fmax Fmin Fmod FullLike GetItem Greater GreaterEqual Heaviside Hypot Isclose
Isfinite Isinf Isnan Less LessEqual Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul
Max Maximum Mean Median Min Minimum Mod Moveaxis Multiply NanToNum Nanmax Nanmean Nanmin Nanstd Nansum Nanvar Negative
NotEqual OnesLike Pad Percentile Power Prod Ptp Quantile Rad2deg Ravel Reciprocal Reshape Roll Rot90 Round Sign Signbit
Sin Sinc Sinh Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take Tan Tanh Transpose Trapezoid
TrueDivide Trunc Var Where ZerosLike
"""
_NN_OPERATIONS = """
AdaptiveAveragePool AdaptiveMaxPool AveragePool Celu DepthToSpace Elu Gelu Glu HardShrink HardSigmoid HardSilu
HardTanh LeakyRelu LogSigmoid LogSoftmax
MaxPool Moments Normalize Relu Relu6 Selu Sigmoid Silu SoftShrink Softmax Softplus Softsign SparsePlus
Sparsemax SparseSigmoid SpaceToDepth Squareplus TanhShrink Threshold
"""
_INITIALIZERS = """
Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform
Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
"""
_ACTIVATIONS = """
celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus
sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
"""
_CLASSES = {
    "keras": "DTypePolicy Model Sequential",
    "keras.models": "Model Sequential",
    "keras.src.models.functional": "Functional",
    "keras.src.models.sequential": "Sequential",
    "keras.layers": _LAYERS,
    "keras.src.applications.convnext": "LayerScale",
    "keras.src.applications.inception_resnet_v2": "CustomScaleLayer",
    "keras.initializers": _INITIALIZERS,
    "keras.regularizers": "L1 L1L2 L2 OrthogonalRegularizer",
    "keras.constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm",
    "keras.dtype_policies": "DTypePolicy DTypePolicyMap FloatDTypePolicy Int4DTypePolicy QuantizedDTypePolicy "
    "QuantizedFloat8DTypePolicy",
    "keras.quantizers": "AbsMaxQuantizer Float8QuantizationConfig Int4QuantizationConfig Int8QuantizationConfig",
    "keras.src.ops.numpy": _NUMPY_OPERATIONS,
    "keras.src.activations.activations": "Mish ReLU",
    "keras.src.ops.nn": _NN_OPERATIONS,
    "keras.src.ops.core": "Cast SaturateCast Slice StopGradient Unstack",
    "keras.src.ops.math": "Erf Erfc Erfinv Logsumexp Rsqrt",
    "keras.src.ops.image": "AffineTransform CropImages GaussianBlur HSVToRGB PadImages RGBToGrayscale "
    "RGBToHSV Resize SobelEdges",
    "keras.src.ops.linalg": "Norm",
}
CLASSES = frozenset((module, name) for module, names in _CLASSES.items() for name in names.split())
# Keras 1 and 2 wrote no modules.
LEGACY_CLASSES = frozenset(name for _, name in CLASSES) | {"Policy"}
ACTIVATIONS = frozenset(_ACTIVATIONS.split())
ACTIVATION_MODULES = ("builtins", "keras.activations", "keras.src.activations.activations")
