"""What a new network is held to: a file of TOML, one section a rule; without a file the first four, as they stand here.

[accuracy]        # over the split, on the same pictures
max_drop = 0.0    # share; a fall of more that chance does not explain
significance = 0.01

[classes]         # the same for every class that the old network knows, and that none is missing
max_drop = 0.0
significance = 0.01

[calibration]     # of the expected calibration error
max_rise = 0.05

[loss]            # of the mean negative logarithm of the true class's probability
max_rise = 0.05   # nats
significance = 0.01

[flips]           # pictures that were right and are wrong now
max_share = 0.05

[layers]          # that may not have moved by a bit, by name; * stands for anything
frozen = ["block1_*", "block2_*"]

[dead_channels]   # of layers, by the pictures that make them respond most
layers = ["conv5"]
max_rise = 0

[heat_maps]       # of pictures that both networks get alike: rank correlation of their Grad-CAM, the median
pictures = "review-pictures"
min_agreement = 0.5

[suspected_cues]  # concepts of a layer that look like a shortcut, on pictures that may hold one
layer = "conv5"
dataset = "new-training-pictures"  # none: those of the gate
split = "train"
classes = ["cat", "dog"]  # none: the first
concepts = 12
max_suspicion = 0.15
"""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from convscope.errors import ConvscopeError

# Python 3.10 has none of its own.
tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


# Networks of other seeds differ in single classes by more than chance alone would let them.
CLASS_DROP = 0.1


@dataclass(frozen=True)
class Drop:
    """How far a share may fall: by `max_drop`, and beyond that as far as chance at `significance` explains."""

    max_drop: float = 0.01
    significance: float = 0.01


@dataclass(frozen=True)
class Calibration:
    """By how much the expected calibration error may rise."""

    max_rise: float = 0.05


@dataclass(frozen=True)
class Loss:
    """By how many nats the loss may rise, and beyond that as far as chance explains."""

    max_rise: float = 0.05
    significance: float = 0.01


@dataclass(frozen=True)
class Flips:
    """What share of all pictures may turn from right to wrong."""

    max_share: float = 0.05


@dataclass(frozen=True)
class FrozenLayers:
    """Names of layers that may not have moved; * stands for anything."""

    frozen: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeadChannels:
    """By how many the channels of these layers may grow that no tile of an atlas excites."""

    layers: tuple[str, ...] = ()
    max_rise: int = 0


@dataclass(frozen=True)
class HeatMaps:
    """How far the heat maps of pictures may change: a folder of them, and the least median rank correlation."""

    pictures: str = ""
    min_agreement: float = 0.5


@dataclass(frozen=True)
class SuspectedCues:
    """How suspect a concept of the new network may be: the layer, the pictures that may hold a cue (of a data set of
    their own, or those of the gate), the classes that are asked, how many concepts of each, and the most."""

    layer: str = ""
    dataset: str = ""
    split: str = ""
    classes: tuple[str, ...] = ()
    concepts: int = 12
    max_suspicion: float = 0.15


@dataclass(frozen=True)
class Rules:
    """All rules; one that is None is not asked for."""

    accuracy: Drop | None = field(default_factory=Drop)
    classes: Drop | None = field(default_factory=lambda: Drop(CLASS_DROP))
    calibration: Calibration | None = field(default_factory=Calibration)
    loss: Loss | None = field(default_factory=Loss)
    flips: Flips | None = None
    layers: FrozenLayers | None = None
    dead_channels: DeadChannels | None = None
    heat_maps: HeatMaps | None = None
    suspected_cues: SuspectedCues | None = None


SECTIONS: dict[str, type] = {
    "accuracy": Drop, "classes": Drop, "calibration": Calibration, "loss": Loss, "flips": Flips,
    "layers": FrozenLayers, "dead_channels": DeadChannels, "heat_maps": HeatMaps, "suspected_cues": SuspectedCues,
}  # fmt: skip


def read_rules(path: Path | None) -> Rules:
    """The rules of a file; only those that it names are asked for. Without a file, the usual ones.

    Raises:
        ConvscopeError: it cannot be read, or says something that is no rule.
    """
    if path is None:
        return Rules()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConvscopeError(f"{path} cannot be read as TOML: {error}") from None
    if unknown := found.keys() - SECTIONS.keys():
        raise ConvscopeError(f"Expected sections of {', '.join(SECTIONS)} in {path}. Received {sorted(unknown)[0]!r}.")
    nothing = dict.fromkeys(SECTIONS)
    return Rules(**{**nothing, **{name: _section(path, name, said) for name, said in found.items()}})


def _section(path: Path, name: str, said: Any) -> Any:
    known = {one.name: one for one in fields(SECTIONS[name])}
    if not isinstance(said, Mapping) or (wrong := said.keys() - known.keys()):
        raise ConvscopeError(f"Expected {', '.join(known)} in [{name}] of {path}. Received "
                             f"{sorted(wrong)[0] if isinstance(said, Mapping) else said!r}.")  # fmt: skip
    return SECTIONS[name](
        **{key: _value(path, f"{name}.{key}", value, known[key].default) for key, value in said.items()}
    )


def _value(path: Path, name: str, value: Any, usual: Any) -> Any:
    if isinstance(usual, tuple) and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(usual, int | float) and number and value >= 0:
        return type(usual)(value)
    if isinstance(usual, str) and isinstance(value, str):
        return value
    said = "a list of names" if isinstance(usual, tuple) else "text" if isinstance(usual, str) else "a number from 0 on"
    raise ConvscopeError(f"Expected {said} as {name} in {path}. Received {value!r}.")
