"""A stage of the playground without a worker."""

import numpy as np

from shared.analyses.playground.parts import STAGE, StageFacts
from shared.results import Part


def stage_part() -> Part:
    """The first stage: a convolution of one filter over a grey picture."""
    picture = np.full((4, 5), 200, np.uint8)
    facts: StageFacts = {
        "stage": 0, "title": "1 filter of 3 × 3", "received": [4, 5, 1], "shape": [2, 3, 1], "lender": "",
        "arithmetic": ["(4 − 3)/1 + 1 = 2", "(5 − 3)/1 + 1 = 3"], "kernel": [3, 3], "parameters": 10, "dense": 126,
        "warnings": [], "shown": "black is 0, white is 1", "ranges": [[0.0, 1.0]],
    }  # fmt: skip
    return STAGE.part(
        0, "stage 1", pictures={"input": picture, "composite": picture[:2, :3]}, facts=facts,
        arrays={"stage": np.ones((2, 3, 1), np.float32), "kernel": np.ones((3, 3, 1, 1), np.float32)},
    )  # fmt: skip
