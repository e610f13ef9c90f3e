"""Layer atlas: for every channel of a layer, the picture that excites it most."""

from dashboard.analyses.filter_atlas.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a model and a layer on the left: the atlas of that layer appears here",
    nothing="No layers to choose from.",
)
