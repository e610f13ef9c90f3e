"""The methods of heat maps: what a request, a page and a file's name call them, and what each shows."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from shared.analyses.base import listed_words

MethodName = Literal[
    "grad_cam", "grad_cam_plus_plus", "hires_cam", "layer_cam", "score_cam", "eigen_cam",
    "saliency", "smooth_grad", "integrated_gradients", "guided_backprop", "occlusion",
]  # fmt: skip
MethodPlace = Literal["layer", "pixels", "windows"]


@dataclass(frozen=True)
class HeatMapMethod:
    """What is known of a method without running it.

    Attributes:
        title: for people.
        source: the paper that published it.
        shows: in one sentence, what its map means.
        place: where its values lie: "layer", one a unit of a layer; "pixels", one a pixel; "windows", one a window.
        signed: whether the published map has negative values; of the others the positive part is the map.
        of_class: whether the map depends on a class.
        warning: why not to trust it, or "".
    """

    title: str
    source: str
    shows: str
    place: MethodPlace
    signed: bool = False
    of_class: bool = True
    warning: str = ""


METHODS: dict[MethodName, HeatMapMethod] = {
    "grad_cam": HeatMapMethod(
        "Grad-CAM", "Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks, ICCV 2017",
        "Where the channels lie that raise the class's logit on average over the picture.", "layer"),
    "grad_cam_plus_plus": HeatMapMethod(
        "Grad-CAM++", "Chattopadhay et al., Grad-CAM++: Generalized Gradient-Based Visual Explanations, WACV 2018",
        "Grad-CAM with positive gradients weighted position by position, for several objects of one class.", "layer"),
    "hires_cam": HeatMapMethod(
        "HiResCAM", "Draelos and Carin, Use HiResCAM instead of Grad-CAM, 2020",
        "Gradient times activation at each position: what the layer really gives to the logit, for and against.",
        "layer", signed=True),
    "layer_cam": HeatMapMethod(
        "LayerCAM", "Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps, IEEE TIP 2021",
        "Positive gradient times activation at each position; stays sharp at early layers.", "layer"),
    "score_cam": HeatMapMethod(
        "Score-CAM", "Wang et al., Score-CAM: Score-Weighted Visual Explanations, CVPR workshops 2020",
        "Channels weighted by the probability that the picture keeps when only they are seen; no gradients.", "layer"),
    "eigen_cam": HeatMapMethod(
        "Eigen-CAM", "Muhammad and Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020",
        "What the layer's channels have most in common in this picture, whatever the class.", "layer",
        of_class=False, warning="The map is the same for every class: what the layer saw, not why this class."),
    "saliency": HeatMapMethod(
        "Gradient saliency", "Simonyan et al., Deep Inside Convolutional Networks, 2013",
        "How strongly a small change of each pixel changes the class's logit, up or down.", "pixels"),
    "smooth_grad": HeatMapMethod(
        "SmoothGrad", "Smilkov et al., SmoothGrad: removing noise by adding noise, 2017",
        "Gradient saliency, the gradient averaged over copies of the picture with noise.", "pixels"),
    "integrated_gradients": HeatMapMethod(
        "Integrated Gradients", "Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017",
        "What each pixel adds to the logit on the way from a plain picture; all together give the difference.",
        "pixels", signed=True),
    "guided_backprop": HeatMapMethod(
        "Guided backpropagation", "Springenberg et al., Striving for Simplicity: The All Convolutional Net, 2014",
        "Edges that the network passes on; gradients that are negative at a ReLU are dropped on the way back.",
        "pixels",
        warning="It hardly depends on the class or on the trained weights (Adebayo et al., 2018): a sharp picture of "
                "edges, not a reason."),
    "occlusion": HeatMapMethod(
        "Occlusion", "Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014",
        "How far the logit falls when a grey square covers the place; negative where it rises.", "windows",
        signed=True),
}  # fmt: skip

# What people write for a method, less everything but letters, digits and plus signs.
_SPELLINGS: dict[str, str] = {**{name.replace("_", ""): name for name in METHODS},
    "gradcam++": "grad_cam_plus_plus", "gradcampp": "grad_cam_plus_plus", "gradient": "saliency",
    "gradientsaliency": "saliency", "ig": "integrated_gradients", "guidedbackpropagation": "guided_backprop",
}  # fmt: skip


def _read_methods(value: object) -> object:
    words = listed_words(value)
    if not isinstance(words, list | tuple):
        return words
    return tuple(dict.fromkeys(_read_method(word) for word in words))


def _read_method(word: Any) -> Any:
    return _SPELLINGS.get(re.sub(r"[^a-z0-9+]", "", word.lower()), word) if isinstance(word, str) else word


def _read_classes(value: object) -> object:
    words = read_class_list(value)
    return tuple(dict.fromkeys(words)) if isinstance(words, tuple) else words


def read_class_list(value: object) -> object:
    """Numbers and names of classes from text such as "386,tusker".

    Digits are a number even where a name looks so; in quotes they are the name, and commas part nothing there.
    """
    words = (value,) if isinstance(value, int) else listed_words(value)
    if isinstance(value, str) and '"' in value:
        parted = re.findall(r'\s*("[^"]*"|[^,]*)(?:,|$)', value)
        words = tuple(_name_in_quotes(word.strip()) for word in parted if word.strip())
    if not isinstance(words, list | tuple):
        return words
    return tuple(int(w) if isinstance(w, str) and re.fullmatch(r"-?\d{1,9}", w) else w for w in words)


def _name_in_quotes(word: str) -> str:
    """Without its quotes, but where it would be a number then."""
    inner = word[1:-1].strip() if len(word) > 2 and word[0] == word[-1] == '"' else word
    return word if inner.isdigit() else inner


def _check_class(value: object) -> object:
    named = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
    if named or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CLASSES_OF_A_HEAD):
        return value
    raise ValueError(f"expected a class's number from 0 on, or its name of at most {LONGEST_NAME} characters")


LONGEST_NAME, MOST_CLASSES_OF_A_HEAD = 200, 10**6
ClassRef = Annotated[int | str, BeforeValidator(_check_class)]
Methods = Annotated[tuple[MethodName, ...], BeforeValidator(_read_methods)]
Classes = Annotated[tuple[ClassRef, ...], BeforeValidator(_read_classes)]
