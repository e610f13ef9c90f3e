"""`filter_atlas`: for every channel of a layer, the picture that excites it most."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.job_specs.base import ImageRef, JobSpec, LayerPath, ModelRef, Precision, Queue, Seed

Channels = Annotated[
    tuple[Annotated[int, Field(ge=0, le=65535)], ...],
    Field(description="Which channels; none means all of them."),
]


class FilterAtlas(JobSpec):
    """Gradient ascent on the mean activation of each channel of one layer.

    Chollet, "How convolutional neural networks see the world", 2016. One part a channel: its tile and its
    objective after every step.
    """

    kind: ClassVar[str] = "filter_atlas"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "batch"

    model: ModelRef
    layer: LayerPath
    channels: Channels = ()
    mode: Annotated[
        Literal["classic"],
        Field(description="How a picture is written down and climbed; classic: pixels, normalised gradient."),
    ] = "classic"
    size: Annotated[int, Field(ge=8, le=1024, description="Height and width of a tile, in pixels.")] = 128
    steps: Annotated[int, Field(ge=1, le=4096, description="Gradient ascent steps a tile.")] = 30
    step_size: Annotated[
        float,
        Field(gt=0, le=1, description="Length of a step: root mean square change of a pixel, 1 = white."),
    ] = 4 / 255
    image: Annotated[ImageRef | None, Field(description="Picture to start from; none means grey noise.")] = None
    seed: Seed = 0
    restarts: Annotated[int, Field(ge=0, le=8, description="Further starts for a channel that stays silent.")] = 3
    precision: Annotated[Precision, Field(description="Number format; auto takes the fastest one of the workers.")] = (
        "auto"
    )

    @field_validator("channels", mode="before")
    @classmethod
    def _read_list(cls, value: object) -> object:
        """Accept "0,3,5-8" from a shell or a form."""
        if isinstance(value, str):
            return tuple(n for word in value.split(",") if word.strip() for n in _expand(word.strip()))
        return value

    @field_validator("channels")
    @classmethod
    def _sort(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        """Equal sets have equal keys."""
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _bound_work(self) -> Self:
        if self.size * self.size * self.steps > 2**31:
            raise ValueError("expected size² × steps below 2^31; choose fewer steps or a smaller size")
        return self


def _expand(word: str) -> list[int]:
    first, _, last = word.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise ValueError(f"expected channel numbers such as 0,3,5-8, not {word!r}") from None
    if high < low:
        raise ValueError(f"expected the smaller number first, not {word!r}")
    if high - low > 65535:
        raise ValueError(f"expected a range of at most 65536 channels, not {word!r}")
    return list(range(low, high + 1))
