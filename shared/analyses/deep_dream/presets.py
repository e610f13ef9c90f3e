"""Recipes for dreams, by those who published them and one of our own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.analyses.deep_dream.layers import Row, layers_seeing
from shared.analyses.deep_dream.spec import DeepDream, layer_text

# What a preset decides; everything else stays as the person has it.
DECIDED = (
    "layers", "channels", "octaves", "octave_scale", "steps", "step_size", "units", "ceiling", "jitter", "detail",
)  # fmt: skip
# Receptive fields of the InceptionV3 layers that the published recipes name, in pixels.
FIELDS = {"mixed2": 127, "mixed3": 159, "mixed4": 351, "mixed5": 543, "mixed6": 735, "mixed7": 927}


@dataclass(frozen=True)
class DreamPreset:
    """A recipe.

    Attributes:
        title: for people.
        source: where it comes from.
        layers: layer of InceptionV3 and weight; none leaves the choice to the worker.
        settings: fields of the spec that differ from its defaults.
    """

    title: str
    source: str
    layers: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fields(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Fields of the spec that the preset decides, for a network.

        In another network, layers that see as much of the picture stand for those of InceptionV3, on equal terms
        instead of its units, and without its ceiling.

        Args:
            rows: its layers, see layers_seeing(); none where they are not known yet.
        """
        starts = {name: DeepDream.model_fields[name].default for name in DECIDED}
        if not self.layers or not rows:
            return {**starts, **self.settings, "units": starts["units"], "ceiling": None}
        if {path for path, *_ in rows}.issuperset(self.layers):
            return {**starts, **self.settings, "layers": _texts(self.layers.items())}
        others = layers_seeing(rows, {FIELDS[path]: weight for path, weight in self.layers.items()})
        return {**starts, **self.settings, "layers": _texts(others), "units": "relative", "ceiling": None}


def _texts(layers: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(layer_text(path, weight) for path, weight in sorted(layers))


PRESETS: dict[str, DreamPreset] = {
    "middle": DreamPreset("Eyes and fur", "the network's middle layers, this project's settings"),
    "inceptionism": DreamPreset(
        "Inceptionism", "Mordvintsev, Olah, Tyka, 2015", {"mixed4": 1.0},
        {"steps": 10, "step_size": 0.0059, "units": "raw"},
    ),
    "book": DreamPreset(
        "Deep Learning with Python", "F. Chollet, 2017", {"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5},
        {"octaves": 3, "step_size": 0.005, "units": "raw", "ceiling": 10.0, "jitter": 0},
    ),
    "keras": DreamPreset(
        "keras.io", "F. Chollet, 2020", {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5},
        {"octaves": 3, "step_size": 0.005, "units": "raw", "ceiling": 15.0, "jitter": 0},
    ),
    "tensorflow": DreamPreset(
        "TensorFlow's tutorial", "tensorflow.org, 2020", {"mixed3": 1.0, "mixed5": 1.0},
        {"octaves": 5, "octave_scale": 1.3, "steps": 50, "step_size": 0.004, "units": "raw", "jitter": 256,
         "detail": 0.0},
    ),
}  # fmt: skip


def preset_of(fields: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Name of the preset that fields of a spec stand for; "" for none."""
    for name, preset in PRESETS.items():
        if all(_same(fields.get(key), value) for key, value in preset.fields(rows).items()):
            return name
    return ""


def _same(one: Any, other: Any) -> bool:
    return list(one or ()) == list(other) if isinstance(other, tuple) else one == other
