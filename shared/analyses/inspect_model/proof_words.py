"""What was found when a model was opened, in words: the same on a terminal and on the Models page."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.analyses.inspect_model.parts import Prediction, Proof
from shared.class_names import class_words

# What the named ways do, for those who know the framework and those who do not.
NAMED = {"caffe": "BGR, mean subtracted", "torch": "RGB, mean subtracted, over the deviation"}
NOT_OPENED = "not opened yet: a worker does that, and compares it with plain Keras, as soon as one runs"


def proof_words(found: Mapping[str, Any]) -> list[str]:
    """What to say of a model.

    Args:
        found: from ModelProofs.of(), or the facts of a layer table.

    Returns:
        Short phrases, the first one of how it was opened.
    """
    if not found:
        return [NOT_OPENED]
    layers = found["layers"] if isinstance(found["layers"], int) else len(found["layers"])
    proof = found.get("proof")
    ways = found.get("ways") or [{"top": []}]
    return [
        f"{layers} layers, {found['parameters']:,} parameters",
        f"preprocessing: {scale_words(found)}",
        f"outputs {proof_figure(proof, found.get('upgraded_from', ''))}" if proof else "",
        f"of the test picture it says {top_words(ways[0]['top'])}" if ways[0]["top"] else "",
    ]


def proof_figure(proof: Proof, older: str = "") -> str:
    """How near a network's outputs are to those of plain Keras; `older`: what the file was rewritten from."""
    near = f" within {proof['difference']:.1g}" if proof["difference"] else ""
    # A file of another framework is not run: what is compared is what both sides read from it.
    rewritten = "" if not older or older.startswith("Keras") else f", of the network as rewritten from {older}"
    return f"equal to plain Keras{near}{rewritten}"


def scale_words(found: Mapping[str, Any]) -> str:
    """The preprocessing, and whether that is assumed."""
    return f"{range_words(found['preprocess'])}{', assumed' if found.get('assumed') else ''}"


def range_words(preprocess: str) -> str:
    """A preprocessing, as a page says it: "−1…1", "caffe (BGR, mean subtracted)"."""
    if preprocess in NAMED:
        return f"{preprocess} ({NAMED[preprocess]})"
    return preprocess.replace("..", "…").replace("-", "−")


def top_words(top: Sequence[Prediction]) -> str:
    """The likeliest classes: "cat 93 %, dog 5 %"."""
    return ", ".join(f"{class_words(one['output'], one['name'])} {one['probability']:.0%}" for one in top)


def origin_words(older: str) -> str:
    """What a network was before: "upgraded from Keras 1.2.2", "translated from ONNX (pytorch 2.9)", "" for today's."""
    return f"{'upgraded' if older.startswith('Keras') else 'translated'} from {older}" if older else ""
