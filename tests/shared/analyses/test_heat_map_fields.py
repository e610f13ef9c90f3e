"""Requests for heat maps: what they accept in which spelling, what they refuse, and when two are the same request."""

import pytest

from shared.analyses.attribution.spec import Attribution, attribution_parts, fields_of_one
from shared.analyses.base import JobSpec
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.sanity_check.spec import SanityCheck
from shared.errors import InvalidSpec

ASKED = {"model": "keras/vgg16/imagenet", "image": "sample/cat"}


def request(**fields: object) -> Attribution:
    found = Attribution.from_fields({**ASKED, **fields})
    assert isinstance(found, Attribution)
    return found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Grad-CAM,grad_cam++,HiResCAM", ("grad_cam", "grad_cam_plus_plus", "hires_cam")),
        ("gradcam, ig ,SmoothGrad", ("grad_cam", "integrated_gradients", "smooth_grad")),
        (["guided backpropagation", "saliency", "saliency"], ("guided_backprop", "saliency")),
        (list(METHODS), tuple(METHODS)),
    ],
)
def test_methods_in_any_spelling(written: object, read: tuple[str, ...]) -> None:
    assert request(methods=written).methods == read


def test_classes_by_number_or_name_in_the_order_given() -> None:
    assert request(classes="386,tusker,101,386").classes == (386, "tusker", 101)
    assert request(classes=3).classes == (3,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"image": "sample/cat"}, {"image": None, "images": ["sample/cat"]}),
        ({"layers": "a,b"}, {"layers": ["b", "a", "b"]}),
        ({"layers": ["a"]}, {"layer": "a"}),
        ({}, {"layer": ""}),
        (
            {"methods": "grad_cam"},
            {"methods": "grad_cam", "steps": 9, "samples": 9, "masks": 9, "window": 9, "seed": 9},
        ),
        ({"classes": "3"}, {"classes": "3", "top": 4}),
    ],
)
def test_equal_maps_have_equal_keys(one: dict[str, object], other: dict[str, object]) -> None:
    assert request(**one).key() == request(**other).key()


@pytest.mark.parametrize(
    ("method", "field", "value"),
    [
        ("integrated_gradients", "steps", 9), ("integrated_gradients", "baseline", "white"),
        ("smooth_grad", "samples", 9), ("smooth_grad", "noise", 0.5), ("smooth_grad", "seed", 9),
        ("score_cam", "masks", 9), ("occlusion", "window", 9),
    ],
)  # fmt: skip
def test_a_field_counts_where_its_method_is_asked_for(method: str, field: str, value: object) -> None:
    assert request(methods=method, **{field: value}).key() != request(methods=method).key()


def test_the_seed_of_a_check_counts_whatever_the_method() -> None:
    keys = {SanityCheck(**ASKED, seed=seed).key() for seed in (0, 1)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"methods": "gradcat"}, "'grad_cam', 'grad_cam_plus_plus'"),
        ({"methods": []}, "at least 1 item"),
        ({"image": None}, "a picture in `image`, or several in `images`, not both"),
        ({"images": ["sample/cat", "sample/coffee"]}, "not both"),
        ({"layer": "a", "layers": "b"}, "`layer` or `layers`, not both"),
        ({"classes": "-1"}, "a class's number from 0 on"),
        ({"classes": [""]}, "or its name"),
        ({"truths": "1,2"}, "one of `truths` a picture, 1 in all"),
        ({"steps": 0}, "greater than or equal to 1"),
        ({"noise": 0}, "greater than 0"),
        ({"resize": "stretch"}, "a share of the middle), fit, pad or own"),
    ],
)
def test_what_is_refused_and_how_it_is_said(fields: dict[str, object], expected: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        request(**fields)
    assert expected in str(caught.value)


def test_a_check_explains_one_class() -> None:
    with pytest.raises(InvalidSpec, match="at most 1 item"):
        SanityCheck.from_fields({**ASKED, "classes": "1,2"})


def test_names_of_several_pictures_become_what_they_stand_for() -> None:
    several = request(image=None, images="cat,dog")
    found = several.with_references(lambda model: model.upper(), lambda image: f"sha256:{image}", str)
    assert (found.model, found.images, found.image) == (ASKED["model"].upper(), ("sha256:cat", "sha256:dog"), None)


def test_parts_and_one_picture_of_several() -> None:
    several = request(image=None, images="cat,dog", methods="grad_cam,saliency", classes="3", truths="3,?")
    assert attribution_parts(several) == [(p, m) for p in (0, 1) for m in ("", "grad_cam", "saliency")]
    one = Attribution.from_fields(fields_of_one(several, 1))
    assert isinstance(one, Attribution)
    assert (one.pictures, one.methods, one.truths, one.classes) == (("dog",), several.methods, ("?",), (3,))


@pytest.mark.parametrize("spec", [request(classes="3,tusker", methods=list(METHODS)), SanityCheck(**ASKED)])
def test_json_there_and_back(spec: JobSpec) -> None:
    assert type(spec).model_validate_json(spec.canonical_json()).key() == spec.key()
