"""Rules for pictures of other sizes than the network's: how they are written, and what they look at."""

from pathlib import Path

import pytest

from shared.analyses import Activations, EvaluateModel
from shared.client import Client
from shared.errors import InvalidSpec
from shared.images.resizing import card_rule, meets_words, read_resizing
from tests.fixtures.model_files import keras_file, layer, sequential


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("crop", (0, 10, 20, 20)),
        ("crop 0.5", (5, 15, 10, 10)),
        ("fit", (0, 0, 20, 40)),
        ("own", (0, 0, 20, 40)),
        ("pad", (-10, 0, 40, 40)),
    ],
)
def test_what_is_looked_at_of_a_picture_of_20_by_40(text: str, box: tuple[float, ...]) -> None:
    assert read_resizing(text).box((20, 40), (8, 8)) == box
    assert read_resizing("pad").inner((20, 40), (8, 8)) == (4, 8)


def test_one_rule_has_one_text() -> None:
    assert [str(read_resizing(text)) for text in ("crop 1", "crop  .875", "auto")] == ["crop", "crop 0.875", "crop"]
    assert [card_rule(text) for text in ("", "crop", "pad")] == ["", "", "pad"]


@pytest.mark.parametrize("text", ["stretch", "crop 0", "crop 1.2", "pad 0.5", "crop 224", "own"])
def test_what_is_no_rule_of_a_card_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"Choose crop, crop 0\.875"):
        card_rule(text)


def test_a_line_says_which_rule_it_was() -> None:
    assert [meets_words(rule) for rule in ("crop", "crop 0.875", "pad")] == [
        "its middle, resized to", "87.5 % of its middle, resized to", "all of it, filled up with black to",
    ]  # fmt: skip


def test_a_request_takes_the_cards_rule_unless_it_has_its_own(client: Client, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 3)))
    plain = client.models.add_file(path, "plain")
    client.models.add_file(path, "padded", resize="pad")
    asked = Activations(model="padded", image="sample/cat")
    assert client.resolve(asked).resize == "pad"  # type: ignore[attr-defined]
    assert client.resolve(asked.model_copy(update={"resize": "crop"})).resize == "crop"  # type: ignore[attr-defined]
    assert client.resolve(Activations(model="plain", image="sample/cat")).resize == "crop"  # type: ignore[attr-defined]
    assert client.models.with_resize("plain", "fit") != plain == client.models.resolve(plain)
    assert client.resolve(Activations(model="plain", image="sample/cat")).resize == "fit"  # type: ignore[attr-defined]
    with pytest.raises(InvalidSpec, match="in each run"):
        client.models.with_resize("keras/vgg16/random", "fit")


def test_keys_of_requests_that_say_nothing_are_what_they_were() -> None:
    said = {"model": "bundled/cats_and_dogs", "dataset": "builtin/mnist"}
    assert EvaluateModel(**said).key() == EvaluateModel(**said, resize="crop").key()
    assert EvaluateModel(**said).key() == "evaluate_model-v3-cff994c740415c895eb5bff79314b537"
    assert EvaluateModel(**said, resize="pad").key() != EvaluateModel(**said).key()
