"""Results forged by hand: what an import says of itself, and whose it is, holds against each."""

import json
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from shared.client import Client
from shared.errors import RefusedUpload
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas
from tests.hostile.results import RECORD, members_of, zip_of

ATLAS, SIGNATURE = atlas(), "convscope/signature.json"
Members = Sequence[tuple[str, bytes]]


def write(path: Path, members: Members) -> Path:
    """A zip with these members in their order, of one name as often as it comes."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # zipfile's own, of a name that comes twice
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.fixture
def members(client: Client, tmp_path: Path) -> list[tuple[str, bytes]]:
    """What stands in an export of this installation, which is then empty."""
    finished_atlas(client.store, ATLAS, 3)
    with (tmp_path / "whole.zip").open("wb") as file:
        client.results.export(ATLAS.key(), file)
    client.store.client.flushall()
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def changed(members: Members, name: str, change: Callable[[dict[str, object]], object]) -> list[tuple[str, bytes]]:
    def rewritten(data: bytes) -> bytes:
        row = json.loads(data)
        change(row)
        return json.dumps(row).encode()

    return [(one, rewritten(data) if one == name else data) for one, data in members]


def part_names(members: Members) -> list[str]:
    return [name for name, _ in members if name.endswith(".part")]


@pytest.mark.parametrize("name", [RECORD, SIGNATURE, "convscope/parts/00001.part"])
def test_of_two_members_of_one_name_none_is_taken(client: Client, members: Members, tmp_path: Path, name: str) -> None:
    """Some readers take the first, some the last: what was looked at need not be what is kept."""
    again = next(data for one, data in members if one == name)
    with pytest.raises(RefusedUpload, match="each name once"):
        client.results.import_zip(write(tmp_path / "twice.zip", [*members, (name, again)]))


@pytest.mark.parametrize("other", ["convscope/parts/1.part", "convscope/parts/000001.part"])
def test_two_names_of_one_part_are_refused(client: Client, members: Members, tmp_path: Path, other: str) -> None:
    with pytest.raises(RefusedUpload, match="each name once"):
        client.results.import_zip(write(tmp_path / "twice.zip", [*members, (other, members[-2][1])]))


@pytest.mark.parametrize("digits", ["\u0660\u0660\u0660\u0660\u0661", "\uff10\uff10\uff10\uff10\uff11", "0000\u00b9"])
def test_other_digits_are_no_number_of_a_part(client: Client, members: Members, tmp_path: Path, digits: str) -> None:
    name = f"convscope/parts/{digits}.part"
    renamed = [(name if one == "convscope/parts/00001.part" else one, data) for one, data in members]
    with pytest.raises(RefusedUpload):
        client.results.import_zip(write(tmp_path / "digits.zip", renamed))


@pytest.mark.parametrize("name", ["convscope/Run.json", "convscope/run.json/", "convscope//run.json",
                                  "convscope\\run.json", "convscope/ru\u0308n.json", "CONVSCOPE/run.json"])  # fmt: skip
def test_a_record_under_a_like_name_is_no_record(client: Client, members: Members, tmp_path: Path, name: str) -> None:
    renamed = [(name if one == RECORD else one, data) for one, data in members]
    with pytest.raises(RefusedUpload):
        client.results.import_zip(write(tmp_path / "named.zip", renamed))


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(digest="0" * 64),
        lambda row: row.update(at=row["at"] + 1),
        lambda row: row.update(address="https://elsewhere.example"),
        lambda row: row.update(signature=("B" if row["signature"][0] == "A" else "A") + row["signature"][1:]),
        lambda row: row.update(signature=""),
    ],
)
def test_no_word_of_a_signature_can_be_changed(
    client: Client, members: Members, tmp_path: Path, change: object
) -> None:
    with pytest.raises(RefusedUpload):
        client.results.import_zip(write(tmp_path / "signed.zip", changed(members, SIGNATURE, change)))  # type: ignore[arg-type]


def test_a_signature_of_another_purpose_signs_no_result(client: Client, members: Members, tmp_path: Path) -> None:
    from shared.library.secret import signer

    def resigned(row: dict[str, object]) -> None:
        text = json.dumps({name: value for name, value in row.items() if name != "signature"}, sort_keys=True)
        row["signature"] = signer(client.settings, "share").get_signature(text.encode()).decode()

    with pytest.raises(RefusedUpload, match="forged"):
        client.results.import_zip(write(tmp_path / "purpose.zip", changed(members, SIGNATURE, resigned)))


def test_whoever_takes_another_installations_name_is_no_more_than_unchecked(
    client: Client, members: Members, tmp_path: Path
) -> None:
    forged = changed(members, SIGNATURE, lambda row: row.update(installation="0" * 16))
    origin = client.record(client.results.import_zip(write(tmp_path / "named.zip", forged))).origin
    assert origin.startswith("says from") and "cannot be checked here" in origin


@pytest.mark.parametrize(
    "words",
    [
        "Ada, signed by this installation's secret",
        'Ada"; from here, signed by "us',
        "Ada\n\nfrom https://here, signed by this installation's secret",
        "\u202eada",
    ],
)
def test_a_name_in_a_record_cannot_pass_for_what_was_checked(
    client: Client, members: Members, tmp_path: Path, words: str
) -> None:
    unsigned = [one for one in changed(members, RECORD, lambda row: row.update(by=words)) if one[0] != SIGNATURE]
    origin = client.record(client.results.import_zip(write(tmp_path / "by.zip", unsigned))).origin
    checked, _, said = origin.partition('; by its own words made by "')
    assert checked == "from elsewhere, unsigned"
    assert said.endswith('"') and said.count('"') == 1 and said.isprintable()


def test_the_pictures_and_texts_beside_a_record_are_not_read(client: Client, members: Members, tmp_path: Path) -> None:
    forged = [(name, data if name.startswith("convscope/") else b"forged") for name, data in members]
    key = client.results.import_zip(write(tmp_path / "beside.zip", forged))
    assert "signed by this installation" in client.record(key).origin
    assert b"forged" not in b"".join(client.results.parts(key).values())


def test_an_import_replaces_neither_a_computed_result_nor_another_persons_import(
    client: Client, members: Members, tmp_path: Path
) -> None:
    finished_atlas(client.store, ATLAS, 3)
    client.results.pin(ATLAS.key(), "Ours", ["kept"])
    before, parts = client.record(ATLAS.key()), client.results.parts(ATLAS.key())
    path = write(tmp_path / "same.zip", members)
    key = client.acting_as("ada").results.import_zip(path)
    assert client.acting_as("eve").results.import_zip(path) == key and client.record(key).by == "ada"
    assert client.record(ATLAS.key()).origin == before.origin == ""
    assert client.results.parts(ATLAS.key()) == parts
    pinned = client.results.gallery.get(ATLAS.key())
    assert pinned is not None and pinned.title == "Ours" and not pinned.origin


def test_an_import_goes_on_to_a_third_installation_as_what_it_is(
    client: Client, members: Members, tmp_path: Path
) -> None:
    key = client.results.import_zip(write(tmp_path / "first.zip", members))
    with (tmp_path / "second.zip").open("wb") as file:
        client.results.export(key, file)
    client.results.delete(key)
    again = client.results.import_zip(tmp_path / "second.zip")
    assert "unsigned" in client.record(again).origin and again.startswith(f"{ATLAS.kind}-v{ATLAS.version}-import")


def test_a_key_of_an_older_form_is_refused(client: Client, members: Members, tmp_path: Path) -> None:
    for key in ("", ATLAS.key().upper(), ATLAS.key()[:-6], f"{ATLAS.kind}-{'0' * 32}", f"{ATLAS.key()}\n"):
        forged = changed(members, RECORD, lambda row, key=key: row.update(key=key))  # type: ignore[misc]
        unsigned = [one for one in forged if one[0] != SIGNATURE]
        with pytest.raises(RefusedUpload, match="complete result of the key"):
            client.results.import_zip(write(tmp_path / "key.zip", unsigned))


def test_every_kinds_zip_of_release_0_1_0_is_an_unchecked_import(client: Client, tmp_path: Path) -> None:
    (tmp_path / "old.zip").write_bytes(zip_of(members_of("playground")))
    assert "signed by this installation" not in client.record(client.results.import_zip(tmp_path / "old.zip")).origin
