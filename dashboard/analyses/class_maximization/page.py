"""Class images: what a class's logit is largest for, the naive run beside the regularised one."""

from dashboard.analyses.class_maximization.view import VIEW, choose
from dashboard.runs.page import run_page

run_page(__file__, choose, VIEW, empty="Choose a model and one or more classes on the left.")
