"""A network of masks on a data set of masks: for each picture, which pixels of which class were taken for which."""

import numpy as np

from shared.analyses.evaluate_model.overlap import class_iou, pixel_cells
from shared.analyses.evaluate_model.parts import MASKS, MaskFacts
from shared.errors import InvalidSpec, message
from shared.library import Dataset
from shared.results import Part
from shared.uploads.targets import NO_CLASS
from worker.analyses.evaluate_model.classifier import Classifier
from worker.analyses.evaluate_model.sharded_predictions import ShardedPredictions, part_name, shards_of
from worker.networks.masks import NONE, predicted_mask
from worker.networks.match_classes import answer_names, match_classes
from worker.pictures.datasets import PictureFeed
from worker.pictures.targets import true_mask


def mask_predictions(network: Classifier, dataset: Dataset, feed: PictureFeed, title: str) -> ShardedPredictions:
    """What makes the parts of a data set of masks.

    A picture's own mask is cut as the picture was, and taken at the size of the network's, each pixel by its nearest.

    Raises:
        InvalidSpec: the network gives no mask, or one of other classes.
    """
    head, (column, *_) = network.head, dataset.card.columns
    size = head.mask
    if size is None or head.ending == "number":
        raise InvalidSpec(
            message("a network that gives a mask of classes, for a data set of masks",
                    f"{title}, whose output {head.name} gives none",
                    "Choose another network, another `output`, or a data set of classes.")
        )  # fmt: skip
    names = answer_names(head.labels, head.count, head.ending == "binary")
    matched = match_classes(column.classes, names, head.count, title)
    classes = len(matched.kept)
    of_answer = np.full(head.count, NONE, np.int64)
    of_answer[list(matched.columns)] = np.arange(classes)
    of_class = np.full(NO_CLASS + 1, NO_CLASS, np.int64)
    of_class[list(matched.kept)] = np.arange(classes)

    def cells(answers: np.ndarray, places: np.ndarray) -> np.ndarray:
        said = predicted_mask(head, answers)
        found = np.where(said < 0, NONE, of_answer[np.maximum(said, 0)])
        true = [of_class[true_mask(dataset, feed, int(place), size)] for place in places]
        pairs = zip(true, found, strict=True)
        return np.stack([pixel_cells(own, other, classes, NO_CLASS) for own, other in pairs])

    facts: MaskFacts = {"classes": [column.classes[i] for i in matched.kept], "height": size[0], "width": size[1]}

    def part(index: int, places: np.ndarray, rows: np.ndarray) -> Part:
        iou = np.array([class_iou(one) for one in rows], np.float32)
        numbers = np.array([feed.rows[i] for i in places], np.int32)
        arrays = {"cells": rows.sum(0), "iou": iou, "pictures": numbers}
        return MASKS.part(index, part_name(index, places), facts=facts, arrays=arrays)  # type: ignore[arg-type]

    return ShardedPredictions(network, feed, shards_of(np.arange(len(feed.labels))), part, cells)
