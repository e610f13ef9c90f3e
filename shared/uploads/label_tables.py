"""Tables beside pictures (CSV): a column of files and one or more of classes or numbers."""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import is_picture, split_of
from shared.uploads.label_columns import ROWS, Table, refused_row, split_of_table, targets_of
from shared.uploads.labels import ClassNames, labels_from_bytes
from shared.uploads.targets import Labelling, Layout
from shared.uploads.text_encoding import decode_text

TABLE_BYTES = 16 * 1024 * 1024
MAX_ROWS = 80_000
_SAMPLE = 200
_LISTS = re.compile(r"(?:classes|class_names|label_names)\.(?:csv|tsv|txt|json)", re.IGNORECASE)
# Names of files that say they are no tables of pictures: lists of classes, and what is sent in to a competition.
_NO_TABLES = re.compile(r"(?:classes|class_names|label_names)\.|.*submission", re.IGNORECASE)


def table_layout(
    pictures: Sequence[str], others: Sequence[str], read: Callable[[str], bytes], labelling: Labelling
) -> Layout | None:
    """Targets from a table; None where none names pictures.

    Args:
        pictures: paths of pictures.
        others: paths of the other files.
        read: bytes of a file.
        labelling: how to take a column of numbers.

    Raises:
        RefusedUpload: a row leads outside, to a file that is not there, or twice to the same one; a cell is missing.
    """
    finder = _Finder(pictures)
    names = [name for name in sorted(others) if name.lower().endswith((".csv", ".tsv"))]
    names = [name for name in names if not _NO_TABLES.match(name.rpartition("/")[2])]
    tables = [table for name in names if (table := _table(name, read, finder))]
    if not tables:
        return None
    first = max(tables, key=lambda table: len(table.rows))
    tables = [table for table in tables if table.heads == first.heads]
    _check_once(tables)
    lists = class_lists([name for name in others if name not in {table.name for table in tables}], read)
    found = targets_of(tables, labelling, lists)
    left = len(pictures) - len(found.places)
    notes = [f"{left:,} pictures stand in no row of {first.name} and were left out."] if left else []
    used = frozenset((*(table.name for table in tables), *lists))
    return Layout(found.places, found.kind, found.classes, found.columns, (*found.notes, *notes), used)


def class_lists(others: Sequence[str], read: Callable[[str], bytes]) -> dict[str, ClassNames]:
    """Names of classes that lie beside the pictures, as classes.txt, by the file's path."""
    names = [name for name in sorted(others) if _LISTS.fullmatch(name.rpartition("/")[2])]
    return {name: labels_from_bytes(read(name), name) for name in names}


class _Finder:
    """Pictures by what people write for them in a table: the path, its end, either without the suffix."""

    def __init__(self, pictures: Sequence[str]) -> None:
        self._exact = frozenset(pictures)
        self._ends: dict[str, list[str]] = defaultdict(list)
        for path in pictures:
            parts = _folded(path).split("/")
            for start in range(max(0, len(parts) - 6), len(parts)):
                end = "/".join(parts[start:])
                self._ends[end].append(path)
                if "." in parts[-1]:
                    self._ends[end.rpartition(".")[0]].append(path)

    def find(self, cell: str, table: str) -> str:
        """The picture that a cell of a table means; "" where there is none, or several alike.

        Accents in two forms, capitals and back slashes make no difference where only one picture is meant.
        """
        wanted = cell.replace("\\", "/").removeprefix("./")
        folder = table.rpartition("/")[0]
        beside = f"{folder}/{wanted}" if folder else wanted
        if beside in self._exact:
            return beside
        found = self._ends.get(_folded(wanted), [])
        for nearer in (lambda path: path.endswith(wanted), lambda path: path.startswith(f"{folder}/"),
                       lambda path: split_of(path) == split_of_table(table)):  # fmt: skip
            found = [path for path in found if nearer(path)] or found if len(found) > 1 else found
        return found[0] if len(found) == 1 else ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _leads_outside(cell: str) -> bool:
    parts = cell.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", cell) is not None or "://" in cell


def _table(name: str, read: Callable[[str], bytes], finder: _Finder) -> Table | None:
    rows = list(_cells(name, read(name)))
    width = len(rows[0][1]) if rows else 0
    sample = [cells for _, cells in rows[:_SAMPLE] if len(cells) == width]
    hits = [sum(bool(cells[i] and finder.find(cells[i], name)) or is_picture(cells[i]) for cells in sample)
            for i in range(width)]  # fmt: skip
    if not hits or max(hits) * 2 < len(sample):
        _refuse_paths_up(name, sample)
        return None
    place = hits.index(max(hits))
    head = rows[0][1]
    has_head = not finder.find(head[place], name) and not is_picture(head[place])
    heads = head if has_head else ["label" if width == 2 else f"label {i}" for i in range(width)]
    found = []
    for line, cells in rows[has_head:]:
        if len(cells) != width:
            raise refused_row(name, line, f"{len(cells)} columns, where the first row has {width}")
        if _leads_outside(cells[place]):
            raise RefusedUpload(message("files inside the folder", f"{cells[place]} in line {line} of {name}", ROWS))
        if not (picture := finder.find(cells[place], name)):
            raise refused_row(
                name, line, f"{cells[place] or 'no file'}, which is none of the pictures or several of them"
            )
        found.append((line, picture, tuple(cells[:place] + cells[place + 1 :])))
    return Table(name, tuple(heads[:place] + heads[place + 1 :]), tuple(found)) if found and width > 1 else None


def _refuse_paths_up(name: str, sample: Sequence[Sequence[str]]) -> None:
    """Say what is wrong with a table whose files lie above it, whatever they end in; it would pass for no table."""
    for column in zip(*sample, strict=True):
        above = [cell for cell in column if ".." in cell.replace("\\", "/").split("/")]
        if len(above) * 2 >= len(column):
            raise RefusedUpload(message("files inside the folder", f"{above[0]} in {name}", ROWS))


def _cells(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not empty."""
    if len(data) > TABLE_BYTES:
        raise RefusedUpload(message(f"tables of at most {TABLE_BYTES:,} bytes", f"{len(data):,} in {name}", ROWS))
    text, _ = decode_text(data)
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff").rstrip())
    if len(lines) > MAX_ROWS + 1:
        raise RefusedUpload(message(f"at most {MAX_ROWS:,} rows", f"{len(lines):,} in {name}", ROWS))
    mark = max(",;\t", key=lines[0].count)
    try:
        for line, cells in enumerate(csv.reader(lines, delimiter=mark), 1):
            if any(cell.strip() for cell in cells):
                yield line, [unicodedata.normalize("NFC", cell).strip() for cell in cells]
    except csv.Error as error:
        raise RefusedUpload(message("a table", f"{name}: {error}", ROWS)) from None


def _check_once(tables: Sequence[Table]) -> None:
    seen: dict[str, int] = {}
    for table in tables:
        for line, picture, _ in table.rows:
            if picture in seen:
                raise refused_row(table.name, line, f"{picture} again, which stands in line {seen[picture]}")
            seen[picture] = line
