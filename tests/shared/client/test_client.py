"""A client is put together from parts, which those who ask in another name share."""

from shared.client import Client
from shared.results import Part, encode_part
from shared.settings import Settings
from tests.fixtures.small_runs import atlas, completed


def test_who_acts_for_somebody_shares_all_but_the_name(client: Client) -> None:
    key, asked = completed(client.store, atlas(), data=encode_part(Part(0, "one"))), atlas(7)
    me = client.person
    ada = client.acting_as("ada")
    assert (ada.store, ada.library, ada.settings) == (client.store, client.library, client.settings)
    ada.results.pin(key, "Ada's")
    ada.submit(asked)
    piece = client.results.gallery.get(key)
    assert piece is not None and (piece.by, client.record(asked.key()).by) == ("ada", "ada")
    assert (ada.person, client.person) == ("ada", me)


def test_the_file_store_is_not_opened_before_it_is_asked_for(client: Client, settings: Settings) -> None:
    nowhere = settings.model_copy(update={"files_url": "nonsense://bucket"})
    assert Client(nowhere, client.store).acting_as("ada").store is client.store
