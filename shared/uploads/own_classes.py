"""Classes of a team's own in a model file: which may stand there, told without importing them.

An administrator names modules in CONVSCOPE_MODULES. Their code is installed beside the workers, and what it registers
with `keras.saving.register_keras_serializable` may be named by a file, as a class of Keras may. Whether they do
register it only an engine can tell, which imports them: see worker.networks.own_modules.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.uploads.advice import REBUILD

_ACTIVATIONS_OF_KERAS = ("builtins", "keras.activations", "keras.src.activations.activations")


@dataclass(frozen=True)
class OwnClass:
    """What a file names that Keras does not bring.

    Attributes:
        name: of the class or function.
        registered: under which Keras finds it, "team_layers>CoordConv2D".
        module: in which it stood when the file was written.
    """

    name: str
    registered: str
    module: str

    def __str__(self) -> str:
        return f"{self.name} of {self.registered.rpartition('>')[0] or self.module}"


def own_class(value: dict[str, Any], modules: Sequence[str]) -> OwnClass | None:
    """What an entry of a configuration names of an administrator's modules; None for all else.

    Args:
        value: an entry with `class_name`.
        modules: of CONVSCOPE_MODULES; without any there is nothing of one's own.
    """
    name, module = value.get("class_name"), value.get("module", "")
    if not modules or not isinstance(name, str) or not isinstance(module, str):
        return None
    registered = value.get("registered_name")
    if "module" not in value:  # as HDF5 files have it
        registered = name
    elif name == "function":
        name = registered = value.get("config")
        if not isinstance(name, str) or (module in _ACTIVATIONS_OF_KERAS and ">" not in name):
            return None
    elif not is_own(value):
        return None
    if not isinstance(registered, str):
        return None
    # The module of a class from a notebook is "__main__": then the registered name alone says whose it is.
    if ">" in registered or any(_inside(module, one) for one in modules):
        return OwnClass(name.rpartition(">")[2], registered, module)
    return None


def is_own(entry: dict[str, Any]) -> bool:
    """Whether an entry names a class of a module that is not Keras."""
    if "module" not in entry:
        return ">" in str(entry.get("class_name"))
    module = entry["module"]
    return isinstance(module, str) and not _inside(module, "keras") and module != "builtins"


def advice_on(module: object) -> str:
    """What to do about a class of some module that is not among those allowed."""
    package = module.split(".")[0] if isinstance(module, str) else "keras"
    if package == "keras" or not package.isidentifier() or package in sys.stdlib_module_names:
        return REBUILD
    return (
        f"Layers of one's own open where an administrator allows them: {package} installed beside the workers, and "
        f"CONVSCOPE_MODULES={package}. Or rebuild the model from layers of Keras."
    )


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
