"""Heat maps: why a network names a class, where it sees it, and whether the map can be believed."""

from dashboard.analyses.attribution.choices import choose
from dashboard.analyses.attribution.view import VIEW
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a model and a picture on the left.")
