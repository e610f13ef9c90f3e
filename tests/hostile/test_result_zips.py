"""Zips of results that lie, are damaged or would fill the memory: refused in a sentence, and nothing is kept."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.team.gallery.view import card
from shared.analyses import DeepDream, FilterAtlas
from shared.client import Client
from shared.client.export import SIGNATURE
from shared.client.imports import read_import
from shared.errors import RefusedUpload
from shared.library.titles import Titles
from shared.results import Part, decode_part, encode_part
from shared.settings import Settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import labels, point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import finished_atlas
from tests.hostile.budget import is_refused, measured_each
from tests.hostile.results import RECORD, Tamper, exports, framed, members_of, planted, tampered, zip_of

PART = "convscope/parts/00000.part"
KIND = "playground"
ATLAS = FilterAtlas(
    model="keras/vgg16/random", layer="block1_conv1", channels=(0, 1, 2), size=16, steps=4, precision="float32"
)


def record(**changes: Any) -> Tamper:
    """A change of the record; None takes a field out."""

    def change(members: dict[str, bytes]) -> None:
        row = json.loads(members[RECORD]) | changes
        members[RECORD] = json.dumps({name: value for name, value in row.items() if value is not None}).encode()

    return change


def raw_record(text: bytes) -> Tamper:
    return lambda members: members.update({RECORD: text})


def header(change: Callable[[dict[str, Any]], object]) -> Tamper:
    """A change of the first part's header; its blobs stay."""

    def act(members: dict[str, bytes]) -> None:
        data = members[PART]
        (length,) = struct.unpack("<I", data[4:8])
        head = json.loads(data[8 : 8 + length])
        change(head)
        members[PART] = framed(head, data[8 + length :])

    return act


def part(data: bytes) -> Tamper:
    return lambda members: members.update({PART: data})


def renamed_part(name: str) -> Tamper:
    return lambda members: members.update({name: members.pop(PART)})


