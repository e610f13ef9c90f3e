"""Classes of a team's own: the modules that an administrator names, imported where networks are built.

What a file may name of them is told without importing them, by shared.uploads.own_classes; whether they really bring it
is told here, before Keras builds anything.
"""

import contextlib
import importlib
from collections.abc import Sequence

import keras
from keras.src.models.functional import Functional

from shared.errors import UnknownModel, message
from shared.uploads.own_classes import OwnClass
from worker.networks.capture import walk
from worker.networks.tried_window import is_own


def bring_own_classes(named: Sequence[OwnClass], modules: Sequence[str], trusted: bool = False) -> None:
    """Import the modules of CONVSCOPE_MODULES, which registers their classes with Keras.

    Args:
        named: what a model file names of them.
        modules: importable names.
        trusted: whether the file's own modules may be imported as well; what none registers, Keras will name.

    Raises:
        UnknownModel: a module cannot be imported here, or none of them registers what the file names.
    """
    for module in modules:
        _import(module)
    if trusted:
        for module in {one.module for one in named}:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
        return
    for one in named:
        found = keras.saving.get_registered_object(one.registered)
        home = str(getattr(found, "__module__", ""))
        if found is None or not any(home == m or home.startswith(f"{m}.") for m in modules):
            expected = f"{one.registered}, registered by {' or '.join(modules)}"
            advice = (
                "Put `@keras.saving.register_keras_serializable(package=...)` above it as it was when the file was "
                "written, or name the module that does in CONVSCOPE_MODULES."
            )
            raise UnknownModel(message(expected, f"nothing of that name{f' but in {home}' if home else ''}", advice))


def own_layers(network: keras.Model) -> list[str]:
    """Layers of somebody's own code in a network, also inside one another, each kind once: "Residual of pond"."""
    kinds = {type(layer): None for _, layer in walk(network) if is_own(layer)}
    homes = [(keras.saving.get_registered_name(kind).rpartition(">")[0] or kind.__module__, kind) for kind in kinds]
    return [f"{kind.__name__} of {home}" for home, kind in homes]


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever their code raises means the same to the person
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise UnknownModel(
            message(f"the module {module} of CONVSCOPE_MODULES beside the worker", reason.rstrip("."),
                    "Install it into the worker's environment and start the worker again.")
        ) from error  # fmt: skip


def with_input(network: keras.Model) -> keras.Model:
    """A model that is somebody's own code, with the input that it was built for; any other as it is."""
    if network.inputs if isinstance(network, keras.Sequential | Functional) else not network.built:
        return network
    shapes = getattr(network, "_build_shapes_dict", None) or {}
    if isinstance(network, Functional) or len(shapes) != 1:
        return network
    picture = keras.Input(next(iter(shapes.values()))[1:], name="picture")
    return keras.Model(picture, network(picture), name=f"{network.name}_on_a_picture")
