"""A network of numbers on a data set of numbers: which of both belong together, and what is true and predicted."""

from dataclasses import replace

import numpy as np

from shared.analyses.evaluate_model.parts import NUMBERS, NumberFacts
from shared.analyses.outputs import number_rows
from shared.errors import InvalidSpec, message
from shared.library import Dataset
from shared.results import Part
from worker.analyses.evaluate_model.classifier import Classifier
from worker.analyses.evaluate_model.sharded_predictions import ShardedPredictions, part_name, shards_of
from worker.pictures.datasets import PictureFeed
from worker.pictures.targets import matched_columns


def number_predictions(network: Classifier, dataset: Dataset, feed: PictureFeed, title: str) -> ShardedPredictions:
    """What makes the parts of a data set of numbers.

    Raises:
        InvalidSpec: the network gives no numbers, or others.
    """
    if network.head.ending == "linear" and not network.head.mask:  # a guess, or names that look like classes
        network = replace(network, head=replace(network.head, ending="number"))
    head, columns = network.head, dataset.card.columns
    if head.ending != "number" or head.mask:
        raise InvalidSpec(
            message("a network that gives numbers, for a data set of numbers",
                    f"{title}, whose output {head.name} gives none",
                    "Choose another network, another `output`, or a data set of classes.")
        )  # fmt: skip
    names = [row["name"] for row in number_rows(head.number_names, [0.0] * head.units)]
    chosen = matched_columns(columns, names, head.name, title)
    pictures = [dataset.card.pictures[i] for i in feed.rows]
    true = np.array([[picture.values[i] for i in chosen] for picture in pictures], np.float32)
    said = [f"{columns[i].name} ({columns[i].unit})" if columns[i].unit else columns[i].name for i in chosen]
    facts: NumberFacts = {"names": said, "height": network.size[0], "width": network.size[1]}

    def part(index: int, places: np.ndarray, rows: np.ndarray) -> Part:
        numbers = np.array([feed.rows[i] for i in places], np.int32)
        return NUMBERS.part(
            index, part_name(index, places), facts=facts,
            arrays={"true": true[places], "predicted": np.asarray(rows, np.float32), "pictures": numbers},
        )  # fmt: skip

    return ShardedPredictions(network, feed, shards_of(np.arange(len(pictures))), part)
