"""Text that people or models wrote, made safe for places that read Markdown, and numbers as people say them."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shared.class_names import class_words

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")


def escape(text: str) -> str:
    """The same text, with nothing left that Streamlit's Markdown would act on: no links, pictures, icons, maths."""
    return _MARKS.sub(r"\\\1", text.replace("\r", "").replace("\n", " "))


def duration(seconds: float | None) -> str:
    """A length of time in at most two units: "40 ms", "2.4 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 2 h"."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, small, small_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // small} {small_unit}"
    return f"{whole} s"


def roughly(seconds: float | None) -> str:
    """A length of time that is guessed, as nobody needs it finer: "a second", "20 s", "3 min", "2 h 10 min"."""
    if seconds is None:
        return "unknown"
    if seconds < 2:
        return "a second"
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 3570:
        return f"{round(seconds / 60)} min"
    return duration(60 * round(seconds / 60))


def time_left(seconds: float | None) -> str:
    """How long something still takes, in words that stand by themselves: "about 20 s left"."""
    return "working out how long it takes" if seconds is None else f"about {roughly(seconds)} left"


def count(number: int | None, unit: str, plural: str = "") -> str:
    """ "1 tile", "2,048 tiles", "? tiles"; with a plural of its own where that is no s."""
    many = plural or f"{unit}s"
    if number is None:
        return f"? {many}"
    return f"{number:,} {unit if number == 1 else many}"


def round_values(values: Iterable[float | None], digits: int = 4) -> list[float | None]:
    """Numbers with a few digits, which draw the same line at a third of the bytes; None for what is no number."""
    return [float(f"{v:.{digits}g}") if v is not None and math.isfinite(v) else None for v in values]


def memory(size: int) -> str:
    """Bytes as kilobytes, megabytes or gigabytes."""
    if size >= 1024**3:
        return f"{size / 1024**3:.1f} GB"
    return f"{size / 1024**2:.0f} MB" if size >= 1024**2 else f"{size / 1024:.0f} KB"


def class_name(row: Mapping[str, Any]) -> str:
    """What a person calls a class."""
    return class_words(row["class"], row.get("name"))


def prediction(row: Mapping[str, Any]) -> dict[str, Any]:
    """A likely class as predictions.js draws it; see shared.analyses.typed_parts.LikelyClass."""
    probability = row["probability"]
    return {"name": class_name(row), "probability": probability, "share": f"{100 * probability:.1f} %",
            "tip": f"logit {row['logit']:.4g}"}  # fmt: skip


def short(value: float | None, digits: int = 4) -> str:
    """A number with the few digits that anybody reads; no exponent while it has no more than seven places."""
    if value is None:
        return "–"
    whole = math.isfinite(value) and 10**digits <= abs(value) < 10_000_000
    return minus(f"{value:,.0f}" if whole else f"{value:.{digits}g}")


def fixed(value: float, digits: int = 2) -> str:
    """A number with so many digits behind the point; what rounds to zero has no sign."""
    return minus(f"{round(value, digits) + 0.0:.{digits}f}")


def minus(text: str) -> str:
    """A number as text with the sign for minus, which is no hyphen."""
    return text.replace("-", "−")


def percent(share: float | None) -> str:
    """A share, with a digit more where it is nearly all; a dash where there is none."""
    if share is None:
        return "–"
    return f"{100 * share:.1f} %" if share < 0.995 else f"{100 * share:.2f} %"
