"""Examples: for every channel of a layer, the pieces of real pictures that excite it most."""

from dashboard.analyses.dataset_examples.choices import choose, plan
from dashboard.analyses.dataset_examples.view import example_view
from dashboard.runs.page import run_page

run_page(
    "Examples",
    "The pieces of a data set's pictures that each channel answers to most, cut to what the unit sees. They show what "
    "excites it among these pictures: whatever the data set lacks cannot turn up.",
    choose,
    lambda chosen: example_view(plan(chosen.spec)),
    empty="Choose a model, a layer and a data set on the left.",
    nothing="No layers to choose from.",
    reading="Every picture goes through the network once. Of each picture the **strongest unit** of a channel counts, "
    "so a channel's nine pieces are of nine pictures, best first. A piece is the unit's **receptive field**, all that "
    "can reach it: a few pixels in early layers, the whole picture in late ones. Grey at its side lies outside of the "
    "picture. A channel that is exactly zero on every picture is **silent**.\n\n"
    "Look at a channel's pieces and its synthetic picture together. Real pieces share more than what the channel looks "
    "for: grass behind every dog does not tell whether it looks for dogs or for grass. The synthetic picture holds "
    "that alone, but may be hard to read. "
    "M. Zeiler and R. Fergus, *Visualizing and Understanding Convolutional Networks*, ECCV 2014; "
    "[C. Olah et al., *Feature Visualization*, Distill 2017](https://distill.pub/2017/feature-visualization/).",
)
