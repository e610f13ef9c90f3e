"""One table says who may do what; whatever changes something asks it."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from shared.client import (
    Client,
    add_frame,
    cancel_plan,
    delete_entry,
    delete_film,
    rename_entry,
    resume_plan,
    start_film,
    start_plan,
    with_span,
    with_way_in,
)
from shared.errors import NotAllowed
from shared.library.additions import adding
from shared.library.collections import CollectionStep
from shared.library.entries import TABLES, Sort
from shared.library.notes import run_subject
from shared.library.rights import RIGHTS, may
from shared.settings import Settings
from shared.store import Store
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas

OWNER, STRANGER, ADMIN = "grace@example.org", "eve@example.org", "ada@example.org"


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
    words = owner.collections.make("Words", "", [CollectionStep(key)])
    film = start_film(owner, "film", layers=["block1_conv1"])
    plan = start_plan(owner, "plan", [atlas(7)], ())
    note = owner.library.notes.add(run_subject(key), OWNER, "text")
    token, _ = owner.library.tokens.make(OWNER)
    for table, name in (("models", "net"), ("images", "view"), ("datasets", "pets")):
        owner.library.files.write_record(table, name, {"reference": "sha256:" + "a" * 64, "by": OWNER})
    calls: dict[str, Callable[[Client], object]] = {
        "look at what is there": lambda c: c.result(key),
        "submit a run": lambda c: c.submit(atlas(8)),
        "retry a run": lambda c: c.retry(key),
        "cancel a run": lambda c: c.cancel(live),
        "delete a result": lambda c: c.results.delete(key),
        "pin a result": lambda c: c.results.pin(key),
        "rename a pinned result": lambda c: (c.results.rename(key, "Mine", []), c.results.pin(key, "Mine")),
        "unpin a result": lambda c: c.results.unpin(key),
        "import a result": lambda c: None,
        "make a collection": lambda c: c.collections.make("Other", "", [CollectionStep(key)]),
        "change a collection": lambda c: _change_collection(c, words.id),
        "delete a collection": lambda c: c.collections.delete(words.id),
        "start a film": lambda c: start_film(c, "other", layers=["conv"]),
        "add to a film": lambda c: add_frame(c, film.id, 1, "keras/vgg16/random"),
        "delete a film": lambda c: delete_film(c, film.id),
        "share a result": lambda c: c.results.share(key),
        "take a share link back": lambda c: c.results.unshare(share.id),
        "start a plan": lambda c: start_plan(c, "other", [atlas(6)], ()),
        "resume a plan": lambda c: resume_plan(c, plan),
        "cancel a plan": lambda c: cancel_plan(c, plan),
        "write a note": lambda c: c.library.notes.add(run_subject(key), c.person, "text"),
        "take a note back": lambda c: c.take_note_back(run_subject(key), note.id),
        "make a token": lambda c: c.library.tokens.make(c.person),
        "take a token back": lambda c: c.revoke_token(token.id),
        "add a model": lambda c: _add(c, "model", "net3"),
        "add a picture": lambda c: _add(c, "picture", "view3"),
        "add a data set": lambda c: _add(c, "data set", "pets3"),
        "replace a model": lambda c: _add(c, "model", "net"),
        "replace a picture": lambda c: _add(c, "picture", "view"),
        "replace a data set": lambda c: _add(c, "data set", "pets"),
        "rename a model": lambda c: rename_entry(c, "model", "net", "net2"),
        "rename a picture": lambda c: rename_entry(c, "picture", "view", "view2"),
        "rename a data set": lambda c: rename_entry(c, "data set", "pets", "pets2"),
        "delete a model": lambda c: delete_entry(c, "model", "net"),
        "delete a picture": lambda c: delete_entry(c, "picture", "view"),
        "delete a data set": lambda c: delete_entry(c, "data set", "pets"),
        "set the budget": lambda c: c.set_budget(10**9),
    }
    return calls[action]


def _add(client: Client, sort: Sort, name: str) -> None:
    with adding(client.library, client.me, sort, name, size=0):
        client.library.files.write_record(TABLES[sort], name, {"reference": "sha256:" + "c" * 64})


def _change_collection(client: Client, name: str) -> None:
    """Each way to change one: all are allowed, or none is."""
    step = client.collections.get(name).steps[0]
    ways: tuple[Callable[[], object], ...] = (
        lambda: client.collections.rewrite(name, "Mine", ""),
        lambda: client.collections.rewrite_step(name, step.id, title="a", text="b", question="", answer=""),
        lambda: client.collections.move_step(name, step.id, 0),
        lambda: client.collections.add(name, step.key),
        lambda: client.collections.remove_step(name, step.id),
    )
    refused = []
    for way in ways:
        try:
            way()
        except NotAllowed as error:
            refused.append(error)
    assert len(refused) in (0, len(ways))
    if refused:
        raise refused[0]


@pytest.mark.parametrize("action", RIGHTS)
@pytest.mark.parametrize("who", [OWNER, STRANGER, ADMIN])
def test_what_somebody_may_do_is_what_they_can_do(people: Callable[[str], Client], action: str, who: str) -> None:
    call, allowed = _act(action, people(OWNER)), may(people(who).me, action, OWNER)
    assert allowed == (
        who == ADMIN or RIGHTS[action].rule == "anybody" or (who == OWNER and RIGHTS[action].rule == "owner")
    )
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


def test_what_somebody_else_replaces_stays_its_owners(people: Callable[[str], Client]) -> None:
    _act("look at what is there", people(OWNER))
    with pytest.raises(NotAllowed, match=f"{OWNER} or an administrator, to replace a model"):
        _add(people(STRANGER), "model", "net")
    assert people(OWNER).models.record("net") == {"reference": "sha256:" + "a" * 64, "by": OWNER}
    _add(people(ADMIN), "model", "net")
    assert people(OWNER).models.record("net") == {"reference": "sha256:" + "c" * 64, "by": OWNER}


def test_another_way_in_moves_the_names_of_whoever_chose_it_alone(
    people: Callable[[str], Client], tmp_path: Path
) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(layer("Conv2D", name="conv", filters=2, kernel_size=[3, 3]),
                                                         shape=(None, 8, 8, 3)))  # fmt: skip
    for name, who in (("theirs", OWNER), ("mine", STRANGER)):
        with adding(people(who).library, people(who).me, "model", name, size=0):
            old = people(who).models.add_file(path, name)
    new = with_way_in(people(STRANGER), old, "0..255")
    assert people(OWNER).models.resolve("theirs") == old != new
    assert people(OWNER).models.resolve("mine") == new


def test_another_range_leaves_the_name_of_somebody_elses_picture(people: Callable[[str], Client]) -> None:
    out = io.BytesIO()
    np.save(out, np.arange(256, dtype=np.uint16).reshape(16, 16))
    with adding(people(OWNER).library, people(OWNER).me, "picture", "numbers", size=0):
        old = people(OWNER).images.add(out.getvalue(), "numbers")
    new = with_span(people(STRANGER), "numbers", "0,100")
    assert people(OWNER).images.resolve("numbers") == old != new
    assert with_span(people(OWNER), "numbers", "0,100") == "numbers"
    assert people(OWNER).images.resolve("numbers") == new
    with pytest.raises(NotAllowed):
        rename_entry(people(STRANGER), "picture", "numbers", "stolen")
