"""What a heat map's page reads of its runs, and the addresses of their values and small pictures."""

from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.store import RunRecord


def request_of(run: RunRecord) -> Attribution:
    """What a run was asked for.

    Raises:
        InvalidSpec: its record is of another release.
    """
    return Attribution.from_fields(dict(run.fields))  # type: ignore[return-value]


def part_of(spec: Attribution, picture: int, method: str = "") -> int:
    """Number of the part of a picture, or of a method's maps of it."""
    return attribution_parts(spec).index((picture, method))
