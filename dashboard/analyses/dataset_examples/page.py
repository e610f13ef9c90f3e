"""Examples: for every channel of a layer, the pieces of real pictures that excite it most."""

from dashboard.analyses.dataset_examples.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a model, a layer and a data set on the left.",
    nothing="No layers to choose from.",
)