FACTS: dict[str, Any] = json.loads(members_of(KIND)[RECORD])["facts"]
TAMPERED: dict[str, Tamper] = {
    "no record": lambda members: members.pop(RECORD) and None,
    "an empty record": raw_record(b""),
    "no JSON": raw_record(b"\x00\xff"),
    "a list": raw_record(b"[]"),
    "deep": raw_record(b"[" * 4_000_000),
    "deep in objects": raw_record(b'{"fields":' * 300_000),
    "5 MB": raw_record(b" " * 5_000_000 + b"{}"),
    "a million values": raw_record(b'{"facts":[' + b"0," * 1_000_000 + b"0]}"),
    "NaN": raw_record(b'{"key": NaN}'),
    "a long number": raw_record(b'{"total": ' + b"9" * 100_000 + b"}"),
    "another key": record(key="playground-v1-" + "0" * 32),
    "a key that is a path": record(key="../../../etc/cron.d/x"),
    "another kind": record(kind="filter_atlas"),
    "an unknown kind": record(kind="../../x"),
    "no kind": record(kind=None),
    "a kind that is no text": record(kind={"a": 1}),
    "another version": record(version=99),
    "a version that is text": record(version="1"),
    "running": record(status="running"),
    "a status of its own": record(status="very complete"),
    "10,000,000,000 parts": record(total=10**10, done=10**10),
    "no parts": record(total=0, done=0),
    "minus one": record(total=-1, done=-1),
    "half a part": record(total=0.5),
    "more done than there are": record(done=10**9),
    "the end of time": record(finished_at=1e300),
    "before time": record(submitted_at=-5.0),
    "a time that is text": record(submitted_at="now"),
    "fields that are none": record(fields=[1, 2]),
    "fields of another": record(fields={"model": "m"}),
    "no facts": record(facts=[]),
    "facts of other types": record(facts={**FACTS, "metrics": [1]}),
    "versions that are a text": record(facts={**FACTS, "versions": "all"}),
    "timings that are texts": record(facts={**FACTS, "timings": {"a": "long"}}),
    "a device that is a list": record(facts={**FACTS, "device": ["GPU"]}),
    "a person that is none": record(by={"$gt": ""}),
    "a missing part": lambda members: members.pop(PART) and None,
    "a part of another number": renamed_part("convscope/parts/00007.part"),
    "a part outside": renamed_part("convscope/parts/../00000.part"),
    "a number of 500 digits": renamed_part(f"convscope/parts/{'0' * 500}.part"),
    "a part of nothing": part(b""),
    "a part of zeros": part(bytes(100_000)),
    "a pickle": part(b"\x80\x04cos\nsystem\n(S'touch /tmp/convscope-owned'\ntR."),
    "an index that is another's": header(lambda h: h.update(index=3)),
    "an array of 10 GB": header(lambda h: h["arrays"][0].__setitem__(2, [10**10])),
    "an array of objects": header(lambda h: h["arrays"][0].__setitem__(1, "|O")),
    "a shape of minus one": header(lambda h: h["arrays"][0].__setitem__(2, [-1])),
    "an array of another dtype": header(lambda h: h["arrays"][0].__setitem__(1, "<i4")),
    "an array that is not its kind's": header(lambda h: h["arrays"][0].__setitem__(0, "../../x")),
    "facts that are missing": header(lambda h: h.update(facts={})),
    "facts of another kind": header(lambda h: h["facts"].update(planted=1)),
    "facts that are texts": header(lambda h: h.update(facts=dict.fromkeys(h["facts"], "x"))),
    "facts that are lists": header(lambda h: h.update(facts={name: [[]] for name in h["facts"]})),
}  # fmt: skip
FILES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"PK no zip at all",
    "a gzip": lambda: b"\x1f\x8b" + bytes(100),
    "cut in the middle": lambda: exports()[KIND][: len(exports()[KIND]) // 2],
    "without its end": lambda: exports()[KIND][:-30],
    "an empty zip": lambda: zip_of({}),
    "another zip": lambda: zip_of({"a/1.png": b"x", "b/2.png": b"y"}),
    "a directory of a million": lambda: b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 2**31, 0, 0),
    "a part of a gigabyte": lambda: _bomb(PART, 1000),
    "a record of a gigabyte": lambda: _bomb(RECORD, 1000),
    "many parts of 40 MB": lambda: _bomb("convscope/parts/{:05d}.part", 40, 40),
    "a hundred thousand parts": lambda: zip_of({f"convscope/parts/{i:06d}.part": b"" for i in range(85_000)}),
    "a password": lambda: _with_flag(exports()[KIND]),
}  # fmt: skip


def _bomb(name: str, megabytes: int, copies: int = 1) -> bytes:
    members, out = members_of(KIND), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        names = [name.format(i) for i in range(copies)]
        for other in members.keys() - set(names):
            archive.writestr(other, members[other])
        for one in names:
            with archive.open(one, "w") as file:
                for _ in range(megabytes):
                    file.write(bytes(10**6))
    return out.getvalue()


def _with_flag(data: bytes) -> bytes:
    """Every member said to be encrypted."""
    broken, at = bytearray(data), 0
    while (at := broken.find(b"PK\x01\x02", at)) >= 0:
        broken[at + 8] |= 1
        at += 4
    return bytes(broken)


def read_file(path: str) -> str:
    """Import a file, in a process of its own."""
    return read_import(Path(path), Settings(secret="s" * 40), "ada").run.key


def test_each_is_refused_in_a_sentence_and_within_its_budget(tmp_path: Path) -> None:
    names, paths = [*TAMPERED, *FILES], []
    for name in names:
        paths.append(tmp_path / f"{len(paths)}.zip")
        paths[-1].write_bytes(tampered(KIND, TAMPERED[name]) if name in TAMPERED else FILES[name]())
    untouched = tmp_path / "untouched.zip"
    untouched.write_bytes(tampered(KIND, lambda members: None))
    before = set(tmp_path.iterdir())
    *found, taken = measured_each("tests.hostile.test_result_zips:read_file", [[str(p)] for p in [*paths, untouched]])
    refused = [is_refused(one, "RefusedUpload", "VersionMismatch") for one in found]
    assert [(n, one) for n, one, fine in zip(names, found, refused, strict=True) if not fine] == []
    assert taken["said"][0] == "taken", "the same zip untouched is taken, or all of this says nothing"
    assert set(tmp_path.iterdir()) == before and not Path("/tmp/convscope-owned").exists()


