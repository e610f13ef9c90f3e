"""Two networks compared without a worker: parts as the analysis makes them, written straight into a store."""

from collections.abc import Sequence

import numpy as np

from shared.analyses import CompareModels
from shared.analyses.compare_models.parts import LAYER, TABLE, ChannelRow, LayerFacts, Movement, TableFacts, TableRow
from shared.client import Client
from shared.results import Part, encode_part
from tests.analyses.attribution.parts import picture_of
from tests.fixtures.synthetic_runs import FACTS, begin, striped_tile

MODEL, OTHER = "keras/mobilenetv2/random", "keras/mobilenetv2/imagenet"
SPEC = CompareModels(model=MODEL, other=OTHER, most_channels=2, size=32, steps=8, precision="float32")
SIZE, EDGE, STRIDE = 64, 8, 8
# Path, class, channels, distance, state, part.
LAYERS: Sequence[tuple[str, str, int, float | None, str, int]] = (
    ("stem", "Conv2D", 8, 0.0, "frozen", 0),
    ("stem_norm", "BatchNormalization", 8, 0.05, "statistics", 0),
    ("block/low", "Conv2D", 12, 0.4, "moved", 1),
    ("block/high", "Conv2D", 12, 0.8, "moved", 2),
    ("gate", "Conv2D", 4, None, "moved", 0),
    ("late", "Conv2D", 8, 0.0, "frozen", 0),
    ("top", "Dense", 3, 0.2, "moved", 0),
)
CHANNELS = (5, 2)


def table_row(path: str, kind: str, channels: int, distance: float | None, state: str, part: int) -> TableRow:
    """A row of the table."""
    frozen = state == "frozen"
    moved: Movement = {
        "distance": distance,
        "cosine": None if distance is None else 1 - distance / 4,
        "unchanged": float(frozen),
    }
    most = list(CHANNELS) if channels > max(CHANNELS) else [0, 1]
    still: Movement = {"distance": 0.0, "cosine": 1.0, "unchanged": 1.0}
    return {
        "path": path, "path_after": f"base/{path}", "class": kind, "parameters": 90 * channels, "channels": channels,
        **moved, "state": state, "part": part, "most": most,
        "hindrance": "which has no height and width" if kind == "Dense" else "",
        "weights": [{"name": "kernel", "shape": [3, 3, 1, channels], **moved},
                    {"name": "bias", "shape": [channels], **still}],
    }  # fmt: skip


def table_part(rows: list[TableRow] | None = None) -> Part:
    """Part 0."""
    rows = rows if rows is not None else [table_row(*one) for one in LAYERS]
    states = [row["state"] for row in rows]
    top = [{"class": i, "name": n, "probability": p, "logit": v} for i, (n, p, v) in enumerate(
        [("tabby", 0.7, 3.0), ("tiger_cat", 0.2, 1.7), ("lynx", 0.1, 1.0)])]  # fmt: skip
    facts: TableFacts = {
        "layers": rows, "only_before": [], "inside_before": "", "inside_after": "base",
        "only_after": [{"path": "head", "class": "Dense", "parameters": 24}], "matched": len(rows),
        "moved": states.count("moved"), "statistics": states.count("statistics"), "frozen": states.count("frozen"),
        "height": SIZE, "width": SIZE, "top_before": None, "top_after": top,
    }  # fmt: skip
    distance = np.array([np.inf if row["distance"] is None else row["distance"] for row in rows], np.float32)
    count = sum(row["channels"] for row in rows)
    arrays = {"distance": distance, "cosine": 1 - distance / 4, "unchanged": np.array(states) == "frozen"}
    arrays |= {f"channel_{name}": np.arange(count, dtype=np.float32) for name in ("distance", "cosine", "unchanged")}
    arrays = {name: values.astype(np.float32) for name, values in arrays.items()}
    arrays |= {"logits_after": np.ones(3, np.float32)}
    return TABLE.part(0, "table", pictures={"picture": picture_of(0, SIZE)}, arrays=arrays, facts=facts)


def maps_of(index: int, side: str) -> np.ndarray:
    """float16 (EDGE, EDGE, channel): a hill for each channel, elsewhere after than before; never below zero."""
    y, x = np.mgrid[0 : 1 : EDGE * 1j, 0 : 1 : EDGE * 1j]
    middle = 0.3 if side == "before" else 0.7
    hills = [(1 + at + index) * np.exp(-((x - middle) ** 2 + (y - 0.5) ** 2) / 0.04) for at in range(len(CHANNELS))]
    return np.stack(hills, -1).astype(np.float16)


def layer_part(index: int) -> Part:
    """A drawn layer; after, its second channel is dead."""
    path = next(one[0] for one in LAYERS if one[5] == index)
    maps = {side: maps_of(index, side) for side in ("before", "after")}
    rows: list[ChannelRow] = [
        {"channel": c, "distance": 0.9 - 0.3 * at, "cosine": 0.8, "unchanged": 0.0, "dead_before": False,
         "dead_after": at == 1, "objective_before": 2.0, "objective_after": 5.0 * (at == 0), "mean_before": 0.2,
         "mean_after": 0.3, "low": 0.0, "high": float(max(m[..., at].max() for m in maps.values()))}
        for at, c in enumerate(CHANNELS)
    ]  # fmt: skip
    facts: LayerFacts = {"path": path, "path_after": f"base/{path}", "height": EDGE, "width": EDGE,
                         "receptive_field": 15, "stride": STRIDE, "start": [3.5, 3.5], "channels": rows}  # fmt: skip
    pictures = {f"{side}_{c}": striped_tile(c + 20 * (side == "after"), 32) for side in maps for c in CHANNELS}
    arrays: dict[str, np.ndarray] = {f"maps_{side}": values for side, values in maps.items()}
    arrays |= {f"objective_{side}": np.arange(16, dtype=np.float32).reshape(2, 8) for side in maps}
    arrays |= {name: np.array([row[name] for row in rows], np.float32) for name in ("distance", "cosine", "unchanged")}
    arrays["channels"] = np.array(CHANNELS, np.int32)
    return LAYER.part(index, path, pictures=pictures, arrays=arrays, facts=facts)


def all_parts() -> list[Part]:
    """Of a whole run."""
    return [table_part(), layer_part(1), layer_part(2)]


def comparison(client: Client, made: int | None = None, spec: CompareModels = SPEC) -> str:
    """A run with its first parts made, all by default; returns its key."""
    parts = all_parts()
    fence = begin(client.store, spec, len(parts))
    for part in parts[:made]:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"stage": "optimizing"})
    if made is None:
        client.store.runs.finish(spec.key(), fence, FACTS | {"other": "MobileNetV2"})
    return spec.key()


def unmoved(client: Client) -> str:
    """A run of two networks that are the same; returns its key."""
    fence = begin(client.store, SPEC, 1)
    rows = [table_row(path, kind, channels, 0.0, "frozen", 0) for path, kind, channels, *_ in LAYERS]
    client.store.runs.write(SPEC.key(), fence, (0, encode_part(table_part(rows))), {})
    client.store.runs.finish(SPEC.key(), fence, FACTS)
    return SPEC.key()
