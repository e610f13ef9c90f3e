"""Augmentation: one picture, and many copies of it as training would see them."""

from dashboard.analyses.augmentation_preview.view import VIEW, choose_and_compute
from dashboard.runs.page import run_page

run_page(__file__, choose_and_compute, VIEW, empty="Choose a picture on the left.", nothing="No picture to change.")
