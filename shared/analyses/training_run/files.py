"""Files of `training_run`: its curves, as a picture, as numbers, and in its report."""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from shared.analyses.chart_style import ACCENT, ORANGE
from shared.analyses.report_blocks import Block, Curves, Table
from shared.analyses.result_files import Files, file_stem
from shared.analyses.training_run.parts import EPOCH
from shared.results import Part
from shared.store import RunRecord

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
COLUMNS = ("epoch", "phase", *CURVES, "rate", "seconds", "best")
WIDTH, HEIGHT, MARGIN = 640, 360, 48
# The colours of the page.
TRAINED, VALIDATED, INK, FAINT = ORANGE, ACCENT, (40, 40, 40), (205, 205, 205)


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """curves.png (loss and accuracy, training and validation), epochs.csv, arrays.npz as training_arrays() says, and
    the heat maps of watched pictures as watch/PICTURE_EPOCH.png."""
    rows = [parts[index] for index in sorted(parts)]
    yield "epochs.csv", epochs_csv(rows)
    yield "curves.png", curves_picture(rows)
    yield "arrays.npz", training_arrays(rows)
    for part in rows:
        for name, picture in part.pictures.items():
            yield f"watch/{file_stem(name.removeprefix('watch_'))}_{part.index + 1:03d}.png", picture


def captions(_run: RunRecord, parts: Mapping[int, Part]) -> dict[str, str]:
    """Class, number and epoch of every heat map of a watched picture, by its name."""
    found = {}
    for part in parts.values():
        for row in EPOCH.read(part).get("watched", ()):
            name = f"watch/{file_stem(str(row['picture']))}_{part.index + 1:03d}.png"
            found[name] = f"{row['name']} · #{row['picture']}, epoch {part.index + 1}"
    return found


def epochs_csv(parts: Sequence[Part]) -> str:
    """A line an epoch; without a validation split, its columns stay empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(part.facts) for part in parts)
    return out.getvalue()


def training_arrays(parts: Sequence[Part]) -> dict[str, np.ndarray]:
    """The curves, a value an epoch.

    Returns:
        `loss`, `accuracy` float32 (epoch), and `val_loss`, `val_accuracy` where there was a validation split; `rate`
        float32, `epoch` int32 (from 1).
    """
    found = {
        name: np.array([part.facts[name] for part in parts], np.float32)
        for name in (*CURVES, "rate")
        if all(name in part.facts for part in parts)
    }
    return found | {"epoch": np.array([EPOCH.read(part)["epoch"] for part in parts], np.int32)}


def curves_picture(parts: Sequence[Part]) -> Image.Image:
    """Loss on the left, accuracy on the right; where fine-tuning starts, an upright line."""
    arrays = training_arrays(parts)
    phases = [EPOCH.read(part).get("phase") for part in parts]
    tuned = phases.index("fine_tuning") if "fine_tuning" in phases else None
    image = Image.new("RGB", (2 * WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    for left, name in ((0, "loss"), (WIDTH, "accuracy")):
        _draw_pair(pen, left, name, arrays, tuned)
    return image


def _draw_pair(
    pen: ImageDraw.ImageDraw, left: int, name: str, arrays: Mapping[str, np.ndarray], tuned: int | None
) -> None:
    pairs = [(arrays.get(name), TRAINED, "training"), (arrays.get(f"val_{name}"), VALIDATED, "validation")]
    lines = [(values, colour, word) for values, colour, word in pairs if values is not None and len(values)]
    if not lines:
        return
    everything = np.concatenate([values for values, _, _ in lines])
    low, high = (0.0, float(everything.max())) if name == "loss" else (float(everything.min()), 1.0)
    high = high if high > low else low + 1.0
    steps = max(1, len(arrays["epoch"]) - 1)

    def at(epoch: float, value: float) -> tuple[float, float]:
        across = left + MARGIN + epoch / steps * (WIDTH - 2 * MARGIN)
        return across, HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * MARGIN)

    for value in np.linspace(low, high, 5):
        pen.line([at(0, value), at(steps, value)], fill=FAINT)
        pen.text((left + 6, at(0, value)[1] - 6), f"{value:.3g}", fill=INK)
    if tuned is not None:
        pen.line([at(tuned, low), at(tuned, high)], fill=INK)
        pen.text((at(tuned, high)[0] + 4, MARGIN - 14), "fine-tuning", fill=INK)
    for row, (values, colour, word) in enumerate(lines):
        points = [at(epoch, float(value)) for epoch, value in enumerate(values)]
        pen.line(points, fill=colour, width=3)
        for across, down in points if len(points) < 60 else ():
            pen.ellipse((across - 3, down - 3, across + 3, down + 3), fill=colour)
        pen.text((left + WIDTH - MARGIN - 90, MARGIN - 40 + 14 * row), word, fill=colour)
    pen.text((left + MARGIN, 12), f"{name} by epoch, 1 to {int(arrays['epoch'][-1])}", fill=INK)


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Curves and table of a training run, an epoch a part."""
    rows = [parts[i].facts for i in sorted(parts)]
    # The colours of the page: the first line is in the accent, the second in orange.
    both = [("Loss", ("val_loss", "loss")), ("Accuracy", ("val_accuracy", "accuracy"))]
    words = {"loss": "training", "accuracy": "training", "val_loss": "validation", "val_accuracy": "validation"}
    found: list[Block] = [
        Curves(title, {words[n]: np.array([r.get(n, np.nan) for r in rows], np.float64) for n in names}, "epoch")
        for title, names in both
    ]
    names = [n for n in ("epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "rate", "seconds")
             if any(n in r for r in rows)]  # fmt: skip
    table = [[r.get(n, "") for n in names] for r in rows]
    return [*found, Table("Epochs", tuple(n.replace("val_", "validation ") for n in names), table)]
