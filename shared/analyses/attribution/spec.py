"""`attribution`: heat maps that say where a network sees a class."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from shared.analyses.base import ImageRef, Queue, listed_words
from shared.analyses.heat_map_fields import HeatMapSpec
from shared.analyses.heat_map_methods import Classes, ClassRef, read_class_list

MOST_PICTURES, MOST_CLASSES = 64, 16


class Attribution(HeatMapSpec):
    """Heat maps of one picture or of several, for one class or several, by one method or several.

    With m methods, picture p has the parts p·(m + 1) (the picture and what the network says of it) and, in the order
    of `methods`, p·(m + 1) + 1 … (a method's maps for all classes). `attribution_parts()` says so in code.

    **The picture's part** (`name`: the picture's reference).
    Pictures: `picture` uint8 (height, width, 3) or (height, width), as the network sees it.
    Arrays: `logits`, `probabilities` float32 (class). A head of one sigmoid unit gives two answers: class 1 with the
    unit's logit, class 0 with the negated one.
    Facts:
        `image` (reference), `height`, `width` (pixels);
        `ending`: "softmax", "sigmoid" (several independent classes), "binary" (one sigmoid unit) or "linear";
        `top`: the likeliest classes, up to ten, first one first, rows of `class`, `name` ("" where unknown), `logit`,
            `probability`;
        `classes`: the explained ones, in the order of all maps of this picture, rows as in `top` with `rank` (1 = the
            likeliest) and `explained`, what the gradient is taken of, in words ("logit of class 386 (African_elephant),
            before the softmax");
        `truth`: null, or what the picture shows as far as it was told, a row as in `classes`, and `wrong`: null where
            the truth is not known, else whether the likeliest class is another one;
        `saturated`: whether a probability is so near 0 or 1 that its own gradient vanishes; `saturation`: null, or
            a sentence that says so and that logits were used;
        `layers`: the layers whose maps are taken, rows of `path`, `class`, `height`, `width`, `channels`, `calls` (how
            often the layer ran); `default_layer`: path of the default one, whether it is used or not;
        `layer_choices` (in part 0 alone): all layers that can be chosen, rows as in `layers` without `calls`.

    **A method's part** (`name`: the method).
    Arrays: `maps` float32 (class, height, width), the published map at its own size before any enlarging: of a layer's
    units, of pixels, or of windows; `grid` below says where in the picture they lie. `signed` float32 of the same
    shape where facts `signed` is false: the map before its positive part (or absolute value) was taken.
    Facts:
        `method`, `title`, `source`, `shows`, `place` ("layer", "pixels", "windows"), `warning` ("" mostly);
        `signed`: whether `maps` holds negative values by its nature (draw it with a zero-centred colour map);
        `of`: what was explained ("logit" or, for Score-CAM, "probability"; "activations" for Eigen-CAM);
        `layers`: paths; [] for maps of pixels and windows; `averaged`: whether `maps` is a mean over several layers,
            each divided by its largest absolute value first;
        `grid`: null where the values divide the picture evenly, corner to corner, else {`start`: [row, column],
            `stride`}: the pixel in the middle of what the first unit sees, and the pixels from unit to unit;
            shared.analyses.heat_maps.grid_of() and enlarged() take it;
        `height`, `width` of the maps; `parameters`: what the method was set to ({"steps": 64, "baseline": "black"});
        `seconds`: what it took;
        `maps`: a row a class, in order: `class`, `name`, `raw_min`, `raw_max` (of `maps`), `signed_min`, `signed_max`
            (of `signed`, else the same), `positive_evidence` (false: nothing in the map is above zero; say "no positive
            evidence at this layer" and offer the signed map), `box`: null or {`left`, `top`, `width`, `height`} in
            pixels of `picture`: around the strongest connected region above half of the largest value, `box_share` of
            the picture's area (0 … 1), `peak`: null or [x, y] in pixels; for Integrated Gradients `sum`, `difference`
            (logit of the picture less logit of the baseline; the sum should equal it) and `baseline_logit`.

    The run's facts hold `model`, `weights`, `timings` and `metrics` (`pictures`, `classes`, `methods`).
    """

    kind: ClassVar[str] = "attribution"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "interactive"

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
