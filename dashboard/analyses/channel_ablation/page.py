"""Ablation: what a network loses when a channel of a layer is switched off."""

from dashboard.analyses.channel_ablation.choices import choose
from dashboard.analyses.channel_ablation.view import VIEW
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a network, a layer and a data set whose classes the network knows.",
    nothing="No layers to choose from.",
)
