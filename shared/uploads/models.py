"""What a model file must satisfy before Keras sees it: its container, its configuration, its size.

Keras is never imported here. A file that passes is still loaded in a process of its own, with
`compile=False` and `safe_mode=True`: what a configuration says about compiling is not looked at.
"""

import json
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from shared.errors import RefusedUpload, message
from shared.settings import MEGABYTE, Settings
from shared.uploads.attribute_texts import check_texts
from shared.uploads.channels_first import channels_last
from shared.uploads.configs import check_config, parse_config
from shared.uploads.data_sets import ZIP_ERRORS
from shared.uploads.keras_archive import check_directory, check_members, check_sizes, read_member
from shared.uploads.onnx.graph import is_onnx
from shared.uploads.onnx.translation import Translation, read_onnx
from shared.uploads.other_formats import named_otherwise, refuse_folder, refuse_unknown, refuse_zip
from shared.uploads.own_classes import OwnClass
from shared.uploads.repairs import repaired
from shared.uploads.saved_model import holds_saved_model, read_saved_model
from shared.uploads.separate_weights import SEPARATE
from shared.uploads.shapes import Shape
from shared.uploads.sizes import ModelSize, measure
from shared.uploads.stored_weights import MAX_CONFIG, count_weights, open_weights, read_model_config, read_origin
from shared.uploads.tfjs import holds_browser_model, read_browser_model
from shared.uploads.upgrades.upgrade import Origin, UpgradedConfig, upgrade

MAX_METADATA = 64 * 1024
# Announced weights may exceed the stored ones by this factor (two 4-bit weights share a byte) and number.
STORED_FACTOR = 2
STORED_SLACK = 100_000

_ZIP_MAGIC = b"PK"
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_SAVE_AGAIN = "Save the model again with Keras 3, `model.save('name.keras')`."
_COPY_AGAIN = "It is cut off or damaged; copy it again."


Format = Literal["keras", "h5", "saved_model", "onnx", "tfjs"]


@dataclass(frozen=True)
class ModelFile:
    """What a checked file says about its model.

    Attributes:
        format: container; of "keras" and "h5" also the suffix under which Keras loads it.
        name: the model's own name.
        parameters: number of stored weights, without the optimizer's.
        input_shape: shape of the first input without the batch axis, None for a side left open; None if the
            file does not tell.
        layers: number of layers, those of nested models included.
        inputs: shape of every input, as input_shape.
        outputs: how many values each output has at a place, by the output's name; None where it is not known.
        origin: which Keras wrote it.
        upgraded: its configuration in the form of Keras 3, where an older Keras wrote it; else None.
        separate: whether architecture and weights were saved apart, so they may be of different networks.
        translation: configuration and weights for Keras 3, where another framework wrote it; else None.
        own: what it names of the modules of CONVSCOPE_MODULES; in a trusted file all that is not Keras.
        repaired: its configuration as Keras is to build it, where that is not the file's own; else None.
        plain: whether its archive holds what Keras expects, under the names that Keras expects, and nothing else.
        channels_first: whether its pictures are (channel, height, width); `input_shape` and `inputs` are of the network
            turned round.
    """

    format: Format
    name: str
    parameters: int
    input_shape: tuple[int | None, ...] | None
    layers: int
    inputs: tuple[tuple[int | None, ...] | None, ...] = field(default=(), compare=False)
    outputs: dict[str, int | None] = field(default_factory=dict, compare=False)
    origin: Origin = field(default=Origin(""), compare=False)
    upgraded: UpgradedConfig | None = field(default=None, compare=False, repr=False)
    own: tuple[OwnClass, ...] = field(default=(), compare=False)
    repaired: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    plain: bool = True
    channels_first: bool = False
    separate: bool = False
    translation: Translation | None = field(default=None, compare=False, repr=False)

    @property
    def source(self) -> str:
        """What it was rewritten from, for people: "Keras 2.1.6", "ONNX (pytorch 2.9.0)"; "" for a file of Keras 3."""
        if self.translation:
            return self.translation.origin
        older = f"Keras {self.origin.version}" if self.upgraded else ""
        return f"TensorFlow.js ({older})" if self.format == "tfjs" else older


