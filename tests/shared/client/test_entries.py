"""Models, pictures and data sets under other names and gone: what uses them, what stays, and that the digest does."""

import io
from pathlib import Path

import pytest
from PIL import Image

from dashboard.server.api import API_ROUTES
from shared.analyses import Activations, Attribution, FilterAtlas
from shared.client import Client, delete_entry, rename_entry, start_plan, uses_of
from shared.errors import InvalidSpec, UnknownImage, UnknownModel
from shared.library.collections import CollectionStep
from shared.library.notes import model_subject
from shared.uploads.labels import ClassNames
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.synthetic_runs import finished_atlas


def png(colour: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (colour, 90, 20)).save(out, "PNG")
    return out.getvalue()


def a_file(folder: Path) -> Path:
    conv = layer("Conv2D", name="conv", filters=4, kernel_size=[3, 3])
    return keras_file(folder / "net.keras", sequential(conv, shape=(None, 8, 8, 3)))


@pytest.fixture
def net(client: Client, tmp_path: Path) -> str:
    """The reference of a model called net."""
    return client.models.add_file(a_file(tmp_path), "net")


def atlas_of(reference: str, seed: int = 0) -> FilterAtlas:
    return FilterAtlas(model=reference, layer="conv", channels=(0, 1, 2), seed=seed, precision="float32")


def test_a_renamed_model_keeps_its_reference_and_its_results(client: Client, net: str) -> None:
    key = finished_atlas(client.store, atlas_of(net), 3)
    rename_entry(client, "model", "net", "better-net")
    assert client.models.resolve("better-net") == net
    assert "net" not in client.models.names()
    assert client.submit(FilterAtlas(**{**atlas_of(net).model_dump(), "model": "better-net"})) == (key, "complete")


@pytest.mark.parametrize("new", ["", "a b", "../x", "keras", "taken"])
def test_a_name_that_may_not_be_or_is_taken_is_refused(client: Client, net: str, new: str) -> None:
    client.library.files.write_record("models", "taken", {"reference": net})
    with pytest.raises(InvalidSpec, match="Choose another name"):
        rename_entry(client, "model", "net", new)
    assert client.models.resolve("net") == net


@pytest.mark.parametrize("name", ["bundled/cats_and_dogs", "keras/vgg16/random", "nobody", "sha256:" + "0" * 64])
def test_what_nobody_named_is_neither_renamed_nor_deleted(client: Client, name: str) -> None:
    with pytest.raises(InvalidSpec, match="somebody added"):
        delete_entry(client, "model", name)
    with pytest.raises(InvalidSpec, match="somebody added"):
        rename_entry(client, "model", name, "mine")


def test_what_uses_a_model_is_named(client: Client, net: str) -> None:
    key = finished_atlas(client.store, atlas_of(net), 3)
    client.results.pin(key, "Nice")
    start_plan(client, "Two seeds", [atlas_of(net, 1)])
    client.library.notes.add(model_subject(net), "mira", "good at ears")
    client.library.files.write_record("models", "alias", {"reference": net})
    uses = uses_of(client, "model", "net")
    assert {run.key for run in uses.runs} == {key, atlas_of(net, 1).key()}
    assert (uses.live, uses.pins, uses.plans, uses.notes, uses.names) == (1, 1, ("Two seeds",), 1, ("alias",))
    assert uses.words == ["2 runs", "1 result in the gallery", "the plan Two seeds", "1 note", "another name, alias"]


def test_pictures_in_lists_and_results_in_collections_are_uses(client: Client, net: str) -> None:
    for colour, name in ((10, "red"), (200, "green")):
        client.images.add(png(colour), name)
    several = Attribution(model=net, images=("red", "green"), methods=("gradcam",))  # type: ignore[arg-type]
    alone = several.model_copy(update={"images": (), "image": "red"})
    keys = {client.submit(spec)[0] for spec in (several, alone)}
    assert {run.key for run in uses_of(client, "picture", "red").runs} == keys
    assert uses_of(client, "picture", "green").words == ["1 run"]
    with pytest.raises(InvalidSpec, match="cancel"):
        delete_entry(client, "picture", "green")
    key = finished_atlas(client.store, atlas_of(net), 3)
    client.collections.make("Week 3", "", [CollectionStep(key)])
    assert "the collection Week 3" in uses_of(client, "model", "net").words
    assert "the collection Week 3" not in uses_of(client, "picture", "red").words


def test_a_model_in_use_now_is_not_deleted(client: Client, net: str) -> None:
    key, _ = client.submit(atlas_of(net))
    with pytest.raises(InvalidSpec, match="cancel"):
        delete_entry(client, "model", "net")
    client.cancel(key)
    delete_entry(client, "model", "net")
    assert not client.library.files.has(net)


@pytest.mark.parametrize("results", [False, True])
def test_results_of_a_deleted_model_stay_or_go_as_said(client: Client, net: str, results: bool) -> None:
    key = finished_atlas(client.store, atlas_of(net), 3)
    assert delete_entry(client, "model", "net", results) == int(results)
    assert (client.record(key).status == "complete") is not results
    assert not client.library.files.has(net)
    with pytest.raises(UnknownModel):
        client.models.resolve("net")


def test_files_that_another_name_stands_for_stay(client: Client, net: str, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    card = client.models.add_file(path, "named-net", ClassNames(("a", "b", "c", "d")))
    delete_entry(client, "model", "net")
    assert client.library.files.has(net), "the card of the other names the same file"
    delete_entry(client, "model", "named-net")
    assert not client.library.files.has(net)
    assert not client.library.files.has(card)


def test_a_deleted_picture_is_gone_and_another_stays(client: Client) -> None:
    for name, colour in (("red", 200), ("dark", 10)):
        client.images.add(png(colour), name)
    rename_entry(client, "picture", "dark", "night")
    uses = uses_of(client, "picture", "red")
    assert uses.words == []
    reference = client.images.resolve("red")
    key, _ = client.submit(Activations(model="keras/vgg16/random", image="red"))
    assert [run.key for run in uses_of(client, "picture", "red").runs] == [key]
    client.cancel(key)
    delete_entry(client, "picture", "red")
    assert not client.library.files.has(reference)
    with pytest.raises(UnknownImage):
        client.images.resolve("red")
    assert client.images.path("night").exists()


def test_whoever_added_one_first_is_its_owner(client: Client, net: str) -> None:
    for who in ("ada", "eve"):
        client.library.entries.note_owner("model", "net", who)
    client.library.entries.note_owner("model", "no-such-name", "eve")
    assert client.library.entries.record("model", "net")["by"] == "ada"


def test_a_script_renames_looks_up_uses_and_deletes(client: Client, net: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    _, token = client.library.tokens.make("ada")
    key = finished_atlas(client.store, atlas_of(net), 3)

    def ask(method: str, path: str, content: bytes | None = None) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {token}"}
        found = ask_route(f"/api/models/{path}", method, content=content, headers=headers, routes=API_ROUTES)
        return found.status_code, found.json()

    assert ask("POST", "net/rename", b'{"name": "other"}') == (200, {"name": "other"})
    assert ask("GET", "other/uses")[1]["runs"] == [key]
    assert ask("POST", "other/rename", b"[]")[0] == 400
    assert ask("DELETE", "other?results=yes") == (200, {"deleted_results": 1})
    status, said = ask("DELETE", "other")
    assert status == 400 and "somebody added" in str(said["error"])
