"""Training: a network learns to tell the classes of a data set apart, watched epoch by epoch."""

from dashboard.analyses.training_run.choices import choose
from dashboard.analyses.training_run.view import VIEW
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a data set on the left.", nothing="Nothing to train yet.")