def check_model(path: Path, settings: Settings, trusted: bool = False) -> ModelFile:
    """Check a model file without Keras.

    Args:
        path: a .keras, legacy .h5 or .onnx file, or a zip of a SavedModel or of a
            TensorFlow.js model; told apart by its bytes.
        settings: limits: `max_upload` bytes, `max_parameters` weights; `modules` that it may name.
        trusted: whether it may hold code, a Lambda for example, since somebody with the server's shell said so.

    Returns:
        What the file announces.

    Raises:
        RefusedUpload: the file breaks a rule.
    """
    if folder := refuse_folder(path):
        raise folder
    size = path.stat().st_size if path.is_file() else 0
    if not size:
        raise RefusedUpload(message("a .keras, .h5 or .onnx model file", f"nothing in {path.name}", _COPY_AGAIN))
    if size > settings.max_upload:
        expected = f"at most {settings.max_upload:,} bytes"
        raise RefusedUpload(message(expected, f"{size:,} bytes", "Raise CONVSCOPE_MAX_UPLOAD to allow it."))
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_ZIP_MAGIC) and holds_saved_model(path):
        return _check_saved_model(path, size, settings)
    if start.startswith(_ZIP_MAGIC):
        return _check_keras(path, size, settings, trusted)
    if start == _HDF5_MAGIC:
        return _check_h5(path, size, settings, trusted)
    if is_onnx(start) and not named_otherwise(path):
        return _check_onnx(path, settings)
    raise refuse_unknown(path)


def _check_h5(path: Path, size: int, settings: Settings, trusted: bool) -> ModelFile:
    with open_weights(path) as weights, path.open("rb") as file:
        stored = count_weights(weights, "model_weights" if "model_weights" in weights else "/", size)
        check_texts(weights, file)
        text = read_model_config(weights)
        origin = read_origin(weights)
    return _judge("h5", text, stored, origin, settings, trusted)


def _check_keras(path: Path, size: int, settings: Settings, trusted: bool) -> ModelFile:
    if other := refuse_zip(path):
        raise other
    with path.open("rb") as file:
        check_directory(file, size)
        try:
            with zipfile.ZipFile(file) as archive:
                if holds_browser_model(archive.namelist()):
                    return _check_browser_model(archive, settings)
                members = check_members(archive)
                check_sizes(members, size, settings)
                files = members.files
                text = read_member(archive, files["config.json"], MAX_CONFIG)
                metadata = parse_config(read_member(archive, files["metadata.json"], MAX_METADATA), "metadata.json")
                stored = _count_stored(archive, files["model.weights.h5"], settings)
        except ZIP_ERRORS as error:
            raise RefusedUpload(message("a whole .keras archive", str(error), _COPY_AGAIN)) from error
    found = _judge("keras", text, stored, Origin.of(metadata.get("keras_version")), settings, trusted)
    return replace(found, plain=members.plain, separate=metadata.get(SEPARATE) is True)


def _check_saved_model(path: Path, size: int, settings: Settings) -> ModelFile:
    with path.open("rb") as file:
        check_directory(file, size)
        try:
            with zipfile.ZipFile(file) as archive:
                found = read_saved_model(archive, 2 * settings.max_upload)
        except ZIP_ERRORS as error:
            raise RefusedUpload(message("a whole zip archive", str(error), _COPY_AGAIN)) from error
    stored = sum(one.entry.count for one in found.weights)
    return _judge("saved_model", json.dumps(found.config).encode(), stored, found.origin, settings, False)


def _check_browser_model(archive: zipfile.ZipFile, settings: Settings) -> ModelFile:
    model = read_browser_model(archive, 2 * settings.max_upload)
    found = _judge("tfjs", json.dumps(model.config).encode(), model.count, model.origin, settings, False)
    # Its weights are read as those of an older Keras, whichever wrote the configuration.
    return replace(found, upgraded=found.upgraded or UpgradedConfig(found.repaired or model.config), repaired=None)


def _check_onnx(path: Path, settings: Settings) -> ModelFile:
    translation = read_onnx(path)
    check_config(translation.config)
    size = measure(translation.config)
    _check_parameters(size, size.parameters, settings.max_parameters)
    shape, inputs = _input_shapes(size)
    outputs = {name: one[-1] if one else None for name, one in size.outputs.items()}
    return ModelFile("onnx", size.name, size.parameters, shape, size.layers, inputs, outputs, translation=translation)


