"""One table says who may do what; whatever changes something asks it."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import dashboard
from shared.client import Client, cancel_plan, delete_entry, rename_entry, resume_plan, start_plan
from shared.errors import NotAllowed
from shared.library.notes import run_subject
from shared.library.rights import RIGHTS, may
from shared.settings import Settings
from shared.store import Store
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas

OWNER, STRANGER, ADMIN = "grace@example.org", "eve@example.org", "ada@example.org"
# Calls that change something without asking who may; pages and routes go through the client instead.
UNGUARDED = {"revoke", "describe", "forget", "request_cancel", "end_cancelled", "archive.delete", "gallery.remove",
             "gallery.put", "parts.set_budget", "parts.pin", "parts.unpin", "queue.cancel", "delete_record",
             "write_record"}  # fmt: skip


@pytest.fixture
def people(settings: Settings, store: Store) -> Callable[[str], Client]:
    """A client that acts for somebody who signed in."""
    signed_in = {"oidc_client_id": "c", "oidc_client_secret": "s", "oidc_metadata_url": "u", "people": "example.org"}
    made = Settings(**settings.model_dump() | signed_in | {"admins": ADMIN})
    return Client(made, store).acting_as


def _act(action: str, owner: Client) -> Callable[[Client], object]:
    """What the owner made, and the call that does the action to it."""
    key = finished_atlas(owner.store, atlas(), 3)
    owner.store.client.hset(f"convscope:run:{key}", "by", OWNER)
    live, _ = owner.submit(atlas(9))
    owner.results.pin(key, "Title", ["tag"])
    share = owner.results.share(key)
    plan = start_plan(owner, "plan", [atlas(7)], ())
    note = owner.library.notes.add(run_subject(key), OWNER, "text")
    token, _ = owner.library.tokens.make(OWNER)
    for table, name in (("models", "net"), ("images", "view"), ("datasets", "pets")):
        owner.library.files.write_record(table, name, {"reference": "sha256:" + "a" * 64, "by": OWNER})
    calls: dict[str, Callable[[Client], object]] = {
        "submit a run": lambda c: c.submit(atlas(8)),
        "retry a run": lambda c: c.retry(key),
        "cancel a run": lambda c: c.cancel(live),
        "delete a result": lambda c: c.results.delete(key),
        "pin a result": lambda c: c.results.pin(key),
        "rename a pinned result": lambda c: (c.results.rename(key, "Mine", []), c.results.pin(key, "Mine")),
        "unpin a result": lambda c: c.results.unpin(key),
        "import a result": lambda c: None,
        "share a result": lambda c: c.results.share(key),
        "take a share link back": lambda c: c.results.unshare(share.id),
        "start a plan": lambda c: start_plan(c, "other", [atlas(6)], ()),
        "resume a plan": lambda c: resume_plan(c, plan),
        "cancel a plan": lambda c: cancel_plan(c, plan),
        "write a note": lambda c: c.library.notes.add(run_subject(key), c.person, "text"),
        "take a note back": lambda c: c.take_note_back(run_subject(key), note.id),
        "make a token": lambda c: c.library.tokens.make(c.person),
        "take a token back": lambda c: c.revoke_token(token.id),
        "rename a model": lambda c: rename_entry(c, "model", "net", "net2"),
        "rename a picture": lambda c: rename_entry(c, "picture", "view", "view2"),
        "rename a data set": lambda c: rename_entry(c, "data set", "pets", "pets2"),
        "delete a model": lambda c: delete_entry(c, "model", "net"),
        "delete a picture": lambda c: delete_entry(c, "picture", "view"),
        "delete a data set": lambda c: delete_entry(c, "data set", "pets"),
        "set the budget": lambda c: c.set_budget(10**9),
    }
    return calls[action]


@pytest.mark.parametrize("action", RIGHTS)
@pytest.mark.parametrize("who", [OWNER, STRANGER, ADMIN])
def test_what_somebody_may_do_is_what_they_can_do(people: Callable[[str], Client], action: str, who: str) -> None:
    call, allowed = _act(action, people(OWNER)), may(people(who).me, action, OWNER)
    assert allowed == (who == ADMIN or RIGHTS[action] == "anybody" or (who == OWNER and RIGHTS[action] == "owner"))
    if allowed:
        call(people(who))
        return
    with pytest.raises(NotAllowed, match="administrator"):
        call(people(who))


def test_a_plans_owner_stops_none_of_the_runs_that_others_wait_for(people: Callable[[str], Client]) -> None:
    others, _ = people(STRANGER).submit(atlas(1))
    owner = people(OWNER)
    plan = start_plan(owner, "plan", [atlas(1), atlas(2)], ())
    assert cancel_plan(owner, plan) == 1
    assert owner.record(others).status == "queued"


def test_where_nobody_signs_in_everybody_may_do_all(client: Client) -> None:
    key = finished_atlas(client.store, atlas(), 3)
    client.acting_as("ben").results.pin(key, "Ben's")
    client.acting_as("mira").results.rename(key, "Mira's", [])
    client.acting_as("mira").results.delete(key)


def _chain(node: ast.expr) -> str:
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value.func if isinstance(node.value, ast.Call) else node.value
    return ".".join(reversed(names))


def test_no_page_and_no_route_changes_anything_past_the_table() -> None:
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        for chain in [_chain(call.func) for call in calls]:
            past = [name for name in UNGUARDED if f".{chain}".endswith(f".{name}")]
            assert not past, f"{path}: {chain}() asks nobody's rights; see shared/library/rights.py"
