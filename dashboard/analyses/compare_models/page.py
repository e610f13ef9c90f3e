"""Compare: two states of a network, layer by layer, and what the channels that changed most want and see."""

from dashboard.analyses.compare_models.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose two different states of one network on the left: before and after fine-tuning, two checkpoints, or "
    "a trained network and its base. Add yours under Models.",
)
