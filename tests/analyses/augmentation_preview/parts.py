"""Augmented copies without a worker: flat tiles written straight into a store."""

import numpy as np

from shared.analyses import AugmentationPreview
from shared.analyses.augmentation_preview.parts import COPIES, CopiesFacts, CopiesPictures
from shared.images.contact_sheet import stitch
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin


def copies_part(spec: AugmentationPreview) -> Part:
    """The one part of a run."""
    tiles = np.random.default_rng(0).integers(0, 256, (spec.copies, spec.size, spec.size, 3), np.uint8)
    pictures: CopiesPictures = {"original": tiles[0], "sheet": stitch(dict(enumerate(tiles)), len(tiles), 5)}
    facts: CopiesFacts = {"size": spec.size, "columns": 5, "copies": spec.copies}
    if spec.dataset:
        facts |= {"path": "train/cats/1.png", "label": "cats", "split": "train"}
    return COPIES.part(0, "copies", pictures=pictures, arrays={"copies": tiles}, facts=facts)


def finished_preview(store: Store, spec: AugmentationPreview) -> str:
    """A complete run; returns its key."""
    fence = begin(store, spec, 1)
    store.runs.write(spec.key(), fence, (0, encode_part(copies_part(spec))), {})
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()