@pytest.mark.parametrize("word", ["../../outside", "CON", "<script>alert(1)</script>", "x" * 300])
def test_words_in_parts_are_refused_or_imported_as_words(word: str, tmp_path: Path, client: Client) -> None:
    """One string at a time in the first part of a training run, whose names once were names of files."""
    members = members_of("training_run")
    first = {0: decode_part(members[PART])}
    folder = client.settings.data
    for place, copy in list(planted(first, word))[:5]:
        path = tmp_path / "result.zip"
        path.write_bytes(zip_of({**members, PART: encode_part(copy[0])}))
        try:
            key = client.results.import_zip(path)
        except RefusedUpload:
            continue
        with (tmp_path / "again.zip").open("wb") as file:
            client.results.export(key, file)
        names = zipfile.ZipFile(tmp_path / "again.zip").namelist()
        assert not any(".." in name.split("/") or name.startswith("/") for name in names), place
        assert "<script>alert(1)" not in client.result(key).html()
    assert {p.name for p in tmp_path.iterdir()} <= {"result.zip", "again.zip", folder.name, *_known(tmp_path)}


def _known(folder: Path) -> set[str]:
    """What the installation of a test keeps beside its files."""
    return {path.name for path in folder.iterdir() if path.is_dir()}


# Provenance


@pytest.fixture
def exported(client: Client, tmp_path: Path) -> Path:
    """An atlas of this very installation, as a zip; nothing of it is left behind."""
    finished_atlas(client.store, ATLAS, 3)
    path = tmp_path / "exported.zip"
    with path.open("wb") as file:
        client.results.export(ATLAS.key(), file)
    client.store.client.flushall()
    return path


def rewritten(path: Path, change: Tamper) -> Path:
    """A zip after a change of its members, unsigned."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != SIGNATURE}
    change(members)
    path.write_bytes(zip_of(members))
    return path


def test_an_import_answers_no_request(client: Client, exported: Path) -> None:
    key = client.results.import_zip(exported)
    assert key != ATLAS.key() and client.record(ATLAS.key()).status == "absent"
    assert client.submit(ATLAS) == (ATLAS.key(), "submitted")
    assert client.retry(key)[0] == ATLAS.key(), "computed here, it has the key of its request"
    assert client.results.import_zip(exported) == key, "the same file is the same import"


def test_an_import_is_its_importers_whoever_it_names(client: Client, exported: Path) -> None:
    path = rewritten(exported, record(by="root@example.org"))
    run = client.record(client.acting_as("ada@example.org").results.import_zip(path))
    assert run.by == "ada@example.org" and "unsigned" in run.origin and "root@example.org" in run.origin


def test_an_import_says_so_wherever_it_is_shown(
    client: Client, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)
    key = client.results.import_zip(exported)
    page = visit(run=key)
    assert not page.exception and "Imported, not computed here" in words(page) and "signed by this" in words(page)
    assert "Compute the atlas here" in labels(page)
    token = client.library.shares.token(client.results.share(key))
    for text in (ask_route(f"/share/{token}").text, client.result(key).html()):
        assert "Imported, not computed by whoever shows it" in text and "signed by this" in text
    piece = client.results.gallery.get(key)
    assert piece is not None and "signed by this" in card(piece, Titles())["by"]


def test_parts_that_their_page_cannot_draw_harm_no_other_page(
    client: Client, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a part had been kept before parts were held to their types."""
    point_dashboard_at(client, monkeypatch)
    run = client.record(client.results.import_zip(exported))
    dream = DeepDream(model="keras/vgg16/random", image="sample/cat", layers=("block1_conv1",), precision="float32")
    run = replace(run, key="deep_dream-v1-import0", kind=dream.kind, version=1, fields=dream.model_dump(mode="json"))
    client.library.archive.write(run, {i: encode_part(Part(i, "", facts={"octave": "x"})) for i in range(3)})
    page = visit(run=run.key)
    assert not page.exception and "cannot be drawn" in words(page)
    token = client.library.shares.token(client.results.share(run.key))
    assert ask_route(f"/share/{token}").status_code == 410
    assert not visit("gallery").exception and not visit("jobs").exception
