"""`training_run`: a network learns to tell the classes of a data set apart."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from shared.analyses.ascent_modes import own_or_8
from shared.analyses.augmentation import Augmentation
from shared.analyses.base import DatasetRef, JobSpec, LayerPath, ModelRef, Precision, Queue, Seed
from shared.analyses.channel_lists import listed_numbers
from shared.analyses.resize_fields import Resize
from shared.images.resizing import AUTO

Strategy = Literal["dense", "scratch", "augmented", "feature_extraction", "feature_extraction_augmented", "fine_tuning"]
Optimizer = Literal["rmsprop", "adam", "sgd"]
Decay = Literal["none", "cosine"]
DEFAULT_STRATEGY: Strategy = "scratch"
# Strategies that build a network of their own from convolutions; those that build on a base.
CONVOLUTIONAL = ("scratch", "augmented")
WITH_BASE = ("feature_extraction", "feature_extraction_augmented", "fine_tuning")
WITH_AUGMENTATION = ("augmented", "feature_extraction_augmented", "fine_tuning")


@dataclass(frozen=True)
class StrategyDefaults:
    """What a strategy does unless asked otherwise; field by field as TrainingRun names them."""

    epochs: int
    optimizer: Optimizer
    learning_rate: float
    batch: int
    hidden: int
    dropout: float
    fine_tune_epochs: int = 0
    fine_tune_rate: float = 1e-5
    decay: Decay = "none"


STRATEGY_DEFAULTS: dict[str, StrategyDefaults] = {
    "dense": StrategyDefaults(12, "rmsprop", 1e-3, 128, 512, 0.0),
    # On photographs of 150 pixels 1e-3 stays at chance for three epochs; 3e-4 does not, and reaches more.
    "scratch": StrategyDefaults(30, "rmsprop", 3e-4, 32, 0, 0.0),
    # At a constant rate the validation accuracy of such long runs jumps by ten points from epoch to epoch.
    "augmented": StrategyDefaults(60, "rmsprop", 3e-4, 32, 0, 0.5, decay="cosine"),
    "feature_extraction": StrategyDefaults(20, "rmsprop", 1e-3, 32, 0, 0.5),
    "feature_extraction_augmented": StrategyDefaults(10, "rmsprop", 1e-3, 32, 0, 0.5),
    "fine_tuning": StrategyDefaults(20, "rmsprop", 1e-3, 32, 0, 0.5, 10),
}


def strategy_defaults(name: object) -> StrategyDefaults:
    """The defaults of a strategy; of the default one where the name is none."""
    return STRATEGY_DEFAULTS.get(str(name), STRATEGY_DEFAULTS[DEFAULT_STRATEGY])


def usual_values(name: object) -> dict[str, Any]:
    """The same as fields of a spec, the augmentation among them: the book's where the strategy has one, else None."""
    return asdict(strategy_defaults(name)) | {"augmentation": Augmentation() if name in WITH_AUGMENTATION else None}


MOST_WATCHED = 6
# Two convolutions and two poolings leave the third convolution of the book's small network nothing below this.
SMALLEST_FOR_BOOK = 18
_USUAL = strategy_defaults(DEFAULT_STRATEGY)


