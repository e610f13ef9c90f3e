"""The code beside a result makes the very same request again, in Python and in a shell."""

import shlex

import pytest

from shared.analyses import (
    Attribution,
    AugmentationPreview,
    DeepDream,
    FilterAtlas,
    JobSpec,
    Playground,
    parse_spec,
)
from shared.analyses.playground.stages import Convolution
from shared.cli import read_options
from shared.client import command_line, python_code
from tests.shared.analyses.test_specs import PINNED

RARE = [
    Playground(preset="lenet_3_1"),
    Playground(size=(32, 48), stages=(Convolution(weights="typed", grid=((0.5, -1.0, 1.0), (2.0, 0.0, 1.0))),)),
    FilterAtlas(model="keras/vgg16/random", layer="block1_conv1", channels="0,2,5-8", mode="classic", step_size=0.03),
    Attribution(model="keras/vgg16/random", image="sample/cat", methods="grad_cam,score_cam", classes=(1, 2)),
    DeepDream(model="keras/vgg16/random", image="sample/cat", layers="block1_conv1:0.5,block1_conv2:2"),
    AugmentationPreview(dataset="builtin/digits", horizontal_flip=False, rotation=20),
]
SPECS = [spec for spec, _ in PINNED] + RARE
NAMES = [f"{spec.kind}-{number}" for number, spec in enumerate(SPECS)]


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_the_line_for_a_shell_asks_for_the_same_key(spec: JobSpec) -> None:
    program, run, kind, *options, output, folder = shlex.split(command_line(spec, "a folder"))
    assert (program, run, output, folder) == ("convscope", "run", "--output", "a folder")
    assert parse_spec(kind, dict(read_options(options))).key() == spec.key()


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_the_python_asks_for_the_same_key(spec: JobSpec) -> None:
    asked, code = [], python_code(spec)
    compile(code, "<shown>", "exec")
    before_run = code.partition("result = ")[0].replace("from shared.client import Client\n", "")
    exec(before_run + "\nasked.append(spec)", {"asked": asked})
    assert [one.key() for one in asked] == [spec.key()]
