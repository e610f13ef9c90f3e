"""The architectures of keras.applications, known here without importing Keras. A test compares the table."""

from dataclasses import dataclass

from shared.errors import UnknownModel, choices, message
from shared.library.preprocessing import Preprocess


@dataclass(frozen=True)
class Architecture:
    """One architecture.

    Attributes:
        name: function name of keras.applications in lower case.
        function: its name there.
        preprocess: how pictures go in. "caffe": BGR less the ImageNet means, 0..255; "torch": 0..1 less
            ImageNet means, over their deviations; "0..255": the network rescales by itself.
        size: height and width its ImageNet head was trained on, in pixels.
    """

    name: str
    function: str
    preprocess: Preprocess
    size: int = 224


_BY_PREPROCESS: dict[Preprocess, str] = {
    "caffe": "VGG16 VGG19 ResNet50 ResNet101 ResNet152",
    "-1..1": "Xception:299 InceptionV3:299 InceptionResNetV2:299 MobileNet MobileNetV2 NASNetMobile "
    "NASNetLarge:331 ResNet50V2 ResNet101V2 ResNet152V2",
    "torch": "DenseNet121 DenseNet169 DenseNet201",
    "0..255": "EfficientNetB0 EfficientNetB1:240 EfficientNetB2:260 EfficientNetB3:300 EfficientNetB4:380 "
    "EfficientNetB5:456 EfficientNetB6:528 EfficientNetB7:600 EfficientNetV2B0 EfficientNetV2B1:240 "
    "EfficientNetV2B2:260 EfficientNetV2B3:300 EfficientNetV2S:384 EfficientNetV2M:480 EfficientNetV2L:480 "
    "ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge MobileNetV3Small MobileNetV3Large",
}


def _read(preprocess: Preprocess, word: str) -> Architecture:
    function, _, size = word.partition(":")
    return Architecture(function.lower(), function, preprocess, int(size or 224))


ARCHITECTURES: dict[str, Architecture] = {
    a.name: a
    for a in sorted(
        (_read(mode, word) for mode, words in _BY_PREPROCESS.items() for word in words.split()),
        key=lambda a: a.name,
    )
}


def architecture(name: str) -> Architecture:
    """The architecture of a name in lower case.

    Raises:
        UnknownModel: listing those that exist.
    """
    try:
        return ARCHITECTURES[name]
    except KeyError:
        raise UnknownModel(
            message("an architecture of keras.applications", name, choices(name, ARCHITECTURES))
        ) from None
