"""The strategies in words: what a person calls one, and what it is good for."""

from shared.analyses.training_run.presets import STRATEGY_TITLES as TITLES
from shared.analyses.training_run.spec import Strategy

SENTENCES: dict[Strategy, str] = {
    "dense": "Every pixel has weights of its own, and no convolution finds patterns: the baseline of all.",
    "scratch": "A small convnet with random initial weights. With few pictures it soon overfits: training accuracy "
    "goes on rising, validation accuracy stops.",
    "augmented": "The same convnet, with pictures changed at random in every epoch and dropout: it overfits "
    "later, so it may be trained for longer.",
    "feature_extraction": "A trained base describes every picture once, and only a small head learns from that. By far "
    "the fastest way to a good accuracy.",
    "feature_extraction_augmented": "The base stays frozen but sees changed pictures in every epoch: slower by far, "
    "and the head overfits less.",
    "fine_tuning": "First a head on the frozen base; then the base's upper layers learn along, slowly. Usually the "
    "best of all.",
}


def strategy_title(name: object) -> str:
    """What a person calls one; its name where it is not known here."""
    return next((title for known, title in TITLES.items() if known == name), str(name))
