"""What the three modes stand for in a spec: defaults by mode, what plays no part, addresses."""

import pytest

from shared.analyses import FilterAtlas
from shared.analyses.ascent_modes import MODE_DEFAULTS, mode_defaults
from shared.errors import InvalidSpec

REQUIRED = {"model": "keras/vgg16/imagenet", "layer": "block3_conv1"}


@pytest.mark.parametrize("mode", MODE_DEFAULTS)
def test_steps_and_step_size_go_to_their_modes_defaults_before_the_key(mode: str) -> None:
    plain, usual = FilterAtlas(**REQUIRED, mode=mode), MODE_DEFAULTS[mode]
    assert (plain.steps, plain.step_size) == (usual.steps, usual.step_size)
    written_out = FilterAtlas(**REQUIRED, mode=mode, steps=usual.steps, step_size=usual.step_size)
    assert plain.key() == written_out.key()
    assert FilterAtlas(**REQUIRED, mode=mode, steps=None, step_size="").key() == plain.key()
    assert FilterAtlas(**REQUIRED, mode=mode, steps=7).steps == 7


def test_the_default_mode_is_lucid_and_a_wrong_one_is_named() -> None:
    assert FilterAtlas(**REQUIRED).mode == "lucid"
    assert mode_defaults("none such") == MODE_DEFAULTS["lucid"]
    with pytest.raises(InvalidSpec, match=r"'classic', 'lucid' or 'maco'.*Received: 'deep'"):
        FilterAtlas.from_fields({**REQUIRED, "mode": "deep"})


def test_a_spectrum_plays_a_part_with_maco_alone() -> None:
    asked = {**REQUIRED, "spectrum": "sample/cat, sample/coffee"}
    assert FilterAtlas(**asked).key() == FilterAtlas(**REQUIRED).key()
    assert FilterAtlas(**asked, mode="maco").spectrum == ("sample/cat", "sample/coffee")
    with pytest.raises(InvalidSpec, match="sample/<name>"):
        FilterAtlas.from_fields({**REQUIRED, "mode": "maco", "spectrum": ["/etc/passwd"]})


def test_names_in_a_spectrum_are_resolved_and_sorted() -> None:
    spec = FilterAtlas(**REQUIRED, mode="maco", spectrum=("zebra", "cat", "same"), image="cat")
    digests = {"zebra": "sha256:" + "1" * 64, "cat": "sha256:" + "2" * 64, "same": "sha256:" + "1" * 64}
    resolved = spec.with_references(lambda m: m, digests.__getitem__, lambda d: d)
    assert resolved.spectrum == (digests["zebra"], digests["cat"])
    assert resolved.image == digests["cat"]


@pytest.mark.parametrize(
    "fields",
    [{}, {"mode": "classic"}, {"mode": "classic", "steps": 64, "step_size": 0.1}, {"steps": 30},
     {"mode": "maco", "spectrum": "sample/cat"}, {"channels": "1-3", "size": 64}],
)  # fmt: skip
def test_what_changed_is_enough_to_build_the_spec_again(fields: dict[str, object]) -> None:
    spec = FilterAtlas(**REQUIRED, **fields)
    assert FilterAtlas(**spec.changes()) == spec
    assert "step_size" not in FilterAtlas(**REQUIRED, mode="classic").changes()
