"""Files that are no Keras model: what each is, told by its bytes, and how to come to a Keras model from it."""

import re
from pathlib import Path

from shared.errors import RefusedUpload, message
from shared.uploads.advice import PACK_AGAIN, WITH_JSON

TAIL = 1024 * 1024
_KERAS_MEMBERS = (b"config.json", b"metadata.json")
_EXPECTED = "a .keras, .h5 or .onnx model file"
_SAVE_AGAIN = "Save the model again with Keras 3, `model.save('name.keras')`."

_PYTORCH = (
    "weights of PyTorch",
    "They say nothing of the network: export the whole to ONNX where its code is and add that file: `model.eval()`, "
    "`torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'model.onnx', opset_version=17, dynamo=False)` with your "
    "pictures' size. A network of keras.applications is there already: `keras/resnet50/imagenet`.",
)
_ONNX = (
    "a file whose name says ONNX and whose content does not",
    "It is cut off, damaged or something else: export it again.",
)
_ZIPPED_ONNX = ("a zip archive with an ONNX model inside", "Unpack it and add the .onnx file itself.")
_SAVED_MODEL = (
    "one file of a SavedModel of TensorFlow",
    "Its weights lie beside it: add a zip of the whole folder, or the folder (in a terminal: `convscope models add "
    "FOLDER --name NAME`).",
)
_GRAPH = (
    "a frozen graph of TensorFlow",
    "It has lost its layers: go back to the Keras model that it was made from and add its .keras or .h5 file.",
)
_TFLITE = (
    "a TFLite model",
    "It was converted for phones and has lost its layers: add the Keras model that it was converted from.",
)
_TFJS = (
    "the model.json of TensorFlow.js without its weights",
    "Add one zip archive of it and the .bin files beside it, or the folder (in a terminal: `convscope models add "
    "FOLDER/model.json --name NAME`). A graph model has lost its layers: add the Keras model that it was made from.",
)
_TOPOLOGY = (
    "the JSON of a Keras network, without weights",
    f"{WITH_JSON} {PACK_AGAIN}",
)
_ZIPPED = (
    "a zip archive with a model inside",
    "Unpack it and add the .h5 or .keras file itself; class names (Teachable Machine's labels.txt) go with it "
    "as its class names (in a terminal: `--labels`).",
)
_PICKLE = (
    "a pickle of Python",
    "A pickle can run anything, so it is never opened: load it where you trust it and `model.save('name.keras')`.",
)
_SAFETENSORS = (
    "weights in safetensors, without a network",
    "Load them into the network in Keras and save the whole with `model.save('name.keras')`.",
)
_ARRAYS = (
    "arrays of NumPy, without a network",
    "Put them into the network in Keras, `layer.set_weights(...)`, and save the whole with `model.save('name.keras')`.",
)
_CHECKPOINT = (
    "a checkpoint of TensorFlow, without a network",
    "Build the network where its code is, `model.load_weights('name.ckpt')`, `model.save('name.keras')`, and add that.",
)
_POINTER = (
    "a pointer of Git LFS, not the file itself",
    "Fetch the file, `git lfs pull`, or download it from the repository's page, and add that.",
)
_WEB_PAGE = ("a web page", "The download gave a page about the file: download the file itself and add that.")
_OTHER = (
    "a model of another framework",
    "Export it to ONNX there and add the .onnx file that comes out.",
)
_PACKED = ("a packed file", "Unpack it and add the .keras or .h5 file that is inside.")
_PICTURE = ("a picture", "Pictures are added where one is chosen, there (in a terminal: `convscope images add`).")

