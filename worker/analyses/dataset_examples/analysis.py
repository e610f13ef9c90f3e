"""`dataset_examples`: the crops of a data set's pictures that excite each channel of a layer most.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014; Olah et al., "Feature
Visualization", Distill 2017, on why they belong beside synthetic pictures.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses import DatasetExamples
from shared.analyses.dataset_examples.numbers import (
    Examples,
    Tiles,
    best_of,
    by_picture,
    cut,
    merge,
    nothing,
    piece_edge,
    shards,
)
from shared.analyses.dataset_examples.parts import BEST, SHARD, BestArrays, BestFacts, ExampleFacts, ShardFacts, Sheet
from shared.errors import ConvscopeError, DoesNotFit
from shared.images.contact_sheet import stitch
from shared.images.resizing import rule_of
from shared.library import Dataset
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding, yielding_from
from worker.analyses.context import RunContext
from worker.analyses.dataset_examples.strongest_units import BestUnits, best_units, seen_boxes, within
from worker.ascent.layer_channels import check_channel, chosen_channels, full_path, load_for_layer
from worker.attribution.task import CARD_SHARE, CPU_MEMORY, bytes_a_picture
from worker.networks.layer_trace import TracedLayer, trace_layers
from worker.networks.models import LoadedModel
from worker.pictures.datasets import PictureFeed

LARGEST_BATCH = 32


def dataset_examples(spec: DatasetExamples, context: RunContext) -> Iterator[Part | Progress]:
    """Show a data set's pictures to a layer, and keep each channel's strongest units.

    Yields:
        Parts as shared.analyses.dataset_examples.parts describes them.

    Raises:
        UnknownLayer, UnknownDataset, InvalidSpec, NotFinite, DoesNotFit: see their names.
    """
    load = lambda: load_for_layer(context.models, spec.model, spec.layer)  # noqa: E731
    model = yield from yielding(load, "loading the model")
    dataset = yield from yielding(lambda: context.dataset(spec.dataset), "opening the data set")
    scan = yield from yielding(lambda: _prepared(spec, model, dataset, context.device_memory), "compiling")
    context.pictures_in[spec.dataset] = scan.feed.words
    todo = shards(scan.pictures)
    metrics = {"pictures": scan.pictures, "channels": len(scan.channels)}
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision, "metrics": metrics}
    yield Progress("looking at pictures", total=len(todo) + 1, facts=facts)
    for index in context.parts(Series(len(todo) + 1, closing=True)):
        if index < len(todo):
            yield (yield from scan.shard(index, todo[index]))
        else:
            best = _best_of_all([context.stored(i) for i in range(len(todo))])
            yield (yield from yielding_from(scan.sheet(index, best, dataset), "cropping what the units see"))


@dataclass(frozen=True)
class _Scan:
    """What all shards of a run share.

    Attributes:
        feed: of the split.
        traced: the layer, for pictures of `size`.
        channels: which of its channels.
        k: how many pictures a channel.
        size: height and width at which the network sees pictures.
        pictures: how many are looked at, from the first.
        best_of_batch: a batch -> strengths, values and units.
    """

    feed: PictureFeed
    traced: TracedLayer
    channels: list[int]
    k: int
    size: tuple[int, int]
    pictures: int
    best_of_batch: BestUnits

    def shard(self, index: int, rows: range) -> Generator[Progress, None, Part]:
        """The best units of some pictures."""
        best, done, begun = nothing(len(self.channels), self.k), 0, time.perf_counter()
        batches = iter(self.feed.some(np.array(rows)))
        while done < len(rows):
            stage = f"picture {rows[done] + 1:,} of {self.pictures:,}"
            at = Progress(stage, fraction=rows[done] / self.pictures)
            strengths, values, units = yield from yielding(lambda: self._next(batches), at)
            seen = np.array(rows[done : done + len(values)])
            best = best_of(best, self._examples(seen, strengths, values, units))
            done += len(values)
        facts: ShardFacts = {**self._facts(len(rows)), "seconds": round(time.perf_counter() - begun, 3)}
        return SHARD.part(index, f"pictures {rows[0]}–{rows[-1]} of the split", arrays=best.arrays(), facts=facts)

    def sheet(self, index: int, best: Examples, dataset: Dataset) -> Generator[Progress, None, Part]:
        """The best of all pictures, with their pieces cut out."""
        rows, many = len(self.channels), dataset.card.bands if dataset.card.bands not in (1, 3) else 0
        tiles = Tiles(rows, self.k, piece_edge(rows, self.k))
        every = Tiles(rows, self.k, piece_edge(rows, self.k, many), many) if many else None
        for number, places in by_picture(best):
            image, planes = dataset.image(number), dataset.planes(number) if every else ()
            for at in places:
                box = tuple(best.box[at])
                tiles.put(*at, cut(image, box, tiles.edge))
                if every:
                    every.put(*at, np.stack([cut(plane, box, every.edge)[..., 0] for plane in planes], -1))
            yield Progress("cropping what the units see")
        arrays: BestArrays = {**best.arrays()}
        if every:
            planes_of = np.moveaxis(every.tiles, -1, 0)
            arrays["sheet_bands"] = np.stack([stitch(dict(enumerate(plane)), rows)[..., 0] for plane in planes_of], -1)
        facts: BestFacts = {**self._facts(self.pictures), "classes": list(self.feed.classes)}
        pictures: Sheet = {"sheet": stitch(dict(enumerate(tiles.tiles)), len(tiles.tiles))}
        return BEST.part(index, "the best of all", pictures=pictures, arrays=arrays, facts=facts)

    def _facts(self, pictures: int) -> ExampleFacts:
        field = self.traced.field
        return {
            "pictures": pictures,
            "height": self.size[0],
            "width": self.size[1],
            "receptive_field": field.size,
            "stride": field.stride,
            "start": list(field.start),
        }

    def _next(self, batches: Iterator[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        try:
            return self.best_of_batch(next(batches)[0])
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise DoesNotFit(
                "Expected a batch of pictures at this size to fit the device's memory. It does not. Choose a smaller "
                "size."
            ) from error

    def _examples(self, rows: np.ndarray, strengths: np.ndarray, values: np.ndarray, units: np.ndarray) -> Examples:
        """A batch's units as examples, (channel, picture)."""
        units = units.transpose(1, 0, 2)
        boxes = seen_boxes(units, self.traced.field, self.size, self.feed.shown_boxes[rows])
        boxes = within(boxes, self.feed.picture_sizes[rows])
        number, label = (np.broadcast_to(a, values.T.shape).astype(np.int32)
                         for a in (self.feed.rows[0] + rows, self.feed.labels[rows]))  # fmt: skip
        return Examples(strengths.T, values.T, number, label, units, boxes)


