"""What lands in an output folder."""

import csv
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses import FilterAtlas
from shared.analyses.inspect_model.files import layer_table_csv
from shared.analyses.result_files import file_bytes, manifest
from shared.analyses.typed_parts import TileFacts
from shared.client import write_result
from shared.images.contact_sheet import EMPTY, GAP, PAPER, columns_for
from shared.results import Part, decode_part, decode_picture, encode_part
from shared.store import RunRecord
from tests.analyses.activations.parts import LAYERS, first_part, layer_part, maps_of
from tests.fixtures.synthetic_runs import layer_rows, table_part, tile_part

SIZE, STEPS = 8, 3
SPEC = FilterAtlas(model="keras/vgg16/random", layer="block1_conv1", channels="2,5,9", size=SIZE, steps=STEPS)
FACTS = {
    "versions": {"keras": "3.15.1"}, "device": "CPU", "precision": "bfloat16", "timings": {"attempt_seconds": 1.5},
    "metrics": {"dead": 1},
}  # fmt: skip


def _run(status: str = "complete", total: int | None = 3, **changes: object) -> RunRecord:
    return RunRecord(
        SPEC.key(), status, SPEC.kind, 1, json.loads(SPEC.canonical_json()), total=total, done=3,
        attempt_started_at=100.0, finished_at=102.5, facts=FACTS, **changes,
    )  # fmt: skip


def _part(index: int, channel: int) -> Part:
    """A flat tile, ten times as bright as its channel's number; as it comes back from the store."""
    tile = np.full((SIZE, SIZE, 3), 10 * channel, np.uint8)
    objective = np.linspace(0, channel, STEPS + 1, dtype=np.float32)
    facts: TileFacts = {"channel": channel, "dead": channel == 5, "objective": float(channel), "objective_start": 0.0,
                        "starts": 1}  # fmt: skip
    return decode_part(encode_part(tile_part(index, tile, objective, facts)))


def _parts() -> dict[int, Part]:
    return {2: _part(2, 9), 0: _part(0, 2), 1: _part(1, 5)}


def test_the_manifest_has_exactly_the_documented_fields() -> None:
    assert manifest(_run()) == {
        "key": SPEC.key(),
        "kind": "filter_atlas",
        "spec": json.loads(SPEC.canonical_json()),
        "status": "complete",
        "versions": {"keras": "3.15.1"},
        "device": "CPU",
        "precision": "bfloat16",
        "timings": {"seconds": 2.5, "attempt_seconds": 1.5},
        "metrics": {"parts": 3, "total": 3, "weights": "", "dead": 1},
    }


def test_the_manifest_of_a_run_without_facts_has_the_same_fields() -> None:
    bare = manifest(RunRecord("key", "cancelled", "filter_atlas"))
    assert set(bare) == set(manifest(_run()))
    assert bare["timings"] == {"seconds": 0.0}


def test_the_spec_of_a_manifest_builds_the_same_key_again(tmp_path: Path) -> None:
    written = json.loads(write_result(tmp_path, _run(), _parts()).read_text())
    assert FilterAtlas.from_fields(written["spec"]).key() == written["key"]


def test_an_atlas_folder_holds_sheet_tiles_arrays_and_manifest(tmp_path: Path) -> None:
    write_result(tmp_path / "new" / "folder", _run(), _parts())
    names = {str(p.relative_to(tmp_path / "new" / "folder")) for p in tmp_path.rglob("*") if p.is_file()}
    tiles = {"tiles/0002.png", "tiles/0005.png", "tiles/0009.png"}  # by channel, not by part
    assert names == {"manifest.json", "sheet.png", "arrays.npz"} | tiles


def test_atlas_arrays_have_the_documented_names_types_and_shapes(tmp_path: Path) -> None:
    write_result(tmp_path, _run(), _parts())
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        found = {name: (arrays[name].dtype.name, arrays[name].shape) for name in arrays.files}
        assert found == {
            "tiles": ("uint8", (3, SIZE, SIZE, 3)),
            "objective": ("float32", (3, STEPS + 1)),
            "dead": ("bool", (3,)),
            "channels": ("int32", (3,)),
        }
        assert arrays["channels"].tolist() == [2, 5, 9]
        assert arrays["tiles"][:, 0, 0, 0].tolist() == [20, 50, 90]
        assert arrays["dead"].tolist() == [False, True, False]


