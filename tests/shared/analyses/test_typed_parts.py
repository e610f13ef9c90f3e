"""Types of parts hold the worker and the tests' synthetic results to one contract."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.analyses import KINDS
from shared.analyses.attribution.parts import METHOD
from shared.analyses.attribution.spec import Attribution
from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts
from shared.analyses.deep_dream.spec import DeepDream
from shared.analyses.sanity_check.spec import SanityCheck
from shared.analyses.training_run.spec import TrainingRun
from shared.analyses.typed_parts import PartType
from shared.client import Client
from shared.results import Part, decode_part, encode_part
from tests.analyses.activations.parts import parts_of as activations_parts
from tests.analyses.attribution.parts import parts_of
from tests.analyses.augmentation_preview.parts import copies_part
from tests.analyses.channel_ablation.parts import ablation_parts
from tests.analyses.channel_portrait.parts import kernel_part, portrait_part
from tests.analyses.channel_switches.parts import switched_part
from tests.analyses.compare_models.parts import all_parts
from tests.analyses.concepts.parts import concept_parts
from tests.analyses.dataset_examples.parts import example_parts, pets
from tests.analyses.deep_dream.parts import dream_parts
from tests.analyses.evaluate_model.parts import evaluation_parts, mask_parts, number_parts
from tests.analyses.playground.parts import stage_part
from tests.analyses.sanity_check.parts import check_parts
from tests.analyses.training_run.parts import epoch_part
from tests.fixtures.synthetic_ascents import class_part, class_preview, twin_part
from tests.fixtures.synthetic_runs import atlas_part, table_part

MODEL = "keras/mobilenetv2/random"
TILE = np.zeros((8, 8, 3), np.uint8)
MAPS = Attribution(
    model=MODEL, image="sample/cat", classes=(386,), truths=(101,), methods=("grad_cam", "integrated_gradients")
)
PORTRAIT = ChannelPortrait(model=MODEL, layer="conv", channel=3)
# Synthetic results of every kind, as the tests of its page take them.
SYNTHETIC: Mapping[str, Callable[[Client, Path], list[Part]]] = {
    "activations": lambda *_: activations_parts(),
    "attribution": lambda *_: parts_of(MAPS),
    "augmentation_preview": lambda *_: [copies_part(AugmentationPreview(image="sample/cat"))],
    "channel_ablation": lambda *_: ablation_parts(),
    "channel_portrait": lambda *_: [
        *(portrait_part(PORTRAIT, i, True) for i in range(len(portrait_parts(PORTRAIT)))),
        kernel_part(PORTRAIT),
    ],
    "channel_switches": lambda *_: [switched_part()],
    "class_maximization": lambda *_: [class_part(0, 65, "naive"), class_preview(0, 65, "regularised", 16)],
    "compare_models": lambda *_: all_parts(),
    "concepts": lambda *_: concept_parts(),
    "dataset_examples": lambda client, folder: example_parts(client, pets(client, folder)),
    "deep_dream": lambda *_: dream_parts(DeepDream(model=MODEL, image="sample/cat")),
    "evaluate_model": lambda *_: [
        *evaluation_parts(np.zeros(3, np.int32), np.full((3, 10), 0.1, np.float32)),
        *number_parts().values(),
        *mask_parts().values(),
    ],
    "filter_atlas": lambda *_: [decode_part(atlas_part(5, 5, 32))],
    "filter_twins": lambda *_: [twin_part(0, 3, TILE, np.ones((8, 4), np.float32), np.ones((3, 3, 3), np.float32))],
    "inspect_model": lambda *_: [table_part(inputs=2)],
    "playground": lambda *_: [stage_part()],
    "sanity_check": lambda *_: check_parts(SanityCheck(model=MODEL, image="sample/cat", classes=(386,))),
    "training_run": lambda *_: [epoch_part(TrainingRun(dataset=f"sha256:{'0' * 64}", watch=(3,)), 1)],
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


def test_every_kind_has_its_parts_here() -> None:
    assert set(SYNTHETIC) == set(KINDS)


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_synthetic_results_are_of_every_sort_of_their_kind(kind: str, client: Client, tmp_path: Path) -> None:
    parts, sorts = SYNTHETIC[kind](client, tmp_path), types_of(kind)
    for part in parts:
        assert "" in [refusal(one, part) for one in sorts.values()], part.name
        again = decode_part(encode_part(part))
        assert "" in [refusal(one, again) for one in sorts.values()], f"{part.name} on its way through the store"
    assert [name for name, one in sorts.items() if all(refusal(one, part) for part in parts)] == []


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_a_part_that_drifted_is_refused_by_name(kind: str, client: Client, tmp_path: Path) -> None:
    for part in SYNTHETIC[kind](client, tmp_path):
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
