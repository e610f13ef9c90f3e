"""Keys, share tokens and addresses that nobody was given, and settings that nobody can mean."""

import contextlib
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.client import Client
from shared.errors import ConvscopeError, UnknownShare
from shared.library.secret import serializer
from shared.library.shares import ShareLinks
from shared.settings import Settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at, visit

WORDS = [
    "..", "../../etc/passwd", "%2e%2e%2f", "/etc/passwd", "C:\\x", "CON", "a" * 5000, "\u202e", "'; DROP", "<script>",
    "{}", "$(id)", "*", "convscope:run:*", "filter_atlas-v2-", "filter_atlas-v2-" + "0" * 32,
    "filter_atlas-v999999999-0", "playground-v1-import" + "f" * 26, "-", ".", " ", "\u0000", "None", "__proto__",
]  # fmt: skip
ROUTES = [
    "/share/{}", "/download/x/{}/sheet.png", "/download/{}/filter_atlas-v2-0/sheet.png", "/img/part/x/{}/0/tile.png",
    "/img/thumbnail/{}/k.jpg", "/img/thumbnail/x/{}.jpg", "/live/x/{}/tile.json", "/api/runs/{}",
    "/api/runs/{}/result.zip", "/api/collections/{}",
]  # fmt: skip
QUIET = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_opens_for_an_address_that_nobody_was_given(
    route: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)
    for word in WORDS:
        answer = ask_route(route.format(quote(word, safe="")))
        assert 300 <= answer.status_code < 500, (word, answer.status_code)
        assert "Traceback" not in answer.text and len(answer.text) < 20_000


@pytest.mark.parametrize("word", [word for word in WORDS if word.strip("\0 ")])
def test_a_key_that_nobody_was_given_has_no_run(word: str, client: Client) -> None:
    assert client.record(word).status == "absent"
    with pytest.raises(ConvscopeError):
        client.result(word)


@pytest.mark.parametrize(
    "word", ["../../etc/passwd", "filter_atlas-v2-" + "0" * 32, "playground-v1-importx", "<script>"]
)
def test_a_page_of_no_run_says_so(word: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    assert not visit(run=word).exception


@QUIET
@given(word=st.text(max_size=80))
def test_any_token_opens_nothing(word: str) -> None:
    class Nothing:
        """No share was ever made."""

        def read_record(self, _table: str, _name: str) -> None:
            """None there."""

    with pytest.raises(UnknownShare):
        ShareLinks(Nothing(), Settings(secret="s" * 40)).open(word)  # type: ignore[arg-type]


@QUIET
@given(place=st.integers(0, 200), letter=st.characters(codec="ascii"))
def test_a_token_with_another_letter_opens_nothing(place: int, letter: str) -> None:
    token = str(serializer(Settings(secret="s" * 40), "share").dumps("0" * 24))
    place %= len(token)
    other = token[:place] + letter + token[place + 1 :]
    if other == token:
        return
    opened: object = None
    with contextlib.suppress(UnknownShare):
        opened = ShareLinks(None, Settings(secret="s" * 40)).open(other)  # type: ignore[arg-type]
    assert opened is None


NUMBERS = sorted(n for n, f in Settings.model_fields.items() if f.annotation in (int, float))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["-1", "many", "NaN", "1e400", "", "[]"])
def test_a_number_that_cannot_be_is_named(name: str, value: str) -> None:
    """Whoever set it must find it: the name of the setting is in the words."""
    assert name in refusal(name, value)


def refusal(name: str, value: str) -> str:
    """Why a setting cannot be; its name where it can."""
    try:
        Settings.model_validate({name: value})
    except ValidationError as error:
        return str(error)
    return name
