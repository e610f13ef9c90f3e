"""Activations: what every channel of every layer answers to one picture."""

from dashboard.analyses.activations.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a model and a picture on the left.")
