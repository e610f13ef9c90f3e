"""Specs: what they refuse and how they say it, what they convert, and the identity of their results."""

import json
import re

import pytest
from pydantic import ValidationError

from shared.analyses import (
    SPEC_TYPES,
    Activations,
    Attribution,
    AugmentationPreview,
    ChannelAblation,
    ChannelPortrait,
    ChannelSwitches,
    ClassMaximization,
    CompareModels,
    Concepts,
    DatasetExamples,
    DeepDream,
    EvaluateModel,
    FilterAtlas,
    FilterTwins,
    InspectModel,
    JobSpec,
    Playground,
    SanityCheck,
    TrainingRun,
    parse_spec,
    spec_from_json,
)
from shared.errors import InvalidSpec, UnknownKind, VersionMismatch

REQUIRED = {"model": "keras/vgg16/imagenet", "layer": "block3_conv1"}
DIGEST = "sha256:" + "0123456789abcdef" * 4

# One of each kind, with the key its release published. A change here throws every cached result away.
PINNED = [
    (InspectModel(model="keras/vgg16/imagenet"), "inspect_model-v5-54d9d3826c2877a2a0ece635d1e1b92b"),
    (FilterAtlas(**REQUIRED), "filter_atlas-v3-a20398a604191b5ecb2aa8c41747b9aa"),
    (Activations(model="keras/vgg16/imagenet", image="sample/cat"), "activations-v3-0f55dca47f1b3d5563034d5002be7137"),
    (Attribution(model="keras/vgg16/imagenet", image="sample/cat"), "attribution-v2-5336dac7570c6a84b1fe3212e6f2263b"),
    (SanityCheck(model="keras/vgg16/imagenet", image="sample/cat"), "sanity_check-v2-d3a4f2ee4d7eed2b39077b5b8a337c81"),
    (ChannelPortrait(**REQUIRED, channel=5), "channel_portrait-v2-12519e5af21e1672e6e01d708c3bf310"),
    (AugmentationPreview(), "augmentation_preview-v1-8aee7ef1497ed653f657e920121580e3"),
    (Playground(), "playground-v2-fa4e7b34e8e73d73b1d53efd8f4103c3"),
    (DeepDream(model="keras/vgg16/imagenet", image="sample/cat"), "deep_dream-v2-496af2760a16b2ea05bab896a5852646"),
    (
        ClassMaximization(model="keras/vgg16/imagenet", classes=(65,)),
        "class_maximization-v2-a7aac0062829e20f6b316833c4a18470",
    ),
    (
        FilterTwins(model="keras/vgg16/imagenet", layer="block3_conv1"),
        "filter_twins-v2-4e7006a18868913c89565a7227e56f59",
    ),
    (
        CompareModels(model="keras/vgg16/random", other="keras/vgg16/imagenet"),
        "compare_models-v3-5d52f293b8c760de0b4974a7140a5a86",
    ),
    (TrainingRun(dataset="builtin/digits"), "training_run-v2-184fd860a825e92860d1f7aa164aa3e2"),
    (
        EvaluateModel(model="keras/vgg16/imagenet", dataset="builtin/digits"),
        "evaluate_model-v3-113c68ff09c8cb39bcd8a817d2c5142f",
    ),
    (
        DatasetExamples(model="keras/vgg16/imagenet", layer="block3_conv1", dataset="builtin/digits"),
        "dataset_examples-v2-f1b74dd2e47d4d871084c593e54fe99d",
    ),
    (
        Concepts(model="keras/vgg16/imagenet", layer="block3_conv1", dataset="builtin/digits"),
        "concepts-v1-be5b3bc1e6658c6df42df1bae3dc3ce6",
    ),
    (
        ChannelAblation(model="keras/vgg16/imagenet", layer="block3_conv1", dataset="builtin/digits"),
        "channel_ablation-v1-309958f9165f2b98f2eb97e4f914c095",
    ),
    (
        ChannelSwitches(model="keras/vgg16/imagenet", image="sample/cat", layer="block3_conv1"),
        "channel_switches-v1-5d3e5a34d17c6420e1daef08dd6ee8b7",
    ),
]