def _count_stored(archive: zipfile.ZipFile, info: zipfile.ZipInfo, settings: Settings) -> int:
    """Unpack the weights, counting bytes, and count their numbers."""
    left = 2 * settings.max_upload
    with tempfile.TemporaryFile() as file, archive.open(info) as member:
        while chunk := member.read(MEGABYTE):
            left -= len(chunk)
            if left < 0:
                received = f"more than that in {info.filename}"
                expected = f"at most {2 * settings.max_upload:,} bytes"
                raise RefusedUpload(message(expected, received, _SAVE_AGAIN))
            file.write(chunk)
        with open_weights(file) as weights:
            found = count_weights(weights, "/", file.seek(0, 2))
            check_texts(weights, file)
            return found


def _judge(format: Format, text: bytes, stored: int, origin: Origin, settings: Settings, trusted: bool) -> ModelFile:
    config = parse_config(text, "config.json" if format == "keras" else "model_config")
    # Code in an old file cannot be upgraded as data: Keras opens such a file by its own rules, or refuses it.
    upgraded = upgrade(config, origin) if origin.old and not trusted else None
    right = upgraded.config if upgraded else repaired(config)
    own = check_config(right, settings.own_modules, trusted)
    last = right if upgraded else channels_last(right)
    size = measure(last)
    _check_parameters(size, stored, settings.max_parameters)
    shape, inputs = _input_shapes(size)
    turned = b"channels_first" in text
    outputs = {name: one[-1] if one and (len(one) == 2 or not turned) else None for name, one in size.outputs.items()}
    return ModelFile(format, size.name, stored, shape, size.layers, inputs, outputs, origin, upgraded, own,
                     None if upgraded or right is config else right, channels_first=last is not right)  # fmt: skip


def _input_shapes(size: ModelSize) -> tuple[Shape | None, tuple[Shape | None, ...]]:
    """Shapes of the first input and of every input, without the batch axis."""
    return size.input_shape[1:] if size.input_shape else None, tuple(one[1:] if one else None for one in size.inputs)


def _check_parameters(size: ModelSize, stored: int, limit: int) -> None:
    if max(size.parameters, stored) > limit:
        received = f"{max(size.parameters, stored):,}, most of them in {size.largest}"
        advice = "Raise CONVSCOPE_MAX_PARAMETERS if the machine has the memory."
        raise RefusedUpload(message(f"at most {limit:,} parameters", received, advice))
    if size.parameters > STORED_FACTOR * stored + STORED_SLACK:
        received = f"{size.parameters:,} declared, {stored:,} stored, most missing in {size.largest}"
        raise RefusedUpload(message("weights for all parameters of the configuration", received, _SAVE_AGAIN))


_ALIKE = (
    "Save the part that sees one picture by itself, `keras.Model(one_input, its_output).save('name.keras')`: of a "
    "network that compares two, the branch in front of the comparison."
)
_PICTURES = (
    "Text, sound, video and rows of numbers are not looked at here. Where a layer that sees pictures is inside, as in "
    "a TimeDistributed, save that part by itself."
)
_ROWS = (
    "Where these numbers are a picture, say so in front and save that: `keras.Sequential([keras.Input((height, width, "
    "channels)), keras.layers.Reshape({shape}), model]).save('name.keras')`."
)


def check_takes_pictures(found: ModelFile) -> None:
    """Refuse a model that this microscope has no use for, before it is kept: one that sees no picture.

    A model of several inputs may be kept where all take pictures of one shape: it is shown the same one at each.

    Raises:
        RefusedUpload: with what it takes, and what to do.
    """
    if len(set(found.inputs)) > 1:
        received = f"{len(found.inputs)} inputs, {' and '.join(_words(one) for one in found.inputs)}"
        raise RefusedUpload(message("a model of one picture input, or of several of one shape", received, _ALIKE))
    if found.input_shape is not None and len(found.input_shape) != 3:
        rows = len(found.input_shape) < 3 and None not in found.input_shape
        way_out = _ROWS.format(shape=found.input_shape) if rows else _PICTURES
        expected = "a model that takes a picture (height, width, channel)"
        raise RefusedUpload(message(expected, _words(found.input_shape), way_out))


def _words(shape: tuple[int | None, ...] | None) -> str:
    return f"({', '.join(str(side or 'any') for side in shape)})" if shape is not None else "an unknown shape"
