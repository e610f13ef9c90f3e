"""The default layer of every architecture of keras.applications: its last output with a height and a width."""

import gc

import keras
import pytest
from keras.src.utils import naming

from shared.library.architectures import ARCHITECTURES
from tests.fixtures import tiny_models
from worker.attribution.explained import ExplainedModel, explain_model

# What ends in front of the pooling: an activation, a block's sum or mixture; for the VGGs the last convolution, since
# their last pooling only picks from it. ConvNeXt adds with "+": the sum is what goes into the pooling.
LAST = {
    "convnext": "_head_gap/(input)", "densenet": "relu", "efficientnet": "top_activation",
    "inceptionresnetv2": "conv_7b_ac", "inceptionv3": "mixed10", "mobilenetv2": "out_relu",
    "mobilenetv3": "activation_", "nasnet": "activation_", "vgg": "block5_conv", "xception": "block14_sepconv2_act",
}  # fmt: skip
QUICK = ("mobilenet", "mobilenetv2")


def expected(name: str) -> str:
    if name.startswith("resnet"):
        return "post_relu" if name.endswith("v2") else "conv5_block3_out"
    return "conv_pw_13_relu" if name == "mobilenet" else LAST[max((p for p in LAST if name.startswith(p)), key=len)]


def explained(name: str) -> ExplainedModel:
    known = ARCHITECTURES[name]
    naming.reset_uids()
    network = getattr(keras.applications, known.function)(weights=None)
    return explain_model(tiny_models.loaded(network), (known.size, known.size))


def check(name: str) -> None:
    found = explained(name)
    height, width, channels = found.layers[found.default].shape
    assert expected(name) in found.default
    assert list(found.layers)[-1] == found.default or name.startswith("vgg")
    assert height == width and 7 <= int(height or 0) <= 19 and int(channels or 0) >= 512
    assert (found.ending, found.count) == ("softmax", 1000)


@pytest.mark.parametrize("name", QUICK)
def test_the_default_layer_is_the_last_with_a_height_and_a_width(name: str) -> None:
    check(name)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in QUICK])
def test_the_default_layer_of_every_other_architecture(name: str) -> None:
    check(name)
    gc.collect()
