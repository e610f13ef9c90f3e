"""The strategies in words: what a person calls one, and what it is good for."""

from shared.analyses.training_run.presets import STRATEGY_TITLES as TITLES
from shared.analyses.training_run.spec import Strategy

SENTENCES: dict[Strategy, str] = {
    "dense": "Every pixel has weights of its own and no convolution looks for patterns: the bar that all others must "
    "clear.",
    "scratch": "A small convnet that knows nothing at the start. With few pictures it soon learns them by heart: "
    "training goes on rising, validation stops.",
    "augmented": "The same convnet, with pictures changed at random in every epoch and dropout: it learns by heart "
    "later, so it may learn for longer.",
    "feature_extraction": "A trained base describes every picture once, and only a small head learns from that. By far "
    "the quickest way up.",
    "feature_extraction_augmented": "The base stays frozen but sees changed pictures in every epoch: slower by far, "
    "and the head learns less by heart.",
    "fine_tuning": "First a head on the frozen base; then the base's upper layers learn along, slowly. The top of the "
    "ladder.",
}


def strategy_title(name: object) -> str:
    """What a person calls one; its name where it is not known here."""
    return next((title for known, title in TITLES.items() if known == name), str(name))