def test_the_sheet_shows_the_tiles_in_the_order_of_the_channels(tmp_path: Path) -> None:
    write_result(tmp_path, _run(), _parts())
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert columns_for(3) == 3
    assert sheet.shape == (SIZE + GAP, 3 * (SIZE + GAP), 3)
    assert sheet[0, :: SIZE + GAP, 0].tolist() == [20, 50, 90]
    assert sheet[0, SIZE].tolist() == [PAPER] * 3


def test_tile_files_are_the_tiles(tmp_path: Path) -> None:
    write_result(tmp_path, _run(), _parts())
    assert (np.asarray(Image.open(tmp_path / "tiles" / "0009.png")) == 90).all()


def test_a_cancelled_atlas_keeps_what_was_finished(tmp_path: Path) -> None:
    write_result(tmp_path, _run("cancelled", total=4), {1: _part(1, 5), 3: _part(3, 12)})
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert arrays["channels"].tolist() == [5, 12]
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet[0, :: SIZE + GAP, 0].tolist() == [EMPTY, 50, EMPTY]  # part 3 is on the second row
    assert json.loads((tmp_path / "manifest.json").read_text())["status"] == "cancelled"


def test_a_run_without_one_part_leaves_a_manifest_alone(tmp_path: Path) -> None:
    write_result(tmp_path, _run("cancelled"), {})
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]


def test_writing_again_replaces_the_files(tmp_path: Path) -> None:
    write_result(tmp_path, _run("cancelled"), {0: _part(0, 2)})
    write_result(tmp_path, _run(), _parts())
    assert len(list((tmp_path / "tiles").iterdir())) == 3


def test_a_layer_table_is_written_as_json_and_csv(tmp_path: Path) -> None:
    rows = layer_rows()
    run = RunRecord("key", "complete", "inspect_model", total=1, done=1)
    write_result(tmp_path, run, {0: table_part()})
    assert json.loads((tmp_path / "layers.json").read_text()) == rows
    first = next(csv.DictReader(io.StringIO((tmp_path / "layers.csv").read_text())))
    assert (first["path"], first["channels"]) == ("block1_conv1", "64")


def test_activations_are_a_picture_a_layer_and_their_arrays(tmp_path: Path) -> None:
    layers = [layer_part(1, index) for index in range(len(LAYERS))]
    parts = [first_part(1, [part.facts for part in layers]), *layers]
    run = RunRecord("key", "complete", "activations", total=5, done=5)
    write_result(tmp_path, run, {p.index: decode_part(encode_part(p)) for p in parts})
    sheets = ["001_stem.conv.png", "002_stem.relu.png", "003_block.pool.png", "004_block.relu.png"]
    assert sorted(p.name for p in (tmp_path / "sheets").iterdir()) == sheets
    assert np.array_equal(decode_picture((tmp_path / "picture.png").read_bytes()), parts[0].pictures["picture"])
    assert [row["name"] for row in json.loads((tmp_path / "predictions.json").read_text())] == [
        "tabby", "tiger_cat", "lynx"
    ]  # fmt: skip
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == {"logits", "stem.conv", "stem.relu", "block.pool", "block.relu"}
        assert (arrays["block.relu"].dtype, arrays["block.relu"].shape) == (np.float16, (6, 6, 30))
        np.testing.assert_array_equal(arrays["block.relu"], maps_of(1, 3))


def test_an_empty_layer_table_still_has_a_heading() -> None:
    assert layer_table_csv([]).split() == ["path"]


def test_an_npz_file_can_be_loaded_without_pickle() -> None:
    with np.load(io.BytesIO(file_bytes("a.npz", {"a": np.arange(3)})), allow_pickle=False) as arrays:
        assert arrays["a"].tolist() == [0, 1, 2]
