"""Tables beside pictures (CSV): a column of files and one or more of classes or numbers."""

import csv
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import MAX_CLASSES, is_picture, split_named, split_of
from shared.uploads.labels import ClassNames, labels_from_bytes
from shared.uploads.targets import ALL, Column, Labelling, Layout, Place
from shared.uploads.text_encoding import decode_text

TABLE_BYTES = 16 * 1024 * 1024
MAX_ROWS = 80_000
_SAMPLE = 200
_LISTS = re.compile(r"(?:classes|class_names|labels|label_names)\.(?:csv|tsv|txt|json)", re.IGNORECASE)
# Names of files that say they are no tables of pictures: lists of classes, and what is sent in to a competition.
_NO_TABLES = re.compile(r"(?:classes|class_names|label_names)\.|.*submission", re.IGNORECASE)
# Heads of columns of classes, and of those among them whose cells may be numbers.
_CLASSES = re.compile(r"label|class|categor|name|breed|species|kind|type|tag", re.IGNORECASE)
_NUMBERED = re.compile(r"label|class|categor", re.IGNORECASE)
_SPLITS = {"split", "subset", "set", "partition"}
_COUNTERS = {"", "index", "id", "unnamed: 0", "#", "no"}
_UNIT = re.compile(r"(.+?)\s*[(\[]([^)\]]+)[)\]]\s*")
_ROWS = "A table has a row a picture: its file inside this folder, then what it shows or measures."


@dataclass(frozen=True)
class _Table:
    """A table whose one column names pictures.

    Attributes:
        name: of its file.
        heads: names of the other columns.
        rows: line in the file, picture, and the other cells.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[int, str, tuple[str, ...]], ...]


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
    found = _targets(tables, labelling, lists)
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
                       lambda path: split_of(path) == _split_of_table(table)):  # fmt: skip
            found = [path for path in found if nearer(path)] or found if len(found) > 1 else found
        return found[0] if len(found) == 1 else ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _split_of_table(name: str) -> str:
    """The split that a table's name tells: "train.csv", "val_labels.csv"."""
    return split_named(re.split(r"[-_. ]", name.rpartition("/")[2])[0])


def _leads_outside(cell: str) -> bool:
    parts = cell.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", cell) is not None or "://" in cell


def _table(name: str, read: Callable[[str], bytes], finder: _Finder) -> _Table | None:
    rows = list(_cells(name, read(name)))
    width = len(rows[0][1]) if rows else 0
    sample = [cells for _, cells in rows[:_SAMPLE] if len(cells) == width]
    hits = [sum(bool(cells[i] and finder.find(cells[i], name)) or is_picture(cells[i]) for cells in sample)
            for i in range(width)]  # fmt: skip
    if not hits or max(hits) * 2 < len(sample):
        return None
    place = hits.index(max(hits))
    head = rows[0][1]
    has_head = not finder.find(head[place], name) and not is_picture(head[place])
    heads = head if has_head else ["label" if width == 2 else f"label {i}" for i in range(width)]
    found = []
    for line, cells in rows[has_head:]:
        if len(cells) != width:
            raise _refused(name, line, f"{len(cells)} columns, where the first row has {width}")
        if _leads_outside(cells[place]):
            raise RefusedUpload(message("files inside the folder", f"{cells[place]} in line {line} of {name}", _ROWS))
        if not (picture := finder.find(cells[place], name)):
            raise _refused(name, line, f"{cells[place] or 'no file'}, which is none of the pictures or several of them")
        found.append((line, picture, tuple(cells[:place] + cells[place + 1 :])))
    return _Table(name, tuple(heads[:place] + heads[place + 1 :]), tuple(found)) if found and width > 1 else None


def _refused(name: str, line: int, received: str) -> RefusedUpload:
    return RefusedUpload(message("a picture and its label in every row", f"line {line} of {name}: {received}", _ROWS))


