"""A network of numbers on a data set of numbers: which of both belong together, and what is true and predicted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.analyses.evaluate_model.parts import NUMBERS, NumberFacts
from shared.analyses.outputs import number_rows
from shared.errors import InvalidSpec, message
from shared.library import Dataset
from shared.results import Part
from shared.uploads.targets import Column
from worker.analyses.evaluate_model.classifier import Classifier
from worker.analyses.evaluate_model.sharded_predictions import ShardedPredictions, part_name, shards_of
from worker.pictures.datasets import PictureFeed


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


def matched_columns(columns: Sequence[Column], names: Sequence[str], output: str, title: str) -> list[int]:
    """Which of a data set's numbers each number of a network stands for: by name, else by order.

    Args:
        columns: of the data set.
        names: of the network's numbers, "" where unknown.
        output: name of the output; that of a single number may be the column's.
        title: of the network, for the message.

    Raises:
        InvalidSpec: neither names nor how many there are agree.
    """
    places = {column.name.casefold(): i for i, column in enumerate(columns)}
    wanted = [name.casefold() for name in names] if any(names) else [output.casefold()] * (len(names) == 1)
    if wanted and all(name in places for name in wanted):
        return [places[name] for name in wanted]
    if len(columns) == len(names):
        return list(range(len(columns)))
    raise InvalidSpec(
        message(f"a network that gives the data set's numbers: {', '.join(column.name for column in columns)}",
                f"{len(names)} numbers of {title}",
                "Add it with the names that the data set has (in a terminal: `convscope models add --labels`).")
    )  # fmt: skip
