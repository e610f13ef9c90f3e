"""The tree of errors, and the three parts of a message."""

import inspect
import re

import pytest

from shared import errors
from shared.errors import ConvscopeError, PermanentError, choices, message

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]


def test_a_message_has_three_parts() -> None:
    assert (
        message("`size` of 8 or more", 7, "Change `size`.")
        == "Expected `size` of 8 or more. Received: 7. Change `size`."
    )


def test_what_was_received_is_shown_as_python_would_write_it() -> None:
    assert "Received: 'fc1\\n'." in message("a layer", "fc1\n", "Choose another.")


def test_a_long_value_is_cut_at_120_characters() -> None:
    shown = re.search(r"Received: (.*)\. Mend", message("less", "x" * 1000, "Mend it."))
    assert shown and len(shown[1]) == 120
    assert shown[1].endswith("xxx...")


def test_choices_guess_what_was_meant() -> None:
    assert choices("blok1", ["block1", "fc"]) == "Did you mean block1? Choose one of: block1, fc."


def test_choices_without_a_near_name_list_what_there_is() -> None:
    assert choices("zzz", ["block1", "fc"]) == "Choose one of: block1, fc."


def test_a_long_list_of_choices_is_cut() -> None:
    text = choices("zzz", [f"layer_{i}" for i in range(50)], limit=3)
    assert text == "Choose one of: layer_0, layer_1, layer_2, and 47 more."


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_drawn_in_the_tree(kind: type[Exception]) -> None:
    assert re.search(rf"\b{kind.__name__}\b", errors.__doc__ or "")


@pytest.mark.parametrize("kind", CLASSES)
def test_the_drawing_shows_who_is_permanent(kind: type[Exception]) -> None:
    assert issubclass(kind, ConvscopeError)
    drawn_under_permanent = re.search(rf"│   [├└]── {kind.__name__}\b", errors.__doc__ or "") is not None
    assert drawn_under_permanent == (issubclass(kind, PermanentError) and kind is not PermanentError)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_says_when_it_is_raised(kind: type[Exception]) -> None:
    assert kind.__doc__ and kind.__doc__.endswith(".")


@pytest.mark.parametrize(
    ("kind", "helps"),
    [("UnknownLayer", False), ("InvalidSpec", False), ("WeightsUnavailable", True), ("DiskFull", True),
     ("StoreUnavailable", True), ("message", True), ("", True), ("MemoryError", True)],
)  # fmt: skip
def test_a_retry_is_offered_where_it_may_help(kind: str, helps: bool) -> None:
    assert errors.retry_helps(kind) is helps
