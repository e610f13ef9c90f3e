"""Channel switches: what a network says of one photograph with channels of a layer switched off."""

from dashboard.analyses.channel_switches.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a model, a picture and a layer on the left.",
    nothing="No layers to choose from.",
)
