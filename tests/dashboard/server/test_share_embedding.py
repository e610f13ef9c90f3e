"""A share page in a frame: nobody's by default, and only of the sites that an administrator names."""

import pytest

from dashboard.server import shares
from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import InvalidSettings
from shared.settings import Settings, get_settings
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.synthetic_runs import finished_atlas

ATLAS = FilterAtlas(
    model="keras/vgg16/random", layer="block1_conv1", channels=(0, 1, 2), size=16, steps=4, precision="float32"
)


@pytest.mark.parametrize(
    ("sites", "ancestors"),
    [("", "'none'"), ("https://wiki.example.org, https://*.school.example:8443",
                      "https://wiki.example.org https://*.school.example:8443")],
)  # fmt: skip
def test_only_named_sites_may_frame_a_share_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, sites: str, ancestors: str
) -> None:
    point_dashboard_at(client, monkeypatch)
    monkeypatch.setattr(shares, "get_settings", lambda: Settings(embed_sites=sites))
    share = client.results.share(finished_atlas(client.store, ATLAS, 3))
    answer = ask_route(f"/share/{client.library.shares.token(share)}")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {ancestors}")


@pytest.mark.parametrize(
    "sites", ["*", "wiki.example.org", "https://a.example; script-src *", "https://a.example b", "javascript:alert(1)"]
)
def test_what_is_no_site_is_refused(monkeypatch: pytest.MonkeyPatch, sites: str) -> None:
    monkeypatch.setenv("CONVSCOPE_EMBED_SITES", sites)
    get_settings.cache_clear()
    with pytest.raises(InvalidSettings, match="CONVSCOPE_EMBED_SITES"):
        get_settings()
    monkeypatch.undo()
    get_settings.cache_clear()
