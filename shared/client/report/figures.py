"""What a report shows: pictures from the files of the result, what its kind says beside them, and curves."""

import mimetypes
from collections.abc import Mapping

from shared.analyses import KINDS
from shared.analyses.kind import Kind
from shared.analyses.report_blocks import Block, Curves, Figure
from shared.analyses.result_files import file_bytes
from shared.results import Part
from shared.store import RunRecord

# A browser opens a page of this size at once; what goes beyond is named, and is in the zip.
MOST_BYTES = 48 * 1024 * 1024


def blocks_of(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Everything that a report of this run shows, in order: pictures, what its kind says, curves."""
    kind = KINDS.get(run.kind)
    if kind is None or not parts:
        return _curves(parts)
    return [*_pictures(kind, run, parts), *kind.blocks(run, parts), *_curves(parts)]


def _pictures(kind: Kind, run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """The pictures that `convscope run --output` writes, as far as they fit."""
    found: list[Block] = []
    shown, taken = kind.pictures, 0
    if shown is None:
        return found
    captions = kind.captions(run, parts)
    made = {n: file_bytes(n, content) for n, content in kind.files(run, parts) if n.endswith((".png", ".gif"))}
    for name in sorted(made.keys() - set(shown.left_out), key=shown.place):
        taken += len(made[name])
        if taken > MOST_BYTES:
            break
        wide = name in shown.wide or name.partition("/")[0] in shown.wide
        media_type = mimetypes.guess_type(name)[0] or "image/png"
        found.append(
            Figure(captions.get(name) or title_of(name), made[name], media_type, wide=wide, large=name in shown.large)
        )
    return found


def title_of(name: str) -> str:
    """What a file is called on the page: its name in words."""
    words = name.rsplit(".", 1)[0].replace("/", " · ").replace("_", " ")
    return words[:1].upper() + words[1:]


# Arrays of one number a step, as many analyses keep them.
_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Objective", ("objective",)), ("Logit", ("logit",)), ("Probability", ("probability",)),
)  # fmt: skip
MOST_LINES = 8


def _curves(parts: Mapping[int, Part]) -> list[Block]:
    """Curves of parts that keep them, a line a part; an atlas has too many to tell apart."""
    found: list[Block] = []
    for title, names in _LINES:
        lines = {
            part.name or f"part {index}": part.arrays[name]
            for index, part in sorted(parts.items()) for name in names
            if name in part.arrays and part.arrays[name].ndim == 1 and part.arrays[name].size > 1
        }  # fmt: skip
        if 0 < len(lines) <= MOST_LINES:
            found.append(Curves(title, lines))
    return found