_IN_ZIP = (
    ((b"/data.pkl",), _PYTORCH),
    ((b".h5",), _ZIPPED),
    ((b".hdf5",), _ZIPPED),
    ((b".keras",), _ZIPPED),
    ((b".tflite",), _TFLITE),
    ((b".onnx",), _ZIPPED_ONNX),
    ((b".npy",), _ARRAYS),
)
# Told by the name alone: Caffe, Core ML, Darknet, MXNet, Paddle, OpenVINO, TensorRT.
_ENDS = {
    **dict.fromkeys((".caffemodel", ".prototxt", ".mlmodel", ".weights", ".params", ".pdparams", ".engine"), _OTHER),
    **dict.fromkeys((".ckpt", ".index", ".meta"), _CHECKPOINT),
    ".onnx": _ONNX,
}
_STARTS = (
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"\x1f\x8b", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"Rar!", _PACKED),
    (b"\x08\x01\x12", _SAVED_MODEL),
    (b"\x93NUMPY", _ARRAYS),
    (b"model_checkpoint_path", _CHECKPOINT),
    (b"version https://git-lfs", _POINTER),
    (b"<", _WEB_PAGE),
)
_TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"


def named_otherwise(path: Path) -> bool:
    """Whether a file's name says that it is of a framework whose files begin as ONNX's may: Core ML, Caffe."""
    return _ENDS.get(path.suffix) is _OTHER


def refuse_folder(path: Path) -> RefusedUpload | None:
    """The error for a folder; None where there is none."""
    if not path.is_dir():
        return None
    if (path / "config.json").exists() and (path / "model.weights.h5").exists():
        return RefusedUpload(message(_EXPECTED, f"a .keras file that was unpacked into {path.name}", _pack(path)))
    advice = "Name the .keras or .h5 file itself."
    return RefusedUpload(message(_EXPECTED, f"a folder, {path.name}", advice))


def _pack(folder: Path) -> str:
    """The line that packs an unpacked .keras file again."""
    name = re.sub(r"[^\w.-]", "", folder.name) or "model"
    return f"Pack it again: `python -m zipfile -c {name}.keras {name}/`, and add {name}.keras."


def refuse_zip(path: Path) -> RefusedUpload | None:
    """The error for a zip archive that is another framework's, or has a model inside; None for any other.

    Only the names at the end of the file are looked at; the archive is not opened.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    if all(name in tail for name in _KERAS_MEMBERS) and b"model.weights" in tail:
        return None
    found = next((kind for marks, kind in _IN_ZIP if all(mark in tail for mark in marks)), None)
    return _refusal(found) if found else None


def beginning(start: bytes) -> str:
    """The first letters of a file that is text, in quotes; of another one its first bytes as hexadecimal numbers."""
    letters = start[:8].decode("latin-1").strip()
    return f"“{letters}”" if letters.isascii() and letters.isprintable() and letters else start[:8].hex(" ")


def refuse_unknown(path: Path) -> RefusedUpload:
    """The error for a file that is neither a zip archive nor HDF5: what it is, as far as its first bytes tell."""
    with path.open("rb") as file:
        start = file.read(4096)
    found = next((kind for mark, kind in _STARTS if start.startswith(mark)), None) or _by_shape(start, path.suffix)
    if found:
        return _refusal(found)
    return RefusedUpload(message(_EXPECTED, f"a file that begins with {beginning(start)}", _SAVE_AGAIN))


def _by_shape(start: bytes, suffix: str) -> tuple[str, str] | None:
    if start[4:8] == b"TFL3":
        return _TFLITE
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return _PYTORCH if _TORCH_MAGIC in start[:32] else _PICKLE
    if start[8:10] == b'{"' and b'"dtype"' in start:
        return _SAFETENSORS
    if start[:1] == b"\n" and (b"Placeholder" in start or b"Const" in start):
        return _GRAPH
    return _by_text(start.lstrip()) or _ENDS.get(suffix)


def _by_text(start: bytes) -> tuple[str, str] | None:
    if not start.startswith(b"{"):
        return None
    if b'"modelTopology"' in start or b'"weightsManifest"' in start or b'"graph-model"' in start:
        return _TFJS
    return _TOPOLOGY if b'"class_name"' in start or b'"keras_version"' in start else None


def _refusal(kind: tuple[str, str]) -> RefusedUpload:
    what, advice = kind
    return RefusedUpload(message(_EXPECTED, what, advice))
