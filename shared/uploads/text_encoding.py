"""What text some bytes are: of files and of names in archives, which were written anywhere in the world."""

import re
from collections.abc import Callable

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16",
          b"\xfe\xff": "utf-16"}  # fmt: skip
# Encodings of two bytes a character, and which of their characters are the common ones. Nearly any bytes are some
# text in each of them; what was really written in one consists of common characters and stands apart from a, b and c.
_TWO_BYTES: dict[str, Callable[[bytes], bool]] = {
    "gb18030": lambda b: len(b) == 2 and 0xB0 <= b[0] <= 0xD7 and b[1] >= 0xA1,
    "cp932": lambda b: len(b) == 2 and ((b[0] == 0x82 and b[1] >= 0x9F) or b[0] == 0x83 or 0x88 <= b[0] <= 0x98),
    "big5": lambda b: len(b) == 2 and 0xA4 <= b[0] <= 0xC6,
}
NAMES = {"gb18030": "GBK", "cp932": "Shift-JIS", "big5": "Big5", "cp1252": "Latin-1", "cp437": "code page 437",
         "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32"}  # fmt: skip
_LEAST_COMMON = 0.6


def decode_text(data: bytes, old: bool = False) -> tuple[str, str]:
    """Text of bytes whose encoding nobody said.

    UTF-8 where it is that, with or without its mark; UTF-16; else the likeliest of GBK, Shift-JIS, Big5 and Latin-1.

    Args:
        data: of a whole file, or of all names of an archive: the more there is, the surer the guess.
        old: whether code page 437 of DOS is tried too, as in archives.

    Returns:
        The text, and what to call an encoding that was guessed, for people; "" where it is UTF-8.

    Raises:
        UnicodeDecodeError: a mark promises another encoding than the bytes are in.
    """
    encoding = guess_encoding(data, old)
    return data.decode(encoding, errors(encoding)), NAMES.get(encoding, "")


def errors(encoding: str) -> str:
    """How to decode: single bytes that stand for no letter are left out of account, all else must be right."""
    return "replace" if encoding in ("cp1252", "cp437") else "strict"


def guess_encoding(data: bytes, old: bool = False) -> str:
    """Python's name of the likeliest encoding; see decode_text()."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    if data[1::2].count(0) > len(data) // 4:
        return "utf-16-le"
    if data[::2].count(0) > len(data) // 4:
        return "utf-16-be"
    if _text(data, "utf-8") is not None:
        return "utf-8"
    scores = {encoding: _likelihood(data, encoding) for encoding in _TWO_BYTES}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= _LEAST_COMMON:
        return best
    # Letters with accents: DOS has them from 80 to A5, Latin-1 from C0 on.
    low, high = (len(re.findall(letters, data)) for letters in (rb"[\x80-\xa5]", rb"[\xc0-\xff]"))
    return "cp437" if old and low > high else "cp1252"


def _text(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _likelihood(data: bytes, encoding: str) -> float:
    """Share of the foreign characters that are common ones and do not stand beside a Latin letter; 0 to 1."""
    text = _text(data, encoding)
    if text is None:
        return 0.0
    foreign = list(re.finditer(r"[^\0-\x7f]", text))
    common, beside = _TWO_BYTES[encoding], re.compile(r"[A-Za-z]")
    good = sum(
        common(one.group().encode(encoding))
        and not beside.match(text, one.end())
        and not beside.match(text[one.start() - 1 : one.start()])
        for one in foreign
    )
    return good / max(1, len(foreign))
