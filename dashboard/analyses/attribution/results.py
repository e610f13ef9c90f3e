"""What a heat map's page reads of its runs, and the addresses of their values and small pictures."""

from collections.abc import Mapping
from typing import Any

from dashboard.analyses.activations.layer_maps import stamp
from dashboard.server.signing import sign
from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.store import RunRecord

THUMBNAIL = 256


def request_of(run: RunRecord) -> Attribution:
    """What a run was asked for.

    Raises:
        InvalidSpec: its record is of another release.
    """
    return Attribution.from_fields(dict(run.fields))  # type: ignore[return-value]


def part_of(spec: Attribution, picture: int, method: str = "") -> int:
    """Number of the part of a picture, or of a method's maps of it."""
    return attribution_parts(spec).index((picture, method))


def heat_url(run: RunRecord, index: int, array: str) -> str:
    """All maps of one array, each divided by its own largest absolute value: float16, little-endian."""
    return f"/img/heat/{sign(run.key)}/{run.key}/{stamp(run)}/{index}/{array}.f16"


def thumbnail_url(run: RunRecord, index: int) -> str:
    """A part's picture, small."""
    return f"/img/heat/{sign(run.key)}/{run.key}/{stamp(run)}/{index}/picture.jpg"


def class_name(row: Mapping[str, Any]) -> str:
    """What a person calls a class."""
    return str(row.get("name") or "").replace("_", " ") or f"class {row['class']}"


def short(value: float | None) -> str:
    """Four digits: all that anybody reads."""
    return "–" if value is None else f"{value:.4g}".replace("-", "−")


def percent(share: float) -> str:
    """A share, with a digit more where it is small."""
    return f"{100 * share:.1f} %" if share < 0.995 else f"{100 * share:.2f} %"
