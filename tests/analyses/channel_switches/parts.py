"""A part of `channel_switches` without a worker."""

from typing import Any

import numpy as np

from shared.analyses.channel_switches.parts import SWITCHED
from shared.analyses.outputs import OutputPrediction
from shared.results import Part

COUNT = 6
NAMES = ("cat", "dog", "fox")


def switched_part(off: bool = True) -> Part:
    """Six channels, the third the strongest; without what is off a cat is taken for a fox."""
    on_logits, off_logits = np.float32([3, 1, 0]), np.float32([0, 1, 2])
    off_logits = off_logits if off else on_logits
    on, other = (np.exp(v) / np.exp(v).sum() for v in (on_logits, off_logits))
    return SWITCHED.part(
        0, "predictions", pictures={"picture": np.zeros((8, 8, 3), np.uint8)},
        arrays={"strength": np.float32([1, 2, 9, 0, 4, 3]), "logits_on": on_logits, "logits_off": off_logits,
                "given_on": on, "given_off": other},
        facts={"on": _said(on_logits, on), "off": _said(off_logits, other), "path": "block2_conv1", "height": 4,
               "width": 4},
    )  # fmt: skip


def _said(logits: np.ndarray, shares: np.ndarray) -> OutputPrediction:
    rows: Any = [{"class": int(k), "name": NAMES[k], "logit": float(logits[k]), "probability": float(shares[k])}
                 for k in np.argsort(-shares)]  # fmt: skip
    return {"output": "out", "ending": "softmax", "units": 3, "mask": [], "assumed": False, "names": list(NAMES),
            "top": rows, "numbers": []}  # fmt: skip
