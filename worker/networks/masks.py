"""Which class a network sees at each position of a picture, and how much of it each class takes."""

import numpy as np

from worker.networks.heads import Head

# Where none of several independent classes is likelier than not.
NONE = -1


def predicted_mask(head: Head, probabilities: np.ndarray) -> np.ndarray:
    """The predicted class at each position.

    Args:
        head: an output with a mask.
        probabilities: float32 (..., height, width, class), as head_values() gives them.

    Returns:
        int32 (..., height, width): the likeliest class; NONE where classes are independent and none is likely.
    """
    likeliest = probabilities.argmax(-1).astype(np.int32)
    if head.ending != "sigmoid":
        return likeliest
    return np.where(probabilities.max(-1) > 0.5, likeliest, NONE).astype(np.int32)


def class_mask(head: Head, probabilities: np.ndarray, number: int) -> np.ndarray:
    """bool (..., height, width): where a class is predicted; classes that are independent may lie over each other."""
    if head.ending == "sigmoid":
        return np.asarray(probabilities[..., number] > 0.5)
    return predicted_mask(head, probabilities) == number


def areas(head: Head, probabilities: np.ndarray) -> np.ndarray:
    """float32 (class): the share of one picture's positions that each class takes, 0 to 1."""
    return np.array([class_mask(head, probabilities, number).mean() for number in range(head.count)], np.float32)


def by_area(head: Head, shares: np.ndarray) -> list[int]:
    """Classes by what they take of the picture; class 0 last, for it is mostly what lies around the others."""
    order = np.argsort(-shares, kind="stable").tolist()
    other = [number for number in order if number and shares[number] > 0]
    return [*other, 0, *(number for number in order if number and not shares[number])] if head.count > 1 else order
