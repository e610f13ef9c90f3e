"""Deep Dream: a photograph changed until a network's layers answer to it more strongly."""

from dashboard.analyses.deep_dream.choices import choose, plan
from dashboard.analyses.deep_dream.view import dream_view
from dashboard.runs.page import run_page

run_page(
    "Deep Dream",
    "The photograph is changed, step by step, so that the chosen layers answer to it more strongly: it shows what they "
    "look for. It does not show what the network recognises in the photograph.",
    choose,
    lambda chosen: dream_view(plan(chosen.spec)),
    empty="Choose a model and a picture on the left.",
    reading="Drag the line over the picture to compare it with the photograph. What grows is what the layers respond "
    "to most: early layers draw strokes and grids, middle ones eyes and fur, late ones whole animals, because that is "
    "what the network was trained on. The dream begins small and grows octave by octave, so patterns of every size "
    "appear; detail that the small picture cannot hold is put back from the photograph each time. A **whole layer** "
    "counts with the mean square of its activations, **channels** with their mean. The objective is what is climbed; "
    "compare it within a run. Methods: A. Mordvintsev, C. Olah, M. Tyka, "
    "*Inceptionism: Going Deeper into Neural Networks*, 2015; F. Chollet, *Deep Learning with Python*, 2017, section "
    "8.2.",
)
