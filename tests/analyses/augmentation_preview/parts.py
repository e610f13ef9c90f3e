"""Augmented copies without a worker: flat tiles written straight into a store."""

import numpy as np

from shared.analyses import AugmentationPreview
from shared.images.contact_sheet import stitch
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin


def finished_preview(store: Store, spec: AugmentationPreview) -> str:
    """A complete run; returns its key."""
    tiles = np.random.default_rng(0).integers(0, 256, (spec.copies, spec.size, spec.size, 3), np.uint8)
    pictures = {"original": tiles[0], "sheet": stitch(dict(enumerate(tiles)), len(tiles), 5)}
    facts = {"size": spec.size, "columns": 5, "copies": spec.copies}
    facts |= {"path": "train/cats/1.png", "label": "cats", "split": "train"} if spec.dataset else {}
    fence = begin(store, spec, 1)
    store.runs.write(spec.key(), fence, (0, encode_part(Part(0, "copies", pictures, {"copies": tiles}, facts))), {})
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()
