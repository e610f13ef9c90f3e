"""What a network says of pictures of a data set, beside what is right: classes, masks or numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from shared.analyses.outputs import number_rows
from shared.errors import InvalidSpec, message
from shared.library import Dataset
from shared.uploads.targets import NO_CLASS
from worker.networks.cut import mean_logits
from worker.networks.heads import Head
from worker.networks.masks import by_area, predicted_mask
from worker.networks.match_classes import answer_names, match_classes
from worker.pictures.datasets import PictureFeed
from worker.pictures.targets import column_of, matched_columns, true_mask


@dataclass(frozen=True)
class Verdict:
    """What comes of a batch; see shared.analyses.channel_ablation.parts.

    Attributes:
        logits: float32 (picture, class).
        predicted: int32 (picture).
        score: float32 (picture).
    """

    logits: np.ndarray
    predicted: np.ndarray
    score: np.ndarray


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Verdicts of pictures, one batch after the other."""
    parts = ([getattr(one, name) for one in verdicts] for name in ("logits", "predicted", "score"))
    return Verdict(*(np.concatenate(one) for one in parts))


@dataclass(frozen=True)
class Judge:
    """A data set beside a network's output.

    Attributes:
        answers: what the data set holds.
        classes: names of the classes, or of the numbers.
        columns: the output's value of each.
        labels: int32 (place in the split), number of the class; −1 where there is none or several.
        own: bool (place in the split, class), whether a picture is one of a class's own.
        judge: logits (picture, output), the output's answers and places in the split, to predicted and score.
    """

    answers: Literal["classes", "masks", "numbers"]
    classes: list[str]
    columns: list[int]
    labels: np.ndarray
    own: np.ndarray
    judge: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

    @property
    def known(self) -> np.ndarray:
        """bool (place in the split): whether a picture is one of some class's own."""
        return np.asarray(self.own.any(1))

    def verdict(self, logits: Any, given: Any, places: np.ndarray) -> Verdict:
        """What comes of a batch of pictures at some places of the split."""
        values = np.asarray(mean_logits(logits), np.float32)[:, self.columns]
        predicted, score = self.judge(np.asarray(given), places)
        return Verdict(values, predicted.astype(np.int32), score.astype(np.float32))


def judge_of(head: Head, dataset: Dataset, feed: PictureFeed, title: str) -> Judge:
    """The judge of an output on a split.

    Args:
        head: the output.
        dataset: whose pictures.
        feed: of the split.
        title: of the network, for messages.

    Raises:
        InvalidSpec: the output answers something else than the data set asks, or other classes.
    """
    made: dict[str, Callable[[Head, Dataset, PictureFeed, str], Judge]]
    made = {"classes": _of_classes, "masks": _of_masks, "numbers": _of_numbers}
    return made[dataset.card.kind](head, dataset, feed, title)


def _of_classes(head: Head, dataset: Dataset, feed: PictureFeed, title: str) -> Judge:
    if head.ending == "number" or head.mask:
        raise _unfit("classes", title, "a mask" if head.mask else "numbers")
    classes, labels = column_of(dataset, feed, head.name)
    names = answer_names(head.labels, head.count, head.ending == "binary")
    matched = match_classes(classes, names, head.count, title)
    kept = list(matched.kept)
    own = labels[:, None] == np.array(kept)[None]
    if not own.any():
        raise InvalidSpec(
            message(f"pictures of {', '.join(classes[i] for i in kept)}", "none in this split", "Choose another split.")
        )
    of_class = np.where(own.any(1), own.argmax(1), -1).astype(np.int32)
    of_answer = _positions(matched.columns, head.count)

    def judge(given: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        predicted = of_answer[given.argmax(1)]
        return predicted, predicted == of_class[places]

    return Judge("classes", [classes[i] for i in kept], list(matched.columns), of_class, own, judge)


def _of_masks(head: Head, dataset: Dataset, feed: PictureFeed, title: str) -> Judge:
    size, (column, *_) = head.mask, dataset.card.columns
    if size is None or head.ending == "number":
        raise _unfit("masks", title, "none")
    names = answer_names(head.labels, head.count, head.ending == "binary")
    matched = match_classes(column.classes, names, head.count, title)
    kept, classes = list(matched.kept), [column.classes[i] for i in matched.kept]
    of_class = np.full(NO_CLASS + 1, -1, np.int64)
    of_class[kept] = np.arange(len(kept))
    of_answer = _positions(matched.columns, head.count)
    true = [of_class[true_mask(dataset, feed, place, size)].astype(np.int16) for place in range(feed.pictures)]
    own = np.array([[bool((one == number).any()) for number in range(len(kept))] for one in true])

    def judge(given: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said = predicted_mask(head, given)
        found = np.where(said < 0, len(kept), of_answer[np.maximum(said, 0)])
        known = np.stack([true[int(place)] for place in places])
        right = ((found == known) & (known >= 0)).sum((1, 2)) / np.maximum(1, (known >= 0).sum((1, 2)))
        areas = np.stack([(said == number).mean((1, 2)) for number in range(head.count)], 1)
        largest = [by_area(head, one)[0] for one in areas]
        return of_answer[largest], right

    labels = np.full(feed.pictures, -1, np.int32)
    return Judge("masks", classes, list(matched.columns), labels, own, judge)


def _of_numbers(head: Head, dataset: Dataset, feed: PictureFeed, title: str) -> Judge:
    if head.ending != "number" or head.mask:
        raise _unfit("numbers", title, "none")
    names = [row["name"] for row in number_rows(head.number_names, [0.0] * head.units)]
    columns = dataset.card.columns
    chosen = matched_columns(columns, names, head.name, title)
    pictures = [dataset.card.pictures[i] for i in feed.rows]
    true = np.array([[picture.values[i] for i in chosen] for picture in pictures], np.float32)

    def judge(given: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        error = np.abs(given[:, : head.units] - true[places]).mean(1)
        return np.zeros(len(places), np.int32), error

    own = np.ones((len(pictures), head.units), bool)
    labels = np.full(len(pictures), -1, np.int32)
    return Judge("numbers", [columns[i].name for i in chosen], list(range(head.units)), labels, own, judge)


def _positions(columns: Sequence[int], count: int) -> np.ndarray:
    """int64 (output): which class each output stands for; the number of classes for none."""
    found = np.full(count, len(columns), np.int64)
    found[list(columns)] = np.arange(len(columns))
    return found


def _unfit(asked: str, title: str, given: str) -> InvalidSpec:
    wanted = "a mask of classes" if asked == "masks" else asked
    return InvalidSpec(
        message(f"a network that gives {wanted}, for a data set of {asked}", f"{title}, whose output gives {given}",
                "Choose another network, another `model_output`, or another data set.")
    )  # fmt: skip
