"""Collections on the page Lessons: results of every kind as steps, and what is said where something is missing."""

from collections.abc import Iterator

import pytest

from dashboard.analyses import ANALYSES
from dashboard.page_table import page_of_kind
from shared.client import Client
from shared.library.collections import CollectionStep
from tests.fixtures.dashboard_visits import labels, links, point_dashboard_at, visit, words
from tests.fixtures.old_installation import Old
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    """An installation with a finished run of every kind."""
    found = Old(tmp_path_factory.mktemp("old"))
    yield found
    found.server.stop()


@pytest.mark.parametrize("kind", ANALYSES)
def test_a_result_of_any_kind_is_a_step(old: Old, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    point_dashboard_at(old.client, monkeypatch)
    made = old.client.collections.make("Week 3", "", [CollectionStep(old.key(kind), "One of them", "Look *here*.")])
    page = visit("lessons", collection=made.id)
    assert not page.exception and not page.error
    assert page.header[0].value == "1. One of them" and "Look *here*." in words(page)
    own = page_of_kind(kind)
    assert own and f"Open it on the page {own.title}" in [label for label, _ in links(page)]


@pytest.fixture
def key(client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """A finished atlas of an installation that the dashboard shows."""
    point_dashboard_at(client, monkeypatch)
    return finished_atlas(client.store, atlas(), 3)


def test_a_step_whose_result_was_deleted_says_so(client: Client, key: str) -> None:
    made = client.collections.make("Week 3", "", [CollectionStep(key)])
    assert "Layer atlas · VGG16" in visit("lessons", collection=made.id).header[0].value
    client.results.delete(key)
    page = visit("lessons", collection=made.id)
    assert page.header[0].value == "1. Deleted result" and "was deleted" in page.warning[0].value
    assert not page.exception and not page.error


def test_addresses_of_nothing_are_told_so(client: Client, key: str) -> None:
    empty = client.collections.make("Empty", "")
    assert "has no step yet" in words(visit("lessons", collection=empty.id))
    for name in ("collection", "edit"):
        for value in ("nonesuch", "../../secret", "x" * 3000):
            page = visit("lessons", **{name: value})
            assert not page.exception and "the id of a collection" in page.error[0].value.replace("\\", "")


def test_names_of_an_address_that_say_where_one_is_are_no_view(client: Client, key: str) -> None:
    view = {"step": "9", "collection": "other", "tile": "1"}
    made = client.collections.make("Week 3", "", [CollectionStep(key, view=view)])
    page = visit("lessons", collection=made.id)
    assert page.query_params["collection"] in (made.id, [made.id]) and page.query_params["tile"] in ("1", ["1"])


def test_the_overview_shows_collections_with_a_way_in(client: Client, key: str) -> None:
    client.collections.make("Week 3: [edges](javascript:x)", "![x](http://e)", [CollectionStep(key, "First")])
    client.collections.make("Week 4", "", [CollectionStep(key, "First")])
    client.collections.make("Week 5")
    page = visit("lessons")
    assert not page.exception and labels(page).count("Start\\: First") == 2 and "Add steps" in labels(page)
    assert "\\![x](http://e)" in [one.value for one in page.caption], "a link, and no picture"
