"""Training: a network learns to tell the classes of a data set apart, watched epoch by epoch."""

from dashboard.analyses.training_run.choices import choose
from dashboard.analyses.training_run.view import training_view
from dashboard.runs.page import run_page

run_page(
    "Training",
    "A network learns a data set, one rung of the book's ladder at a time. The curves show how well it tells the "
    "classes apart, not by what: look into the network for that.",
    choose,
    lambda chosen: training_view(chosen.spec),
    empty="Choose a data set on the left.",
    nothing="No data set to train on.",
    reading="**Training** accuracy is of pictures that the network learns from, measured while it learns; "
    "**validation** accuracy is of pictures that it never learns from. Where training goes on rising and validation "
    "stops, the network learns the pictures by heart. Early on, validation is often the better one: dropout and "
    "augmentation make training harder, and training is averaged over an epoch in which the network still improved. "
    "**Smoothing** moves each value so much less away from what came before; it shows the trend of a noisy curve and "
    "hides how noisy it is. The **best** epoch has the highest validation accuracy, of equal ones the lowest loss; "
    "its network is the one that is kept. Having been chosen by validation, its validation accuracy flatters it: the "
    "test accuracy is the honest number. **Fine-tuning** starts where the base's upper layers begin to learn along. "
    "Method: F. Chollet, *Deep Learning with Python*, 2017, chapter 5.",
)
