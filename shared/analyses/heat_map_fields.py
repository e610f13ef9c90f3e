"""Fields that `attribution` and `sanity_check` share: where a map is taken from and how its method is set."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from shared.analyses.base import JobSpec, LayerPath, ModelRef, OutputName, Seed, listed_words
from shared.analyses.heat_map_methods import Methods
from shared.analyses.resize_fields import ResizeOrOwn

# Fields that only one method reads. Where it is not asked for, they go back to their start: equal maps, equal keys.
READ_BY: Mapping[str, tuple[str, ...]] = {
    "integrated_gradients": ("steps", "baseline"),
    "smooth_grad": ("samples", "noise", "seed"),
    "score_cam": ("masks",),
    "occlusion": ("window",),
}


_REGION = re.compile(r"mask|whole|\d{1,5},\d{1,5}(,[1-9]\d{0,4},[1-9]\d{0,4})?")


def _check_region(value: str) -> str:
    text = re.sub(r"\s", "", value)
    if not _REGION.fullmatch(text):
        raise ValueError("expected mask, whole, a pixel as x,y, or a box as left,top,width,height")
    return text


def point_of(region: str) -> tuple[int, int] | None:
    """x and y of a region that is one pixel."""
    numbers = region.split(",")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else None


def box_of(region: str) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of a region that is a box."""
    numbers = region.split(",")
    return (int(numbers[0]), int(numbers[1]), int(numbers[2]), int(numbers[3])) if len(numbers) == 4 else None


class HeatMapSpec(JobSpec):
    """What a heat map depends on besides its picture and class."""

    newer: ClassVar[frozenset[str]] = frozenset({"model_output", "region"})

    model: ModelRef
    model_output: OutputName = ""
    region: Annotated[
        str,
        AfterValidator(_check_region),
        Field(description="Of a mask, where the class is explained: mask, its own predicted one; whole, the whole "
              "picture; a pixel as x,y; a box as left,top,width,height; in pixels as the network sees them."),
    ] = "mask"  # fmt: skip
    methods: Annotated[
        Methods,
        Field(min_length=1, description="Which methods, such as grad_cam,integrated_gradients; see the README."),
    ] = ("grad_cam",)
    layers: Annotated[
        tuple[LayerPath, ...],
        Field(max_length=8, description="Which layer the CAM methods look at; several are averaged; none means the "
              "last one with a height and a width."),
    ] = ()  # fmt: skip
    resize: ResizeOrOwn = "auto"
    steps: Annotated[int, Field(ge=1, le=1024, description="Integrated Gradients: points on the way.")] = 64
    baseline: Annotated[
        Literal["black", "grey", "white"], Field(description="Integrated Gradients: the plain picture it starts from.")
    ] = "black"
    samples: Annotated[int, Field(ge=1, le=512, description="SmoothGrad: noisy copies.")] = 24
    noise: Annotated[
        float, Field(gt=0, le=1, description="SmoothGrad: deviation of the noise, 1 = from black to white.")
    ] = 0.15
    masks: Annotated[
        int,
        Field(ge=0, le=65535, description="Score-CAM: how many channels are tried, those that vary most first; 0 "
              "means all, as published."),
    ] = 128  # fmt: skip
    window: Annotated[
        int, Field(ge=0, le=1024, description="Occlusion: side of the square, in pixels; 0 means a sixth of the "
                   "picture's shorter side. It moves by half of that."),
    ] = 0  # fmt: skip
    seed: Seed = 0

    @model_validator(mode="before")
    @classmethod
    def _take_one_layer(cls, values: Any) -> Any:
        """`layer` is another word for `layers` of one; "" is the default layer."""
        if not isinstance(values, dict) or "layer" not in values:
            return values
        others = {name: value for name, value in values.items() if name != "layer"}
        if others.get("layers"):
            raise ValueError("expected `layer` or `layers`, not both")
        return others | {"layers": (values["layer"],) if values["layer"] else ()}

    @field_validator("layers", mode="before")
    @classmethod
    def _read_list(cls, value: object) -> object:
        return listed_words(value)

    @field_validator("layers")
    @classmethod
    def _sort(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """An average does not depend on the order."""
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _forget_what_no_method_reads(self) -> "HeatMapSpec":
        unread = {name for method, names in READ_BY.items() if method not in self.methods for name in names}
        for name in unread - self.read_anyway():
            object.__setattr__(self, name, type(self).model_fields[name].default)
        return self

    @classmethod
    def read_anyway(cls) -> set[str]:
        """Fields that the analysis reads whatever the methods."""
        return set()
