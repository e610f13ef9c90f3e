"""Pictures that people add: under which names they are found again."""

from shared.client import Client
from shared.library.images import sample_path


def test_an_upload_keeps_its_name_where_nobody_has_it(client: Client) -> None:
    cat, coffee = (sample_path(name).read_bytes() for name in ("cat", "coffee"))
    assert client.images.add_file(cat, "my cat!.png") == "my_cat"
    assert client.images.add_file(cat, "my cat!.png") == "my_cat", "the same picture again"
    assert client.images.add_file(coffee, "my cat!.jpg").startswith("sha256:"), "the name is another picture's"
    assert client.images.add_file(coffee, "….jpg").startswith("sha256:"), "nothing of it is a name"
    assert client.images.names()[-1] == "my_cat"
