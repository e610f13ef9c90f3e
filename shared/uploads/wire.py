"""Protocol buffers' wire format, as far as model files need it, read without copying and with a bound on the work.

https://protobuf.dev/programming-guides/encoding/
"""

import struct
from collections import defaultdict

import numpy as np

# A network of thousands of layers has some hundred thousand.
MAX_FIELDS = 1_000_000
_LONGEST_VARINT = 10


class Damaged(ValueError):
    """Bytes that are no message, or far too many fields."""


class Budget:
    """How many fields may still be read of one file."""

    def __init__(self, fields: int = MAX_FIELDS) -> None:
        self._left = fields

    def spend(self) -> None:
        """Count one field.

        Raises:
            Damaged: there have been too many.
        """
        self._left -= 1
        if self._left < 0:
            raise Damaged(f"more than {MAX_FIELDS:,} fields")


class Message:
    """One message: its fields by number, nested messages left as bytes until they are asked for.

    Args:
        data: of the message alone.
        budget: shared by all messages of a file.
    """

    def __init__(self, data: memoryview, budget: Budget) -> None:
        self._budget = budget
        self._fields: dict[int, list[int | memoryview]] = defaultdict(list)
        place = 0
        while place < len(data):
            budget.spend()
            key, place = varint(data, place)
            value, place = _value(data, place, key & 7)
            self._fields[key >> 3].append(value)

    def count(self, field: int) -> int:
        """How often a field is there."""
        return len(self._fields.get(field, ()))

    def number(self, field: int, default: int = 0) -> int:
        """An integer, signed; the last where there are several."""
        values = self._fields.get(field)
        if not values:
            return default
        if not isinstance(values[-1], int):
            raise Damaged(f"field {field} is no integer")
        return _signed(values[-1])

    def real(self, field: int) -> float:
        """A float of 4 bytes; 0 where there is none."""
        values = self._bytes(field)
        if values and len(values[-1]) != 4:
            raise Damaged(f"field {field} is no float")
        return float(struct.unpack("<f", values[-1])[0]) if values else 0.0

    def data(self, field: int) -> memoryview | None:
        """Bytes; the last where there are several."""
        values = self._bytes(field)
        return values[-1] if values else None

    def text(self, field: int) -> str:
        """Text; "" where there is none."""
        data = self.data(field)
        return _text(data) if data is not None else ""

    def texts(self, field: int) -> list[str]:
        """Every text of a field."""
        return [_text(value) for value in self._bytes(field)]

    def message(self, field: int) -> "Message | None":
        """A nested message; the last where there are several."""
        data = self.data(field)
        return Message(data, self._budget) if data is not None else None

    def messages(self, field: int) -> list["Message"]:
        """Every nested message of a field."""
        return [Message(value, self._budget) for value in self._bytes(field)]

    def integers(self, field: int) -> np.ndarray:
        """Every integer of a field, packed or not; int64."""
        parts = [
            np.array([_signed(value)], np.int64) if isinstance(value, int) else varints(value)
            for value in self._fields.get(field, ())
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def reals(self, field: int, dtype: str = "<f4") -> np.ndarray:
        """Every number of fixed width of a field, packed or not."""
        values, width = self._bytes(field), np.dtype(dtype).itemsize
        if any(len(value) % width for value in values):
            raise Damaged(f"field {field} holds numbers of another width")
        parts = [np.frombuffer(value, dtype) for value in values]
        return np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else np.zeros(0, dtype)

    def _bytes(self, field: int) -> list[memoryview]:
        values = self._fields.get(field, [])
        found = [value for value in values if isinstance(value, memoryview)]
        if len(found) < len(values):
            raise Damaged(f"field {field} is of another kind")
        return found


def varints(data: memoryview) -> np.ndarray:
    """Packed integers; int64."""
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 128)
    if not len(raw):
        return np.zeros(0, np.int64)
    if not len(ends) or ends[-1] != len(raw) - 1:
        raise Damaged("a cut-off list of integers")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST_VARINT:
        raise Damaged("an integer of more than 64 bits")
    values = np.zeros(len(ends), np.uint64)
    for byte in range(int(lengths.max())):
        there = lengths > byte
        values[there] |= (raw[starts[there] + byte] & 127).astype(np.uint64) << np.uint64(7 * byte)
    return values.view(np.int64)


def _value(data: memoryview, place: int, kind: int) -> tuple[int | memoryview, int]:
    if kind == 0:
        return varint(data, place)
    if kind == 2:
        length, place = varint(data, place)
    elif kind in (1, 5):
        length = 8 if kind == 1 else 4
    else:
        raise Damaged(f"a field of kind {kind}")
    if length > len(data) - place:
        raise Damaged("a field that ends behind its message")
    return data[place : place + length], place + length


def varint(data: memoryview, place: int) -> tuple[int, int]:
    """An unsigned integer, and the place behind it."""
    value = 0
    for byte in range(_LONGEST_VARINT):
        if place + byte >= len(data):
            break
        here = data[place + byte]
        value |= (here & 127) << (7 * byte)
        if here < 128:
            return value & (2**64 - 1), place + byte + 1
    raise Damaged("a cut-off integer")


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _text(data: memoryview) -> str:
    return bytes(data[:1000]).decode(errors="replace")
