"""Deep Dream: a photograph changed until a network's layers answer to it more strongly."""

from dashboard.analyses.deep_dream.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a model and a picture on the left.")
