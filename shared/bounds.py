"""How much may be claimed by what comes from outside, looked at before it is allocated.

Sizes of files and the number of weights are settings, for an administrator may raise them.
"""

import json
from typing import Any

MEGABYTE = 1024 * 1024
# A spec: 2,000 layers of 500 letters, or every channel of the widest layer.
MOST_SPEC_LETTERS, MOST_SPEC_VALUES = 2 * MEGABYTE, 80_000
MOST_NUMBERS = 65_536
# A result: of a training run a part an epoch, of an atlas a part a channel.
MOST_PARTS, MOST_RECORD_BYTES = 100_000, 4 * MEGABYTE
# A part: the longest header is a table of 2,000 layers; the largest contents are a layer's maps, and frames.
MOST_HEADER_BYTES, MOST_PART_CONTENTS = 8 * MEGABYTE, 256 * MEGABYTE
MOST_PIXELS = 64_000_000  # of one picture
# Pictures that a few bytes claim: a photograph takes a byte for ten pixels, a plain drawing one for a hundred, an empty
# picture one for thousands. So many may be claimed by one picture whatever it weighs, and by a data set: hundreds of
# nearly empty masks and drawings are some seconds of decoding.
FREE_PIXELS, FREE_SET_PIXELS, PIXELS_A_BYTE = 16_000_000, 400_000_000, 200
# Of larger ones one is decoded at a time.
LARGE_PIXELS = 4_000_000
# A network: the largest of keras.applications, NASNetLarge, has 1,041 layers, each called once, and 1,358 links between
# them; each layer costs an engine some 50 ms to build and to trace, and Keras cannot follow much longer chains.
MOST_LAYERS, MOST_CALLS, MOST_LINKS = 1_500, 3_000, 20_000
# What comes in, and what a layer gives, for one picture: 1 GB and 16 GB in float32.
MOST_INPUTS, MOST_OUTPUTS = 2**28, 2**32
# Texts of any length in the attributes of an HDF5 file, all of which may point at one: the bytes that reading takes.
MOST_TEXT_BYTES, MOST_ATTRIBUTES = 64 * MEGABYTE, 200_000
# Values of any JSON; and nested lists and objects of any JSON: specs, records and facts take six at most.
MOST_VALUES, DEEPEST = 500_000, 24


def read_json(text: str | bytes, most: int, finite: bool = True) -> Any:
    """A JSON value.

    Args:
        text: from outside.
        most: bytes or letters of it.
        finite: whether NaN and infinity are refused here, not by whoever knows which field they stand in.

    Raises:
        ValueError: it is no JSON, is longer, holds more than MOST_VALUES, NaN or infinity where that is refused, or is
            nested deeper than DEEPEST.
    """
    if len(text) > most:
        raise ValueError(f"expected at most {most:,} bytes of JSON, received {len(text):,}")
    try:
        _check_number(sum(map(text.count, ",[{" if isinstance(text, str) else (b",", b"[", b"{"))), MOST_VALUES)  # type: ignore[arg-type]
        found = json.loads(text, parse_constant=_refuse_constant if finite else None)
    except RecursionError:
        raise ValueError(f"expected JSON of at most {DEEPEST} levels, received many more") from None
    check_values(found, most, MOST_VALUES)
    return found


def claims_too_much(pixels: int, size: int) -> bool:
    """Whether a picture has more pixels than any file of so many bytes that is worth looking at."""
    return pixels > max(FREE_PIXELS, PIXELS_A_BYTE * size)


def _refuse_constant(word: str) -> None:
    raise ValueError(f"expected finite numbers, received {word}")


def check_values(value: Any, letters: int, values: int) -> None:
    """Refuse what is too large, before anything is made of it.

    Args:
        value: text, numbers, and lists, tuples and objects of them.
        letters: of all texts together, names included.
        values: how many of them, those in others too.

    Raises:
        ValueError: there are more, or they are nested deeper than DEEPEST.
    """
    level, found, written = [value], 1, 0
    for _ in range(DEEPEST + 1):
        objects = [one for one in level if isinstance(one, dict)]
        lists = [one for one in level if isinstance(one, list | tuple)]
        written += sum(len(one) for one in level if isinstance(one, str)) + sum(
            len(n) for o in objects for n in map(str, o)
        )
        found += sum(map(len, objects)) + sum(map(len, lists))
        _check_number(found, values)
        if written > letters:
            raise ValueError(f"expected at most {letters:,} letters, received {written:,}")
        if not (objects or lists):
            return
        level = [inner for one in objects for inner in one.values()] + [inner for one in lists for inner in one]
    raise ValueError(f"expected at most {DEEPEST} levels, received more")


def _check_number(found: int, most: int) -> None:
    if found > most:
        raise ValueError(f"expected at most {most:,} values, received {found:,}")
