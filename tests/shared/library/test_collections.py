"""Collections: results in an order with words, changed step by step, kept without Redis, over HTTP and by command."""

import json
from collections.abc import Callable
from dataclasses import asdict

import pytest
from typer.testing import CliRunner

from dashboard.server.interface.collections import COLLECTION_ROUTES
from shared.cli import app
from shared.client import Client
from shared.errors import InvalidSpec, UnknownRun
from shared.library.collections import MOST_STEPS, Collection, CollectionStep, read_step
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas, begun
from tests.fixtures.synthetic_runs import finished_atlas


@pytest.fixture
def keys(client: Client) -> list[str]:
    """Three finished atlases."""
    return [finished_atlas(client.store, atlas(seed), 3) for seed in range(3)]


def titles(collection: Collection) -> list[str]:
    return [step.title for step in collection.steps]


def named(client: Client, keys: list[str]) -> Collection:
    return client.collections.make("Edges", "All of *them*", [CollectionStep(key, key[-4:]) for key in keys])


def test_what_was_put_together_is_read_again_when_redis_was_emptied(client: Client, keys: list[str]) -> None:
    steps = [CollectionStep(keys[2], "Last first", "**Look.**", "Why?", "So.", {"tile": "2"}), CollectionStep(keys[0])]
    made = client.collections.make("  Week   3 ", "About\n\nedges", steps)
    client.store.client.flushall()
    (found,) = client.collections.all()
    assert found == client.collections.get(made.id) == made and found.title == "Week 3"
    assert found.steps == tuple(steps) and found.by == client.me.address
    assert client.record(keys[2]).status == client.record(keys[0]).status == "complete", "pinned with the collection"
    assert client.record(keys[1]).status == "absent"


def test_steps_are_added_moved_reworded_and_taken_out(client: Client, keys: list[str]) -> None:
    made, words = named(client, keys[:2]), {"text": "t", "question": "q", "answer": "a"}
    grown = client.collections.add(made.id, keys[2], {"tile": "1"})
    assert [step.key for step in grown.steps] == keys and grown.steps[2].view == {"tile": "1"}
    a, b, c = (step.id for step in grown.steps)
    for step, to, order in ((c, 0, [c, a, b]), (c, 1, [a, c, b]), (a, 99, [c, b, a]), (a, -3, [a, c, b])):
        assert [one.id for one in client.collections.move_step(made.id, step, to).steps] == order
    reworded = client.collections.rewrite_step(made.id, c, title=" New  name ", **words)
    assert titles(reworded) == [keys[0][-4:], "New name", keys[1][-4:]]
    assert reworded.steps[1].view == {"tile": "1"} and reworded.steps[1].answer == "a"
    assert [one.id for one in client.collections.remove_step(made.id, a).steps] == [c, b]
    with pytest.raises(InvalidSpec, match="reload the page"):
        client.collections.move_step(made.id, a, 0)
    client.collections.delete(made.id)
    assert client.collections.all() == [] and client.results.gallery.get(keys[0]) is not None


@pytest.mark.parametrize(
    ("title", "step", "error"),
    [("", {}, "a title"), ("x" * 121, {}, "at most 120"), ("ok", {"title": "x" * 121}, "at most 120"),
     ("ok", {"text": "x" * 4001}, "at most 4000"), ("ok", {"answer": "x" * 4001}, "at most 4000")],
)  # fmt: skip
def test_what_is_too_long_or_has_no_title_is_refused(
    client: Client, keys: list[str], title: str, step: dict[str, str], error: str
) -> None:
    with pytest.raises(InvalidSpec, match=error):
        client.collections.make(title, "", [CollectionStep(keys[0], **step)])  # type: ignore[arg-type]
    assert client.collections.all() == []


def test_a_step_needs_a_complete_result_and_there_are_not_too_many(client: Client, keys: list[str]) -> None:
    live, _ = begun(client.store, atlas(9))
    for key in (live, "filter_atlas-v1-0"):
        with pytest.raises(UnknownRun):
            client.collections.make("Edges", "", [CollectionStep(key)])
    with pytest.raises(InvalidSpec, match=f"at most {MOST_STEPS} steps"):
        client.collections.make("Edges", "", [CollectionStep(keys[0])] * (MOST_STEPS + 1))
    with pytest.raises(UnknownRun, match="collection"):
        client.collections.get("nonesuch")


WRONG = [{}, {"key": ""}, {"key": 3}, {"key": "k", "other": "x"}, {"key": "k", "text": None}, {"key": "k", "id": "1"},
         {"key": "k", "view": "x"}, {"key": "k", "view": {"a": 1}}]  # fmt: skip


@pytest.mark.parametrize("row", WRONG)
def test_a_step_that_a_script_wrote_wrongly_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(InvalidSpec):
        read_step(row)


Ask = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def ask(client: Client, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The routes, asked with a token of ada's."""
    point_dashboard_at(client, monkeypatch)
    _, token = client.library.tokens.make("ada")

    def asking(method: str, path: str = "", body: object = None, token: str = token) -> tuple[int, dict[str, object]]:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"}
        address = f"/api/collections{path}"
        found = ask_route(address, method, content=content, headers=headers, routes=COLLECTION_ROUTES)
        return found.status_code, found.json()

    return asking


def test_scripts_make_read_change_and_delete(client: Client, keys: list[str], ask: Ask) -> None:
    steps = [{"key": keys[0], "text": "Look."}, {"key": keys[1], "view": {"tile": "1"}}]
    status, made = ask("POST", body={"title": "Edges", "steps": steps})
    name = str(made["id"])
    assert status == 201 and made["by"] == "ada" and str(made["link"]).endswith(f"/lessons?collection={name}&step=1")
    status, changed = ask("PUT", f"/{name}", {"title": "Edges, again", "text": "x", "steps": made["steps"][::-1]})  # type: ignore[index]
    assert status == 200 and ask("GET", f"/{name}") == (200, changed)
    assert [step["key"] for step in changed["steps"]] == [keys[1], keys[0]]  # type: ignore[union-attr]
    assert [one["title"] for one in ask("GET")[1]["collections"]] == ["Edges, again"]  # type: ignore[union-attr]
    assert ask("DELETE", f"/{name}") == (200, {"deleted": name}) and client.collections.all() == []
    assert ask("GET", f"/{name}")[0] == 404
    assert ask("GET", token="wrong")[0] == 401
    for body in ([], {}, {"title": 3}, {"title": "t", "steps": "x"}, {"title": "t", "steps": [3]}):
        assert ask("POST", body=body)[0] == 400


def test_the_command_line_makes_shows_and_deletes(
    client: Client, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    point_dashboard_at(client, monkeypatch)

    def convscope(*words: str) -> str:
        result = CliRunner().invoke(app, ["collections", *words])
        assert result.exit_code == 0, result.output
        return result.output

    assert "No collections yet" in convscope("list")
    name = convscope("add", *keys[:2], "--title", "Edges", "--text", "About").split()[0]
    assert convscope("append", name, keys[2]).count("filter_atlas") == 3
    assert json.loads(convscope("show", name, "--json")) == json.loads(json.dumps(asdict(client.collections.get(name))))
    assert "3 steps  by tester  Edges" in convscope("list")
    convscope("delete", name)
    assert client.collections.all() == []