def _prepared(spec: DatasetExamples, model: LoadedModel, dataset: Dataset, device_memory: int) -> _Scan:
    path = full_path(model.network, spec.layer)
    channels = chosen_channels(model, path, spec.channels)
    size = (spec.size, spec.size) if spec.size else model.input_size
    check_channel(model, path, max(channels), min(size))
    layers = trace_layers(model.network, size).layers
    batch = min(LARGEST_BATCH, int((device_memory * CARD_SHARE) or CPU_MEMORY) // bytes_a_picture(layers))
    feed = PictureFeed(
        dataset,
        spec.split,
        size,
        channels=model.input_channels,
        batch=max(1, batch),
        resize=rule_of(spec.resize, model.card.resize),
        how=model.preprocess,
    )
    pictures = min(spec.images or feed.pictures, feed.pictures)
    best_of_batch = best_units(model, path, channels, size, spec.precision)
    return _Scan(feed, layers[path], channels, spec.k, size, pictures, best_of_batch)


def _best_of_all(parts: list[Part | None]) -> Examples:
    stored = [part.arrays for part in parts if part is not None]
    best = merge(stored)
    if best is None or len(stored) < len(parts):
        raise ConvscopeError("Expected the results of all pictures. Received fewer: the cache has evicted some. Retry.")
    return best
