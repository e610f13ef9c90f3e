"""Evaluation: how often a network names the right class, and where it errs."""

from dashboard.analyses.evaluate_model.choices import choose
from dashboard.analyses.evaluate_model.view import VIEW
from dashboard.runs.page import run_page

run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a network and a data set whose classes it knows. One that was trained here brings its own.",
    nothing="No data set to evaluate on.",
)
