"""What a start of Home is, and the starts with the bundled network, where ImageNet weights are not to be had."""

from dataclasses import dataclass

from shared.analyses import Activations, Attribution, ClassMaximization, DeepDream, FilterAtlas, JobSpec
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.library.bundled import STAND_IN

# Its blocks end in relu1 to relu5: stripes and spots in the middle, eyes and ears at the end.
LAST, DEEP, MIDDLE = "relu5", "relu4", "relu3"


@dataclass(frozen=True)
class Start:
    """A request that shows something worth seeing within minutes on a CPU.

    Attributes:
        name: of its button.
        title: in a few words.
        sentence: what will be seen.
        spec: the request.
    """

    name: str
    title: str
    sentence: str
    spec: JobSpec


BUNDLED_STARTS = {
    start.name: start
    for start in (
        Start("maps", "What a network sees in a cat", "The photograph through all layers of a small network "
              "that tells cats from dogs: every channel's map, and what it takes it for.",
              Activations(model=STAND_IN, image="sample/cat")),
        Start("heat-map", "Why a cat, and where?", "The same photograph: where the network has its evidence for a cat "
              "and for a dog, and whether to believe it.",
              Attribution(model=STAND_IN, image="sample/cat", classes=("cat", "dog"))),
        Start("redrawn", "Coffee, redrawn by each filter", "24 filters of a cats-and-dogs network push a photograph "
              "towards what excites them.",
              FilterAtlas(model=STAND_IN, layer=MIDDLE, image="sample/coffee", channels=tuple(range(24)), size=128,
                          mode="classic", steps=20)),
        Start("atlas", "What excites a network's filters", "No photograph: 64 channels of a network that learned cats "
              "and dogs from 2,000 pictures, each made by gradient ascent from grey noise.",
              FilterAtlas(model=STAND_IN, layer=DEEP, channels=tuple(range(64)), size=128)),
        Start("channel", "One channel, from every side", "What excites it most, what silences it, four facets that "
              "must differ, and how it was made.",
              ChannelPortrait(model=STAND_IN, layer=LAST, channel=2, size=128)),
        Start("dream", "Eyes on the launch pad", "Deep Dream: the photograph is changed until the last layer of a "
              "cats-and-dogs network responds strongly.",
              DeepDream(model=STAND_IN, image="sample/rocket", layers=(LAST,), octaves=4)),
        Start("class-images", "Sure is not seeing", "A cat and a dog as the network would have them, the naive picture "
              "beside a better one.", ClassMaximization(model=STAND_IN, classes=(0, 1))),
    )
}  # fmt: skip
