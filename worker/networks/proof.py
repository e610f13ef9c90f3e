"""That a file's network says here what it says in plain Keras, and what it says where pictures go in otherwise."""

from typing import Any

import keras
import numpy as np

from shared.analyses.inspect_model.parts import Prediction, Proof, WayIn
from shared.errors import RefusedUpload, message
from shared.library.preprocessing import PREPROCESSES, read_preprocessing
from worker.networks.capture import every_call, walk
from worker.networks.head_values import head_paths, head_values, run_heads
from worker.networks.heads import Head, model_heads
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess

# What rounding may make of outputs: float32 through a hundred layers, and half precision.
ALLOWED, ALLOWED_IN_HALVES = 1e-3, 2e-2
TOP = 3


def prove(model: LoadedModel, plain: keras.Model, picture: np.ndarray) -> Proof:
    """Compare a loaded model with the network that Keras opens from the same file.

    Two pictures go through at once here, as in the analyses, and one by one there; compared are the outputs, and what
    pages say of each: probabilities or numbers.

    Args:
        model: from a file.
        plain: what Keras alone makes of that file; nothing is changed in it before.
        picture: float32 (height, width, channel) in [0, 1]; its mirror image in half of the light is the second.

    Raises:
        RefusedUpload: the outputs differ by more than rounding; the message has the figure.
    """
    pictures = np.stack([picture, np.round(picture[:, ::-1] * 127) / 255]).astype(np.float32)
    rows = [_plain_outputs(plain, model, one) for one in pictures]
    expected = [np.concatenate(one) for one in zip(*rows, strict=True)]
    set_precision(model.network, "float32")
    heads = [head for head in model_heads(model) if head.ending and head.mask is None]
    calls, outputs = every_call(model.network, head_paths(heads), preprocess(pictures, model.preprocess))
    pairs = list(zip(_flat(outputs), expected, strict=True))
    for head in heads:
        said = head_values(model.network, head, calls, keras.tree.flatten(outputs)[head.place])[1]
        pairs.append((_flat(said)[0], _said(head, expected[head.place])))
    difference = max(_difference(*pair) for pair in pairs)
    allowed = ALLOWED_IN_HALVES if _in_halves(plain) else ALLOWED
    if not difference <= allowed:
        raise RefusedUpload(
            message(f"a network whose outputs here are those of plain Keras, within {allowed:g}",
                    f"outputs of {model.title} that differ by {difference:.2g}",
                    "It is not added, for its pages would show another network. Save it as a Functional model of "
                    "Keras's own layers, and add that.")
        )  # fmt: skip
    return {"difference": difference, "allowed": allowed, "declared": str(plain.inputs[0].dtype)}


def ways_in(model: LoadedModel, picture: np.ndarray) -> list[WayIn]:
    """What a network says of a picture under each way in which pictures may go in, its own first.

    Args:
        model: of any head.
        picture: float32 (height, width, channel) in [0, 1].

    Returns:
        The likeliest classes of its first output of classes; of a mask by what they take of the picture. [] where it
        has none.
    """
    head = next((one for one in model_heads(model) if one.ending not in ("", "number")), None)
    if head is None:
        return []
    texts: list[str] = [text for text in PREPROCESSES if read_preprocessing(text).fits(model.input_channels)]
    texts = list(dict.fromkeys([model.preprocess, *texts]))
    set_precision(model.network, "float32")
    prepared = np.concatenate([np.asarray(preprocess(picture[None], text)) for text in texts])
    ((_, said),), _ = run_heads(model.network, [head], prepared)
    values = np.asarray(said)
    shares = values.mean((1, 2)) if values.ndim == 4 else values
    return [{"preprocess": text, "top": _top(head, row)} for text, row in zip(texts, shares, strict=True)]


def _top(head: Head, shares: np.ndarray) -> list[Prediction]:
    best = np.argsort(-shares, kind="stable")[:TOP]
    return [{"output": int(i), "name": head.names[i], "probability": float(shares[i])} for i in best]


def _plain_outputs(plain: keras.Model, model: LoadedModel, picture: np.ndarray) -> list[np.ndarray]:
    """The first row of each output, float (1, ...), for one picture as the file declares it."""
    values = read_preprocessing(model.preprocess).apply(picture)
    declared = str(plain.inputs[0].dtype)
    values = (np.round(values) if "int" in declared else values).astype(declared)
    batch = np.repeat(values[None], plain.inputs[0].shape[0] or 1, 0)
    shape = plain.inputs[0].shape
    first = shape[1] == batch.shape[-1] != shape[-1]  # channels first, which the network here is not any more
    batch = np.moveaxis(batch, -1, 1) if first else batch
    # A Sequential that was not called has no `input`.
    given = batch if len(plain.inputs) == 1 else keras.tree.map_structure(lambda _: batch, plain.input)
    outputs = [one[:1] for one in _flat(plain(given, training=False))]
    return [np.moveaxis(one, 1, -1) if first and one.ndim == 4 else one for one in outputs]


def _flat(outputs: Any) -> list[np.ndarray]:
    return [np.asarray(keras.ops.cast(one, "float32"), np.float64) for one in keras.tree.flatten(outputs)]


def _said(head: Head, output: np.ndarray) -> np.ndarray:
    """What the plain network's output says: probabilities or numbers, (picture, what is counted)."""
    rows, squash = output.reshape(len(output), -1), head.reading.squash
    if head.ending == "linear":
        return _softmax(rows)
    if head.ending == "binary":
        shares = 1 / (1 + np.exp(-rows)) if squash == "linear" else rows
        return np.concatenate([1 - shares, shares], 1)
    if head.ending == "number":
        return np.concatenate([rows, -rows], 1)
    rows = np.exp(rows) if squash == "log_softmax" else rows
    # Of several networks' sum, which nothing divided, the mean is meant.
    return rows / rows.sum(1, keepdims=True) if head.ending == "softmax" else rows


def _difference(ours: np.ndarray, expected: np.ndarray) -> float:
    """The largest, over the largest value where that is above one; infinite where one alone is no number."""
    if ours.shape != expected.shape or (np.isfinite(ours) != np.isfinite(expected)).any():
        return float("inf")
    sound = np.isfinite(expected)
    if not sound.any():
        return 0.0
    return float(np.abs(ours - expected)[sound].max() / max(1.0, np.abs(expected[sound]).max()))


def _softmax(rows: np.ndarray) -> np.ndarray:
    powers = np.exp(rows - rows.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _in_halves(network: keras.Model) -> bool:
    """Whether anything in a file's network computes in half precision or small integers, or takes such."""
    if any(getattr(layer, "quantization_mode", None) for _, layer in walk(network)):
        return True
    kinds = {str(getattr(layer, "compute_dtype", "")) for _, layer in walk(network)} | {str(network.inputs[0].dtype)}
    return bool(kinds & {"float16", "bfloat16"})
