"""Heat maps: why a network names a class, where it sees it, and whether the map can be believed."""

from dashboard.analyses.attribution.choices import choose
from dashboard.analyses.attribution.view import heat_map_view
from dashboard.runs.page import run_page
from shared.analyses.attribution.spec import Attribution

run_page(
    "Heat maps",
    "Where in the picture the evidence for a class lies, as one layer or the pixels have it. A heat map does not say "
    "what the network would need to change its mind, and not every method can be believed: check it below the maps.",
    choose,
    lambda chosen: heat_map_view(chosen.spec if isinstance(chosen.spec, Attribution) else None),
    empty="Choose a model and a picture on the left.",
    reading="Every map is of a **logit**, the class's number before the softmax, unless it says otherwise: near 100 % "
    "the probability itself has no gradient left. **One scale for all classes** shows which class has more evidence; "
    "**each its own** makes a weak map look as strong as any, so read the largest value beside it. Blue speaks against "
    "the class, red for it. A map of a late layer is coarse, because that layer has few positions; it is enlarged, "
    "not sharpened. The box holds the strongest connected region above half of the largest value. "
    "The **check** makes the same map from a network whose weights are randomised from the head down (J. Adebayo and "
    "others, *Sanity Checks for Saliency Maps*, 2018), and takes pixels away in the map's order (V. Petsiuk and "
    "others, *RISE*, 2018). Grad-CAM: R. Selvaraju and others, 2017; the African elephant: F. Chollet, *Deep Learning "
    "with Python*, 2017, section 5.4.3.",
)
