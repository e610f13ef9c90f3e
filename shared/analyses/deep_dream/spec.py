"""`deep_dream`: a photograph changed so that chosen layers or channels of a network answer to it more strongly."""

import math
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.analyses.base import ImageRef, JobSpec, LayerPath, ModelRef, OutputName, Precision, Queue, Seed
from shared.analyses.channel_lists import channel_numbers
from shared.analyses.heat_map_methods import Classes
from shared.analyses.resize_fields import ResizeOrOwn
from shared.bounds import MOST_NUMBERS
from shared.images.resizing import AUTO, OWN

# Below this no picture can be told from another.
SMALLEST_SIDE = 16
MAX_WEIGHT = 1e6


class DeepDream(JobSpec):
    """Gradient ascent on whole layers, chosen channels or classes, from a photograph, over several sizes of it.

    Mordvintsev, Olah, Tyka, "Inceptionism: Going Deeper into Neural Networks", 2015; Chollet, "Deep Learning with
    Python", 2017, section 8.2. Part 0: the photograph in the dream's size. Then a part an octave, from the smallest
    to the dream itself. Last, its frames as an animation, and the objective after every step.
    """

    kind: ClassVar[str] = "deep_dream"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"
    newer: ClassVar[frozenset[str]] = frozenset({"classes", "model_output", "resize"})
    usual_resize: ClassVar[str] = OWN

    model: ModelRef
    image: ImageRef
    layers: Annotated[
        tuple[LayerPath, ...],
        Field(max_length=50, description="Which layers, each with its weight: mixed3:2,mixed4. Below zero calms a "
              "layer down. None means the network's middle."),
    ] = ()  # fmt: skip
    channels: Annotated[
        tuple[str, ...],
        Field(max_length=500, description="Channels instead of whole layers: 7,12-14 of every layer named, or "
              "mixed4:7 of one. None means whole layers."),
    ] = ()  # fmt: skip
    classes: Annotated[
        Classes,
        Field(max_length=16, description="Classes instead of layers, by number or name: 65,magpie. Their mean logit is "
              "maximized, of a mask over the whole picture; of a number its rise or its fall: higher, lower."),
    ] = ()  # fmt: skip
    model_output: OutputName = ""
    size: Annotated[int, Field(ge=32, le=4096, description="Longer side of the dream, in pixels.")] = 512
    resize: Annotated[
        ResizeOrOwn,
        Field(description="What is dreamt over of the photograph. own: all of it, in its own proportions. crop, crop "
              "0.875, fit and pad: what the network is shown of it, in the network's proportions. auto: as the "
              "model's card says, else own."),
    ] = AUTO  # fmt: skip
    octaves: Annotated[int, Field(ge=1, le=16, description="How many sizes, from small to large.")] = 4
    octave_scale: Annotated[
        float, Field(ge=1.05, le=3, description="How much larger each octave's sides are than the last one's.")
    ] = 1.4
    steps: Annotated[int, Field(ge=0, le=1000, description="Gradient ascent steps an octave.")] = 20
    step_size: Annotated[
        float, Field(gt=0, le=1, description="Length of a step: mean absolute change of a pixel, 1 = white.")
    ] = 0.006
    units: Annotated[
        Literal["relative", "raw"],
        Field(description="How layers are added up. relative: each over its response to the photograph, so that "
              "weights mean the same in any network; raw: as they are, as the published recipes do."),
    ] = "relative"  # fmt: skip
    ceiling: Annotated[
        float | None,
        Field(description="An octave ends when its objective passes this, in the units above; none: never."),
    ] = None
    jitter: Annotated[
        int, Field(ge=0, le=512, description="Pixels by which the picture is rolled at most in a step, then back.")
    ] = 32
    detail: Annotated[
        float, Field(ge=0, le=1, description="Share of the photograph's detail, lost when it was shrunk, re-injected.")
    ] = 1.0
    tile: Annotated[
        int, Field(ge=64, le=2048, description="Largest side that the network sees at once, in pixels: bounds memory.")
    ] = 512
    seed: Seed = 0
    precision: Annotated[Precision, Field(description="Number format; auto takes the fastest one of the workers.")] = (
        "auto"
    )

    @field_validator("layers", mode="before")
    @classmethod
    def _read_layers(cls, value: object) -> object:
        """Each layer once, with its weight where that is not 1, in order: equal requests have equal keys."""
        weights: dict[str, float] = {}
        for path, weight in map(weighted_layer, _words(value)):
            if path in weights:
                raise ValueError(f"expected each layer once, not {path} twice; add its weights up")
            weights[path] = weight
        if weights and not any(weights.values()):
            raise ValueError("expected at least one weight that is not 0, or there is nothing to maximize")
        return tuple(layer_text(p, w) for p, w in sorted(weights.items()) if w)

    @field_validator("channels", mode="before")
    @classmethod
    def _read_channels(cls, value: object) -> object:
        """Accept "7,12-14,mixed4:3" from a shell or a form, and numbers from Python."""
        found: set[tuple[str, int]] = set()
        for word in _words(value):
            found.update(_channel_words(word))
            if len(found) > MOST_NUMBERS:
                raise ValueError(f"expected at most {MOST_NUMBERS:,} channels")
        return tuple(f"{path}:{number}" if path else str(number) for path, number in sorted(found))

    @model_validator(mode="after")
    def _channels_have_layers(self) -> Self:
        named = {path for path, _ in self.weighted_layers()}
        foreign = sorted({path for path, _ in map(chosen_channel, self.channels) if path not in (named | {""})})
        if foreign:
            raise ValueError(f"expected channels of the layers in `layers`, not of {foreign[0]}; add it to `layers`")
        if self.channels and not named:
            raise ValueError("expected `layers` to say whose channels these are; name one")
        return self

    @model_validator(mode="after")
    def _classes_or_layers(self) -> Self:
        if self.classes and (self.layers or self.channels):
            raise ValueError("expected `classes` or `layers`, not both; leave one out")
        if self.model_output and not self.classes:
            raise ValueError("expected `classes` of the output in `model_output`; name one, or leave it out")
        return self

    @model_validator(mode="after")
    def _smallest_octave(self) -> Self:
        smallest = self.size / self.octave_scale ** (self.octaves - 1)
        if smallest < SMALLEST_SIDE:
            raise ValueError(
                f"expected a smallest octave of at least {SMALLEST_SIDE} pixels, not {smallest:.0f} "
                f"({self.size} / {self.octave_scale:g}^{self.octaves - 1}); choose fewer octaves, a smaller "
                "octave_scale or a larger size"
            )
        return self

    def weighted_layers(self) -> list[tuple[str, float]]:
        """Path and weight of every layer named."""
        return [weighted_layer(entry) for entry in self.layers]

    def channels_of(self, path: str) -> list[int]:
        """Channels that are chosen of a layer, sorted; none means the whole layer."""
        chosen = [chosen_channel(entry) for entry in self.channels]
        return sorted({number for layer, number in chosen if layer in ("", path)})


