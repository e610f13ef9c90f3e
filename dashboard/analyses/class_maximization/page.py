"""Class images: what a class's logit is largest for, the naive run beside the regularised one."""

from dashboard.analyses.class_maximization.choices import choose, plan
from dashboard.analyses.class_maximization.view import class_image_view
from dashboard.runs.page import run_page

run_page(
    "Class images",
    "For each class, a picture climbed until its logit is as large as it gets, the naive way and a better one. It "
    "shows what the network's answer can be pushed by, not how it sees the class.",
    choose,
    lambda chosen: class_image_view(plan(chosen.spec)),
    empty="Choose a model and one or more classes on the left.",
    reading="The **naive** run changes pixels one by one along the gradient, from grey noise. It soon makes the "
    "network as sure as it can be of a picture in which people see nothing: the answer of a network is defined for "
    "every picture there is, and almost none of them is a photograph. The **regularised** run climbs frequencies and "
    "decorrelated colours, turns, scales and shifts the picture in every step, and pays for roughness; what survives "
    "that are shapes, colours and textures which go with the class. Both climb the **logit**, the number before the "
    "softmax, for a sure network's probability has no gradient left. A high probability of such a picture does not "
    "mean that the network has seen the object, nor that it would be as sure of a photograph. Methods: K. Simonyan, "
    "A. Vedaldi, A. Zisserman, *Deep Inside Convolutional Networks*, 2013; F. Chollet, *How convolutional neural "
    "networks see the world*, 2016; C. Olah, A. Mordvintsev, L. Schubert, *Feature Visualization*, Distill 2017.",
)
