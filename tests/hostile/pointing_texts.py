"""An HDF5 file of a few megabytes whose names all point at one text: to read them takes gigabytes."""

import io
import struct

import h5py
import numpy as np

SHORT = "z" * 7  # of a length that nothing else here has


def pointing_texts(attribute: str = "layer_names", count: int = 4000, size: int = 2_000_000, **texts: str) -> bytes:
    """A legacy file of weights.

    Args:
        attribute: whose texts these are.
        count: of them; what an attribute may take is 64 KB, and each pointer 16 bytes.
        size: bytes of the text.
        texts: more attributes.
    """
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs.create(attribute, [SHORT] * count, dtype=h5py.string_dtype())
        file.attrs["long"] = "x" * size
        for name, text in texts.items():
            file.attrs[name] = text
        file.create_dataset("model_weights/dense/kernel:0", data=np.zeros((8, 4), "float32"))
    data = bytearray(out.getvalue())
    # A pointer: how long the text is, where its collection begins, and which of its objects it is.
    at = data.index(struct.pack("<I", size))
    target = bytes(data[at : at + 16])
    first = data.index(struct.pack("<I", len(SHORT)))
    while data[first + 16 : first + 20] != struct.pack("<I", len(SHORT)):
        first = data.index(struct.pack("<I", len(SHORT)), first + 1)
    data[first : first + 16 * count] = target * count
    return bytes(data)
