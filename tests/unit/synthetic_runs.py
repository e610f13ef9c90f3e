"""Runs without a worker: records, tiles and layer tables written straight into a store."""

import secrets
import time

import numpy as np

from shared.analyses import FilterAtlas, InspectModel, JobSpec
from shared.client import Client
from shared.results import Part, encode_part
from shared.store import Store, WorkerRecord

FACTS = {
    "device": "CPU, 2 cores",
    "precision": "float32",
    "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"},
    "timings": {"model": 1.2, "ascent": 61.4},
    "metrics": {},
    "model": "VGG16",
    "weights": "imagenet",
}
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def striped_tile(channel: int, size: int) -> np.ndarray:
    """A tile that looks like a feature visualization: a coloured grating of the channel's own angle and scale.

    Returns:
        uint8 (size, size, 3).
    """
    rng = np.random.default_rng(channel)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    tile = np.zeros((size, size, 3))
    for _ in range(3):
        angle, frequency = rng.uniform(0, np.pi), rng.uniform(5, 22)
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        bend = rng.uniform(-1.2, 1.2) * v**2
        wave = np.cos(frequency * (u + bend) + rng.uniform(0, 6.3))
        tile += wave[..., None] * rng.normal(0, 0.5, 3)
    tile += rng.normal(0, 0.12, tile.shape)
    return (255 / (1 + np.exp(-1.6 * tile))).astype(np.uint8)


def noise_tile(channel: int, size: int) -> np.ndarray:
    """What a dead channel leaves: the noise it began with."""
    rng = np.random.default_rng(channel)
    return rng.normal(128, 10, (size, size, 3)).clip(0, 255).astype(np.uint8)


def atlas_part(index: int, channel: int, size: int, steps: int = 30) -> bytes:
    """One encoded tile; every 17th channel is dead."""
    dead = channel % 17 == 5
    rng = np.random.default_rng(channel)
    height = 0.0 if dead else float(rng.gamma(4, 6) + 4)
    curve = (height * (1 - np.exp(-np.arange(1, steps + 1) / 7)) + rng.normal(0, 0.05, steps)).astype(np.float32)
    tile = noise_tile(channel, size) if dead else striped_tile(channel, size)
    facts = {
        "channel": channel,
        "objective": float(curve[-1]),
        "objective_start": 0.0,
        "dead": dead,
        "starts": 3 if dead else 1,
    }
    return encode_part(Part(index, f"channel {channel}", {"tile": tile}, {"objective": curve}, facts))


def begin(store: Store, spec: JobSpec, total: int, by: str = "mira") -> int:
    """Submit a run past the queue and start an attempt; returns its fencing token."""
    job = f"{spec.key()}-{secrets.token_hex(4)}"
    store.runs.submit(spec, job, by)
    fence = store.runs.begin(spec.key(), job)
    store.runs.write(spec.key(), fence, None, {"stage": "climbing", "total": total})
    return fence


def write_tiles(store: Store, spec: FilterAtlas, fence: int, total: int, first: int, last: int) -> None:
    """Write tiles first .. last-1."""
    channels = spec.channels or tuple(range(total))
    for index in range(first, last):
        data = atlas_part(index, channels[index], spec.size, spec.steps)
        store.runs.write(spec.key(), fence, (index, data), {"stage": "climbing", "fraction": (index + 1) / total})


def finished_atlas(store: Store, spec: FilterAtlas, total: int, **facts: object) -> str:
    """A complete atlas; returns its key."""
    fence = begin(store, spec, total)
    write_tiles(store, spec, fence, total, 0, total)
    store.runs.finish(spec.key(), fence, {**FACTS, **facts})
    return spec.key()


def layer_rows() -> list[dict[str, object]]:
    """Rows like VGG16's."""
    rows, before, field = [], 3, 1
    for block, (channels, count) in enumerate(BLOCKS, start=1):
        stride, edge = 2 ** (block - 1), 224 // 2 ** (block - 1)
        for i in range(1, count + 1):
            field += 2 * stride
            rows.append(_row(f"block{block}_conv{i}", "Conv2D", edge, channels, 9 * before * channels + channels,
                             field, stride))  # fmt: skip
            before = channels
        field += stride
        rows.append(_row(f"block{block}_pool", "MaxPooling2D", edge // 2, channels, 0, field, 2 * stride))
    head = {"channels": None, "receptive_field": None, "stride": None, "shows": []}
    rows.append({"path": "flatten", "class": "Flatten", "output_shape": "25088", "parameters": 0, **head})
    rows.append({"path": "fc1", "class": "Dense", "output_shape": "4096", "parameters": 102764544, **head})
    return rows


def _row(path: str, kind: str, edge: int, channels: int, parameters: int, field: int, stride: int) -> dict[str, object]:
    return {"path": path, "class": kind, "output_shape": f"{edge} × {edge} × {channels}", "channels": channels,
            "parameters": parameters, "receptive_field": field, "stride": stride,
            "shows": ["filter_atlas", "activations"]}  # fmt: skip


def finished_inspection(client: Client, model: str, **facts: object) -> str:
    """A complete layer table; returns its key."""
    spec = client.resolve(InspectModel(model=model))
    fence = begin(client.store, spec, 1)
    table = {
        "layers": layer_rows(), "input": "224 × 224 × 3", "outputs": "1000", "parameters": 138357544,
        "classes": ["tench", "goldfish", "great white shark", "tiger shark", "hammerhead"], "preprocess": "caffe",
        "title": "VGG16", "weights": "imagenet", **facts,
    }  # fmt: skip
    client.store.runs.write(spec.key(), fence, (0, encode_part(Part(0, "layers", facts=table))), {"total": 1})
    client.store.runs.finish(spec.key(), fence, {**FACTS, **facts})
    return spec.key()


def report_workers(store: Store, busy_with: str = "") -> None:
    """Two workers that have just reported."""
    now = time.time()
    for queue, run in (("interactive", ""), ("batch", busy_with)):
        store.workers.report(
            WorkerRecord(
                f"{queue}-1", queue, "busy" if run else "idle", run, "CPU, 2 cores", 910 * 1024**2,
                ("float32", "bfloat16"), ("keras/vgg16/imagenet",), "lab-3", 4242, now - 5400, now,
            )
        )  # fmt: skip
