"""Which layers an operator of ONNX becomes: one function an operator."""

from shared.uploads.onnx.rules import (
    activations,
    arithmetic,
    convolutions,
    normalization,
    parts,
    pooling,
    resizing,
    shapes,
)
from shared.uploads.onnx.rules.operands import Rule

RULES: dict[str, Rule] = {
    **activations.RULES,
    **arithmetic.RULES,
    **convolutions.RULES,
    **normalization.RULES,
    **parts.RULES,
    **pooling.RULES,
    **resizing.RULES,
    **shapes.RULES,
}
