"""A finished run in the hands of whoever asked: its parts, its arrays, its files, and how a notebook shows it."""

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.analyses import KINDS
from shared.analyses.band_arrays import in_bands, wanted_bands
from shared.analyses.result_files import manifest
from shared.client.report import report_html
from shared.library.titles import Titles
from shared.results import Part
from shared.store import RunRecord

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True)
class Result:
    """A finished run: its record, its parts by number, who says what its installation calls things, and the bands that
    the parts are drawn in, see in_bands()."""

    run: RunRecord
    parts: dict[int, Part]
    titles: Callable[[], Titles] = field(default=Titles, repr=False, compare=False)
    bands: tuple[int, ...] = ()

    def save(self, folder: str | Path) -> Path:
        """Write pictures, arrays.npz and manifest.json, as `convscope run --output` does.

        Returns:
            The manifest's path.
        """
        return write_result(Path(folder), self.run, self.parts)

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """What arrays.npz of this kind holds, by name; {} for kinds without arrays."""
        made = KINDS[self.run.kind].files(self.run, self.parts) if self.parts and self.run.kind in KINDS else ()
        arrays: Any = next((content for name, content in made if name == "arrays.npz"), {})
        return {name: np.asarray(array) for name, array in dict(arrays).items()}

    @cached_property
    def figures(self) -> "dict[str, Figure]":
        """Whatever of this result has axes, by name, as Plotly figures that a notebook shows; {} where nothing has."""
        return KINDS[self.run.kind].figures(self.run, self.parts) if self.run.kind in KINDS else {}

    def in_bands(self, bands: str | Sequence[int]) -> "Result":
        """The same result with its pictures and animations drawn in other bands than the first three.

        Args:
            bands: three to be shown as red, green and blue, or one as grey: "5,3,1", (5, 3, 1).

        Raises:
            InvalidSpec: there are no such bands.
        """
        chosen = wanted_bands(bands if isinstance(bands, str) else ",".join(map(str, bands)), self.parts)
        drawn = {number: in_bands(part, chosen) for number, part in self.parts.items()}
        return replace(self, parts=drawn, bands=chosen)

    def html(self) -> str:
        """The result as one HTML file that needs nothing else."""
        return report_html(self.run, self.parts, self.titles(), bands=self.bands)

    def _repr_html_(self) -> str:
        """What a notebook shows in the cell: the report, in a frame of its own so that styles stay apart."""
        page = html.escape(self.html(), quote=True)
        return (
            f'<iframe srcdoc="{page}" style="width: 100%; height: 640px; border: 0" sandbox="allow-scripts"></iframe>'
        )


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
    if parts and run.kind in KINDS:
        KINDS[run.kind].write(folder, run, parts)
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest(run), indent=2, sort_keys=True) + "\n")
    return path
