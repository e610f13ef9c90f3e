"""A result's zip: what goes out comes back bit for bit, and what was tampered with is refused."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shared.analyses import FilterAtlas
from shared.client import report_html
from shared.client.export import write_zip
from shared.client.imports import read_import
from shared.client.signatures import signature
from shared.errors import ConvscopeError, RefusedUpload, VersionMismatch
from shared.results import decode_part
from shared.settings import MEGABYTE, Settings
from shared.store import RunRecord
from tests.fixtures.small_runs import earlier_release
from tests.fixtures.synthetic_runs import FACTS, atlas_part

SPEC = FilterAtlas(model="keras/vgg16/imagenet", layer="block1_conv1", size=16, steps=4)
PARTS = {i: atlas_part(i, i, 16, 4) for i in range(3)}
RUN = RunRecord(
    SPEC.key(), "complete", SPEC.kind, SPEC.version, json.loads(SPEC.canonical_json()), total=3, done=3, by="mira",
    attempt_started_at=100.0, finished_at=102.5, facts=FACTS, job="secret-job",
)  # fmt: skip


OURS = Settings(secret="ours" * 10)
ADDRESS = "https://lens.example.org"


def _zip(folder: Path, run: RunRecord = RUN, settings: Settings = OURS) -> Path:
    path = folder / "result.zip"
    with path.open("wb") as file:
        write_zip(file, run, PARTS, {}, lambda digest: signature(settings, digest, ADDRESS))
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
    found = read_import(_zip(tmp_path), OURS, "ada")
    run = found.run
    assert found.parts == PARTS and found.thumbnail[:2] == b"\xff\xd8"
    assert (run.fields, run.facts, run.seconds) == (RUN.fields, RUN.facts, 2.5)
    assert run.job == "", "the queue's own ids stay at home"


def test_an_import_has_a_key_and_a_person_of_its_own(tmp_path: Path) -> None:
    first, again = (read_import(_zip(tmp_path), OURS, "ada").run for _ in range(2))
    assert first.key == again.key != RUN.key and first.key.startswith(f"{RUN.kind}-v{RUN.version}-import")
    assert first.by == "ada" and 'made by "mira"' in first.origin and not first.outdated


def test_what_an_earlier_version_made_is_imported_and_says_so(tmp_path: Path) -> None:
    with earlier_release(type(SPEC)):
        path = _zip(tmp_path, replace(RUN, key=SPEC.key(), version=SPEC.version))
        assert not read_import(path, OURS, "ada").run.outdated
    run = read_import(path, OURS, "ada").run
    assert run.key.startswith(f"{RUN.kind}-v{SPEC.version - 1}-import") and run.fields == RUN.fields
    assert f"by version {SPEC.version - 1} of {RUN.kind}" in run.made_before
    assert run.made_before in report_html(run, {i: decode_part(data) for i, data in PARTS.items()})
    assert not RUN.made_before


@pytest.mark.parametrize(
    ("theirs", "origin"),
    [
        (OURS, f"from {ADDRESS}, signed by this installation's secret"),
        (Settings(secret="theirs" * 9), f"says from {ADDRESS}, signed by an installation whose signature cannot"),
    ],
    ids=["ours", "theirs"],
)
def test_who_signed_it_is_said_as_far_as_it_can_be_checked(theirs: Settings, origin: str, tmp_path: Path) -> None:
    assert read_import(_zip(tmp_path, settings=theirs), OURS, "ada").run.origin.startswith(origin)


def test_without_a_signature_it_is_unsigned(tmp_path: Path) -> None:
    path = _changed(_zip(tmp_path), lambda members: members.pop(SIGNATURE))
    assert "unsigned" in read_import(path, OURS, "ada").run.origin
    path = _zip(tmp_path, replace(RUN, origin="from elsewhere, unsigned"))
    assert "unsigned" in read_import(path, OURS, "ada").run.origin, "what was imported is not signed as made here"


def test_the_zip_holds_what_people_look_at(tmp_path: Path) -> None:
    names = set(zipfile.ZipFile(_zip(tmp_path)).namelist())
    assert {"manifest.json", "sheet.png", "tiles/0002.png", "arrays.npz", "report.html"} <= names


def _run(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], object]:
    def act(members: dict[str, bytes]) -> None:
        row = json.loads(members["convscope/run.json"])
        change(row)
        members["convscope/run.json"] = json.dumps(row).encode()

    return act


SIGNATURE, PART, OTHER = "convscope/signature.json", "convscope/parts/00001.part", "convscope/parts/00002.part"


def _signed(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], object]:
    def act(members: dict[str, bytes]) -> None:
        row = json.loads(members[SIGNATURE])
        change(row)
        members[SIGNATURE] = json.dumps(row).encode()

    return act


def _unsigned(change: Callable[[dict[str, bytes]], object]) -> Callable[[dict[str, bytes]], object]:
    def act(members: dict[str, bytes]) -> None:
        del members[SIGNATURE]
        change(members)

    return act


TAMPERED: dict[str, tuple[Callable[[dict[str, bytes]], object], type[ConvscopeError], str]] = {
    "another spec": (_run(lambda row: row["fields"].update(seed=7)), RefusedUpload, "changed by hand"),
    "another key": (_run(lambda row: row.update(key="filter_atlas-v2-0")), RefusedUpload, "changed by hand"),
    "not complete": (_run(lambda row: row.update(status="failed")), RefusedUpload, "complete result"),
    "an unknown kind": (_run(lambda row: row.update(kind="nothing")), RefusedUpload, "record of a run"),
    "a later version": (_run(lambda row: row.update(version=99)), VersionMismatch,
                        "filter_atlas version 3 or earlier. Received: 99. Update"),
    "another version": (_run(lambda row: row.update(version=1)), RefusedUpload, "changed by hand"),
    "no record": (lambda m: m.pop("convscope/run.json"), RefusedUpload, "a zip of a result"),
    "no JSON": (lambda m: m.update({"convscope/run.json": b"{"}), RefusedUpload, "record of a run"),
    "a part missing": (lambda m: m.pop(PART), RefusedUpload, "all 3 parts"),
    "another person": (_run(lambda row: row.update(by="root")), RefusedUpload, "changed later"),
    "another address": (_signed(lambda row: row.update(address="https://bank.example")), RefusedUpload, "forged"),
    "a signature of nothing": (_signed(lambda row: row.update(signature="")), RefusedUpload, "forged"),
    "a part cut, unsigned": (_unsigned(lambda m: m.update({PART: m[PART][:-9]})), RefusedUpload, "was cut"),
    "a part twice, unsigned": (_unsigned(lambda m: m.update({PART: m[OTHER]})), RefusedUpload,
                               "part 1 says that it is part 2"),
    "a part damaged": (lambda m: m.update({PART: m[PART][:-9] + b"123456789"}), RefusedUpload, "changed later"),
    "a part of another place": (lambda m: m.update({PART: m[OTHER]}), RefusedUpload, "changed later"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_refused(name: str, tmp_path: Path) -> None:
    change, error, text = TAMPERED[name]
    with pytest.raises(error, match=text):
        read_import(_changed(_zip(tmp_path), change), OURS, "ada")


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.zip").write_bytes(b"PK no zip at all")
    with pytest.raises(RefusedUpload, match="a whole zip archive"):
        read_import(tmp_path / "other.zip", OURS, "ada")


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = _zip(tmp_path)
    with pytest.raises(RefusedUpload, match="at most 1,024 bytes"):
        read_import(path, Settings(max_upload=1024), "ada")
    assert path.stat().st_size < MEGABYTE
