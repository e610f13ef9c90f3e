"""How much of a run there is: in what people count, never in parts."""

import pytest

from shared.analyses import KINDS
from shared.library.titles import made_words
from shared.store import RunRecord


@pytest.mark.parametrize(
    ("kind", "fields", "metrics", "running", "complete"),
    [
        ("filter_atlas", {}, {}, "3 of 4 tiles", "4 tiles"),
        ("training_run", {}, {}, "3 of 4 epochs", "4 epochs"),
        ("activations", {}, {}, "2 of 3 layers", "3 layers"),
        ("attribution", {"image": "a", "methods": ["grad_cam", "cam", "saliency"]}, {}, "2 of 3 methods", "3 methods"),
        ("attribution", {"images": ["a", "b"], "methods": ["grad_cam"]}, {}, "1 of 2 pictures", "2 pictures"),
        ("dataset_examples", {}, {"pictures": 300, "channels": 8}, "225 of 300 pictures", "300 pictures"),
        ("evaluate_model", {}, {"pictures": 1079}, "809 of 1,079 pictures", "1,079 pictures"),
        ("evaluate_model", {}, {}, "", ""),
        ("channel_ablation", {}, {"pictures": 300, "channels": 8}, "6 of 8 channels", "8 channels"),
        ("compare_models", {}, {}, "2 of 3 layers", "3 layers"),
        ("of_a_later_release", {}, {}, "", ""),
    ],
)
def test_a_run_is_counted_in_what_people_count(
    kind: str, fields: dict[str, object], metrics: dict[str, int], running: str, complete: str
) -> None:
    about = {"kind": kind, "fields": fields, "total": 4, "facts": {"metrics": metrics}}
    assert made_words(RunRecord("k", "running", done=3, **about)) == running  # type: ignore[arg-type]
    assert made_words(RunRecord("k", "complete", done=4, **about)) == complete  # type: ignore[arg-type]


def test_no_kind_counts_parts_or_shards() -> None:
    assert not {kind.name for kind in KINDS.values() if kind.part in ("part", "shard", "piece")}
