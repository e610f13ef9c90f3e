"""The three modes of gradient ascent, their usual steps, and the fields of every kind that has them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.analyses.base import ImageRef, JobSpec, ModelRef, Precision, Seed, listed_words
from shared.analyses.resize_fields import Resize
from shared.images.resizing import AUTO

AscentMode = Literal["classic", "lucid", "maco"]


@dataclass(frozen=True)
class ModeDefaults:
    """Steps and step size of a mode."""

    steps: int
    step_size: float


MODE_DEFAULTS: dict[str, ModeDefaults] = {
    "classic": ModeDefaults(30, 4 / 255),
    "lucid": ModeDefaults(64, 0.1),
    "maco": ModeDefaults(64, 0.5),
}
DEFAULT_MODE: AscentMode = "lucid"
# Fields that go to their mode's default, not to one of their own.
BY_MODE = ("steps", "step_size")


class AscentSpec(JobSpec):
    """What every gradient ascent is asked with. `steps` and `step_size` go to their mode's defaults, before the key."""

    # How many times its mode's usual steps a kind takes, each so many times shorter.
    longer: ClassVar[int] = 1
    shorter: ClassVar[int] = 1

    model: ModelRef
    mode: Annotated[
        AscentMode,
        Field(
            description="How gradient ascent writes a picture. classic: pixel by pixel, the naive way. lucid: in "
            "frequencies and decorrelated colours, moved a little in every step. maco: phases alone, with the "
            "spectrum of photographs."
        ),
    ] = DEFAULT_MODE
    size: Annotated[int, Field(ge=8, le=1024, description="Height and width of a picture, in pixels.")] = 128
    steps: Annotated[
        int, Field(ge=1, le=4096, description="Gradient ascent steps a picture; classic 30, lucid and maco 64.")
    ] = MODE_DEFAULTS[DEFAULT_MODE].steps
    step_size: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="Length of a step. classic: root mean square change of a pixel, 1 = white; lucid: Adam's rate; "
            "maco: NAdam's rate.",
        ),
    ] = MODE_DEFAULTS[DEFAULT_MODE].step_size
    spectrum: Annotated[
        tuple[ImageRef, ...],
        Field(max_length=64, description="For maco: pictures whose spectrum is kept; none means the samples."),
    ] = ()
    seed: Seed = 0
    precision: Annotated[Precision, Field(description="Number format; auto takes the fastest one of the workers.")] = (
        "auto"
    )

    @classmethod
    def usual(cls, mode: object) -> ModeDefaults:
        """Steps and step size of a mode for this kind."""
        found = mode_defaults(mode)
        return replace(found, steps=cls.longer * found.steps, step_size=found.step_size / cls.shorter)

    @model_validator(mode="before")
    @classmethod
    def _fill_by_mode(cls, values: Any) -> Any:
        """None and "" count as not given; a comma-separated spectrum comes from a shell, and only maco has one."""
        if not isinstance(values, dict):
            return values
        mode, spectrum = values.get("mode", DEFAULT_MODE), listed_words(values.get("spectrum") or ())
        usual = {name: getattr(cls.usual(mode), name) for name in BY_MODE if values.get(name) in (None, "")}
        return {**values, "spectrum": spectrum if mode == "maco" else (), **usual}

    @model_validator(mode="after")
    def _bound_work(self) -> Self:
        if self.size * self.size * self.steps > 2**31:
            raise ValueError("expected size² × steps below 2^31; choose fewer steps or a smaller size")
        return self

    def with_references(
        self, model: Callable[[str], str], image: Callable[[str], str], dataset: Callable[[str], str]
    ) -> Self:
        """As JobSpec's; the spectrum's pictures in order, each once."""
        found = super().with_references(model, image, dataset)
        return found.model_copy(update={"spectrum": tuple(sorted(set(found.spectrum)))})

    def changes(self) -> dict[str, Any]:
        """As JobSpec's; steps and step size are compared with their mode's."""
        values = self.model_dump(mode="json")
        changed = {name: value for name, value in super().changes().items() if name not in BY_MODE}
        usual = self.usual(self.mode)
        return changed | {name: values[name] for name in BY_MODE if values[name] != getattr(usual, name)}


class PictureAscentSpec(AscentSpec):
    """A gradient ascent that may begin with a picture of one's own."""

    newer: ClassVar[frozenset[str]] = frozenset({"resize"})

    image: Annotated[ImageRef | None, Field(description="Picture to start from; none means the mode's own start.")] = (
        None
    )
    resize: Resize = AUTO

    @model_validator(mode="before")
    @classmethod
    def _resize_of_a_picture(cls, values: Any) -> Any:
        """Without a picture there is nothing to resize: what plays no part must not make another key."""
        if not isinstance(values, dict) or values.get("image"):
            return values
        return {name: value for name, value in values.items() if name != "resize"}

    def with_resize(self, of_card: Callable[[str], str]) -> Self:
        """As JobSpec's, where there is a picture."""
        return super().with_resize(of_card) if self.image else self


def mode_defaults(name: object) -> ModeDefaults:
    """Steps and step size of a mode; of the default mode where the name is none."""
    return MODE_DEFAULTS.get(str(name), MODE_DEFAULTS[DEFAULT_MODE])


def own_or_8(size: int) -> int:
    """A side of at least 8 pixels, or 0 for one that suits the model.

    Raises:
        ValueError: it is neither.
    """
    if 0 < size < 8:
        raise ValueError("expected `size` of at least 8, or 0 for one that suits the model")
    return size