# Field, a value out of bounds, what the message says was expected, what it says was received.
LIMITS = [
    ("model", "keras/VGG16/imagenet", "keras/<architecture>/<imagenet|random>", "'keras/VGG16/imagenet'"),
    ("model", "keras/vgg16/mnist", "keras/<architecture>/<imagenet|random>", "'keras/vgg16/mnist'"),
    ("model", "sha256:beef", "sha256:<64 hex digits>", "'sha256:beef'"),
    ("model", "../secret", "the name of a model you added", "'../secret'"),
    ("model", "a" * 81, "the name of a model you added", "'aaaa"),
    ("layer", " ", "a layer's path", "' '"),
    ("layer", "conv1 ", "a layer's path", "'conv1 '"),
    ("layer", "base//conv1", '"/" between nested names', "'base//conv1'"),
    ("layer", "a" * 501, "at most 500 characters", "'aaaa"),
    ("channels", "3,x", "channel numbers such as 0,3,5-8, not 'x'", "'3,x'"),
    ("channels", "-3", "channel numbers such as 0,3,5-8, not '-3'", "'-3'"),
    ("channels", "8-5", "the smaller number first, not '8-5'", "'8-5'"),
    ("channels", "0-65536", "a range of at most 65536 channels", "'0-65536'"),
    ("channels", [-1], "greater than or equal to 0", "-1"),
    ("channels", [65536], "less than or equal to 65535", "65536"),
    ("channels", 3, "valid tuple", "3"),
    ("mode", "fancy", "'classic', 'lucid' or 'maco'", "'fancy'"),
    ("size", 7, "greater than or equal to 8", "7"),
    ("size", 1025, "less than or equal to 1024", "1025"),
    ("size", "wide", "valid integer", "'wide'"),
    ("size", 64.5, "valid integer", "64.5"),
    ("steps", 0, "greater than or equal to 1", "0"),
    ("steps", 4097, "less than or equal to 4096", "4097"),
    ("step_size", 0, "greater than 0", "0"),
    ("step_size", 1.01, "less than or equal to 1", "1.01"),
    ("step_size", float("nan"), "finite number", "nan"),
    ("step_size", float("inf"), "finite number", "inf"),
    ("step_size", "nan", "finite number", "'nan'"),
    ("image", "sample/", "sample/<name>", "'sample/'"),
    ("image", "/etc/passwd", "the name of a picture you added", "'/etc/passwd'"),
    ("seed", -1, "greater than or equal to 0", "-1"),
    ("seed", 2**31, f"less than or equal to {2**31 - 1}", str(2**31)),
    ("restarts", -1, "greater than or equal to 0", "-1"),
    ("restarts", 9, "less than or equal to 8", "9"),
    ("precision", "float64", "'auto', 'float32', 'bfloat16' or 'float16'", "'float64'"),
]

# One other value for every field: each must give another key.
OTHER = {
    "model": "keras/vgg19/imagenet", "layer": "block3_conv2", "channels": (1,), "mode": "maco", "size": 64, "steps": 31,
    "step_size": 0.02, "image": "sample/cat", "seed": 1, "restarts": 1, "precision": "float32",
    "spectrum": ("sample/coffee",), "resize": "pad",
}  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected", "received"), LIMITS)
def test_a_limit_says_what_was_expected_what_came_and_what_to_do(
    field: str, value: object, expected: str, received: str
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        FilterAtlas.from_fields({**REQUIRED, field: value})
    form = rf"Expected `{field}(\.\d+)?` to be right: (.*)\. Received: (.*)\. Change `{field}(\.\d+)?`\."
    found = re.fullmatch(form, str(caught.value))
    assert found, str(caught.value)
    assert expected in found[2]
    assert found[3].startswith(received)


@pytest.mark.parametrize(
    ("field", "value"),
    [("size", 8), ("size", 1024), ("steps", 1), ("step_size", 1), ("seed", 2**31 - 1), ("restarts", 8),
     ("channels", [65535]), ("model", DIGEST), ("model", "my-net_2.1"), ("image", DIGEST), ("image", "sample/cat"),
     ("layer", "base/block 1/conv")],
)  # fmt: skip
def test_the_limits_themselves_are_allowed(field: str, value: object) -> None:
    FilterAtlas.from_fields({**REQUIRED, field: value})


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidSpec, match=r"`size`.*; .*`steps`"):
        FilterAtlas.from_fields({**REQUIRED, "size": 0, "steps": 0})


def test_size_and_steps_together_are_bounded() -> None:
    FilterAtlas(**REQUIRED, size=1024, steps=2048)  # 2^20 pixels × 2^11 steps = 2^31
    with pytest.raises(
        InvalidSpec, match=r"^Expected size² × steps below 2\^31\. Choose fewer steps or a smaller size\.$"
    ):
        FilterAtlas.from_fields({**REQUIRED, "size": 1024, "steps": 2049})


def test_an_unknown_field_lists_the_known_ones() -> None:
    with pytest.raises(InvalidSpec, match=r"Received: 'sizes'\. The fields of filter_atlas are: model, mode, size, "):
        FilterAtlas.from_fields({**REQUIRED, "sizes": 64})


def test_a_missing_field_is_asked_for() -> None:
    with pytest.raises(InvalidSpec, match=r"Expected a value for `layer` of filter_atlas.*Add `layer`\."):
        FilterAtlas.from_fields({"model": "keras/vgg16/imagenet"})


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FilterAtlas(**REQUIRED).size = 64


def test_text_from_a_shell_is_converted() -> None:
    typed = FilterAtlas.from_fields({**REQUIRED, "size": "64", "step_size": "0.5", "seed": "7"})
    assert typed == FilterAtlas(**REQUIRED, size=64, step_size=0.5, seed=7)


