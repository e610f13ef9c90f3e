"""Activations without a worker: small maps written straight into a store."""

import numpy as np

from shared.analyses import Activations
from shared.analyses.activations.parts import (
    LAYER,
    PICTURE,
    HeadArrays,
    LayerArrays,
    LayerFacts,
    LayerSummary,
    PictureFacts,
)
from shared.analyses.typed_parts import LikelyClass
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin

# Path, edge, channels, whether values can be negative, receptive field, stride.
LAYERS = (
    ("stem/conv", 24, 12, True, 3, 1),
    ("stem/relu", 24, 12, False, 3, 1),
    ("block/pool", 12, 12, False, 4, 2),
    ("block/relu", 6, 30, False, 12, 4),
)
SIZE = 24


def maps_of(seed: int, index: int) -> np.ndarray:
    """float16 (edge, edge, channel); the last channel of a layer that is cut at zero is blank."""
    _, edge, channels, signed, _, _ = LAYERS[index]
    maps = np.random.default_rng(100 * seed + index).normal(0.2 - 0.3 * index, 1 + index, (edge, edge, channels))
    if not signed:
        maps = maps.clip(0)
        maps[..., -1] = 0
    return maps.astype(np.float16)


def layer_part(seed: int, index: int) -> Part:
    """One layer's part as the worker writes it."""
    path, edge, channels, _, field, stride = LAYERS[index]
    maps = maps_of(seed, index).astype(np.float32)
    arrays: LayerArrays = {
        "maps": maps.astype(np.float16), "minimum": maps.min((0, 1)), "maximum": maps.max((0, 1)),
        "mean": maps.mean((0, 1)), "zeros": (maps == 0).mean((0, 1)).astype(np.float32),
    }  # fmt: skip
    facts: LayerFacts = {
        "part": index + 1, "path": path, "class": "Conv2D", "height": edge, "width": edge, "channels": channels,
        "receptive_field": field, "stride": stride, "start": [(stride - 1) / 2] * 2, "minimum": float(maps.min()),
        "maximum": float(maps.max()), "mean": float(maps.mean()), "zeros": float((maps == 0).mean()),
        "blank": float((maps == 0).all((0, 1)).mean()),
    }  # fmt: skip
    return LAYER.part(index + 1, path, arrays=arrays, facts=facts)


def first_part(seed: int, rows: list[LayerSummary]) -> Part:
    """Part 0 with three classes."""
    picture = np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    shares = [("tabby", 0.7, 3.0), ("tiger_cat", 0.2, 1.7), ("lynx", 0.1, 1.0)]
    top: list[LikelyClass] = [
        {"class": i, "name": n, "probability": p, "logit": v} for i, (n, p, v) in enumerate(shares)
    ]
    facts: PictureFacts = {"height": SIZE, "width": SIZE, "layers": rows, "ending": "softmax", "top": top}
    arrays: HeadArrays = {"logits": np.float32([3, 1.7, 1]), "probabilities": np.float32([0.7, 0.2, 0.1])}
    return PICTURE.part(0, "picture", pictures={"picture": picture}, arrays=arrays, facts=facts)


def parts_of(seed: int = 1) -> list[Part]:
    """All parts of a run."""
    layers = [layer_part(seed, index) for index in range(len(LAYERS))]
    return [first_part(seed, [{**LAYER.read(part)} for part in layers]), *layers]


def finished_activations(store: Store, spec: Activations, seed: int = 1) -> str:
    """A complete run; returns its key."""
    parts = parts_of(seed)
    fence = begin(store, spec, len(parts))
    for part in parts:
        store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()
