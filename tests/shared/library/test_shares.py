"""Share links: what opens, what does not any more, and that a token opens nothing but its own result."""

from collections.abc import Callable

import httpx
import pytest

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import InvalidSpec, UnknownRun, UnknownShare
from shared.library import Person, Share
from shared.library.secret import serializer
from shared.library.shares import DAY
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import begin, finished_atlas

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block1_conv1", channels=tuple(range(8)), size=32, steps=4, precision="float32"
)
OTHER = ATLAS.model_copy(update={"layer": "block1_conv2"})


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


@pytest.fixture
def shared(client: Client) -> Share:
    finished_atlas(client.store, ATLAS, 8)
    return client.results.share(ATLAS.key(), days=7, view={"tile": "3", "sort": "objective"}, by="mira")


def opened(client: Client, share: Share) -> httpx.Response:
    return ask_route(f"/share/{client.library.shares.token(share)}")


def test_a_link_opens_its_result_and_says_who_made_it(client: Client, shared: Share) -> None:
    page = opened(client, shared)
    assert page.status_code == 200
    assert "Shared by mira, for reading, until" in page.text
    assert "channel 3" in page.text and ATLAS.key() in page.text
    assert f"/?run={ATLAS.key()}&amp;sort=objective&amp;tile=3" in page.text


def test_the_page_may_load_nothing_and_is_kept_by_nobody(client: Client, shared: Share) -> None:
    headers = opened(client, shared).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "no-store" in headers["Cache-Control"] and headers["Referrer-Policy"] == "no-referrer"


def test_a_link_outlives_the_cache(client: Client, shared: Share) -> None:
    client.store.client.flushall()
    assert opened(client, shared).status_code == 200


def test_only_complete_results_can_be_shared(client: Client) -> None:
    begin(client.store, OTHER, 8)
    with pytest.raises(UnknownRun, match="a complete run"):
        client.results.share(OTHER.key())
    assert client.library.shares.all() == []


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_a_link_has_an_end(client: Client, days: float) -> None:
    finished_atlas(client.store, ATLAS, 8)
    with pytest.raises(InvalidSpec, match="3650 days"):
        client.results.share(ATLAS.key(), days)


def test_a_link_that_was_taken_back_opens_nothing_at_once(client: Client, shared: Share) -> None:
    assert opened(client, shared).status_code == 200
    client.library.shares.revoke(shared.id)
    response = opened(client, shared)
    assert response.status_code == 410 and "was taken back. Ask mira" in response.text


def test_an_expired_link_says_so(client: Client, shared: Share) -> None:
    token = client.library.shares.token(shared)
    assert client.library.shares.open(token, now=shared.made_at + 6.9 * DAY) == shared
    with pytest.raises(UnknownShare, match="has expired"):
        client.library.shares.open(token, now=shared.made_at + 7.1 * DAY)


def _other_letter(token: str) -> str:
    """One of the signature, not the last: that one carries bits that nobody reads."""
    return token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]


FORGED: dict[str, Callable[[Client, Share], str]] = {
    "a letter changed": lambda c, s: _other_letter(c.library.shares.token(s)),
    "cut": lambda c, s: c.library.shares.token(s)[:-4],
    "no signature": lambda c, s: s.id,
    "signed for another purpose": lambda c, s: str(serializer(c.settings, "picture").dumps(s.id)),
    "signed with another secret": lambda c, s: str(
        serializer(c.settings.model_copy(update={"secret": "guess"}), "share").dumps(s.id)
    ),
    "of a share that never was": lambda c, s: str(serializer(c.settings, "share").dumps("0" * 24)),
    "a path": lambda c, s: str(serializer(c.settings, "share").dumps("../results/x")),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_opens_nothing(client: Client, shared: Share, how: str) -> None:
    response = ask_route(f"/share/{FORGED[how](client, shared)}")
    assert response.status_code in (404, 410) and "channel" not in response.text


def test_a_share_token_is_no_key_to_anything_else(client: Client, shared: Share) -> None:
    """Neither other results, nor this one's parts and files by the routes that signed-in people use."""
    token = client.library.shares.token(shared)
    for path in (f"/img/part/{token}/{ATLAS.key()}/0/tile.png", f"/download/{token}/{ATLAS.key()}/result.zip",
                 f"/img/sheet/{token}/{ATLAS.key()}/0-0/quick.jpg"):  # fmt: skip
        assert ask_route(path).status_code == 403
    assert ask_route(f"/share/{token}/{OTHER.key()}").status_code == 404


def test_a_page_that_was_opened_goes_with_its_result(client: Client, shared: Share) -> None:
    assert opened(client, shared).status_code == 200
    client.results.delete(ATLAS.key(), Person("mira", "mira", admin=True))
    response = opened(client, shared)
    assert response.status_code == 410 and "gone from the archive" in response.text


def test_a_share_whose_result_is_gone_says_so(client: Client, shared: Share) -> None:
    made = client.library.shares.make(OTHER.key(), "mira", 7)
    response = opened(client, made)
    assert response.status_code == 410 and "compute it again" in response.text and OTHER.key() in response.text


def test_links_are_listed_newest_first_and_by_run(client: Client, shared: Share) -> None:
    later = client.library.shares.make(OTHER.key(), "ben", 1)
    assert [share.id for share in client.library.shares.all()] == [later.id, shared.id]
    assert client.library.shares.all(ATLAS.key()) == [shared]
    assert {later.id, shared.id}.isdisjoint({later.key, shared.key})
