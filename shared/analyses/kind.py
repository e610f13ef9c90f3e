"""One record a kind: what the store, the exports, the lists and the pages know of an analysis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shared.analyses.base import JobSpec

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from shared.analyses.report_blocks import Block
    from shared.analyses.result_files import Files
    from shared.results import Part
    from shared.store import RunRecord

# A thumbnail of kinds whose parts hold numbers, or the photograph alone: the first picture that is written.
WRITTEN = "written"
# What a room's modules may define, by module: found there by these names and by no others.
OF_ROOM = {"files": ("files", "blocks", "captions"), "figures": ("figures",)}


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
    """An analysis. What is made of its results lies in its room, see OF_ROOM, and is imported when it is asked for, so
    that a spec alone stays light.

    Attributes:
        spec: what is asked for; its `kind` is the name of the kind and of its rooms.
        title: what a run is called on lists ("Layer atlas").
        noun: what a run makes ("atlas").
        part: what one part of it is, as people count them ("tile").
        counted: what so many parts of a run with these fields are, where they are not what people count: a number and
            its noun.
        measured: of a run whose parts hold many of what people count: the figure of its metrics that says how many all
            of them hold ("pictures").
        pictures: how a report shows the written pictures; None leaves them out.
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
    counted: "Callable[[Mapping[str, Any], int], tuple[int, str]] | None" = None
    measured: str = ""
    pictures: Pictures | None = Pictures()
    thumbnail: str = ""
    layers: Literal["", "any", "filtered"] = ""
    trial: bool = False
    unasked: bool = False
    quick: bool = False

    @property
    def name(self) -> str:
        """The kind itself: "filter_atlas"."""
        return self.spec.kind

    def made(self, run: "RunRecord") -> str:
        """How much of a run there is, as people count it: "3 of 8 tiles", "8 tiles" once it is complete; "" where
        nobody knows yet."""
        total, whole = run.total or 0, run.facts.get("metrics", {}).get(self.measured)
        if self.measured:
            if not (total and isinstance(whole, int)):
                return ""
            done, of_all, unit = round(whole * run.done / total), whole, self.part
        else:
            count = self.counted or (lambda _, parts: (parts, self.part))
            (done, unit), (of_all, _) = count(run.fields, run.done), count(run.fields, total)
        if not of_all or run.status == "complete":
            return f"{done:,} {unit}{'s' * (done != 1)}" if done or run.status == "complete" else ""
        return f"{done:,} of {of_all:,} {unit}{'s' * (of_all != 1)}"

    def files(self, run: "RunRecord", parts: Mapping[int, "Part"]) -> "Files":
        """What `convscope run --output` leaves beside the manifest; every picture and array where the room has no
        `files`."""
        from shared.analyses.result_files import files_of_parts, own_names

        return own_names((self._of_room("files", "files") or files_of_parts)(run, parts))

    def write(self, folder: Path, run: "RunRecord", parts: Mapping[int, "Part"]) -> None:
        """Write these files into a folder that is there."""
        from shared.analyses.result_files import write_file

        for name, content in self.files(run, parts):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_file(file, name, content)

    def check(self, part: "Part") -> None:
        """Hold a part from elsewhere to one of the sorts that the room's `parts` has.

        Raises:
            ValueError: it is of none of them.
        """
        from shared.analyses.typed_parts import PartType

        sorts = vars(import_module(f"{self.spec.__module__.rpartition('.')[0]}.parts")).values()
        refusals = []
        for sort in (one for one in sorts if isinstance(one, PartType)):
            try:
                return sort.check(part)
            except ValueError as error:
                refusals.append(str(error)[:300])
        raise ValueError(min(refusals, key=len, default=f"{self.name} has no parts"))

    def blocks(self, run: "RunRecord", parts: Mapping[int, "Part"]) -> list["Block"]:
        """What a report shows beside the pictures; [] where the room has no `blocks`."""
        make = self._of_room("files", "blocks")
        return make(run, parts) if make else []

    def captions(self, run: "RunRecord", parts: Mapping[int, "Part"]) -> dict[str, str]:
        """What a report writes below written pictures, by their names; {} where the room has no `captions`."""
        make = self._of_room("files", "captions")
        return make(run, parts) if make else {}

    def figures(self, run: "RunRecord", parts: Mapping[int, "Part"]) -> dict[str, "Figure"]:
        """Whatever of a result has axes, by name, as Plotly figures; {} where the room has no `figures`."""
        make = self._of_room("figures", "figures")
        return make(run.fields, parts) if make else {}

    def _of_room(self, module: str, name: str) -> Callable[..., Any] | None:
        place = f"{self.spec.__module__.rpartition('.')[0]}.{module}"
        return getattr(import_module(place), name, None) if find_spec(place) else None
