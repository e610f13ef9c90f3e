"""What all specs share: strict frozen fields, canonical JSON, and field types used by several kinds."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.bounds import MOST_SPEC_LETTERS, MOST_SPEC_VALUES, check_values
from shared.errors import InvalidSpec, message
from shared.images.resizing import AUTO, CROP

# A request of 65,536 wrong numbers is refused by the first few.
MOST_EXPLAINED = 5

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Queue = Literal["interactive", "batch"]

_MODEL = re.compile(
    r"keras/[a-z0-9_]+/(imagenet|random)|bundled/[a-z0-9_]+|sha256:[0-9a-f]{64}|[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
)
_IMAGE = re.compile(r"sample/[a-z_]+|sha256:[0-9a-f]{64}|[A-Za-z0-9][A-Za-z0-9._-]{0,79}")

_DATASET = re.compile(r"builtin/[a-z0-9_]+|sha256:[0-9a-f]{64}|[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Refers:
    """Marks a field's type: its text names a thing of this sort, so with_references() resolves it."""

    to: Literal["model", "image", "dataset"]


def _check_model(value: str) -> str:
    if not _MODEL.fullmatch(value):
        raise ValueError(
            "expected keras/<architecture>/<imagenet|random>, bundled/<name>, sha256:<64 hex digits> or the name of a "
            "model you added; Models "
            "lists them (in a terminal: `convscope models list`)"
        )
    return value


def _check_image(value: str) -> str:
    if not _IMAGE.fullmatch(value):
        raise ValueError("expected sample/<name>, sha256:<64 hex digits> or the name of a picture you added")
    return value


def _check_dataset(value: str) -> str:
    if not _DATASET.fullmatch(value):
        raise ValueError(
            "expected builtin/<name>, sha256:<64 hex digits> or the name of a data set you added; they "
            "are listed under Data sets (in a terminal: `convscope datasets list`)"
        )
    return value


def _check_layer(value: str) -> str:
    if not value.strip() or value != value.strip() or "//" in value:
        raise ValueError('expected a layer\'s path, with "/" between nested names')
    return value


def listed_words(value: object) -> object:
    """A list written as "a,b", from a shell or an address; anything else as it is."""
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


ModelRef = Annotated[str, AfterValidator(_check_model), Refers("model"), Field(description="Which model.")]
ImageRef = Annotated[str, AfterValidator(_check_image), Refers("image"), Field(description="Which picture.")]
DatasetRef = Annotated[str, AfterValidator(_check_dataset), Refers("dataset"), Field(description="Which data set.")]
LayerPath = Annotated[
    str, Field(max_length=500, description="Which layer: its name, with / between nested names."),
    AfterValidator(_check_layer),
]  # fmt: skip
OutputName = Annotated[
    str, Field(max_length=200, description="Which output of a network with several, by name; none means the first that "
               "can be explained.")
]  # fmt: skip
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="Start of the random numbers.")]


