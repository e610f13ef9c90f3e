"""Files of `compare_models`: how far each layer moved, what its most changed channels want and see; its report."""

import csv
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses.compare_models.parts import LAYER, TABLE, ChannelRow, TableFacts
from shared.analyses.report_blocks import Block, Table, plain
from shared.analyses.result_files import Files, file_stem
from shared.images.contact_sheet import stitch
from shared.images.feature_maps import palette, steps_of
from shared.results import Part
from shared.store import RunRecord

COLUMNS = ("path", "path_after", "class", "parameters", "channels", "state", "distance", "cosine", "unchanged", "most")
SIDES = ("before", "after")
NUMBERS = ("distance", "cosine", "unchanged")


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """layers.csv, picture.png, of masks mask_before.png and mask_after.png, sheets/1_<layer>.png … (a row a channel:
    tile and map before, tile and map after), and arrays.npz as comparison_arrays() says."""
    if 0 in parts:
        yield from ((f"{name}.png", picture) for name, picture in parts[0].pictures.items())
        yield "layers.csv", layers_csv(TABLE.read(parts[0]))
    for index, part in sorted(parts.items()):
        if index:
            yield f"sheets/{index}_{file_stem(part.name)}.png", layer_sheet(part)
    yield "arrays.npz", comparison_arrays(parts)


def layers_csv(table: TableFacts) -> str:
    """A line a layer; of layers that one side has alone, `state` says which, and there is no distance."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in table["layers"]:
        distance = "inf" if row["distance"] is None else row["distance"]
        writer.writerow({**row, "distance": distance, "most": " ".join(str(c) for c in row["most"])})
    for side, field, rows in (("before", "path", table["only_before"]), ("after", "path_after", table["only_after"])):
        for one in rows:
            alone = {"class": one["class"], "parameters": one["parameters"]}
            writer.writerow({field: one["path"], **alone, "state": f"only {side}"})
    return out.getvalue()


def comparison_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of a comparison.

    Returns:
        `layers` text, `distance`, `cosine`, `unchanged` float32 (layer); `LAYER.distance` float32 (channel) of every
        layer with channels; of the drawn ones `LAYER.channels` int32 (channel), `LAYER.maps_before`,
        `LAYER.maps_after` float16 (height, width, channel), `LAYER.tiles_before`, `LAYER.tiles_after` uint8 (channel,
        height, width, 3), `LAYER.objective_before`, `LAYER.objective_after` float32 (channel, step); `logits_before`,
        `logits_after`, `mask_before`, `mask_after` where there is such an output. LAYER is the path before, with "."
        for "/".
    """
    found: dict[str, np.ndarray] = {}
    for index, part in sorted(parts.items()):
        found |= _layer_arrays(part) if index else _table_arrays(part)
    return found


def _table_arrays(part: Part) -> dict[str, np.ndarray]:
    rows, start = TABLE.read(part)["layers"], 0
    found = {"layers": np.array([row["path"] for row in rows])} | {name: part.arrays[name] for name in NUMBERS}
    for row in rows:
        if row["channels"]:
            stop = start + row["channels"]
            found[f"{file_stem(row['path'])}.distance"] = part.arrays["channel_distance"][start:stop]
            start = stop
    return found | {name: values for name, values in part.arrays.items() if name.startswith(("logits_", "mask_"))}


def _layer_arrays(part: Part) -> dict[str, np.ndarray]:
    stem, channels = file_stem(part.name), part.arrays["channels"]
    found = {f"{stem}.channels": channels}
    for side in SIDES:
        found |= {f"{stem}.{name}_{side}": part.arrays[f"{name}_{side}"] for name in ("maps", "objective")}
        found[f"{stem}.tiles_{side}"] = np.stack([part.pictures[f"{side}_{channel}"] for channel in channels])
    return found


def layer_sheet(part: Part) -> np.ndarray:
    """A row a channel: tile and map before, tile and map after; both maps of a row on one scale.

    Returns:
        uint8 (height, width, 3).
    """
    channels = LAYER.read(part)["channels"]
    signed = min(row["low"] for row in channels) < 0
    cells: list[np.ndarray] = []
    for at, row in enumerate(channels):
        for side in SIDES:
            tile = part.pictures[f"{side}_{row['channel']}"]
            cells += [tile, _drawn(part.arrays[f"maps_{side}"][..., at], row, signed, tile.shape[0])]
    return stitch(dict(enumerate(cells)), len(cells), columns=2 * len(SIDES))


def _drawn(values: np.ndarray, row: ChannelRow, signed: bool, edge: int) -> np.ndarray:
    """A map in colours, uint8 (edge, edge, 3); units stay squares."""
    reach = np.float32(max(abs(row["low"]), abs(row["high"])) or 1)
    steps = steps_of(values, (-reach if signed else np.float32(0), reach))  # type: ignore[arg-type]
    colours = palette("diverging" if signed else "viridis")[steps]
    return np.asarray(Image.fromarray(colours).resize((edge, edge), Image.Resampling.NEAREST))


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """How far every layer moved, and which layers one network has alone."""
    if 0 not in parts:
        return []
    table = TABLE.read(parts[0])
    rows = [
        (row["path"], row["class"], row["state"], "infinite" if row["distance"] is None else row["distance"],
         plain(row["cosine"]), row["unchanged"], " ".join(str(channel) for channel in row["most"]))
        for row in table["layers"]
    ]  # fmt: skip
    sides = {"before": table["only_before"], "after": table["only_after"]}
    alone = [(row["path"], row["class"], side) for side, layers in sides.items() for row in layers]
    heads = ("Layer", "Class", "State", "Distance", "Cosine", "Unchanged", "Channels that moved most")
    found: list[Block] = [Table("How far each layer moved", heads, rows)]
    return found + ([Table("Layers of one network alone", ("Layer", "Class", "Side"), alone)] if alone else [])
