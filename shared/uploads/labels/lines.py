"""Class names one a line, with numbers or without, and tables of them."""

import csv
import re
from collections.abc import Sequence

from shared.uploads.labels.numbering import in_order, runs_on

Found = tuple[dict[str, list[str]], list[str]]
_HEADS_OF_NAMES = ("name", "class_name", "classname", "class", "label", "display_name", "names", "classes", "labels",
                   "category")  # fmt: skip
_HEADS_OF_NUMBERS = ("index", "id", "number", "class_id", "class_index", "label_id", "idx", "output_index", "")
_HEADS_OF_OUTPUTS = ("output", "head")
_LONGEST_LINE = 1_000
_WORDNET = re.compile(r"(n\d{8})[\s,:;]+(\S.*)")
_NUMBER_FIRST = re.compile(r"(\d{1,9})(?:\s*([:,;=|\t]|(?<=\s)(?:[-–—]|[-=]>)(?=\s))\s*|[.)]?\s+)(\S.*)")
# The shortest name: what parts it from the number is none of it.
_NUMBER_LAST = re.compile(r"(.*?\S)(?:\s*([:,;=|\t])\s*|\s+)(\d{1,9})")


def from_lines(text: str) -> Found:
    """Names one a line: alone, behind a number or a WordNet id, or in front of a number."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text.rstrip())]
    if len(lines) > 1 and (longest := max(map(len, lines))) > _LONGEST_LINE:
        raise ValueError(f"a line of {longest:,} characters")
    if "" in lines:
        raise ValueError(f"a blank line, number {lines.index('') + 1}, between names")
    if len(lines) == 1 and "," in lines[0] and not _NUMBER_FIRST.fullmatch(lines[0]):
        return {"": [name.strip() for name in lines[0].split(",")]}, ["One line: it was cut at its commas."]
    if len(lines) > 2 and all(line.endswith(",") for line in lines[:-1]):
        lines = [line.removesuffix(",") for line in lines]
    if all(len(line) > 2 and line[0] == line[-1] and line[0] in "'\"" for line in lines):
        lines = [line[1:-1] for line in lines]
    if len(lines) > 1 and all(re.match(r"[-*•] \S", line) for line in lines):
        lines = [line[2:].strip() for line in lines]
    if all(map(_WORDNET.fullmatch, lines)):
        lines = [match[2] for line in lines if (match := _WORDNET.fullmatch(line))]
    if _has_header(lines):
        return from_csv("\n".join(lines))
    names, notes = _unnumbered(lines)
    return {"": names}, notes


def _has_header(lines: Sequence[str]) -> bool:
    """Whether a first line names the columns of a table below it."""
    heads = [word.strip(' "').lower() for word in re.split(r"[,;\t]", lines[0])]
    known = (*_HEADS_OF_NAMES, *_HEADS_OF_NUMBERS[:-1], *_HEADS_OF_OUTPUTS)
    return len(lines) > 1 and len(heads) > 1 and all(head in known for head in heads)


def _unnumbered(lines: list[str]) -> tuple[list[str], list[str]]:
    """The names without their numbers, where every line has one and all are there."""
    for pattern, number, name in ((_NUMBER_FIRST, 1, 3), (_NUMBER_LAST, 3, 1)):
        found = [match for line in lines if (match := pattern.fullmatch(line))]
        if len(found) < len(lines):
            continue
        names, numbers = [match[name] for match in found], [int(match[number]) for match in found]
        # "room 0" and "room 1" are names of their own, and so are "1 euro" and "2 euro".
        if len(set(names)) == 1 < len(lines):
            continue
        marked = all(match[2] for match in found)
        first = pattern is _NUMBER_FIRST
        listed = runs_on(numbers, (0, 1) if first and len(lines) > 2 else (0,))
        if listed or marked or (0 in numbers and first):
            return in_order(list(zip(numbers, names, strict=True)))
    return lines, []


def from_csv(text: str) -> Found:
    """Names from a table with or without a header; a column of outputs parts them."""
    rows = _rows(text)
    header = _header(rows)
    body = rows[1:] if header else rows
    if not body:
        raise ValueError("a table with a header and nothing below it")
    number, name, output = _columns(header, body)
    notes = [f"The first line, {', '.join(rows[0])}, was taken for a header."] if header else []
    parted: dict[str, list[list[str]]] = {}
    for row in body:
        parted.setdefault(row[output] if output is not None else "", []).append(row)
    found = {}
    for key, part in parted.items():
        found[key], more = (
            ([row[name] for row in part], []) if number is None
            else in_order([(_whole(row[number]), row[name]) for row in part])
        )  # fmt: skip
        notes += more
    return found, notes


def _rows(text: str) -> list[list[str]]:
    lines = re.split(r"\r\n|\r|\n", text.rstrip())
    mark = max(",;\t", key=lines[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark, strict=True)]
    while rows and not any(rows[-1]):
        rows.pop()
    for place, row in enumerate(rows, 1):
        if not any(row) or len(row) != len(rows[0]):
            raise ValueError(f"{len(row)} columns in row {place}, where the first has {len(rows[0])}" if any(row)
                             else f"a blank line, number {place}, between names")  # fmt: skip
    return rows


def _header(rows: list[list[str]]) -> list[str]:
    """The words of a header, in lower case; [] where the first row is one of names."""
    first = [cell.lower().replace(" ", "_") for cell in rows[0]]
    known = (*_HEADS_OF_NAMES, *_HEADS_OF_NUMBERS[:-1], *_HEADS_OF_OUTPUTS)
    numbered = any(not _is_number(rows[0][i]) and len(rows) > 1 and all(_is_number(row[i]) for row in rows[1:])
                   for i in range(len(first)))  # fmt: skip
    return first if numbered or any(cell in known for cell in first) else []


def _columns(header: list[str], body: list[list[str]]) -> tuple[int | None, int, int | None]:
    """Places of the number (None where the order is the rows'), the name, and the output (None for the only one)."""
    width = range(len(body[0]))
    output = next((i for i in width if header and header[i] in _HEADS_OF_OUTPUTS), None)
    numbers = [i for i in width if i != output and all(_is_number(row[i]) for row in body)]
    named = next((i for head in _HEADS_OF_NAMES for i in width if header and header[i] == head), None)
    number = next((i for i in numbers if i != named and header and header[i] in _HEADS_OF_NUMBERS), None)
    if number is None and len(width) > 1:
        number = next((i for i in numbers if i != named and _counts(body, i, output)), None)
    left = [i for i in width if i not in (number, output) and not all(re.fullmatch(r"n\d{8}", row[i]) for row in body)]
    if named is None and len(left) != 1 and len(width) > 1:
        raise ValueError(f"{len(left)} columns that could be the names; give the table a header with `name`")
    return number, (named if named is not None else left[0] if left else 0), output


def _counts(body: list[list[str]], column: int, output: int | None) -> bool:
    return output is not None or runs_on([int(row[column]) for row in body], (0, 1))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _whole(text: str) -> int:
    if not _is_number(text):
        raise ValueError(f"{text[:40]!r} where a class's number should be")
    return int(text)
