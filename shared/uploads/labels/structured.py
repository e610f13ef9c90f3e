"""Class names with brackets round them: JSON and Python's lists, label maps, YAML."""

import ast
import json
import re
from typing import Any

from shared.uploads.labels.numbering import in_order

Found = tuple[dict[str, list[str]], list[str]]
# Where files that hold more than names keep them, the likelier first.
_HOLDERS = ("class_names", "classes", "names", "labels", "categories", "id2label", "idx_to_class", "index_to_class",
            "class_indices", "class_to_idx", "label2id")  # fmt: skip
_NUMBERS = ("id", "index", "idx", "number", "class_id", "class_index", "label_id")
_NAMES = ("display_name", "name", "class_name", "label", "class", "title")
_DEEPEST = 50


class _Number(str):
    """A number as it is written: 1, 2.50 and 007 are names too."""


def from_json(text: str) -> Found:
    """Names from JSON, or from a list or dict as Python prints it."""
    if _depth(text) > _DEEPEST:
        raise ValueError(f"brackets more than {_DEEPEST} deep")
    try:
        value = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number,
                           object_pairs_hook=_object)  # fmt: skip
    except json.JSONDecodeError as error:
        value = _python(text, f"JSON that breaks off at line {error.lineno}, {error.msg}")
    return _from_value(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"{twice!r} twice")
    return found


def _python(text: str, otherwise: str) -> Any:
    """A literal: numbers, text and brackets, nothing that could be executed."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        raise ValueError(otherwise) from None
    return json.loads(json.dumps(value, default=str), parse_int=_Number, parse_float=_Number)


def _depth(text: str) -> int:
    """How deep brackets stand in one another: no parser is asked to go down ten thousand."""
    depth = deepest = 0
    for mark in re.findall(r"[][(){}]", text):
        depth += 1 if mark in "[({" else -1
        deepest = max(deepest, depth)
    return deepest


def _from_value(value: Any) -> Found:
    if isinstance(value, list):
        names, notes = _from_list(value)
        return {"": names}, notes
    if not isinstance(value, dict):
        raise ValueError("JSON of one value")
    held = next((value[key] for key in _HOLDERS if isinstance(value.get(key), list | dict)), None)
    if held is not None and not _is_outputs(value):
        return _from_value(held)
    if _is_outputs(value):
        several = {str(output): _from_value(one) for output, one in value.items()}
        if all(list(found) == [""] for found, _ in several.values()):
            return {o: found[""] for o, (found, _) in several.items()}, [
                n for _, notes in several.values() for n in notes
            ]
    names, notes = _from_pairs(value)
    return {"": names}, notes


def _is_outputs(value: dict[str, Any]) -> bool:
    """Whether names stand under the names of outputs, {"shape": ["circle", …], "colour": […]}."""
    lists = all(isinstance(one, list | dict) and len(one) for one in value.values())
    return lists and bool(value) and not all(map(_is_number, value)) and not set(value) & set(_HOLDERS)


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10


def _from_list(rows: list[Any]) -> tuple[list[str], list[str]]:
    if rows and all(isinstance(row, dict) for row in rows):
        numbered = [(_first(row, _NUMBERS), _name(row)) for row in rows]
        if all(number is None for number, _ in numbered):
            return [name for _, name in numbered], []
        return in_order([(_whole(number), name) for number, name in numbered])
    if rows and all(isinstance(row, list) and len(row) == 2 and isinstance(row[0], _Number) for row in rows):
        return in_order([(_whole(number), _name(name)) for number, name in rows])
    return [_name(row) for row in rows], []


def _from_pairs(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    """{name: number} or {number: name}; where both could be, the one that stands as a bare number is it."""
    if value and all(isinstance(one, _Number) for one in value.values()):
        return in_order([(_whole(number), name) for name, number in value.items()])
    if value and all(map(_is_number, value)):
        return in_order([(int(number), _name(name)) for number, name in value.items()])
    if value and all(map(_is_number, value.values())):
        return in_order([(int(number), name) for name, number in value.items()])
    raise ValueError("JSON that is neither a list of names nor names with their numbers")


def _whole(value: Any) -> int:
    if not _is_number(value):
        raise ValueError(f"{str(value)[:40]!r} where a class's number should be")
    return int(value)


def _first(row: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((row[key] for key in keys if key in row), None)


def _name(value: Any) -> str:
    """The name in a row of any form; of ["n01440764", "tench"] the latter."""
    if isinstance(value, dict):
        value = _first(value, _NAMES)
    if isinstance(value, list) and value:
        value = value[-1]
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise ValueError(f"{json.dumps(value)[:40]} where a name should be")
    return str(value)


_STRING = r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\""""
_ITEM = re.compile(r"item\s*:?\s*\{((?:[^{}'\"]|" + _STRING + r")*)\}")
_FLOW = re.compile(r"((?:[^,\[\]{}'\"]|" + _STRING + r")*)([,\]}])")
_FIELD = re.compile(r"\b(\w{1,40})\s{0,9}:\s*(" + _STRING + r"|[^\s,;]+)")


