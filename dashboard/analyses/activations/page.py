"""Activations: what every channel of every layer answers to one picture."""

from dashboard.analyses.activations.choices import choose
from dashboard.analyses.activations.view import activation_view
from dashboard.runs.page import run_page

run_page(
    "Activations",
    "One picture through the network, layer by layer: each map shows where a channel answers and how strongly. It does "
    "not show why, nor what else the channel would answer to.",
    choose,
    lambda _: activation_view(),
    empty="Choose a model and a picture on the left.",
    reading="Walk from the left to the right. Early layers keep nearly all of the picture: edges, colours. Deeper ones "
    "answer to fewer and fewer things, so more of them stay blank; the bars show how much of each layer is exactly "
    "zero. Blue is below zero, red above. **Each channel's own** scale makes faint maps as bright as strong ones; "
    "**one for the layer** and **one for all layers** keep their proportions. A **z-score** per channel spreads "
    "every map alike: it hides where zero is and how strong the answer was. The square on the picture is the "
    "receptive field: all that the unit can have seen; its middle counts most. Method: F. Chollet, *Deep Learning "
    "with Python*, 2017, section 5.4.1.",
)
