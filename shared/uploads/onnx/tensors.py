"""Stored arrays of an ONNX file: views of the file's own bytes, whose number is compared before anything is made."""

from math import prod

import numpy as np

from shared.uploads.wire import Damaged, Message

MAX_RANK = 8
_BFLOAT16 = 16
# ONNX's numbers of element types; those of 16 bits in `int32_data` are kept as bits.
_DTYPES = {
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8", 12: "<u4",
    13: "<u8", _BFLOAT16: "<u2",
}  # fmt: skip


class External(ValueError):
    """An array whose values lie in another file."""


def read_tensor(message: Message) -> np.ndarray:
    """The array of a TensorProto; a view of its bytes where they are stored raw.

    Raises:
        External: its values lie in another file.
        Damaged: it announces other values than it holds, or a type that is no number.
    """
    if message.number(14) == 1 or message.count(13):
        raise External(message.text(8))
    shape = [int(side) for side in message.integers(1)]
    kind = message.number(2)
    if len(shape) > MAX_RANK or any(side < 0 for side in shape) or kind not in _DTYPES:
        raise Damaged(f"a tensor of shape {shape[:MAX_RANK]} and type {kind}")
    values = _values(message, kind)
    if values.size != prod(shape):
        raise Damaged(f"a tensor of shape {shape} with {values.size:,} values, {message.text(8)}")
    return _numbers(values.reshape(shape), kind)


def _values(message: Message, kind: int) -> np.ndarray:
    dtype = np.dtype(_DTYPES[kind])
    raw = message.data(9)
    if raw is not None:
        if len(raw) % dtype.itemsize:
            raise Damaged(f"{len(raw):,} bytes for numbers of {dtype.itemsize}")
        return np.frombuffer(raw, dtype)
    if kind == 1:
        return message.reals(4)
    if kind == 11:
        return message.reals(10, "<f8")
    if kind == 10:
        return message.integers(5).astype(np.uint16).view("<f2")
    field = 7 if kind == 7 else 11 if kind in (12, 13) else 5
    return message.integers(field).astype(dtype)


def _numbers(values: np.ndarray, kind: int) -> np.ndarray:
    if kind == _BFLOAT16:
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values
