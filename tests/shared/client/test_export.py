"""A result's zip: what goes out comes back bit for bit, and what was tampered with is refused."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.analyses import FilterAtlas
from shared.client.export import read_zip, write_zip
from shared.errors import ConvscopeError, RefusedUpload, VersionMismatch
from shared.settings import MEGABYTE, Settings
from shared.store import RunRecord
from tests.fixtures.synthetic_runs import FACTS, atlas_part

SPEC = FilterAtlas(model="keras/vgg16/imagenet", layer="block1_conv1", size=16, steps=4)
PARTS = {i: atlas_part(i, i, 16, 4) for i in range(3)}
RUN = RunRecord(
    SPEC.key(), "complete", SPEC.kind, SPEC.version, json.loads(SPEC.canonical_json()), total=3, done=3, by="mira",
    attempt_started_at=100.0, finished_at=102.5, facts=FACTS, job="secret-job",
)  # fmt: skip


def _zip(folder: Path) -> Path:
    path = folder / "result.zip"
    with path.open("wb") as file:
        write_zip(file, RUN, PARTS, {})
    return path


def _changed(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(out.getvalue())
    return path


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    run, parts = read_zip(_zip(tmp_path), Settings())
    assert parts == PARTS
    assert (run.key, run.fields, run.facts, run.by, run.seconds) == (RUN.key, RUN.fields, RUN.facts, "mira", 2.5)
    assert run.job == "", "the queue's own ids stay at home"


def test_the_zip_holds_what_people_look_at(tmp_path: Path) -> None:
    names = set(zipfile.ZipFile(_zip(tmp_path)).namelist())
    assert {"manifest.json", "sheet.png", "tiles/0002.png", "arrays.npz", "report.html"} <= names


def _run(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], object]:
    def act(members: dict[str, bytes]) -> None:
        row = json.loads(members["convscope/run.json"])
        change(row)
        members["convscope/run.json"] = json.dumps(row).encode()

    return act


PART = "convscope/parts/00001.part"
TAMPERED: dict[str, tuple[Callable[[dict[str, bytes]], object], type[ConvscopeError], str]] = {
    "another spec": (_run(lambda row: row["fields"].update(seed=7)), RefusedUpload, "changed by hand"),
    "another key": (_run(lambda row: row.update(key="filter_atlas-v2-0")), RefusedUpload, "changed by hand"),
    "not complete": (_run(lambda row: row.update(status="failed")), RefusedUpload, "complete result"),
    "an unknown kind": (_run(lambda row: row.update(kind="nothing")), RefusedUpload, "record of a run"),
    "another version": (_run(lambda row: row.update(version=1)), VersionMismatch, "filter_atlas version 2"),
    "no record": (lambda m: m.pop("convscope/run.json"), RefusedUpload, "a zip of a result"),
    "no JSON": (lambda m: m.update({"convscope/run.json": b"{"}), RefusedUpload, "record of a run"),
    "a part missing": (lambda m: m.pop(PART), RefusedUpload, "all 3 parts"),
    "a part damaged": (lambda m: m.update({PART: m[PART][:-9] + b"123456789"}), RefusedUpload, "part 1, damaged"),
    "a part of another place": (lambda m: m.update({PART: m["convscope/parts/00002.part"]}), RefusedUpload, "part 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_refused(name: str, tmp_path: Path) -> None:
    change, error, text = TAMPERED[name]
    with pytest.raises(error, match=text):
        read_zip(_changed(_zip(tmp_path), change), Settings())


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.zip").write_bytes(b"PK no zip at all")
    with pytest.raises(RefusedUpload, match="a whole zip of a result"):
        read_zip(tmp_path / "other.zip", Settings())


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = _zip(tmp_path)
    with pytest.raises(RefusedUpload, match="at most 1024 bytes"):
        read_zip(path, Settings(max_upload=1024))
    assert path.stat().st_size < MEGABYTE
