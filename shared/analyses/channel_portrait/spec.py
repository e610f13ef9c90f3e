"""`channel_portrait`: one channel in large: what excites it, its opposite, and how differently it can be excited."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from shared.analyses.ascent_modes import DEFAULT_MODE, MODE_DEFAULTS, PictureAscentSpec, own_or_8
from shared.analyses.base import LayerPath, Queue

MOST_FACETS = 4
# Shares of the way at which the portrait is shown while it is made; few steps need none.
SKETCHES = (1 / 8, 1 / 2)
SKETCHED_STEPS = 16
# Twice the model's own picture shows a pattern and its neighbours; 256 pixels are large enough to look at.
OWN_SIZE_TIMES, LARGEST_OWN = 2, 256


# Pictures, steps and pixels of a portrait that does not wait behind an atlas: four starts in the usual size.
SHORT = 4 * MODE_DEFAULTS[DEFAULT_MODE].steps * LARGEST_OWN**2


class QueueByWork:
    """Which workers take a portrait: those that answer at once where it is short. Not a part of its key."""

    def __get__(self, spec: "ChannelPortrait | None", _: type) -> Queue:
        """The queue of one request; of the kind, the one for what is long."""
        if spec is None:
            return "batch"
        pictures = (1 if spec.image else spec.tries) + spec.opposite + spec.facets
        return "interactive" if pictures * spec.steps * (spec.size or LARGEST_OWN) ** 2 <= SHORT else "batch"


class ChannelPortrait(PictureAscentSpec):
    """Gradient ascent for one channel: best of several starts, its opposite, and facets that must differ.

    Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017. What comes back, part by part, is
    in shared.analyses.channel_portrait.parts.
    """

    kind: ClassVar[str] = "channel_portrait"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = QueueByWork()  # type: ignore[assignment]

    layer: LayerPath
    channel: Annotated[int, Field(ge=0, le=65535, description="Which channel, from 0.")]
    size: Annotated[
        int,
        AfterValidator(own_or_8),
        Field(
            ge=0, le=512, description="Height and width of a picture, in pixels; 0: twice the model's own, up to 256."
        ),
    ] = 0
    tries: Annotated[int, Field(ge=1, le=8, description="Starts of the portrait; the best one is shown.")] = 3
    opposite: Annotated[bool, Field(description="Minimize as well: what silences the channel most.")] = True
    facets: Annotated[
        int, Field(ge=0, le=MOST_FACETS, description="Further pictures that have to differ from each other.")
    ] = MOST_FACETS


def portrait_parts(spec: ChannelPortrait) -> list[str]:
    """Name of every part in order of its number; a layer that sees the picture has one more, its `kernel`."""
    names = ["portrait", *(["opposite"] if spec.opposite else []), *(f"facet_{i}" for i in range(spec.facets))]
    return names + [f"sketch_{i}" for i in range(len(sketch_steps(spec)))]


def sketch_steps(spec: ChannelPortrait) -> list[int]:
    """Steps after which the portrait is shown as it is then."""
    return [round(share * spec.steps) for share in SKETCHES] if spec.steps >= SKETCHED_STEPS else []


def portrait_size(wanted: int, model_size: tuple[int, int]) -> int:
    """Height and width of the pictures.

    Args:
        wanted: of the spec; 0 for one that suits the model.
        model_size: height and width of the pictures that the model was made for.
    """
    return wanted or max(8, min(LARGEST_OWN, OWN_SIZE_TIMES * min(model_size)))
