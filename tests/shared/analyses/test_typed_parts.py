"""Types of parts hold the worker and the tests' synthetic results to one contract."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shared.analyses.attribution.parts import METHOD
from shared.analyses.attribution.spec import Attribution
from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.analyses.sanity_check.spec import SanityCheck
from shared.analyses.typed_parts import PartType
from shared.results import Part, decode_part, encode_part
from tests.analyses.activations.parts import parts_of as activations_parts
from tests.analyses.attribution.parts import parts_of
from tests.analyses.augmentation_preview.parts import copies_part
from tests.analyses.sanity_check.parts import check_parts
from tests.fixtures.synthetic_ascents import twin_part
from tests.fixtures.synthetic_runs import atlas_part, table_part

MODEL = "keras/mobilenetv2/random"
TILE = np.zeros((8, 8, 3), np.uint8)
MAPS = Attribution(
    model=MODEL, image="sample/cat", classes=(386,), truths=(101,), methods=("grad_cam", "integrated_gradients")
)
# Synthetic results of every kind, as the tests of its page take them.
SYNTHETIC: Mapping[str, Callable[[], list[Part]]] = {
    "activations": activations_parts,
    "attribution": lambda: parts_of(MAPS),
    "augmentation_preview": lambda: [copies_part(AugmentationPreview(image="sample/cat"))],
    "filter_atlas": lambda: [decode_part(atlas_part(5, 5, 32))],
    "filter_twins": lambda: [twin_part(0, 3, TILE, np.ones((8, 4), np.float32), np.ones((3, 3, 3), np.float32))],
    "inspect_model": lambda: [table_part(inputs=2)],
    "sanity_check": lambda: check_parts(SanityCheck(model=MODEL, image="sample/cat", classes=(386,))),
}


def types_of(kind: str) -> dict[str, PartType[Any, Any, Any]]:
    """The sorts of part of a kind, by name."""
    module = importlib.import_module(f"shared.analyses.{kind}.parts")
    return {name: one for name, one in vars(module).items() if isinstance(one, PartType)}


def refusal(kind: PartType[Any, Any, Any], part: Part) -> str:
    """Why a part is not of a sort; "" where it is."""
    try:
        kind.check(part)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_synthetic_results_are_of_every_sort_of_their_kind_and_of_no_other(kind: str) -> None:
    parts, sorts = SYNTHETIC[kind](), types_of(kind)
    for part in parts:
        assert "" in [refusal(one, part) for one in sorts.values()], part.name
        again = decode_part(encode_part(part))
        assert "" in [refusal(one, again) for one in sorts.values()], f"{part.name} on its way through the store"
    assert [name for name, one in sorts.items() if all(refusal(one, part) for part in parts)] == []


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_a_part_that_drifted_is_refused_by_name(kind: str) -> None:
    for part in SYNTHETIC[kind]():
        own = next(one for one in types_of(kind).values() if not refusal(one, part))
        assert "unheard_of is not one of its keys" in refusal(own, replace(part, facts={**part.facts, "unheard_of": 1}))
        for name, array in part.arrays.items():
            wrong = {**part.arrays, name: array.astype(np.complex64)}
            said = refusal(own, replace(part, arrays=wrong))
            assert name in said and "expected" in said and "received complex64" in said
            assert name in refusal(own, replace(part, arrays={**part.arrays, name: array[None, None]}))


def test_what_is_wrong_is_said_key_by_key() -> None:
    part = parts_of(MAPS)[1]
    facts = {name: value for name, value in part.facts.items() if name != "grid"} | {"height": "8"}
    assert refusal(METHOD, replace(part, facts=facts)) == (
        "facts of part 1 (grad_cam): grid is missing; height Input should be a valid integer"
    )
    assert refusal(METHOD, replace(part, arrays={})) == "arrays of part 1 (grad_cam): maps is missing"
    maps = {"maps": part.arrays["maps"].astype(np.float64)}
    assert refusal(METHOD, replace(part, arrays=maps)) == (
        "arrays of part 1 (grad_cam): maps expected float32 (class, height, width), received float64 (1, 8, 8)"
    )
    with pytest.raises(ValueError, match="maps is missing"):
        METHOD.part(1, "grad_cam", facts=METHOD.read(part))


def test_a_part_of_another_release_is_read_as_it_is() -> None:
    assert METHOD.read({"method": "grad_cam"}) == {"method": "grad_cam"} and not METHOD.read({})
