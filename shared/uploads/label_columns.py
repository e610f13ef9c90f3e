"""Columns of a table of labels: which are classes, which are numbers, and what they say of each picture."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import MAX_CLASSES, split_named, split_of
from shared.uploads.labels import ClassNames
from shared.uploads.targets import ALL, Column, Labelling, Layout, Place

# Heads of columns of classes, and of those among them whose cells may be numbers.
_CLASSES = re.compile(r"label|class|categor|name|breed|species|kind|type|tag", re.IGNORECASE)
_NUMBERED = re.compile(r"label|class|categor", re.IGNORECASE)
_SPLITS = {"split", "subset", "set", "partition"}
_COUNTERS = {"column 1", "index", "id", "unnamed: 0", "#", "no"}
_UNIT = re.compile(r"(.+?)\s*[(\[]([^)\]]+)[)\]]\s*")
ROWS = "A table has a row a picture: its file inside this folder, then what it shows or measures."


@dataclass(frozen=True)
class Table:
    """A table whose one column names pictures.

    Attributes:
        name: of its file.
        heads: names of the other columns.
        rows: line in the file, picture, and the other cells.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[int, str, tuple[str, ...]], ...]


def refused_row(name: str, line: int, received: str) -> RefusedUpload:
    """The error for a row of a table."""
    return RefusedUpload(message("a picture and its label in every row", f"line {line} of {name}: {received}", ROWS))


def split_of_table(name: str) -> str:
    """The split that a table's name tells: "train.csv", "val_labels.csv"."""
    return split_named(re.split(r"[-_. ]", name.rpartition("/")[2])[0])


def targets_of(tables: Sequence[Table], labelling: Labelling, lists: dict[str, ClassNames]) -> Layout:
    """What tables with the same columns say of each picture.

    Args:
        tables: each with its rows.
        labelling: how a column of numbers is taken.
        lists: names of classes that lie beside them, by file.

    Raises:
        RefusedUpload: a cell is empty, or no column holds classes or numbers.
    """
    rows = [(table, line, picture, cells) for table in tables for line, picture, cells in table.rows]
    heads = [head if head and head not in tables[0].heads[:i] else f"column {i + 1}"
             for i, head in enumerate(tables[0].heads)]  # fmt: skip
    columns = {head: [cells[i] for *_, cells in rows] for i, head in enumerate(heads)}
    for head, cells in columns.items():
        if "" in cells and head.lower() not in _SPLITS:
            table, line, _, _ = rows[cells.index("")]
            raise refused_row(table.name, line, f"nothing under {head}")
    pictures, splits = [picture for _, _, picture, _ in rows], _splits(rows, columns)
    named, numbers = _kinds(columns, labelling)
    if named:
        return _of_classes(named, pictures, splits, lists, left_out=list(numbers))
    if numbers:
        return _of_numbers(numbers, pictures, splits)
    received = f"{', '.join(columns) or 'nothing'} in {tables[0].name}"
    raise RefusedUpload(message("a column of classes or of numbers", received, ROWS))


def _splits(rows: Sequence[tuple[Table, int, str, tuple[str, ...]]], columns: dict[str, list[str]]) -> list[str]:
    """The split of each row: from a column of its own, the table's name, or the folders above the picture."""
    for head, cells in columns.items():
        if head.lower() in _SPLITS and all(split_named(cell) for cell in cells):
            return [split_named(cell) for cell in cells]
    return [split_of_table(table.name) or split_of(picture) for table, _, picture, _ in rows]


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
    notes = [f"Numbers under {', '.join(left_out)} were left out. To take them instead of the classes, say that "
             "Numbers in a table are predicted (in a terminal: `--targets numbers`)."] if left_out else []  # fmt: skip
    if len(columns) > 1:
        notes.append(f"Where one class is asked for, {columns[0].name} is taken.")
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
                message(f"classes of {head} that {name} lists", strange, "Add it there, or correct the row.")
            )
    classes = sorted(set(cells), key=int) if whole else sorted(set(cells))
    if len(classes) < 2:
        raise RefusedUpload(message(f"at least two classes under {head}", f"{classes[0]} alone", ROWS))
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
    notes = [
        f"{heads}: taken for numbers to be predicted; where they are numbers of classes, say that "
        "Numbers in a table are classes (in a terminal: `--targets classes`)."
    ]
    whole = all(value == int(value) for values in numbers.values() for value in values)
    return Layout(places, "numbers", (ALL,), tuple(columns), tuple(notes) if whole else ())
