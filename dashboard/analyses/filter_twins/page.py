"""Filter twins: channels of a layer that are the same filter, turned or mirrored."""

from dashboard.analyses.filter_twins.choices import choose, plan
from dashboard.analyses.filter_twins.view import twin_view
from dashboard.runs.page import run_page

run_page(
    "Filter twins",
    "Pairs of channels whose pictures become one another when they are turned or mirrored: one filter learnt several "
    "times. It compares what excites channels most, not all they respond to.",
    choose,
    lambda chosen: twin_view(plan(chosen.spec)),
    empty="Choose a model and a layer on the left.",
    reading="Every channel gets a tile, the picture that excites it most. Each tile is shown to the layer again in the "
    "eight positions of a square: four quarter turns, as it is and mirrored. **Likeness** counts how strongly another "
    "channel answers to the turned tile, from 0, its usual answer to this layer's tiles, to 1, its answer to its own; "
    "of both directions the weaker one counts. In a first layer the **kernels** can be compared themselves: there "
    "likeness is the cosine between one and the other turned. **Really different** are the filters that remain when "
    "each copy of an earlier one is left out. F. Chollet found that many filters of VGG16 are the same one turned by "
    "multiples of 90°, and that far fewer would do, if each were used in all positions: *How convolutional neural "
    "networks see the world*, 2016.",
)
