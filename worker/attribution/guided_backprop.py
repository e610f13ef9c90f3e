"""Guided backpropagation.

Springenberg, Dosovitskiy, Brox, Riedmiller, "Striving for Simplicity: The All Convolutional Net", 2014, section 3.4.
It hardly depends on the trained weights (Adebayo et al., "Sanity Checks for Saliency Maps", 2018), so it is shown with
a warning.
"""

import numpy as np

from worker.attribution.task import ExplainTask, MapSteps


def guided_backprop(task: ExplainTask) -> MapSteps:
    """The gradient at the picture with ReLUs that pass only positive gradients back, float32 (class, height, ...).

    The map is its strength() over the colours, as Adebayo et al. take it; the signed one its sum.
    """
    yield task.progress("guided gradient", 0, 1)
    return np.asarray(task.passes.guided_slopes(task.picture, task.classes, task.weights))