class TrainingRun(JobSpec):
    """A network trained on a data set; Chollet, "Deep Learning with Python", 2017, chapter 5.

    What comes back, part by part, is in shared.analyses.training_run.parts.
    """

    kind: ClassVar[str] = "training_run"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"
    newer: ClassVar[frozenset[str]] = frozenset({"resize"})

    dataset: DatasetRef
    strategy: Annotated[
        Strategy,
        Field(description="The ladder. dense: no convolutions, to compare with; scratch: a small convnet; augmented: "
              "the same on pictures changed at random, with dropout; feature_extraction: a new head on a base's "
              "features, computed once; feature_extraction_augmented: the same on changed pictures, end to end; "
              "fine_tuning: the head first, then the base's upper layers at a low rate."),
    ] = DEFAULT_STRATEGY  # fmt: skip
    model: Annotated[
        ModelRef | None, Field(description="The base, for feature extraction and fine-tuning.")
    ] = None  # fmt: skip
    network: Annotated[
        Literal["book", "compact"],
        Field(description="For scratch and augmented. book: the book's own networks, three convolutions up to 64 "
              "pixels, four above; compact: batch normalization and global pooling, few weights."),
    ] = "book"  # fmt: skip
    size: Annotated[
        int,
        AfterValidator(own_or_8),
        Field(ge=0, le=512, description="Height and width of the pictures, in pixels; 0: the data set's own where they "
              "are small and all the same (28 at least), else 150; with a base, its own fixed size, else 160."),
    ] = 0  # fmt: skip
    resize: Resize = AUTO
    images: Annotated[
        int | None, Field(ge=2, description="At most so many training pictures, classes in proportion; none: all.")
    ] = None  # fmt: skip
    epochs: Annotated[
        int, Field(ge=1, le=1000, description="How often every picture is seen; of fine-tuning, while the base is "
                   "frozen.")
    ] = _USUAL.epochs  # fmt: skip
    fine_tune_epochs: Annotated[
        int, Field(ge=0, le=1000, description="Epochs after that with the base's upper layers unfrozen.")
    ] = _USUAL.fine_tune_epochs  # fmt: skip
    unfreeze_from: Annotated[
        LayerPath | None,
        Field(description="Fine-tuning: the first layer of the base that learns; none: where its last block begins."),
    ] = None  # fmt: skip
    optimizer: Annotated[Optimizer, Field(description="How weights follow their gradients.")] = _USUAL.optimizer
    learning_rate: Annotated[float, Field(gt=0, le=100, description="Its rate.")] = _USUAL.learning_rate
    fine_tune_rate: Annotated[
        float, Field(gt=0, le=100, description="Its rate once the base's upper layers learn too: a low one.")
    ] = _USUAL.fine_tune_rate  # fmt: skip
    decay: Annotated[
        Decay,
        Field(description="What becomes of a rate from epoch to epoch. none: it stays; cosine: it falls to nearly 0, "
              "slowly at first and at last (Loshchilov, Hutter 2017)."),
    ] = _USUAL.decay  # fmt: skip
    batch: Annotated[int, Field(ge=1, le=4096, description="Pictures a step.")] = _USUAL.batch
    hidden: Annotated[
        int,
        Field(ge=0, le=8192, description="Units of the dense layer before the classes; 0: as many as the network has "
              "in the book, and none with a base or a compact network."),
    ] = _USUAL.hidden  # fmt: skip
    dropout: Annotated[
        float, Field(ge=0, lt=1, description="Share of the values before the dense layers left out at random.")
    ] = _USUAL.dropout
    pooling: Annotated[
        Literal["average", "flatten"],
        Field(description="How a base's feature maps reach the head. average: the mean over positions; flatten: every "
              "position, as in the book, with many more weights."),
    ] = "average"  # fmt: skip
    augmentation: Annotated[
        Augmentation | None, Field(description="How pictures are changed: book, mirror, none, or fields as JSON.")
    ] = None  # fmt: skip
    early_stopping: Annotated[
        int, Field(ge=0, le=1000, description="Stop after so many epochs without a better one; 0: never.")
    ] = 0  # fmt: skip
    class_weights: Annotated[
        bool, Field(description="Whether a rare class's pictures count for more, so that all classes count the same.")
    ] = False
    watch: Annotated[
        tuple[Annotated[int, Field(ge=0)], ...],
        Field(max_length=MOST_WATCHED, description="Numbers of pictures of the data set: a heat map of each after "
              "every epoch."),
    ] = ()  # fmt: skip
    seed: Seed = 0
    precision: Annotated[Precision, Field(description="Number format; auto takes the fastest one of the workers.")] = (
        "float32"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_by_strategy(cls, values: Any) -> Any:
        """None and "" count as not given, and what plays no part goes to its default."""
        if not isinstance(values, dict):
            return values
        given = {name: value for name, value in values.items() if value is not None and value != ""}
        strategy = given.get("strategy", DEFAULT_STRATEGY)
        idle = idle_fields(strategy)
        usual = usual_values(strategy)
        return usual | {name: value for name, value in given.items() if name not in idle}

    @field_validator("watch", mode="before")
    @classmethod
    def _read_watch(cls, value: object) -> object:
        """Accept "3,17-19" from a shell or a form; each picture once, in order."""
        words = [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value
        try:
            return tuple(sorted(set(listed_numbers(map(str, words)))))  # type: ignore[call-overload]
        except (TypeError, ValueError):
            raise ValueError("expected picture numbers such as 3,17 or 5-8") from None

    @model_validator(mode="after")
    def _base_where_needed(self) -> Self:
        if self.strategy in WITH_BASE and self.model is None:
            raise ValueError(
                f"expected a `model` as the base of {self.strategy}, such as keras/mobilenetv2/imagenet; name one, or "
                "choose scratch"
            )
        if self.strategy == "fine_tuning" and self.fine_tune_epochs == 0:
            raise ValueError("expected `fine_tune_epochs` of at least 1; without any, choose feature_extraction")
        return self

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        small = 0 < self.size < SMALLEST_FOR_BOOK
        if small and self.strategy in CONVOLUTIONAL and self.network == "book":
            raise ValueError(
                f"expected `size` of at least {SMALLEST_FOR_BOOK} for the book's network, not {self.size}; choose a "
                "larger size or the compact network"
            )
        return self

    @property
    def planned_epochs(self) -> int:
        """Parts of the run, unless it stops early."""
        return self.epochs + self.fine_tune_epochs

    def changes(self) -> dict[str, Any]:
        """As JobSpec's; what goes by the strategy is compared with the strategy's own."""
        values = self.model_dump(mode="json")
        usual = usual_values(self.strategy)
        own = usual["augmentation"]
        usual["augmentation"] = own.model_dump(mode="json") if own else None
        changed = {name: value for name, value in super().changes().items() if name not in usual}
        return changed | {name: values[name] for name in usual if values[name] != usual[name]}


def idle_fields(strategy: object) -> set[str]:
    """Fields that play no part in a strategy."""
    idle: set[str] = set()
    if strategy not in WITH_BASE:
        idle |= {"model", "pooling"}
    if strategy not in CONVOLUTIONAL:
        idle |= {"network"}
    if strategy not in WITH_AUGMENTATION:
        idle |= {"augmentation"}
    if strategy != "fine_tuning":
        idle |= {"fine_tune_epochs", "fine_tune_rate", "unfreeze_from"}
    if strategy == "dense":
        idle |= {"watch"}
    return idle
