"""ImageNet's 1,000 classes (ILSVRC 2012): WordNet id and name of each, in the order of keras.applications' outputs.

The order is that of the ids. `imagenet.txt` beside this file has a line a class.
"""

from functools import lru_cache
from pathlib import Path

COUNT = 1000


@lru_cache
def _rows() -> tuple[tuple[str, str], ...]:
    lines = Path(__file__).with_suffix(".txt").read_text("ascii").splitlines()
    return tuple((number, name) for number, name in (line.split(" ", 1) for line in lines))


@lru_cache
def imagenet_names() -> tuple[str, ...]:
    """Names, as "great_white_shark"; two stand for two classes each, crane and maillot."""
    return tuple(name for _, name in _rows())


@lru_cache
def wordnet_ids() -> tuple[str, ...]:
    """WordNet ids, as "n01484850": each stands for one class."""
    return tuple(number for number, _ in _rows())
