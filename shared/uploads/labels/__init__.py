"""Names of a network's classes as people keep them in files: lines, tables, JSON, label maps, YAML's lists of names.

`read_labels()` is the way in, and gives `ClassNames`. `lines` reads what has a name a line, `structured` what has
brackets, `numbering` puts names that come with numbers in the order of the outputs; `counts` holds them to a network.
"""

import contextlib
import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np

from shared.errors import RefusedUpload, message
from shared.uploads.band_files import npy_header
from shared.uploads.labels.lines import from_csv, from_lines
from shared.uploads.labels.names import ClassNames
from shared.uploads.labels.structured import from_json, from_label_map, from_yaml
from shared.uploads.text_encoding import decode_text

LABEL_BYTES = 1024 * 1024
MOST_NAMES = 100_000
LONGEST_NAME = 200
SHOWN = 3
__all__ = ["LABEL_BYTES", "LABEL_SUFFIXES", "MOST_NAMES", "ClassNames", "labels_from_bytes", "read_labels"]
_IN_ORDER = "Write one name a line, in the order of the outputs."
LABEL_SUFFIXES = ("txt", "json", "csv", "tsv", "pbtxt", "yaml", "yml", "names", "labels", "npy", "py")


def read_labels(path: Path, title: str = "") -> ClassNames:
    """Class names from a file, in any of the forms that frameworks and people write.

    Args:
        path: at most LABEL_BYTES. One name a line; lines such as "0 cat", "cat 0", "0: cat", "n01440764 tench"; a
            table (CSV) with a column of names and one of numbers; JSON: a list, {name: number}, {number: name},
            keras.applications' index, objects with id and name, {output: [names]}; a label map of `item { … }`; the
            `names:` of a YAML file. UTF-8, UTF-16, Latin-1, GBK or Shift-JIS.
        title: the file's name as the person knows it.

    Raises:
        RefusedUpload: it is none of these, or leaves open which name belongs to which output.
    """
    title = title or path.name
    if not path.is_file():
        return labels_from_bytes(b"", title)
    with path.open("rb") as file:
        return labels_from_bytes(file.read(LABEL_BYTES + 1), title)


def labels_from_bytes(data: bytes, title: str) -> ClassNames:
    """The same of a file's bytes, and its name."""
    if data.startswith(b"\x93NUMPY"):
        data = _array_lines(data, title)
    text, encoding = _text(data, title)
    try:
        found, notes = _parsed(text, Path(title).suffix.lower())
    except (ValueError, LookupError, TypeError, csv.Error) as error:
        raise RefusedUpload(message(f"class names in {title}", str(error) or type(error).__name__, _IN_ORDER)) from None
    if encoding:
        notes = [f"The file is not UTF-8 and was read as {encoding}.", *notes]
    outputs = {output: _checked(names, title) for output, names in found.items()}
    notes += [note for names in outputs.values() for note in _repeated(names)]
    if list(outputs) == [""]:
        return ClassNames(outputs[""], notes=tuple(notes))
    return ClassNames((), outputs, tuple(notes))


def _array_lines(data: bytes, title: str) -> bytes:
    """The names of an array of text (.npy), one a line; an array of objects would have to be unpickled."""
    with contextlib.suppress(RefusedUpload, ValueError):  # of its header, and of letters that are none
        shape, _, dtype, start = npy_header(data)  # numpy.load() makes room for what a header claims
        if len(shape) == 1 and dtype.kind in "US" and len(data) - start == shape[0] * dtype.itemsize:
            return json.dumps(np.frombuffer(data, dtype, offset=start).astype(str).tolist()).encode()
    advice = "Save it with names.astype(str), or write the names one a line."
    raise RefusedUpload(message("an array of text, of one axis", title, advice))


def _text(data: bytes, title: str) -> tuple[str, str]:
    if not data:
        raise RefusedUpload(message("a file of class names", f"nothing in {title}", _IN_ORDER))
    if len(data) > LABEL_BYTES:
        advice = "Is this the right file? " + _IN_ORDER
        raise RefusedUpload(message(f"class names of at most {LABEL_BYTES:,} bytes", f"more in {title}", advice))
    try:
        text, encoding = decode_text(data)
    except UnicodeDecodeError:
        text, encoding = "\0", ""
    if "\0" in text:
        raise RefusedUpload(message("class names as text", f"a file of bytes, {title}", _IN_ORDER))
    return text.removeprefix("\ufeff"), encoding


# What stands around a list is the name of its class alone: a tag of YAML, which may ask for code, is none.
_PRINTED = re.compile(r"^(?:[\w.]{1,40}\(|\(#\d{1,9}\)\s*)(\[\s*['\"].*['\"]\s*\])[^\[\]]{0,40}$", re.DOTALL)


def _parsed(text: str, suffix: str) -> tuple[dict[str, list[str]], list[str]]:
    """Names by output, "" for the only one, and notes.

    Raises:
        ValueError: what is wrong, in words.
    """
    whole = text.strip()
    if not whole:
        raise ValueError("blank lines only")
    # As a line of a program: CLASSES = ["cat", "dog"].
    whole = re.sub(r"^[A-Za-z_]\w{0,40}[ \t]*(?::[^=\n]{1,40})?=\s*(?=[\[{(])", "", whole)
    # As a program prints it: array(['cat', 'dog'], dtype='<U3'), (#2) ['cat','dog'].
    whole = _PRINTED.sub(r"\1", whole)
    # Brackets alone on their lines may be classes too, as of signs.
    bracketed = whole[0] + whole[-1] in ("[]", "{}", "()") and re.search("['\"0-9]", whole)
    if bracketed or suffix == ".json":
        return from_json(whole)
    bare = re.sub(r"^[ \t]*#[^\n]*$", "", text, flags=re.MULTILINE)
    if re.match(r"\s*item\s*:?\s*\{", bare):
        return from_label_map(bare)
    if suffix in (".yaml", ".yml") or re.search(r"^names[ \t]*:[ \t]*([\[{]|$)", text, re.MULTILINE):
        return from_yaml(text)
    if suffix in (".csv", ".tsv"):
        return from_csv(text)
    return from_lines(text)


def _checked(names: list[str], title: str) -> tuple[str, ...]:
    if not 0 < len(names) <= MOST_NAMES:
        received = f"{len(names):,} in {title}"
        raise RefusedUpload(message(f"between 1 and {MOST_NAMES:,} class names", received, _IN_ORDER))
    found = tuple(unicodedata.normalize("NFC", name).strip() for name in names)
    for number, name in enumerate(found):
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            words = f"{name[:40]!r}" if name else "no name"
            expected = f"names of 1 to {LONGEST_NAME} printable characters in {title}"
            raise RefusedUpload(message(expected, f"{words} for output {number}", _IN_ORDER))
    return found


def _repeated(names: tuple[str, ...]) -> list[str]:
    often = [name for name, times in Counter(names).items() if times > 1]
    if not often:
        return []
    places = (
        f"{name} (outputs {', '.join(str(i) for i, n in enumerate(names) if n == name)})" for name in often[:SHOWN]
    )
    more = f" and {len(often) - SHOWN:,} more" if len(often) > SHOWN else ""
    return [f"A name stands for several outputs: {', '.join(places)}{more}."]
