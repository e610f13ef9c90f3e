"""What `--output DIR` and the download buttons hold: a manifest, pictures, arrays."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from shared.contact_sheet import stitch
from shared.feature_maps import colour_limits, is_signed, map_sheet, palette, steps_of, tile_edge
from shared.results import Part
from shared.stage_pictures import channel_sheet
from shared.store import RunRecord


def manifest(run: RunRecord) -> dict[str, Any]:
    """What made a result, as JSON values.

    Returns:
        `key`, `kind`, `spec`, `status`, `versions`, `device`, `precision`, `timings` (seconds), `metrics`.
    """
    facts = run.facts
    timings = {"seconds": round(run.seconds, 3), **facts.get("timings", {})}
    return {
        "key": run.key,
        "kind": run.kind,
        "spec": run.fields,
        "status": run.status,
        "versions": facts.get("versions", {}),
        "device": facts.get("device", ""),
        "precision": facts.get("precision", "float32"),
        "timings": timings,
        # Random weights show no learned patterns: whoever gets the folder must see which they were.
        "metrics": {
            "parts": run.done,
            "total": run.total,
            "weights": facts.get("weights", ""),
            **facts.get("metrics", {}),
        },
    }


def write_result(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> Path:
    """Write a result into a folder, made when missing.

    Args:
        folder: where to.
        run: its record; a cancelled run's finished parts are written too.
        parts: its parts by number.

    Returns:
        Path of manifest.json, written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if parts and run.kind in WRITERS:
        WRITERS[run.kind](folder, run, parts)
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest(run), indent=2, sort_keys=True) + "\n")
    return path


def atlas_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of an atlas, one row a finished channel.

    Returns:
        `tiles` uint8 (channel, height, width, 3); `objective` float32 (channel, step); `dead` bool
        (channel); `channels` int32 (channel), the channel numbers of the rows.
    """
    rows = [parts[i] for i in sorted(parts)]
    return {
        "tiles": np.stack([p.pictures["tile"] for p in rows]),
        "objective": np.stack([p.arrays["objective"] for p in rows]),
        "dead": np.array([p.facts["dead"] for p in rows], bool),
        "channels": np.array([p.facts["channel"] for p in rows], np.int32),
    }


def layer_table_csv(rows: list[dict[str, Any]]) -> str:
    """The layer table as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else ["path"])
    writer.writeheader()
    writer.writerows({**row, "shows": " ".join(row["shows"])} for row in rows)
    return out.getvalue()


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An .npz file of arrays, in memory."""
    out = io.BytesIO()
    np.savez_compressed(out, **{name: np.asarray(a) for name, a in arrays.items()})  # type: ignore[arg-type]
    return out.getvalue()


def _write_atlas(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> None:
    tiles = {i: p.pictures["tile"] for i, p in parts.items()}
    Image.fromarray(stitch(tiles, run.total or len(tiles))).save(folder / "sheet.png")
    (folder / "tiles").mkdir(exist_ok=True)
    for part in parts.values():
        Image.fromarray(part.pictures["tile"]).save(folder / "tiles" / f"{part.facts['channel']:04d}.png")
    (folder / "arrays.npz").write_bytes(npz_bytes(atlas_arrays(parts)))


def _write_layers(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> None:
    rows = parts[0].facts["layers"]
    (folder / "layers.json").write_text(json.dumps(rows, indent=2) + "\n")
    (folder / "layers.csv").write_text(layer_table_csv(rows))


def stage_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Numbers of a playground's stages.

    Returns:
        `stage_00` … float32 (height, width, channel); `kernel_00` … float32 (kernel, kernel, input, filter) of the
        convolutions.
    """
    return {f"{name}_{i:02d}": part.arrays[name] for i, part in parts.items() for name in part.arrays}


def _write_stages(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    for i, part in parts.items():
        composite = part.pictures.get("composite")
        picture = channel_sheet(part.arrays["stage"]) if composite is None else composite
        Image.fromarray(picture).save(folder / f"stage_{i:02d}.png")
        if "input" in part.pictures:
            Image.fromarray(part.pictures["input"]).save(folder / "input.png")
    (folder / "arrays.npz").write_bytes(npz_bytes(stage_arrays(parts)))


def _write_maps(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    (folder / "sheets").mkdir(exist_ok=True)
    for i, part in parts.items():
        if i == 0:
            Image.fromarray(part.pictures["picture"]).save(folder / "picture.png")
            (folder / "predictions.json").write_text(json.dumps(part.facts["top"], indent=2) + "\n")
        else:
            layer_picture(part).save(folder / "sheets" / f"{i:03d}_{file_stem(part.name)}.png")
    with open(folder / "arrays.npz", "wb") as file:
        write_npz(file, (pair for part in parts.values() for pair in map_arrays(part)))


def layer_picture(part: Part) -> Image.Image:
    """All channels of a layer, each on its own scale, in full size."""
    limits = colour_limits(part.facts, part.arrays, "channel", 0.0)
    colours = palette("diverging" if is_signed(float(part.facts["minimum"])) else "viridis")
    side = max(part.facts["height"], part.facts["width"])
    return map_sheet(steps_of(part.arrays["maps"], limits), colours, tile_edge(side, side, side))


def map_arrays(part: Part) -> list[tuple[str, np.ndarray]]:
    """Names and arrays of one part of an activations run: `logits`, or the maps by their layer's path."""
    if part.index:
        return [(file_stem(part.name), part.arrays["maps"])]
    return [("logits", part.arrays["logits"])] if "logits" in part.arrays else []


def file_stem(path: str) -> str:
    """A layer's path as a name in a folder or an archive."""
    return path.replace("/", ".")


def write_npz(file: IO[bytes], arrays: Iterable[tuple[str, np.ndarray]]) -> None:
    """Write an .npz file one array after the other; as it is, for maps hardly compress in the time that it takes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


WRITERS: dict[str, Callable[[Path, RunRecord, Mapping[int, Part]], None]] = {
    "activations": _write_maps,
    "filter_atlas": _write_atlas,
    "inspect_model": _write_layers,
    "playground": _write_stages,
}
