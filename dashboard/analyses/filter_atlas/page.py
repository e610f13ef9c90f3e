"""Layer atlas: for every channel of a layer, the picture that excites it most."""

from dashboard.analyses.filter_atlas.choices import choose, plan
from dashboard.analyses.filter_atlas.view import atlas_view
from dashboard.runs.page import run_page

run_page(
    "Layer atlas",
    "Each tile is climbed, step by step, to raise one channel's mean activation: what excites the channel most, not "
    "all it responds to.",
    choose,
    lambda chosen: atlas_view(plan(chosen.spec)),
    empty="Choose a model and a layer on the left: the atlas of that layer appears here",
    nothing="No layers to choose from.",
    reading="Start low: early layers show edges and colours, middle layers textures, late layers parts of things. "
    "The tile of a **dead** channel is grey: no start made it respond. The objective is the mean activation of "
    "the channel; compare it within a layer, not between layers.\n\n"
    "**Classic** climbs pixel by pixel: the naive way, which finds much fine noise. "
    "[F. Chollet, *How convolutional neural networks see the world*, 2016]"
    "(https://blog.keras.io/how-convolutional-neural-networks-see-the-world.html). "
    "**Lucid** climbs frequencies and decorrelated colours of a picture that moves a little in every step, so that "
    "only what survives being moved is left. [C. Olah et al., *Feature Visualization*, Distill 2017]"
    "(https://distill.pub/2017/feature-visualization/). "
    "**Maco** keeps the spectrum of photographs and climbs the phases alone: the most natural pictures, at several "
    "times the work. [T. Fel et al., NeurIPS 2023](https://arxiv.org/abs/2306.06805).",
)
