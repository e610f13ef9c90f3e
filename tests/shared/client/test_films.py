"""Films in somebody's name: what is asked for of a frame, who may add to it, and which models it lets go of."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from shared.analyses import EvaluateModel
from shared.client import Client, add_frame, delete_film, rename_entry, start_film, uses_of
from shared.client.films import JUDGED, MAPS, MOVED, TILES
from shared.errors import InvalidSpec, NotAllowed, ShareUsedUp, UnknownImage, UnknownModel
from shared.library.films import Film
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.synthetic_runs import finished_inspection, layer_rows

Add = Callable[[int], str]


@pytest.fixture
def add(client: Client, tmp_path: Path) -> Add:
    """Add the network of an epoch, each another one; returns its name."""

    def made(epoch: int) -> str:
        conv = layer("Conv2D", name="conv", filters=epoch + 1, kernel_size=[3, 3])
        path = keras_file(tmp_path / f"{epoch}.keras", sequential(conv, shape=(None, 8, 8, 3)))
        client.models.add_file(path, f"pets-epoch-{epoch}")
        return f"pets-epoch-{epoch}"

    return made


def own_names(client: Client) -> list[str]:
    """Names of the models that were added."""
    return sorted(str(one["name"]) for one in client.models.records())


def end_all(client: Client, film: Film) -> None:
    for frame in film.frames:
        for key in frame.runs.values():
            client.cancel(key)


def test_a_frame_asks_for_tiles_maps_and_how_far_layers_moved(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=3, pictures=["sample/cat"], dataset="builtin/digits")
    add_frame(client, film.id, 1, add(1), {"loss": 0.5})
    film = add_frame(client, film.id, 2, add(2), {"loss": 0.4})
    first, second = film.frames
    assert set(first.runs) == {TILES + "conv", MAPS, JUDGED} and set(second.runs) == {*first.runs, MOVED}
    tiles = client.record(second.runs[TILES + "conv"])
    assert (tiles.fields["channels"], tiles.fields["seed"], tiles.by) == ([0, 1, 2], 0, client.person)
    moved = client.record(second.runs[MOVED]).fields
    assert (moved["model"], moved["other"]) == (first.model, second.model)
    assert client.record(second.runs[JUDGED]).kind == EvaluateModel.kind
    assert second.logs == {"loss": 0.4} and second.name == "pets-epoch-2"


def test_what_is_not_there_is_refused_and_nothing_is_kept(client: Client, add: Add) -> None:
    with pytest.raises(UnknownImage):
        start_film(client, "pets", pictures=["no such picture"])
    assert client.library.films.all() == []
    film = start_film(client, "pets", layers=["conv"])
    with pytest.raises(UnknownModel):
        add_frame(client, film.id, 1, "no-such-model")
    for epoch in (0, -1, True):
        with pytest.raises(InvalidSpec, match="epoch"):
            add_frame(client, film.id, epoch, add(1))
    assert client.library.films.get(film.id).frames == ()


def test_models_that_the_film_need_not_keep_are_deleted_and_named_ones_stay(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=1, kept_models=2)
    for epoch in (1, 2, 3, 4):
        film = add_frame(client, film.id, epoch, add(epoch))
        if epoch == 3:
            rename_entry(client, "model", "pets-epoch-3", "the-best")
        end_all(client, film)
    film = add_frame(client, film.id, 5, add(5))
    # The fourth is compared with the fifth now, and goes with the next.
    assert own_names(client) == ["pets-epoch-1", "pets-epoch-4", "pets-epoch-5", "the-best"]
    assert [frame.name for frame in film.frames] == ["pets-epoch-1", "", "", "pets-epoch-4", "pets-epoch-5"]
    assert all(frame.runs for frame in film.frames), "what was computed stays"


def test_a_model_whose_runs_go_on_is_let_go_later(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=1, kept_models=2)
    for epoch in (1, 2, 3):
        film = add_frame(client, film.id, epoch, add(epoch))
    assert "pets-epoch-2" in client.models.names()
    end_all(client, film)
    film = add_frame(client, film.id, 4, add(4))
    assert "pets-epoch-2" not in client.models.names()


def test_a_model_of_somebodys_own_name_is_never_the_films(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=1, kept_models=2)
    for epoch in (1, 2, 3):
        rename_entry(client, "model", add(epoch), f"run-{epoch}")
        film = add_frame(client, film.id, epoch, f"run-{epoch}")
        end_all(client, film)
    assert own_names(client) == ["run-1", "run-2", "run-3"]


def test_a_film_is_named_where_its_model_is_to_be_deleted(client: Client, add: Add) -> None:
    film = start_film(client, "My pets", layers=["conv"], channels=1)
    end_all(client, add_frame(client, film.id, 1, add(1)))
    assert "the film My pets" in uses_of(client, "model", "pets-epoch-1").words


def test_only_its_owner_adds_to_a_film_and_deletes_it(client: Client, add: Add) -> None:
    ada = Client(client.settings, client.store, client.library, "ada@example.org", admin=False)
    eve = Client(client.settings, client.store, client.library, "eve@example.org", admin=False)
    film = start_film(ada, "pets", layers=["conv"])
    name = add(1)
    with pytest.raises(NotAllowed):
        add_frame(eve, film.id, 1, name)
    with pytest.raises(NotAllowed):
        delete_film(eve, film.id)
    delete_film(ada, film.id)
    assert client.library.films.all() == []


def test_a_frame_that_is_sent_again_because_its_answer_was_lost_is_there_once(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=1)
    first = add_frame(client, film.id, 1, add(1), {"loss": 0.5})
    assert add_frame(client, film.id, 1, "pets-epoch-1") == first
    with pytest.raises(InvalidSpec, match="after 1"):
        add_frame(client, film.id, 1, add(2))


def test_frames_that_come_at_once_are_all_kept(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv"], channels=1)
    names = {epoch: add(epoch) for epoch in (1, 2, 3)}

    def send(epoch: int) -> None:
        with suppress(InvalidSpec):  # a later one was first
            add_frame(client, film.id, epoch, names[epoch])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(send, (1, 2, 3)))
    kept = [frame.epoch for frame in client.library.films.get(film.id).frames]
    assert kept[-1] == 3 and kept == sorted(kept)


def test_a_layer_that_the_network_does_not_have_is_left_out_as_soon_as_one_was_opened(client: Client, add: Add) -> None:
    film = start_film(client, "pets", layers=["conv", "no-such-layer"], channels=8)
    name = add(1)
    row = {**layer_rows()[0], "path": "conv", "channels": 2}
    finished_inspection(client, name, layers=[row])
    first = add_frame(client, film.id, 1, name).frames[0]
    assert set(first.runs) == {TILES + "conv"}
    assert client.record(first.runs[TILES + "conv"]).fields["channels"] == [0, 1]
    second = add_frame(client, film.id, 2, add(2)).frames[1]  # not opened yet, like the one before
    assert TILES + "no-such-layer" not in second.runs


def test_a_share_that_is_used_up_is_said_and_no_frame_is_kept(client: Client, add: Add) -> None:
    few = Client(client.settings.model_copy(update={"person_runs": 1}), client.store, None, "ada", admin=False)
    few.library.files.write_record("models", "taken", {"reference": client.models.resolve(add(1))})
    film = start_film(few, "pets", layers=["conv"], pictures=["sample/cat"], channels=1, dataset="builtin/digits")
    with pytest.raises(ShareUsedUp):
        add_frame(few, film.id, 1, "taken")
    assert few.library.films.get(film.id).frames == ()
