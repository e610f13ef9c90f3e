"""Examples without a worker: where random boxes of a small data set's pictures lie, written straight into a store."""

from pathlib import Path

import numpy as np

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
)
from shared.analyses.dataset_examples.parts import BEST, SHARD, BestFacts, ExampleFacts, ShardFacts
from shared.client import Client
from shared.images.contact_sheet import stitch
from shared.results import Part, encode_part
from tests.fixtures.small_datasets import two_classes, write_folder
from tests.fixtures.synthetic_runs import FACTS, begin

MODEL, LAYER = "keras/vgg16/random", "block2_conv1"
CHANNELS, PICTURES, SHARDS = 12, 24, 3
# This channel never answers.
SILENT = 5


def pets(client: Client, folder: Path) -> str:
    """A data set of cats and dogs, of which 24 are for training; returns its reference."""
    files = two_classes(PICTURES // 2, "train") | two_classes(2, "validation", 300) | two_classes(4, "test", 500)
    return client.datasets.keep(client.datasets.check(write_folder(folder, files)), "pets")


def examples_spec(dataset: str) -> DatasetExamples:
    """The request that finished_examples() answers."""
    return DatasetExamples(model=MODEL, layer=LAYER, dataset=dataset)


def shard(client: Client, dataset: str, index: int) -> Part:
    """The best of eight pictures for each channel: random boxes, stronger the higher the channel's number."""
    card, random = client.datasets.card(dataset), np.random.default_rng(index)
    rows = np.array(card.rows("train"))[index::SHARDS]
    number = np.stack([random.permutation(rows) for _ in range(CHANNELS)]).astype(np.int32)
    values = np.sort(random.uniform(1, 2, number.shape) * np.arange(1, CHANNELS + 1)[:, None])[:, ::-1]
    values = values.astype(np.float32)
    values[SILENT] = 0
    corner = random.integers(0, 20, (*number.shape, 2))
    box = np.concatenate([corner, corner + 14], axis=-1).astype(np.int32)
    label = np.array([[card.pictures[n].label for n in row] for row in number], np.int32)
    found = best_of(nothing(CHANNELS, 9), Examples(values, values, number, label, corner.astype(np.int32), box))
    facts: ShardFacts = {**_facts(number.shape[1]), "seconds": 0.5}
    return SHARD.part(index, f"shard {index}", arrays=found.arrays(), facts=facts)


def _facts(pictures: int) -> ExampleFacts:
    return {"pictures": pictures, "height": 224, "width": 224, "receptive_field": 10, "stride": 2, "start": [0.5, 0.5]}


def closing_part(client: Client, dataset: str, shards: list[Part]) -> Part:
    """The best of all, nine a channel, with their sheet."""
    best = merge(part.arrays for part in shards)
    assert best is not None
    tiles, opened = Tiles(CHANNELS, 9, piece_edge(CHANNELS, 9)), client.datasets.open(dataset)
    for number, places in by_picture(best):
        for at in places:
            tiles.put(*at, cut(opened.image(number), tuple(best.box[at]), tiles.edge))
    facts: BestFacts = {**_facts(PICTURES), "classes": list(opened.card.classes)}
    sheet = stitch(dict(enumerate(tiles.tiles)), CHANNELS)
    return BEST.part(SHARDS, "the best of all", pictures={"sheet": sheet}, arrays=best.arrays(), facts=facts)


def example_parts(client: Client, dataset: str) -> list[Part]:
    """All parts of a run."""
    made = [shard(client, dataset, index) for index in range(SHARDS)]
    return [*made, closing_part(client, dataset, made)]


def written_examples(client: Client, dataset: str, shards: int = SHARDS, finish: bool = True) -> str:
    """A run with so many of its shards, complete or going on; returns its key."""
    spec = client.resolve(examples_spec(dataset))
    fence, made = begin(client.store, spec, SHARDS + 1), [shard(client, dataset, i) for i in range(shards)]
    parts = [*made, closing_part(client, dataset, made)] if finish else made
    for part in parts:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"total": SHARDS + 1})
    if finish:
        facts = {**FACTS, "metrics": {"pictures": PICTURES, "channels": CHANNELS}}
        client.store.runs.finish(spec.key(), fence, facts)
    return spec.key()