class JobSpec(BaseModel):
    """Everything that changes an analysis's result, and nothing that does not.

    `kind` names the analysis, `version` is raised when its output would change for the same fields, `queue` says
    which workers take it, and `shared_by` how many of them may make its parts at the same time. `newer` names fields
    that came after results were stored: at their defaults they are no part of the key, which stays what it was.
    `usual_resize` is what `resize` = "auto" comes to where no model's card says otherwise. These six are the class's,
    not the instance's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)

    kind: ClassVar[str]
    version: ClassVar[int]
    queue: ClassVar[Queue]
    shared_by: ClassVar[int] = 1
    newer: ClassVar[frozenset[str]] = frozenset()
    usual_resize: ClassVar[str] = CROP

    @property
    def most_workers(self) -> int:
        """How many workers may make this request's parts at the same time."""
        return self.shared_by

    def canonical_json(self) -> str:
        """Sorted keys, no spaces, no NaN: the same text on every machine for the same request."""
        unset = {name for name in self.newer if getattr(self, name) == type(self).model_fields[name].default}
        values = self.model_dump(mode="json", exclude=unset)
        if values.get("resize") == AUTO:  # before a model's card could say otherwise, this was what was done
            values["resize"] = self.usual_resize
        return canonical(values)

    def key(self) -> str:
        """`<kind>-v<version>-<32 hex digits>`: identity of the result, and its permalink."""
        return key_of(self.kind, self.version, self.canonical_json())

    def with_references(
        self, model: Callable[[str], str], image: Callable[[str], str], dataset: Callable[[str], str]
    ) -> Self:
        """The same request with given names replaced by what they stand for, in every field of a reference's type.

        Args:
            model: reference of a model's name or reference.
            image: the same for a picture.
            dataset: the same for a data set.
        """
        find = {"model": model, "image": image, "dataset": dataset}
        named = {name: (find[to], getattr(self, name)) for name, to in reference_fields(type(self)).items()}
        return self.model_copy(update={name: _resolved(value, way) for name, (way, value) in named.items() if value})

    def with_resize(self, of_card: Callable[[str], str]) -> Self:
        """The same request with `resize` = "auto" replaced by what its model's card says, else by the usual.

        Where the field came after results were stored, the usual stays "auto", and so the key what it was: "auto" of a
        request in the queue never stands for a card's rule, see settled_resize.

        Args:
            of_card: the rule of a model's card, by the model's reference; "" of a card without one.
        """
        asked, model = getattr(self, "resize", None), getattr(self, "model", None)
        if asked not in (AUTO, self.usual_resize):
            return self
        card = of_card(model) if model else ""
        usual = AUTO if "resize" in self.newer and not card else self.usual_resize
        return self.model_copy(update={"resize": (card if asked == AUTO else "") or usual})

    @property
    def settled_resize(self) -> str:
        """The rule that a request in the queue stands for."""
        asked = str(getattr(self, "resize", AUTO))
        return self.usual_resize if asked == AUTO else asked

    def changes(self) -> dict[str, Any]:
        """Fields that are not at their defaults, as JSON values: enough to build an equal spec again."""
        values = self.model_dump(mode="json")
        # Only fields as a whole: a stage of a playground is told by its type, which is a default too.
        return {name: values[name] for name in self.model_dump(exclude_defaults=True)}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Self:
        """Build a spec from untrusted values.

        Args:
            fields: field name to value; text is converted where that loses nothing ("64" to 64).

        Raises:
            InvalidSpec: naming every field that is wrong, what was expected and what was received.
        """
        try:
            check_values(fields, MOST_SPEC_LETTERS, MOST_SPEC_VALUES)
            return cls(**fields)
        except ValidationError as error:
            raise InvalidSpec("; ".join(_explain(cls, e) for e in error.errors()[:MOST_EXPLAINED])) from None
        except TypeError:  # of a validator that was given a list in a list
            received = "one of another type, such as a list within a list"
            raise InvalidSpec(message(f"values of the types that {cls.kind} takes", received, "Correct it.")) from None
        except ValueError as error:
            raise InvalidSpec(f"{error}. Ask for less at a time.".replace("expected", "Expected", 1)) from None


def canonical(values: dict[str, Any]) -> str:
    """Fields as the text that a key is made of."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def key_of(kind: str, version: int, text: str) -> str:
    """The key of a request, of any version, by the canonical text of its fields."""
    return f"{kind}-v{version}-{hashlib.sha256(f'{kind} v{version} {text}'.encode()).hexdigest()[:32]}"


@cache
def reference_fields(spec_type: type[JobSpec]) -> dict[str, str]:
    """Fields whose type is a reference, one that may be missing, or several of them, with what each refers to."""
    found = {name: _refers((field.annotation, *field.metadata)) for name, field in spec_type.model_fields.items()}
    return {name: to for name, to in found.items() if to}


def _refers(types: tuple[Any, ...]) -> str:
    """What the first mark among types, and the types that they are made of, refers to; "" without one."""
    for one in types:
        if isinstance(one, Refers):
            return one.to
        if found := _refers(get_args(one)):
            return found
    return ""


def _resolved(value: Any, find: Callable[[str], str]) -> Any:
    return find(value) if isinstance(value, str) else tuple(find(one) for one in value)


def _explain(spec_type: type[JobSpec], error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"])
    known = ", ".join(spec_type.model_fields)
    if error["type"] == "extra_forbidden":
        advice = f"The fields of {spec_type.kind} are: {known}."
        return message(f"only known fields for {spec_type.kind}", field, advice)
    if error["type"] == "missing":
        return message(f"a value for `{field}` of {spec_type.kind}", "nothing", f"Add `{field}`.")
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("expected ")
    if not field:  # said of several fields together, each of which it names
        expected, _, advice = reason.removesuffix(".").partition("; ")
        return f"Expected {expected}. {advice[:1].upper()}{advice[1:] or 'Change one of them'}."
    return message(f"`{field}` to be right: {reason}", error["input"], f"Change `{field}`.")


def _in_order(value: tuple[str, ...]) -> tuple[str, ...]:
    """Equal sets have equal keys; parts come in the network's order anyway."""
    return tuple(sorted(set(value)))


Layers = Annotated[
    tuple[LayerPath, ...],
    BeforeValidator(listed_words),
    AfterValidator(_in_order),
    Field(max_length=2000, description="Which layers; none means all that keep a height and a width."),
]
