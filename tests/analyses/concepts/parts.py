"""A run of `concepts` without a worker: parts of its types, of three concepts whose second one is a planted cue."""

import numpy as np

from shared.analyses.concepts.parts import BANK, CONCEPT, ConceptFacts
from shared.images.contact_sheet import stitch
from shared.results import Part

COUNT, PICTURES = 3, 8
LABELS = np.repeat([0, 1], PICTURES // 2).astype(np.int32)


def concept_parts() -> list[Part]:
    """The bank, and three concepts of cats: concept 2 stands in most cats and turns dogs into cats."""
    bank = np.eye(COUNT, 6, dtype=np.float32)
    presence = np.linspace(0, 1, PICTURES * COUNT, dtype=np.float32).reshape(PICTURES, COUNT)
    first = BANK.part(
        0, "concept bank",
        arrays={"bank": bank, "importance": np.array([0.2, 0.9, 0.1], np.float32),
                "stability": np.array([0.8, 0.99, 0.7], np.float32), "threshold": np.full(COUNT, 0.5, np.float32),
                "presence": presence, "pictures": np.arange(PICTURES, dtype=np.int32), "labels": LABELS,
                "predicted": LABELS, "score": np.ones(PICTURES, np.float32)},
        facts={"class_name": "cat", "classes": ["cat", "dog"], "output": "out", "ending": "softmax", "path": "second",
               "channels": 6, "height": 4, "width": 4, "negative": 0.0, "error": 0.2, "crop": [12, 12], "crops": 100,
               "pictures": 4, "others": 4, "accuracy": 0.9, "own_accuracy": 0.95},
    )  # fmt: skip
    return [first, *(_concept(number) for number in range(COUNT))]


def _concept(number: int) -> Part:
    cue = number == 1
    tiles = {i: np.full((24, 24, 3), 30 * i + 60 * number, np.uint8) for i in range(4)}
    facts: ConceptFacts = {
        "concept": number, "share": 0.9 if cue else 0.5, "others_share": 0.1 if cue else 0.4, "area": 0.03,
        "middle": 0.85 if cue else 0.4, "constancy": 0.45, "outside": None, "ablated_logit": -2.0 if cue else -0.25,
        "ablated_accuracy": -0.5 if cue else 0.0, "with_it": 0.97, "against": 0.12 if cue else 0.9,
        "against_pictures": 12, "loses": 0.9 if cue else 0.02, "loses_else": 0.01, "draws": 0.8 if cue else 0.03,
        "draws_else": None if number == 2 else 0.0, "without": 0.6, "exchanged": 0.2 if cue else 0.89,
        "drawn": [["dog", 3]] if cue else [],
    }  # fmt: skip
    return CONCEPT.part(
        number + 1, f"concept {number + 1}", facts=facts,
        pictures={"crops": stitch(tiles, 4, 4), "places": stitch(tiles, 4, 4),
                  "image": np.full((32, 32, 3), 90, np.uint8)},
        arrays={"where": np.eye(4, dtype=np.float32), "best": np.arange(4, dtype=np.int32),
                "box": np.tile(np.array([0, 0, 12, 12], np.int32), (4, 1))},
    )  # fmt: skip
