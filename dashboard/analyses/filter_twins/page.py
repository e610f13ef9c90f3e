"""Filter twins: channels of a layer that are the same filter, turned or mirrored."""

from dashboard.analyses.filter_twins.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a model and a layer on the left.")
