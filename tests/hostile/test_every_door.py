"""Words planted in every string of a result of every kind, and in its record, on every way that it takes: written,
exported, imported, exported again, as a report, behind a share link and in a notebook.

Files lie where and as they are called by us, and the words are words wherever they are shown.
"""

import html
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest

from dashboard.server.caches import clear_caches
from dashboard.server.downloads import WHOLE, download_url
from shared.analyses import KINDS
from shared.client import Client
from shared.results import Part, encode_part
from shared.store import RunRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.hostile.results import RECORD, decoded_parts, planted, record_of, zip_of
from tests.hostile.test_names import is_ours

# Closes whatever it may stand in, then begins an element and an attribute that no page of ours has.
TAG = "</script></style></title></textarea>\"'><zzz onzzz=1>![p](//evil.example/p)"
WORDS = ("../../outside", "/tmp/convscope-planted", "CON", "x" * 300, TAG)


class Elements(HTMLParser):
    """The names of a page's elements and attributes, and its text, as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.text += data


def with_words(kind: str, words: tuple[str, ...]) -> tuple[RunRecord, dict[int, Part], int]:
    """A result with the words, in turn, in every string that may be any; and in how many places of its parts."""
    run, decoded = record_of(kind), decoded_parts(kind)
    # A whole result of its own: of some kinds only some parts are decoded.
    whole = {new: replace(decoded[old], index=new) for new, old in enumerate(sorted(decoded))}
    parts, count = _with_words(kind, whole, words, names=True)
    try:
        for _ in KINDS[kind].files(run, parts):
            pass
    except KeyError:  # a fact and what it names have to agree
        parts, count = _with_words(kind, whole, words, names=False)
    first, second = words[0], words[-1]
    facts = {"model": second, "note": second, "device": second, "weights": first, "versions": {first: second},
             "timings": {second: 1.0}, "pictures_in": {first: second}, "assumed_scales": {second: first}}  # fmt: skip
    return replace(run, by=second, facts={**run.facts, **facts}, total=len(parts), done=len(parts)), parts, count


def _with_words(kind: str, parts: dict[int, Part], words: tuple[str, ...], names: bool) -> tuple[dict[int, Part], int]:
    """Parts with the words wherever their kind takes them; without `names` in facts' values and parts' names alone."""
    count = 0
    for number, part in list(parts.items()):
        places = [place for place, _ in planted({number: part}, "x")]
        for place in sorted(places, key=lambda one: one.endswith("?")):  # what a name leads to, before the name
            if not names and (place.endswith("?") or ".pictures." in place or ".arrays." in place):
                continue
            copy = dict(planted({number: parts[number]}, words[count % len(words)])).get(place)
            if copy and _fits(kind, copy[number]):
                parts, count = {**parts, number: copy[number]}, count + 1
    return parts, count


def _fits(kind: str, part: Part) -> bool:
    try:
        KINDS[kind].check(part)
    except Exception:  # whatever a check says, an import of it is refused
        return False
    return True


@pytest.fixture
def installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    point_dashboard_at(client, monkeypatch)
    yield client
    clear_caches()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_planted_words_lead_nowhere_on_any_way(kind: str, installation: Client, tmp_path: Path) -> None:
    for number, word in enumerate(WORDS):
        run, parts, count = with_words(kind, (word,))
        assert count, "no string can be any: this says nothing"
        run = replace(run, key=f"{kind}-v{run.version}-import{number:026d}", origin=word)
        installation.library.archive.write(run, {index: encode_part(part) for index, part in parts.items()})
        _look_everywhere(installation, run.key, word)
    assert not list(tmp_path.rglob("*outside*")) and not Path("/tmp/convscope-planted").exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_import_with_planted_words_goes_on_as_words(kind: str, installation: Client, tmp_path: Path) -> None:
    run, parts, _ = with_words(kind, (WORDS[0], TAG))
    members = {f"convscope/parts/{i:05d}.part": encode_part(part) for i, part in parts.items()}
    path = tmp_path / "planted.zip"
    path.write_bytes(zip_of({**members, RECORD: json.dumps(asdict(run)).encode()}))
    key = installation.results.import_zip(path)
    again = _look_everywhere(installation, key, TAG)
    installation.results.delete(key)
    path.write_bytes(again)
    assert "unsigned" in installation.record(installation.results.import_zip(path)).origin
    assert not list(tmp_path.rglob("*outside*")) and not Path("/tmp/convscope-planted").exists()


def _look_everywhere(client: Client, key: str, word: str) -> bytes:
    """Take a result on each way; returns its export."""
    answer = ask_route(download_url(key, WHOLE))
    assert answer.status_code == 200
    header = answer.headers["content-disposition"]
    assert all(letter.isalnum() or letter in ' ;="-._' for letter in header) and ".." not in header, header
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for name in archive.namelist():
            assert all(map(is_ours, PurePosixPath(name).parts)), name
        report = archive.read("report.html").decode()
    share = client.library.shares.token(client.results.share(key))
    frame = _frame(client.result(key)._repr_html_())
    for where, page in {"report": report, "share": ask_route(f"/share/{share}").text, "notebook": frame}.items():
        found = Elements(page)
        assert not {"zzz", "onzzz"} & found.names, f"{where} draws what a result says"
        assert "evil.example" not in "".join(found.names)
        if word == TAG:
            assert "evil.example" in found.text, f"{where} shows none of the words: this says nothing"
    return answer.content


def _frame(notebook: str) -> str:
    """The page in a notebook's frame; a cell is one frame and nothing beside it."""
    found = Elements(notebook)
    assert found.names == {"iframe", "srcdoc", "style", "sandbox"} and not found.text.strip(), found.names
    return html.unescape(notebook.partition('srcdoc="')[2].partition('" style=')[0])
