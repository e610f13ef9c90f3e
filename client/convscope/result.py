"""What a run has made: arrays, pictures, figures and files, and how a notebook shows it."""

import html
import io
import json
import tempfile
import weakref
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from convscope.errors import ConvscopeError, RefusedError

if TYPE_CHECKING:
    from convscope.run import Run

# What another installation needs to import the result, and nobody else.
MACHINERY = "convscope/"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


class Result:
    """A finished run, or the finished parts of one that was cancelled. Fetched once, when something of it is asked for.

    Args:
        run: whose result it is.
        bands: of pictures with many bands, those to draw, see in_bands(); "" for the first three.
    """

    def __init__(self, run: "Run", bands: str = "") -> None:
        self.run, self.bands = run, bands

    def in_bands(self, bands: str) -> "Result":
        """The same result with its pictures and animations drawn in other bands than the first three.

        Args:
            bands: "5,3,1" as red, green and blue, "5" as grey; they count from 1. The server refuses those that there
                are not, as soon as something of the result is asked for.
        """
        return Result(self.run, bands)

    @property
    def key(self) -> str:
        """Of the run."""
        return self.run.key

    @property
    def link(self) -> str:
        """The run's page."""
        return self.run.link

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        with ExitStack() as unless_whole:
            file = unless_whole.enter_context(tempfile.TemporaryFile())  # without a name: gone with this object
            asked = {"bands": self.bands} if self.bands else {}
            self.run.lab.connection.download("runs", self.run.key, "result.zip", into=file, **asked)
            file.seek(0)
            archive = zipfile.ZipFile(file)
            unless_whole.pop_all()
        weakref.finalize(self, file.close)
        return archive

    @property
    def files(self) -> list[str]:
        """Names of what save() writes."""
        return [one for one in self._archive.namelist() if not one.startswith(MACHINERY)]

    def read(self, name: str) -> bytes:
        """One file.

        Raises:
            RefusedError: there is none of this name.
        """
        try:
            return self._archive.read(name)
        except KeyError:
            raise RefusedError(f"Expected one of {', '.join(self.files[:20])}. Received {name!r}.", 404) from None

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What was asked for, what was measured and, for every part, its name and facts."""
        return dict(json.loads(self.read("manifest.json")))

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers, by name; {} for kinds without arrays. What each is stands in `lab.kinds[kind].parts`."""
        if "arrays.npz" not in self.files:
            return {}
        with np.load(io.BytesIO(self.read("arrays.npz")), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    @cached_property
    def pictures(self) -> Mapping[str, Image.Image]:
        """All pictures, by file name."""
        names = [name for name in self.files if name.endswith(PICTURES)]
        return {name: Image.open(io.BytesIO(self.read(name))) for name in names}

    @cached_property
    def figures(self) -> dict[str, Any]:
        """Whatever has axes, by name, as Plotly figures; {} where nothing has.

        Raises:
            ConvscopeError: Plotly is not installed here.
        """
        try:
            from plotly.graph_objects import Figure
        except ImportError:
            raise ConvscopeError("Figures need Plotly: pip install 'convscope[figures]'") from None
        found = self.run.lab.connection.get("runs", self.run.key, "figures")["figures"]
        return {name: Figure(one) for name, one in found.items()}

    @property
    def figure(self) -> Any:
        """The first of them.

        Raises:
            RefusedError: nothing of this result has axes.
        """
        for one in self.figures.values():
            return one
        raise RefusedError(f"Nothing of {self.key} has axes. Look at its pictures.", 404)

    def save(self, folder: str | Path) -> Path:
        """Write manifest.json, pictures and arrays.npz into a folder, as `convscope run --output` does.

        Returns:
            The folder.
        """
        target = Path(folder).expanduser()
        for name in self.files:
            parts = PurePosixPath(name).parts
            if not parts or name.startswith("/") or "\\" in name or ":" in name or ".." in parts:
                raise RefusedError(f"The server sent a file called {name!r}, which is not written.")
            path = target.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(name))
        return target

    def html(self) -> str:
        """The report: one page that needs nothing else."""
        return self.read("report.html").decode()

    def _repr_html_(self) -> str:
        """What a notebook shows: the report, in a frame of its own so that styles stay apart."""
        page = html.escape(self.html(), quote=True)
        style = "width: 100%; height: 640px; border: 0"
        return f'<iframe srcdoc="{page}" style="{style}" sandbox="allow-scripts"></iframe>'

    def __repr__(self) -> str:
        return f"<Result {self.key} {self.link}>"
