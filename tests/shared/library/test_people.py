"""Who may enter, who may delete, and the door as pages and routes see it."""

import inspect
import stat
import tomllib
from pathlib import Path

import pytest
import streamlit as st
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from dashboard.page_table import PAGES
from dashboard.server.identity_provider import sign_in_options
from dashboard.server.middleware import place_before_sign_in
from dashboard.server.routes import ROUTES
from shared.client import Client
from shared.errors import InvalidSettings
from shared.library.people import is_admin, may_enter
from shared.settings import Settings, get_settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at, visit

OIDC = {"CONVSCOPE_OIDC_CLIENT_ID": "convscope", "CONVSCOPE_OIDC_CLIENT_SECRET": "hush-hush",
        "CONVSCOPE_OIDC_METADATA_URL": "https://id.example.org/.well-known/openid-configuration",
        "CONVSCOPE_PEOPLE": "example.org, guest@elsewhere.net", "CONVSCOPE_ADMINS": "ada@example.org"}  # fmt: skip


@pytest.fixture
def team(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An installation where people sign in."""
    for name, value in OIDC.items():
        monkeypatch.setenv(name, value)
    point_dashboard_at(client, monkeypatch)
    return client


def _settings(**changes: str) -> Settings:
    values = {name.removeprefix("CONVSCOPE_").lower(): value for name, value in OIDC.items()}
    return Settings(**{**values, **changes})


@pytest.mark.parametrize(
    ("address", "enters"),
    [
        ("ada@example.org", True),
        ("ADA@Example.ORG", True),
        ("guest@elsewhere.net", True),
        ("other@elsewhere.net", False),
        ("ada@sub.example.org", False),
        ("ada@notexample.org", False),
        ("example.org@evil.net", False),
        ("@example.org", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_addresses_and_domains_are_let_in_by_themselves_only(address: str, enters: bool) -> None:
    assert may_enter(address, _settings()) is enters


def test_administrators_are_named_and_without_sign_in_everybody_is_one() -> None:
    assert is_admin("Ada@example.org", _settings()) and not is_admin("ben@example.org", _settings())
    assert is_admin("anybody", Settings())


@pytest.mark.parametrize("missing", ["CLIENT_SECRET", "METADATA_URL"])
def test_half_a_sign_in_is_refused_before_anything_is_served(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OIDC.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(f"CONVSCOPE_OIDC_{missing}")
    get_settings.cache_clear()
    with pytest.raises(InvalidSettings, match=f"accompanied by CONVSCOPE_OIDC_{missing}") as refusal:
        get_settings()
    get_settings.cache_clear()
    assert "hush-hush" not in str(refusal.value)


def test_the_secret_reaches_streamlit_through_a_file_of_its_owners(tmp_path: Path) -> None:
    settings = _settings(secret="of-the-house").model_copy(update={"data": tmp_path})
    (path,) = sign_in_options(settings, 8501)["secrets.files"]
    told = tomllib.loads(Path(path).read_text())["auth"]
    assert told["client_secret"] == "hush-hush" and told["redirect_uri"] == "http://127.0.0.1:8501/oauth2callback"
    assert len(told["cookie_secret"]) == 64 and "of-the-house" not in Path(path).read_text()
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert "hush-hush" not in repr(settings)
    assert sign_in_options(Settings(), 8501) == {}


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path or "home")
def test_every_page_stands_behind_the_door(team: Client, entry: object) -> None:
    """Nobody is signed in: whatever the address, the door is all that is drawn."""
    app = AppTest.from_file(str(Path("dashboard/entry.py").absolute()), default_timeout=60)
    app.query_params["run"] = "filter_atlas-v2-0"
    app.run()
    assert [header.value for header in app.header] == ["Sign in to Convscope"]
    assert [button.label for button in app.button] == ["Sign in"]


def test_the_door_comes_before_anything_of_a_page_runs() -> None:
    """The entry script is the one way to every page: enter() stands in front of the navigation."""
    text = Path("dashboard/entry.py").read_text()
    assert text.index("\nenter()") < text.index("st.navigation") < text.index("page.run()")
    assert "st.stop()" in inspect.getsource(__import__("dashboard.server.sign_in", fromlist=["enter"]).enter)


OPEN_TO_ALL = {"/healthz", "/readyz"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_route_refuses_a_stranger(team: Client, route: Route) -> None:
    """No token, or a made-up one: nothing but health is answered."""
    path = route.path
    for name, convertor in route.param_convertors.items():
        value = "1" if type(convertor).__name__ == "IntegerConvertor" else "x"
        path = path.replace(f"{{{name}:int}}", "1").replace(f"{{{name}:path}}", "x").replace(f"{{{name}}}", value)
    method = next(one for one in ("POST", "PUT", "DELETE", "GET") if one in (route.methods or {"GET"}))
    status = ask_route(path, method).status_code
    if route.path in OPEN_TO_ALL:
        assert status in (200, 503)
    else:
        assert status in (401, 403, 410), f"{method} {path}"


@pytest.mark.parametrize(
    ("place", "leads"),
    [
        ("%2Fatlas%3Frun%3Dfilter_atlas-v2-0%26tile%3D3", "./atlas?run=filter_atlas-v2-0&tile=3"),
        ("%2Fjobs", "./jobs?"),
        ("https%3A%2F%2Fevil.example%2F", ""),
        ("%2F%2Fevil.example", ""),
        ("%2Fnowhere", ""),
        ("%2Fatlas%3F" + "a" * 5000, ""),
    ],
)
def test_after_signing_in_one_is_led_back_to_a_page_of_ours_only(team: Client, place: str, leads: str) -> None:
    assert place_before_sign_in(f"convscope_place={place}; _streamlit_user=x") == leads
    assert place_before_sign_in(f"convscope_place={place}") == "", "not before anybody has signed in"


def test_a_new_line_in_the_cookie_cannot_write_a_header(team: Client) -> None:
    place = place_before_sign_in("convscope_place=%2Fjobs%3Fa%0d%0aSet-Cookie: b; _streamlit_user=x")
    assert "\r" not in place and "\n" not in place


def test_without_sign_in_there_is_no_door(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    assert "Sign in to Convscope" not in [header.value for header in visit("jobs").header]
    assert not st.user.get("is_logged_in", False)
