"""What a data set asks of a network: the output that answers it, and what is right for each picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from shared.errors import InvalidSpec, message
from shared.library import Dataset, DatasetCard
from shared.uploads.targets import NO_CLASS, Column
from worker.networks.heads import model_heads
from worker.networks.models import LoadedModel
from worker.pictures.datasets import PictureFeed


def fitting_output(model: LoadedModel, card: DatasetCard, output: str) -> str:
    """The output that answers what a data set asks, where none is named: that of a column's name, else of its kind."""
    heads = [one for one in model_heads(model) if one.ending]
    if output or len(heads) < 2:
        return output
    fits = {"numbers": lambda h: h.ending == "number", "masks": lambda h: h.mask is not None,
            "classes": lambda h: h.ending != "number" and h.mask is None}[card.kind]  # fmt: skip
    columns = [column.name for column in card.columns]
    found = sorted(filter(fits, heads), key=lambda head: columns.index(head.name) if head.name in columns else 99)
    return found[0].name if found else output


def column_of(dataset: Dataset, feed: PictureFeed, output: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names and int32 (picture) labels of the column that an output is named after; else of the first."""
    columns = dataset.card.columns
    place = next((i for i, column in enumerate(columns) if column.name == output), None)
    if place is None:
        return dataset.card.classes, feed.labels
    values = [dataset.card.pictures[number].values[place] for number in feed.rows]
    return columns[place].classes, np.array(values, np.int32)


def true_mask(dataset: Dataset, feed: PictureFeed, place: int, size: tuple[int, int]) -> np.ndarray:
    """uint8 (height, width) of a picture's mask at the network's size."""
    top, left, height, width = map(int, feed.shown_boxes[place])
    # What a picture is filled up with is of no class.
    mask = np.pad(dataset.mask(feed.rows[place]), [(max(0, -top),) * 2, (max(0, -left),) * 2], constant_values=NO_CLASS)
    top, left = max(0, top), max(0, left)
    mask = mask[top : top + height, left : left + width]
    return np.asarray(Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST))


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
