"""`attribution`: heat maps that say where a network sees a class."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from shared.analyses.base import ImageRef, Queue, listed_words
from shared.analyses.heat_map_fields import HeatMapSpec
from shared.analyses.heat_map_methods import Classes, ClassRef, read_class_list

MOST_PICTURES, MOST_CLASSES = 64, 16


class Attribution(HeatMapSpec):
    """Heat maps of one picture or of several, for one class or several, by one method or several.

    What comes back, part by part, is in shared.analyses.attribution.parts.
    """

    kind: ClassVar[str] = "attribution"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "interactive"
    shared_by: ClassVar[int] = 8

    image: Annotated[ImageRef | None, Field(description="Which picture.")] = None
    images: Annotated[
        tuple[ImageRef, ...],
        Field(max_length=MOST_PICTURES, description="Several pictures at once, in place of `image`."),
    ] = ()
    classes: Annotated[
        Classes,
        Field(max_length=MOST_CLASSES, description="Which classes, by number or name; none means the likeliest."),
    ] = ()
    top: Annotated[
        int, Field(ge=1, le=10, description="How many of the likeliest classes, where `classes` names none.")
    ] = 1
    truths: Annotated[
        tuple[ClassRef, ...],
        Field(max_length=MOST_PICTURES, description="What each picture really shows, where that is known; one a "
              "picture, ? for an unknown one. Where `classes` names none, the truth is explained too."),
    ] = ()  # fmt: skip

    @property
    def most_workers(self) -> int:
        """One a picture: a picture's maps share its forward pass."""
        return min(self.shared_by, len(self.pictures))

    @property
    def pictures(self) -> tuple[str, ...]:
        """References of all pictures, in order."""
        return self.images or ((self.image,) if self.image else ())

    @field_validator("images", mode="before")
    @classmethod
    def _read_images(cls, value: object) -> object:
        return listed_words(value)

    @field_validator("truths", mode="before")
    @classmethod
    def _read_truths(cls, value: object) -> object:
        """One a picture: unlike in `classes`, the same one may come again."""
        return read_class_list(value)

    @model_validator(mode="after")
    def _settle_pictures(self) -> Self:
        if bool(self.image) == bool(self.images):
            raise ValueError("expected a picture in `image`, or several in `images`, not both")
        if len(self.images) == 1:  # one way to ask for one picture
            object.__setattr__(self, "image", self.images[0])
            object.__setattr__(self, "images", ())
        if self.truths and len(self.truths) != len(self.pictures):
            raise ValueError(f"expected one of `truths` a picture, {len(self.pictures)} in all")
        if self.classes:
            object.__setattr__(self, "top", 1)
        return self


def attribution_parts(spec: Attribution) -> list[tuple[int, str]]:
    """Picture's number and method ("" for the picture itself) of every part, in order of their numbers."""
    return [(p, method) for p in range(len(spec.pictures)) for method in ("", *spec.methods)]


def fields_of_one(spec: Attribution, number: int) -> dict[str, Any]:
    """Fields of the request for one picture of several, to open it alone."""
    fields = spec.model_dump(mode="json", exclude={"images", "truths"}, exclude_defaults=True)
    truth = {"truths": [spec.truths[number]]} if spec.truths else {}
    return fields | truth | {"image": spec.pictures[number]}
