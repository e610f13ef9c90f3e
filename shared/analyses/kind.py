"""One record a kind: what the store, the exports, the lists and the pages know of an analysis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Literal

from shared.analyses.base import JobSpec

if TYPE_CHECKING:
    from shared.analyses.report_blocks import Block
    from shared.results import Part
    from shared.store import RunRecord

Blocks = Callable[["RunRecord", Mapping[int, "Part"]], list["Block"]]
# A thumbnail of kinds whose parts hold numbers, or the photograph alone: the first picture that is written.
WRITTEN = "written"
Writer = Callable[[Path, "RunRecord", Mapping[int, "Part"]], None]


@dataclass(frozen=True)
class Pictures:
    """How a report shows the pictures that a kind writes; names are those of the output folder.

    Attributes:
        first: what comes first, in this order; all others follow by name.
        large: what the result is about, shown larger than the others.
        wide: files, and folders of files, that take the whole width.
        left_out: what only says in other words what the others show.
    """

    first: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def place(self, name: str) -> tuple[int, str]:
        """Sorts the pictures."""
        return (self.first.index(name) if name in self.first else len(self.first), name)


@dataclass(frozen=True)
class Kind:
    """An analysis. Functions are named by module and name ("shared.analyses.deep_dream.files:write_dream") and imported
    when they are asked for, so that a spec alone stays light.

    Attributes:
        spec: what is asked for; its `kind` is the name of the kind and of its rooms.
        title: what a run is called on lists ("Layer atlas").
        noun: what a run makes ("atlas").
        part: what one part of it is ("tile").
        files: writes what `convscope run --output` leaves beside the manifest; by default every picture and array.
        pictures: how a report shows the written pictures; None leaves them out.
        report: makes what a report shows beside them.
        thumbnail: name of the parts' picture to know a result by ("dream"), or WRITTEN; by default the first picture.
        layers: layers that the layer table offers it for: "any" with feature maps, or those of what at least one filter
            has seen, "filtered"; "" for none.
        trial: whether every change on its page is a run; lists then leave its runs out until they are asked for.
        unasked: whether pages ask for it by themselves; its runs then are no news.
        quick: whether its result is there at once, so that nobody plans many of it.
    """

    spec: type[JobSpec]
    title: str
    noun: str
    part: str
    files: str = "shared.analyses.part_files:write_parts"
    pictures: Pictures | None = Pictures()
    report: str = ""
    thumbnail: str = ""
    layers: Literal["", "any", "filtered"] = ""
    trial: bool = False
    unasked: bool = False
    quick: bool = False

    @property
    def name(self) -> str:
        """The kind itself: "filter_atlas"."""
        return self.spec.kind

    @property
    def write(self) -> Writer:
        """Writes a result into a folder that is there: called with the folder, the run's record and its parts."""
        found: Writer = resolve_name(self.files)
        return found

    def blocks(self, run: "RunRecord", parts: Mapping[int, "Part"]) -> list["Block"]:
        """What a report shows beside the pictures."""
        make: Blocks = resolve_name(self.report) if self.report else lambda *_: []
        return make(run, parts)
