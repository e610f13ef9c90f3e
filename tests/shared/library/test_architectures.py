"""The table of architectures, compared with keras.applications itself."""

import importlib
from types import ModuleType

import numpy as np
import pytest

from shared.errors import UnknownModel
from shared.library.architectures import ARCHITECTURES, Architecture, architecture

keras = pytest.importorskip("keras")
from worker.networks.preprocessing import preprocess  # noqa: E402 - needs TensorFlow

FUNCTIONS = {
    name: getattr(keras.applications, name)
    for name in dir(keras.applications)
    if name[0].isupper() and callable(getattr(keras.applications, name))
}
# One architecture of each module of keras.applications: they share its preprocess_input().
ONE_A_MODULE = list({FUNCTIONS[a.function].__module__: a for a in ARCHITECTURES.values()}.values())


class SizeAsked(Exception):
    """Carries the size out of a constructor before it builds anything."""


def _module(known: Architecture) -> ModuleType:
    return importlib.import_module(FUNCTIONS[known.function].__module__)


def test_the_table_has_every_architecture_of_keras_applications() -> None:
    assert {a.function for a in ARCHITECTURES.values()} == set(FUNCTIONS)
    assert len(ARCHITECTURES) == 40


def test_names_are_the_functions_names_in_lower_case() -> None:
    assert {name: a.function.lower() for name, a in ARCHITECTURES.items()} == {name: name for name in ARCHITECTURES}
    assert {a.name for a in ARCHITECTURES.values()} == set(ARCHITECTURES)


# MobileNetV3 asks for no size: built without one, it takes pictures of any.
SIZED = [a for a in ARCHITECTURES.values() if not a.name.startswith("mobilenetv3")]


@pytest.mark.parametrize("known", SIZED, ids=lambda a: a.name)
def test_sizes_are_the_ones_keras_builds_by_default(known: Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every constructor first asks imagenet_utils for its input's shape; nothing large is built here."""

    def ask(shape: object, default_size: int, **_: object) -> None:
        raise SizeAsked(default_size)

    monkeypatch.setattr(_module(known).imagenet_utils, "obtain_input_shape", ask)
    with pytest.raises(SizeAsked) as asked:
        FUNCTIONS[known.function](weights=None)
    assert asked.value.args == (known.size,)


@pytest.mark.parametrize("known", ONE_A_MODULE, ids=lambda a: a.name)
def test_pictures_go_in_as_each_module_wants_them(known: Architecture) -> None:
    picture = np.random.default_rng(0).uniform(0, 1, (1, 5, 4, 3)).astype(np.float32)
    wanted = _module(known).preprocess_input(picture * 255)  # Keras takes 0..255
    np.testing.assert_allclose(preprocess(picture, known.preprocess), wanted, rtol=1e-4, atol=1e-4)


def test_an_unknown_architecture_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"'resnet52'\. Did you mean resnet\d+.*Choose one of: convnextbase, .*"):
        architecture("resnet52")


def test_the_list_in_the_message_is_complete() -> None:
    with pytest.raises(UnknownModel) as caught:
        architecture("zzz")
    assert all(name in str(caught.value) for name in ARCHITECTURES)