def _cells(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not empty."""
    if len(data) > TABLE_BYTES:
        raise RefusedUpload(message(f"tables of at most {TABLE_BYTES:,} bytes", f"{len(data):,} in {name}", _ROWS))
    text, _ = decode_text(data)
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff").rstrip())
    if len(lines) > MAX_ROWS + 1:
        raise RefusedUpload(message(f"at most {MAX_ROWS:,} rows", f"{len(lines):,} in {name}", _ROWS))
    mark = max(",;\t", key=lines[0].count)
    try:
        for line, cells in enumerate(csv.reader(lines, delimiter=mark), 1):
            if any(cell.strip() for cell in cells):
                yield line, [unicodedata.normalize("NFC", cell).strip() for cell in cells]
    except csv.Error as error:
        raise RefusedUpload(message("a table", f"{name}: {error}", _ROWS)) from None


def _check_once(tables: Sequence[_Table]) -> None:
    seen: dict[str, int] = {}
    for table in tables:
        for line, picture, _ in table.rows:
            if picture in seen:
                raise _refused(table.name, line, f"{picture} again, which stands in line {seen[picture]}")
            seen[picture] = line


def _targets(tables: Sequence[_Table], labelling: Labelling, lists: dict[str, ClassNames]) -> Layout:
    heads = tables[0].heads
    rows = [(table, line, picture, cells) for table in tables for line, picture, cells in table.rows]
    columns = {head or f"column {i + 1}": [row[3][i] for row in rows] for i, head in enumerate(heads)}
    splits = next(([split_named(cell) for cell in cells] for head, cells in columns.items()
                   if head.lower() in _SPLITS and all(split_named(cell) for cell in cells)), None)  # fmt: skip
    if splits is None:
        splits = [_split_of_table(table.name) or split_of(picture) for table, _, picture, _ in rows]
    if "train" not in splits or "" in splits:
        splits = [""] * len(rows)
    for head, cells in columns.items():
        if "" in cells and head.lower() not in _SPLITS:
            table, line, _, _ = rows[cells.index("")]
            raise _refused(table.name, line, f"nothing under {head}")
    named, numbers = _kinds(columns, labelling)
    pictures = [row[2] for row in rows]
    if named:
        return _of_classes(named, pictures, splits, lists, left_out=list(numbers))
    if numbers:
        return _of_numbers(numbers, pictures, splits)
    received = f"{', '.join(columns) or 'nothing'} in {tables[0].name}"
    raise RefusedUpload(message("a column of classes or of numbers", received, _ROWS))


def _kinds(columns: dict[str, list[str]], labelling: Labelling) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    """Columns of classes, and columns of numbers; running numbers, splits and texts of their own are neither."""
    named: dict[str, list[str]] = {}
    numbers: dict[str, list[float]] = {}
    for head, cells in columns.items():
        values = _numbers(cells)
        if head.lower() in _SPLITS or (head.lower() in _COUNTERS and values and sorted(values) == _running(values)):
            continue
        whole = values is not None and all(value == int(value) and value >= 0 for value in values)
        as_class = labelling.kind == "classes" or (labelling.kind == "" and bool(_NUMBERED.search(head)))
        if values is not None and not (whole and as_class):
            numbers[head] = values
        elif labelling.kind != "numbers" and _parts(head, cells):
            named[head] = cells
    if labelling.kind == "classes":
        numbers = {}
    return _told_apart(named), numbers


def _told_apart(named: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without columns of codes (numbers, WordNet ids) that part the pictures as one of words does, or as another."""
    kept: dict[str, list[str]] = {}
    seen: set[tuple[int, ...]] = set()
    for head in sorted(named, key=lambda head: _is_code(named[head])):
        first: dict[str, int] = {}
        parts = tuple(first.setdefault(cell, len(first)) for cell in named[head])
        if not _is_code(named[head]) or parts not in seen:
            kept[head] = named[head]
        seen.add(parts)
    return {head: cells for head, cells in named.items() if head in kept}


def _is_code(cells: list[str]) -> bool:
    return all(re.fullmatch(r"\d+|n\d{8}", cell) for cell in cells)


def _running(values: list[float]) -> list[float]:
    start = min(values)
    return [start + i for i in range(len(values))]


def _parts(head: str, cells: list[str]) -> bool:
    """Whether a column sorts pictures into classes: its head says so, or there are a few words, each for several."""
    few = len(set(cells)) <= max(2, len(cells) // 2)
    return len(set(cells)) <= MAX_CLASSES and (few or bool(_CLASSES.search(head)))


def _numbers(cells: list[str]) -> list[float] | None:
    found = []
    for cell in cells:
        if not re.fullmatch(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d{1,3})?", cell):
            return None
        found.append(float(cell.replace(",", ".")))
    return found if all(map(math.isfinite, found)) else None


def _of_classes(
    named: dict[str, list[str]],
    pictures: list[str],
    splits: list[str],
    lists: dict[str, ClassNames],
    left_out: list[str],
) -> Layout:
    known = {head: _in_order(head, cells, lists, alone=len(named) == 1) for head, cells in named.items()}
    columns = tuple(Column(head, "", classes) for head, (classes, _) in known.items())
    numbers = [cells for _, cells in known.values()]
    places = tuple(
        Place(picture, split, columns[0].classes[row[0]], tuple(map(float, row)) if len(columns) > 1 else ())
        for picture, split, row in zip(pictures, splits, zip(*numbers, strict=True), strict=True)
    )
    notes = [f"Numbers under {', '.join(left_out)} were left out: `--targets numbers` takes them instead of the "
             "classes."] if left_out else []  # fmt: skip
    return Layout(places, "classes", columns[0].classes, columns if len(columns) > 1 else (), tuple(notes))


def _in_order(
    head: str, cells: list[str], lists: dict[str, ClassNames], alone: bool
) -> tuple[tuple[str, ...], list[int]]:
    """Classes of a column in their order, and each picture's number: as a list beside the table has them, or sorted."""
    whole = all(cell.isascii() and cell.isdigit() for cell in cells)
    for name, listed in lists.items():
        names = listed.outputs.get(head, ()) or (listed.names if alone else ())
        if names and set(cells) <= set(names):
            return names, [names.index(cell) for cell in cells]
        if names and whole and max(map(int, cells)) < len(names):
            return names, [int(cell) for cell in cells]
        if names:
            strange = next(cell for cell in cells if cell not in names)
            raise RefusedUpload(
                message(f"classes of {head} that {name} lists", strange, "Add it there, or mend the row.")
            )
    classes = sorted(set(cells), key=int) if whole else sorted(set(cells))
    if len(classes) < 2:
        raise RefusedUpload(message(f"at least two classes under {head}", f"{classes[0]} alone", _ROWS))
    numbers = {name: number for number, name in enumerate(classes)}
    return tuple(classes), [numbers[cell] for cell in cells]


def _of_numbers(numbers: dict[str, list[float]], pictures: list[str], splits: list[str]) -> Layout:
    columns = []
    for head in numbers:
        match = _UNIT.fullmatch(head)
        columns.append(Column(match[1], match[2]) if match else Column(head))
    places = tuple(
        Place(picture, split, ALL, row)
        for picture, split, row in zip(pictures, splits, zip(*numbers.values(), strict=True), strict=True)
    )
    heads = ", ".join(numbers)
    notes = [f"{heads}: taken for numbers to be predicted; where they are numbers of classes, say `--targets classes`."]
    whole = all(value == int(value) for values in numbers.values() for value in values)
    return Layout(places, "numbers", (ALL,), tuple(columns), tuple(notes) if whole else ())