def from_label_map(text: str) -> Found:
    """Names from a label map of TensorFlow, `item { id: 1 name: 'cat' }` …"""
    items = [dict(_FIELD.findall(item)) for item in _ITEM.findall(text)]
    if len(items) != len(re.findall(r"\bitem\s*:?\s*\{", text)) or _ITEM.sub("", text).strip():
        raise ValueError("a label map that breaks off")
    rows = [{key: _plain(value) for key, value in item.items()} for item in items]
    pairs = [(_whole(_first(row, _NUMBERS)), _name(row)) for row in rows]
    names, notes = in_order(pairs)
    return {"": names}, notes


def _plain(written: str) -> str:
    """Text without its quotes."""
    written = written.strip()
    if len(written) > 1 and written[0] == written[-1] and written[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", written[1:-1]).replace("''", "'")
    return written


def from_yaml(text: str) -> Found:
    """The list or numbered names under `names:`; the file is read as lines, nothing else in it is looked at."""
    lines = [re.sub(r"(^|\s)#.*", "", line).rstrip() for line in re.split(r"\r\n|\r|\n", text)]
    begins = next(
        (i for i, line in enumerate(lines) if re.match(r"(names|classes|class_names|labels)\s*:", line)), None
    )
    if begins is None:
        block = [line for line in lines if line and line != "---"]
    else:
        rest = lines[begins].split(":", 1)[1].strip()
        block = _flow(" ".join([rest, *lines[begins + 1 :]])) if rest else _indented(lines[begins + 1 :])
    found, notes = _block(block)
    announced = next((m[1] for line in lines if (m := re.fullmatch(r"nc\s*:\s*(\d{1,6})", line))), None)
    if announced is not None and int(announced) != len(found):
        raise ValueError(f"{len(found)} names where `nc` announces {announced}")
    return {"": found}, notes


def _indented(lines: list[str]) -> list[str]:
    """The lines that belong to the key above: items, or whatever stands further in."""
    found = []
    for line in lines:
        if line and not re.match(r"\s|-(\s|$)", line):
            break
        found.append(line)
    return [line.strip() for line in found if line.strip()]


def _block(lines: list[str]) -> tuple[list[str], list[str]]:
    items = [re.fullmatch(r"-\s+(.+)", line.strip()) for line in lines]
    if lines and all(items):
        return [_plain(item[1]) for item in items if item], []
    rows = [re.fullmatch(r"['\"]?(\d{1,9})['\"]?\s*:\s*(.+)", line.strip()) for line in lines]
    if lines and all(rows):
        return in_order([(int(row[1]), _plain(row[2])) for row in rows if row])
    raise ValueError("no list of names under `names:`")


def _flow(text: str) -> list[str]:
    """The items of [a, 'b'] or {0: a, 1: b}, as lines of a block."""
    items: list[str] = []
    at, end = 1, ""
    while text[0] in "[{" and end not in ("]", "}"):
        match = _FLOW.match(text, at)
        if not match:
            raise ValueError("a list of names under `names:` that breaks off")
        items.append(match[1].strip())
        at, end = match.end(), match[2]
    items = items[:-1] if items and not items[-1] else items
    return [f"- {item}" for item in items] if text[0] == "[" else items
