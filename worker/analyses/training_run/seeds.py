"""Random numbers that depend on seed and epoch alone, so that a resumed run draws what it would have drawn."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np


def reseed(models: Iterable[keras.Model], seed: int, epoch: int) -> None:
    """Set every random generator inside of models (dropout, augmentation) to where an epoch begins.

    Args:
        models: whose layers draw random numbers; a generator that two of them share is set once.
        seed: of the run.
        epoch: from 0.
    """
    for number, state in enumerate(_states(models)):
        drawn = np.random.SeedSequence((seed, epoch, number)).generate_state(state.shape[0])
        # 31 bits fit every type that Keras keeps these states in.
        state.assign((drawn >> 1).astype(state.dtype))


def _states(models: Iterable[keras.Model]) -> list[Any]:
    found: dict[int, Any] = {}
    for model in models:
        for variable in model.variables:
            if variable.path.endswith("seed_generator_state"):
                found.setdefault(id(variable), variable)
    return list(found.values())