@pytest.mark.parametrize(
    ("given", "channels"),
    [("0,3,5-8", (0, 3, 5, 6, 7, 8)), ("3", (3,)), (" 7 , 2,2 ", (2, 7)), ("", ()), ((3, 1, 3), (1, 3)),
     ([], ()), (["3", 1], (1, 3)), ([3.0, 1.0], (1, 3)), ({9, 4, 6}, (4, 6, 9))],
)  # fmt: skip
def test_channel_lists_are_sorted_sets(given: object, channels: tuple[int, ...]) -> None:
    assert FilterAtlas(**REQUIRED, channels=given).channels == channels


def test_canonical_json_is_sorted_and_without_spaces() -> None:
    assert FilterAtlas(**REQUIRED, channels="2,1").canonical_json() == (
        '{"channels":[1,2],"image":null,"layer":"block3_conv1","mode":"lucid","model":"keras/vgg16/imagenet",'
        '"precision":"auto","restarts":3,"seed":0,"size":128,"spectrum":[],"step_size":0.1,"steps":64}'
    )


@pytest.mark.parametrize(("spec", "key"), PINNED, ids=lambda v: getattr(v, "kind", ""))
def test_keys_are_those_of_the_last_release(spec: JobSpec, key: str) -> None:
    assert spec.key() == key


def test_every_kind_has_a_pinned_key() -> None:
    assert {spec.kind for spec, _ in PINNED} == set(SPEC_TYPES)


@pytest.mark.parametrize(("spec", "_"), PINNED)
def test_a_key_is_a_legal_queue_id(spec: JobSpec, _: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", spec.key())


def test_the_order_of_fields_does_not_change_the_key() -> None:
    fields = {**REQUIRED, "size": 64, "seed": 3}
    backwards = dict(reversed(fields.items()))
    assert FilterAtlas.from_fields(fields).key() == FilterAtlas.from_fields(backwards).key()


@pytest.mark.parametrize("field", FilterAtlas.model_fields)
def test_each_field_changes_the_key(field: str) -> None:
    needs = {"spectrum": {"mode": "maco"}, "resize": {"image": "sample/cat"}}  # without which it plays no part
    asked = {**REQUIRED, **needs.get(field, {})}
    assert FilterAtlas(**asked).key() != FilterAtlas(**{**asked, field: OTHER[field]}).key()


def test_the_version_changes_the_key() -> None:
    class Newer(FilterAtlas):
        version = 99

    assert Newer(**REQUIRED).key() != FilterAtlas(**REQUIRED).key()
    assert Newer(**REQUIRED).key().startswith("filter_atlas-v99-")


@pytest.mark.parametrize(("spec", "_"), PINNED)
def test_canonical_json_builds_the_same_spec_again(spec: JobSpec, _: str) -> None:
    old = getattr(spec, "resize", "") == "auto" and "resize" not in spec.newer
    said = {"resize": "crop"} if old else {}  # what it comes to without a card
    again = parse_spec(spec.kind, json.loads(spec.canonical_json()), spec.version)
    assert again == spec.model_copy(update=said) and again.key() == spec.key()


@pytest.mark.parametrize(("kind", "chosen"), SPEC_TYPES.items())
def test_the_table_files_every_class_under_its_own_kind(kind: str, chosen: type[JobSpec]) -> None:
    assert (chosen.kind, chosen.queue in ("interactive", "batch")) == (kind, True)


def test_an_unknown_kind_suggests_the_nearest() -> None:
    with pytest.raises(UnknownKind, match=r"'activatoins'\. Did you mean activations\? Choose one of: activations"):
        parse_spec("activatoins", {})


def test_a_request_of_another_release_is_refused_politely() -> None:
    with pytest.raises(VersionMismatch, match=r"Expected filter_atlas version 3\. Received: 99\..*restart both"):
        parse_spec("filter_atlas", REQUIRED, version=99)


def test_a_spec_file_names_its_kind() -> None:
    text = json.dumps({"kind": "filter_atlas", **REQUIRED, "size": 64})
    assert spec_from_json(text) == FilterAtlas(**REQUIRED, size=64)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"filter_atlas"', '{"model": "keras/vgg16/random"}'])
def test_a_file_that_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r'a JSON object with "kind".*Correct the spec file'):
        spec_from_json(text)


@pytest.mark.parametrize("kind", ["3", "null", "[]", "{}"])
def test_a_spec_files_kind_must_be_text(kind: str) -> None:
    with pytest.raises(InvalidSpec, match=r'a JSON object with "kind"'):
        spec_from_json(f'{{"kind": {kind}}}')


def test_nan_in_a_spec_file_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="finite"):
        spec_from_json(json.dumps({"kind": "filter_atlas", **REQUIRED, "step_size": float("nan")}))
