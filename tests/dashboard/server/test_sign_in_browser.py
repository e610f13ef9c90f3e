"""Signing in through a real provider: the door, the way back to a link, who asked, and the way out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from tests.fixtures.browser import Lab
from tests.fixtures.dashboard_process import dashboard
from tests.fixtures.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, identity_provider
from tests.fixtures.patience import eventually
from tests.fixtures.synthetic_runs import finished_atlas

pytestmark = pytest.mark.browser
SECONDS = 20_000
ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(6)), size=32, steps=4, precision="float32"
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as served:
        yield served


@pytest.fixture(scope="module")
def team(browser: Browser, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A dashboard where people of example.org sign in, and Ada is the administrator."""
    data = tmp_path_factory.mktemp("team")
    server = EmbeddedServer(data / "redis")
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVSCOPE_OIDC_CLIENT_ID", CLIENT_ID)
        patch.setenv("CONVSCOPE_OIDC_CLIENT_SECRET", CLIENT_SECRET)
        patch.setenv("CONVSCOPE_OIDC_METADATA_URL", f"{provider.url}/.well-known/openid-configuration")
        patch.setenv("CONVSCOPE_PEOPLE", "example.org")
        patch.setenv("CONVSCOPE_ADMINS", "ada@example.org")
        with dashboard(data) as (url, _):
            client = Client(Settings(data=data, redis_url=None))
            finished_atlas(client.store, ATLAS, 6)
            yield Lab(url, client, server)
    server.stop()


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click(timeout=SECONDS)


def test_a_link_leads_through_the_door_and_back_to_what_it_shows(page: Page, team: Lab, provider: Provider) -> None:
    provider.email = "ada@example.org"
    page.goto(f"{team.url}/?run={ATLAS.key()}&tile=3")
    expect(page.get_by_text("Sign in to Convscope")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("block1_conv1")).to_have_count(0)
    sign_in(page)
    expect(page).to_have_url(re.compile(rf"/atlas\?.*run={ATLAS.key()}"), timeout=SECONDS)
    expect(page.locator(".header-line")).to_contain_text("channel 3", timeout=SECONDS)


def test_what_people_ask_for_and_share_carries_their_address(page: Page, team: Lab, provider: Provider) -> None:
    provider.email = "ben@example.org"
    page.goto(f"{team.url}/playground")
    sign_in(page)
    runs = eventually(lambda: team.client.store.runs.recent(include=["playground"]), len)
    assert {run.by for run in runs} == {"ben@example.org"}
    page.goto(f"{team.url}/?run={ATLAS.key()}")
    page.get_by_text("Share ▾").click(timeout=SECONDS)
    page.get_by_role("button", name="7 days", exact=True).click()
    expect(page.get_by_role("textbox", name="Share link")).to_have_value(re.compile("/share/"), timeout=SECONDS)
    assert [share.by for share in team.client.library.shares.all()] == ["ben@example.org"]
    page.goto(f"{team.url}/links")
    expect(page.get_by_text("You are Ben, ben@example.org.")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text(re.compile("^taken back"))).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Sign in to Convscope")).to_be_visible(timeout=SECONDS)


@pytest.mark.parametrize(
    ("email", "verified"),
    [("eve@elsewhere.net", True), ("ada@example.org", False), ("ada@example.org", "false"), ("ada@example.org", None)],
)
def test_strangers_and_unconfirmed_addresses_stay_outside(
    page: Page, team: Lab, provider: Provider, email: str, verified: object
) -> None:
    provider.email, provider.verified = email, verified
    try:
        page.goto(f"{team.url}/jobs")
        sign_in(page)
        expect(page.get_by_text("You may not enter here yet")).to_be_visible(timeout=SECONDS)
        page.goto(f"{team.url}/jobs")
        expect(page.get_by_text("You may not enter here yet")).to_be_visible(timeout=SECONDS)
        expect(page.get_by_role("heading", name="Jobs")).to_have_count(0)
    finally:
        provider.verified = True


def test_a_stranger_at_the_door_uploads_nothing(page: Page, team: Lab, provider: Provider) -> None:
    page.goto(team.url)
    expect(page.get_by_text("Sign in to Convscope")).to_be_visible(timeout=SECONDS)
    upload = f"{team.url}/_stcore/upload_file/any/file"
    assert page.request.put(upload, data=b"x" * 100_000).status == 401
    provider.email = "eve@elsewhere.net"
    sign_in(page)
    expect(page.get_by_text("You may not enter here yet")).to_be_visible(timeout=SECONDS)
    assert page.request.put(upload, data=b"x").status == 401
    page.get_by_role("button", name="Sign out").click()
    provider.email = "ada@example.org"
    sign_in(page)
    expect(page.get_by_text("Sign in to Convscope")).to_have_count(0, timeout=SECONDS)
    assert page.request.put(upload, data=b"x").status in (400, 403), "Streamlit asks for its session and its own token"


def test_a_share_link_needs_no_sign_in(page: Page, team: Lab) -> None:
    share = team.client.results.share(ATLAS.key(), by="ada@example.org")
    page.goto(f"{team.url}/share/{team.client.library.shares.token(share)}")
    expect(page.get_by_text("Shared by ada@example.org")).to_be_visible()


def test_the_secrets_are_in_no_log_and_no_command_line(page: Page, team: Lab) -> None:
    page.goto(team.url)
    log = (team.client.settings.data / "process.log").read_text()
    lines = [path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert CLIENT_SECRET not in log
    assert not [line for line in lines if CLIENT_SECRET in line]