def weighted_layer(text: str) -> tuple[str, float]:
    """Path and weight of "mixed3:2"; "mixed3" alone weighs 1.

    Raises:
        ValueError: the weight is infinite, NaN or beyond a million.
    """
    path, colon, word = text.rpartition(":")
    try:
        weight = float(word) if colon else 1.0
    except ValueError:
        return text, 1.0  # the colon belongs to the name
    if not colon:
        return text, 1.0
    if not math.isfinite(weight) or abs(weight) > MAX_WEIGHT:
        raise ValueError(f"expected a weight between -1000000 and 1000000, not {word}")
    return path.strip(), weight


def layer_text(path: str, weight: float) -> str:
    """What weighted_layer() reads."""
    return path if weight == 1 and ":" not in path else f"{path}:{weight:.10g}"


def chosen_channel(text: str) -> tuple[str, int]:
    """Layer and number of "mixed4:7"; the layer is "" for a number alone."""
    path, _, number = text.rpartition(":")
    return path, int(number)


def _words(value: object) -> list[str]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected a list, or text with commas between")
    return [text for word in words if (text := str(word).strip())]


def _channel_words(word: str) -> list[tuple[str, int]]:
    path, _, numbers = word.rpartition(":")
    return [(path.strip(), number) for number in channel_numbers(numbers.strip())]
