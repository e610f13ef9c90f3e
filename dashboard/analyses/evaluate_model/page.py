"""Evaluation: how often a network names the right class, and where it errs."""

from dashboard.analyses.evaluate_model.choices import choose, plan
from dashboard.analyses.evaluate_model.view import evaluation_view
from dashboard.runs.page import run_page
from dashboard.server.connection import get_client

run_page(
    "Evaluation",
    "How often a network names the right class of pictures that it has not seen. Accuracy says nothing about which "
    "mistakes matter, nor about pictures unlike these.",
    choose,
    lambda chosen: evaluation_view(plan(get_client(), chosen.spec)),
    empty="Choose a network and a data set whose classes it knows. One that was trained here brings its own.",
    nothing="No data set to evaluate on.",
    reading="Every picture of the split is shown once. **Accuracy** is the share of right answers; the interval is "
    "Wilson's, in which the true share lies in 19 of 20 cases, if these pictures were drawn at random from all that "
    "there are. Beside it stands what always naming the commonest class would get, and the mean of all classes' "
    "recalls, which a large class cannot lift. In the **confusion matrix** a row is a true class and a column what "
    "the network said; colours are shares of the row, their square root, so that a single mistake is seen. A click "
    "shows the pictures behind a number. **Calibration**: answers are put into 15 bins by the probability that the "
    "network gave its answer; a bar is the share of right ones. Below the diagonal it is too sure of itself. The "
    "expected calibration error is the mean distance from the diagonal: C. Guo and others, *On Calibration of Modern "
    "Neural Networks*, 2017. Small data sets make all of this uncertain, the calibration most. The surest mistakes "
    "come first because they teach most: a wrong label, a picture of two things, or evidence that should not count.",
)
