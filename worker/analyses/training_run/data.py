"""What a run learns from: the splits of a data set at one size, and whether they can be learnt from at all."""

from dataclasses import dataclass, field

import numpy as np

from shared.analyses.training_run.spec import WITH_BASE, TrainingRun
from shared.errors import InvalidSpec, message
from shared.images.bands import learnt_range, number_range
from shared.images.resizing import CROP
from shared.library import Dataset, DatasetCard
from shared.library.preprocessing import with_numbers
from worker.analyses.training_run.bases import base_side
from worker.analyses.training_run.feeds import balancing_weights, chosen_rows
from worker.networks.models import LoadedModel
from worker.pictures.datasets import PictureFeed
from worker.pictures.resized import sized_pixels

# Data sets of small pictures of one size are learnt at that size, but not below what the book's network needs.
SMALL_SIDE, LEAST_SIDE, USUAL_SIDE = 64, 28, 150


@dataclass
class TrainingData:
    """A data set as a run sees it.

    Attributes:
        spec: of the run.
        dataset: whose pictures.
        side: height and width, in pixels.
        channels: 1 or 3, or the data set's bands.
        memory: bytes that decoded pictures of a split may take.
        how: pictures go into the base, for numbers; "" without one.
        resize: how pictures meet the size, see shared.images.resizing.
    """

    spec: TrainingRun
    dataset: Dataset
    side: int
    channels: int
    memory: int
    how: str = ""
    resize: str = CROP
    rows: np.ndarray = field(init=False)
    train: PictureFeed = field(init=False)
    validation: PictureFeed | None = field(init=False)

    def __post_init__(self) -> None:
        """Open the splits and choose the pictures that are learnt from.

        Raises:
            InvalidSpec: there is nothing to tell apart, or a class has no picture to learn from.
        """
        card = self.dataset.card
        check_card(card, self.spec)
        self.train = self._feed("train")
        self.validation = self._feed("validation") if "validation" in card.splits else None
        self.rows = chosen_rows(self.train.labels, self.spec.images)
        if missing := self.missing_classes():
            raise InvalidSpec(
                message("a training picture of every class", f"none of {', '.join(missing[:5])}",
                        "Give a larger `images`, or enlarge the data set's train split.")
            )  # fmt: skip

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, in the order of the network's outputs."""
        return self.dataset.card.classes

    def missing_classes(self) -> list[str]:
        """Classes that no picture is learnt from."""
        there = set(self.train.labels[self.rows].tolist())
        return [name for number, name in enumerate(self.classes) if number not in there]

    def class_weights(self) -> np.ndarray | None:
        """float32 (class) where they are asked for."""
        if not self.spec.class_weights:
            return None
        return balancing_weights(self.train.labels[self.rows], len(self.classes))

    def test(self) -> PictureFeed | None:
        """The test split, where there is one."""
        return self._feed("test", keep=False) if "test" in self.dataset.card.splits else None

    def picture(self, number: int) -> np.ndarray:
        """A picture of the data set as the network is shown it, float32 (side, side, channels) in [0, 1]."""
        if self.dataset.card.bands:
            values = self.dataset.picture(number).seen(self.how)
            return sized_pixels(values, (self.side, self.side), self.channels, self.resize)
        image = self.dataset.image(number)
        pixels = np.asarray(image.convert("RGB" if self.channels == 3 else "L")).reshape(image.height, image.width, -1)
        return sized_pixels(pixels, (self.side, self.side), self.channels, self.resize).astype(np.float32) / 255.0

    def learnt_way(self, preprocess: str) -> str:
        """How pictures go into what was learnt: with the data set's range, where the network has none of its own."""
        own = number_range(preprocess) or learnt_range(preprocess)
        return preprocess if own else with_numbers(preprocess, self.dataset.card.span)

    def _feed(self, split: str, keep: bool = True) -> PictureFeed:
        # Features are computed once, so their pictures need not be kept.
        keep = keep and self.spec.strategy != "feature_extraction"
        memory = self.memory if keep else 0
        size = (self.side, self.side)
        return PictureFeed(
            self.dataset, split, size, channels=self.channels, batch=self.spec.batch, resize=self.resize,
            memory=memory, how=self.how,
        )  # fmt: skip


def check_card(card: DatasetCard, spec: TrainingRun) -> None:
    """Refuse what cannot be learnt from.

    Raises:
        InvalidSpec: fewer than two classes, no training pictures, or a watched picture that is not there.
    """
    if card.kind != "classes":
        raise InvalidSpec(
            message("a data set of classes", f"one of {card.kind}",
                    "Training here teaches classes: choose another, or evaluate a network of yours on this one.")
        )  # fmt: skip
    if len(card.classes) < 2:
        raise InvalidSpec(
            message("a data set of at least two classes", f"one class, {', '.join(card.classes)}",
                    "There is nothing to tell apart: add a folder of other pictures.")
        )  # fmt: skip
    if "train" not in card.splits:
        raise InvalidSpec(
            message("a data set with a train split", f"splits {', '.join(card.splits)}", "Add it again with one.")
        )
    beyond = [number for number in spec.watch if number >= len(card.pictures)]
    if beyond:
        raise InvalidSpec(
            message(f"`watch` below {len(card.pictures)}, the number of pictures", beyond[0], "Change `watch`.")
        )


def picture_side(spec: TrainingRun, card: DatasetCard, base: LoadedModel | None) -> int:
    """Height and width of the pictures: as asked, or what suits the base, or the data set."""
    if spec.size:
        return spec.size
    if spec.strategy in WITH_BASE and base is not None:
        return base_side(base)
    sizes = {(picture.height, picture.width) for picture in card.pictures}
    longest = max(max(size) for size in sizes)
    return max(LEAST_SIDE, longest) if len(sizes) == 1 and longest <= SMALL_SIDE else USUAL_SIDE
