"""A short run of the fuzzer: some changed files for every parser. `python -m tests.hostile.fuzz` makes any number."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.server.addresses import is_valid, sign
from dashboard.server.display_name import LONGEST, clean_name
from dashboard.server.middleware import place_before_sign_in
from shared.client import Client
from shared.settings import get_settings
from tests.hostile.fuzz import TARGETS, shake_each, shaken
from tests.hostile.seeds import write_seeds

COUNT = 120
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return write_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_right_is_taken(target: str, seeds: dict[str, list[Path]]) -> None:
    """Or the changes would be refused for something else."""
    for seed in seeds[target]:
        TARGETS[target].read(seed)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS)
def test_a_file_that_was_changed_is_taken_or_refused_in_a_sentence(target: str, seeds: dict[str, list[Path]]) -> None:
    before = {path for folder in seeds.values() for path in folder[0].parent.rglob("*")}
    found, refused = shake_each(target, seeds[target], range(COUNT))
    assert found == {} and refused > COUNT // 10
    assert {path for folder in seeds.values() for path in folder[0].parent.rglob("*")} == before


def test_a_number_makes_the_same_file_again(seeds: dict[str, list[Path]]) -> None:
    for folder in seeds.values():
        data = folder[0].read_bytes()
        assert shaken(data, 5) == shaken(data, 5)
        assert len({shaken(data, n) for n in range(20)}) > 10, "and another number another"


@QUIET
@given(value=st.text(max_size=300), name=st.sampled_from(["convscope_place", "_streamlit_user", "x"]))
def test_any_cookie_leads_to_a_page_of_ours_or_nowhere(value: str, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVSCOPE_PEOPLE", "example.org")
        for field in ("CLIENT_ID", "CLIENT_SECRET", "METADATA_URL"):
            patch.setenv(f"CONVSCOPE_OIDC_{field}", "https://id.example.org")
        get_settings.cache_clear()
        for text in (value, quote(value)):
            place = place_before_sign_in(f"_streamlit_user=x; {name}={text}")
            assert place == "" or (place.startswith("./") and "//" not in place.partition("?")[0])
    get_settings.cache_clear()
    shown = clean_name(value)
    assert shown.isprintable() and len(shown) <= LONGEST and "\n" not in shown


@QUIET
@given(place=st.integers(0, 60), letter=st.characters(), name=st.text(max_size=40))
def test_a_changed_signed_address_opens_nothing(place: int, letter: str, name: str) -> None:
    token = sign("playground-v1-0")
    other = token[: place % len(token)] + letter + token[place % len(token) + 1 :]
    assert is_valid(token, "playground-v1-0")
    for changed in (other, name, f"{token}{letter}", token.replace(".", letter)):
        assert changed == token or not is_valid(changed, "playground-v1-0")
    assert name == "playground-v1-0" or not is_valid(token, name)


def test_a_changed_script_token_opens_nothing(client: Client) -> None:
    token = client.library.tokens.make("ada")[1]
    assert client.library.tokens.open(token)
    for at in range(len(token)):
        for letter in "A_./\\\u00e9\u0660 \0":
            changed = token[:at] + letter + token[at + 1 :]
            assert changed == token or client.library.tokens.open(changed) is None
