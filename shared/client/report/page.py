"""The HTML of a report: what it shows, put into assets/report.html. Jinja escapes all that people wrote."""

import base64
import inspect
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.analyses.band_arrays import band_count, in_bands
from shared.analyses.report_blocks import Block, Figure
from shared.analyses.result_files import manifest
from shared.client.report.curves import curve_lines
from shared.client.report.figures import blocks_of
from shared.client.reproduce import command_line, python_code
from shared.images.bands import usable_bands
from shared.library.titles import Titles, made_words, run_title
from shared.results import Part
from shared.store import RunRecord

ASSETS = Path(__file__).parent / "assets"
SHOWN_ROWS = 2000


def report_html(
    run: RunRecord, parts: Mapping[int, Part], names: Titles | None = None, banner: str = "",
    link: tuple[str, str] | None = None, bands: Sequence[int] = (),
) -> str:  # fmt: skip
    """A result as one HTML file.

    Args:
        run: its record.
        parts: its parts; a cancelled run's finished ones.
        names: what the installation calls its things.
        banner: a sentence above everything ("Shared by ..., until ...").
        link: address and words of a link beside it; None for none.
        bands: that pictures of other than one or three are drawn in; () for the first three.

    Returns:
        HTML that opens from disk with the network off, in light and dark.
    """
    parts = {number: in_bands(part, bands) for number, part in parts.items()}
    shown = _shown_bands(parts, bands)
    return _environment().get_template("report.html").render(
        title=run_title(run, names or Titles()), sentence=_sentence(run), facts=_facts(run) | shown, texts=_texts(run),
        blocks=blocks_of(run, parts), banner=" ".join(filter(None, (_origin(run), run.made_before, banner))), link=link,
        shown_rows=SHOWN_ROWS,
    )  # fmt: skip


def _origin(run: RunRecord) -> str:
    return f"Imported, not computed by whoever shows it: {run.origin}." if run.origin else ""


def _sentence(run: RunRecord) -> str:
    spec = run.spec()
    return (inspect.getdoc(type(spec)) or "").split("\n\n")[0].replace("\n", " ") if spec else ""


def _facts(run: RunRecord) -> dict[str, str]:
    """What stands under the title, by name; what is not known is left out."""
    made = manifest(run)
    rows = {
        "Imported by" if run.origin else "Made by": run.by,
        "When": f"{datetime.fromtimestamp(run.finished_at, UTC):%Y-%m-%d %H:%M} UTC" if run.finished_at else "",
        "Took": f"{run.seconds:.1f} s" if run.seconds else "",
        "State": "" if run.status == "complete" else ", ".join(filter(None, (run.status, made_words(run)))),
        "Device": made["device"],
        "Precision": run.precision,
        "Pictures": run.pictures_in,
        "Assumed": f"values {run.assumed_scales}: nothing in the network's file tells" if run.assumed_scales else "",
        "Weights": made["metrics"].get("weights", ""),
        "Versions": ", ".join(f"{name} {found}" for name, found in made["versions"].items()),
        "Key": run.key,
    }
    return {name: str(value) for name, value in rows.items() if value}


def _shown_bands(parts: Mapping[int, Part], bands: Sequence[int]) -> dict[str, str]:
    """Which bands the pictures show, of those that have others than red, green and blue."""
    count = max(map(band_count, parts.values()), default=0)
    chosen = usable_bands(bands, count)
    colours = "as grey" if len(chosen) == 1 else "as red, green and blue"
    return {"Shown bands": f"{', '.join(map(str, chosen))} of {count} {colours}"} if count else {}


def _texts(run: RunRecord) -> dict[str, str]:
    """What made the result, to copy."""
    spec = run.spec()
    again = {"Make it again in Python": python_code(spec), "or in a shell": command_line(spec)} if spec else {}
    return {**again, "What made it: manifest.json": json.dumps(manifest(run), indent=2, sort_keys=True)}


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"source": _source, "cell": _cell, "lines": curve_lines, "kind": _kind}
    return made


def _kind(block: Block) -> str:
    return type(block).__name__


def _source(figure: Figure) -> str:
    return f"data:{figure.media_type};base64,{base64.b64encode(figure.data).decode()}"


def _cell(value: Any) -> str:
    """A table's value as text: numbers with four digits that count."""
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "−")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
